"""References inside one schema: each must lead somewhere, none may leave the document or turn in a circle."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from models_registry.requirements.schema_keywords import inner_schemas

REFERENCES: Final = ("$ref", "$dynamicRef")
ANCHORS: Final = ("$anchor", "$dynamicAnchor")
_SAME_VALUE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
"""Keywords whose schemas look at the very same value, so that a circle through them never ends."""
MOST_STEPS: Final = 10_000
"""Schemas that one value may have to be compared with; beyond it a small schema takes minutes to check."""


@dataclass(slots=True)
class References:
    """What a schema's walk found: every schema object by identity, and the anchors."""

    root: Any
    schemas: dict[int, dict[str, Any]] = field(default_factory=dict)
    anchors: dict[str, Any] = field(default_factory=dict)

    def target(self, reference: str) -> Any:
        """The schema a `#…` reference names; None when there is none there."""
        name = unquote(reference[1:])
        if name and not name.startswith("/"):
            return self.anchors.get(name)
        found = _pointed_at(self.root, name)
        return found if isinstance(found, bool) or id(found) in self.schemas else None

    def endless(self) -> dict[str, Any] | None:
        """A schema that leads back to itself, or to too many others, without taking a step into the value."""
        steps: dict[int, int] = {}
        for schema in self.schemas.values():
            found = self._count(schema, steps)
            if found is not None:
                return found
        return None

    def _count(self, schema: dict[str, Any], steps: dict[int, int]) -> dict[str, Any] | None:
        """Count into `steps`, depth first and without recursion, since a chain may be thousands long."""
        open_path: set[int] = set()
        stack = [schema]
        while stack:
            here = stack[-1]
            if id(here) in steps:
                stack.pop()
                continue
            following = list(self._followers(here))
            waiting = [one for one in following if id(one) not in steps]
            if not waiting:
                steps[id(here)] = 1 + sum(steps[id(one)] for one in following)
                open_path.discard(id(stack.pop()))
                if steps[id(here)] > MOST_STEPS:
                    return here
                continue
            open_path.add(id(here))
            if any(id(one) in open_path for one in waiting):
                return here
            stack.extend(waiting)
        return None

    def _followers(self, schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for name in REFERENCES:
            target = self.target(schema[name]) if name in schema else None
            if isinstance(target, dict):
                yield target
        for name in _SAME_VALUE:
            if name in schema:
                yield from (inner for _, _, inner in inner_schemas(schema, name) if isinstance(inner, dict))


def _pointed_at(root: Any, pointer: str) -> Any:
    """What a JSON pointer (RFC 6901) leads to, or None."""
    here = root
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and key in here:
            here = here[key]
        elif isinstance(here, list) and re.fullmatch("0|[1-9][0-9]{0,6}", key) and int(key) < len(here):
            here = here[int(key)]
        else:
            return None
    return here
