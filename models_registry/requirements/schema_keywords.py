"""The keywords of JSON Schema 2020-12, taken from the specification's own meta-schemas, and what each may hold.

The meta-schemas come with the `jsonschema` library, so nothing is fetched. Each keyword's rule is checked on its own,
with the schemas inside it taken as given: that keeps the cost and the depth of a check within bounds that the whole
meta-schema, which calls itself for every level, does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # ships no type hints

_META: Final = "https://json-schema.org/draft/2020-12/meta/"
_VOCABULARIES: Final = (
    "core", "applicator", "unevaluated", "validation", "meta-data", "format-annotation", "content",
)  # fmt: skip
_INNER_SCHEMA: Final = {"type": ["object", "boolean"]}
TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
REPLACED: Final[Mapping[str, str]] = {
    "definitions": "use $defs",
    "dependencies": "use dependentRequired or dependentSchemas",
    "additionalItems": "use items, and prefixItems for the first ones",
    "id": "use $id",
    "nullable": "add “null” to the list of types",
    "example": "use examples, with a list",
    "discriminator": "use oneOf with const",
    "$recursiveRef": "use $dynamicRef",
    "$recursiveAnchor": "use $dynamicAnchor",
}
"""Words of older drafts and of OpenAPI that people write, and what 2020-12 has for them."""


class Holds(Enum):
    """Which schemas a keyword's value contains."""

    NONE = auto()
    ONE = auto()
    LIST = auto()
    NAMED = auto()


@dataclass(frozen=True, slots=True)
class Keyword:
    """What a keyword's value must be and, where that is an object with names of one's own, what each entry must be."""

    holds: Holds
    rule: Draft202012Validator
    entry_rule: Draft202012Validator | None

    def problem(self, value: Any) -> tuple[ValidationError, tuple[str | int, ...]] | None:
        """The first thing wrong with a value and the path to it, not looking into the schemas it contains.

        Only the first: to find all can cost the square of the length, and entries are looked at in their own order.
        """
        broken = next(iter(self.rule.iter_errors(value)), None)
        if broken is not None:
            return broken, tuple(broken.absolute_path)
        if self.entry_rule is None:
            return None
        for name, entry in value.items():
            broken = next(iter(self.entry_rule.iter_errors(entry)), None)
            if broken is not None:
                return broken, (name, *broken.absolute_path)
        return None


def _flattened(rule: Any, definitions: Mapping[str, Any]) -> Any:
    """The rule with its references put in place, and each schema inside it reduced to "an object or a boolean"."""
    if isinstance(rule, list):
        return [_flattened(part, definitions) for part in rule]
    if not isinstance(rule, dict):
        return rule
    if "$dynamicRef" in rule:
        return _INNER_SCHEMA
    flat = {key: _flattened(part, definitions) for key, part in rule.items() if key not in ("$ref", "default")}
    if "$ref" in rule:
        flat = {**_flattened(definitions[rule["$ref"].rpartition("/")[2]], definitions), **flat}
    return flat


def _holds(flat: Any) -> Holds:
    if flat == _INNER_SCHEMA:
        return Holds.ONE
    if not isinstance(flat, dict):
        return Holds.NONE
    if flat.get("items") == _INNER_SCHEMA:
        return Holds.LIST
    return Holds.NAMED if flat.get("additionalProperties") == _INNER_SCHEMA else Holds.NONE


def _keyword(flat: Any) -> Keyword:
    entry = flat.get("additionalProperties") if isinstance(flat, dict) else None
    if entry is None:
        return Keyword(_holds(flat), Draft202012Validator(flat), None)
    itself = {key: rule for key, rule in flat.items() if key != "additionalProperties"}
    return Keyword(_holds(flat), Draft202012Validator(itself), Draft202012Validator(entry))


def _read_keywords() -> dict[str, Keyword]:
    keywords: dict[str, Keyword] = {}
    for vocabulary in _VOCABULARIES:
        meta: Any = REGISTRY.contents(_META + vocabulary)
        for name, rule in meta["properties"].items():
            flat = _flattened(rule, meta.get("$defs", {}))
            keywords[name] = _keyword(flat)
    return keywords


KEYWORDS: Final[Mapping[str, Keyword]] = _read_keywords()


def inner_schemas(schema: Mapping[str, Any], name: str) -> list[tuple[Any, str | int, Any]]:
    """The schemas in a well-formed keyword, each with the container and the key it stands under."""
    value = schema[name]
    match KEYWORDS[name].holds:
        case Holds.ONE:
            return [(schema, name, value)]
        case Holds.LIST:
            return [(value, index, inner) for index, inner in enumerate(value)]
        case Holds.NAMED:
            return [(value, key, inner) for key, inner in value.items()]
    return []
