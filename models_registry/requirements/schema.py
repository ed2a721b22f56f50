"""Checking a JSON Schema that a person gave: strict, offline, and each problem with its line.

Draft 2020-12 only. Older drafts read the same words differently (`items`, `definitions`), so a schema that names one is
refused rather than misread. Patterns must compile as Python's `re` reads them; whether one takes long on a hostile
value is not decided here.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from jsonschema.exceptions import ValidationError

from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.json_reader import Document, JsonProblem, read_json
from models_registry.requirements.schema_keywords import KEYWORDS, REPLACED, TYPES, inner_schemas
from models_registry.requirements.schema_references import ANCHORS, REFERENCES, References
from models_registry.requirements.values import as_sentence

MOST_BYTES: Final = 256 * 1024
MOST_PROBLEMS: Final = 20
MOST_PATTERN: Final = 1000
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_DESCRIBES: Final = ("type", "$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "enum", "const", "properties")
_TOP_ONLY: Final = ("$id", "$schema", "$vocabulary")


def check_schema(text: str, field: str) -> list[FieldProblem]:
    """Every problem of a schema text, at most `MOST_PROBLEMS`; none for a schema that can be used."""
    if len(text) > MOST_BYTES or len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        return [FieldProblem(field, "The schema is larger than 256 KB: leave out examples and long descriptions.")]
    return [FieldProblem(field, as_sentence(message), line) for line, message in _problems(text)]


@lru_cache(maxsize=128)
def _problems(text: str) -> tuple[tuple[int, str], ...]:
    """(line, message) in the order of lines; kept, since gates ask again and again about schemas that do not change."""
    if not text.strip():
        return ((1, 'the schema is empty: give at least {"type": "object"}'),)
    try:
        document = read_json(text)
    except JsonProblem as problem:
        return ((problem.line, problem.message),)
    if not isinstance(document.value, dict):
        return ((1, 'the schema must be a JSON object, such as {"type": "object"}'),)
    found = islice(_Checker(document).problems(), MOST_PROBLEMS)
    return tuple(sorted(found, key=lambda problem: problem[0]))


class _Checker:
    """One walk over a schema document; problems come as (line, message)."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: dict[str, Any] = document.value
        self.references = References(self.root)
        self.referring: list[tuple[dict[str, Any], str]] = []

    def problems(self) -> Iterator[tuple[int, str]]:
        sound = True
        for problem in self._walk():
            sound = False
            yield problem
        for problem in self._unresolved():
            sound = False
            yield problem
        if not any(name in self.root for name in _DESCRIBES):
            yield 1, "the schema describes nothing: give it a “type”, such as object or array"
        endless = self.references.endless() if sound else None
        if endless is not None:
            line = min((self.document.line_of(endless, key) for key in endless), default=1)
            yield line, "references lead back here, or multiply, without end: let them pass through properties or items"

    def _walk(self) -> Iterator[tuple[int, str]]:
        waiting: list[dict[str, Any]] = [self.root]
        while waiting:
            schema = waiting.pop()
            self.references.schemas[id(schema)] = schema
            for name in schema:
                message, line = self._keyword_problem(schema, name), self.document.line_of(schema, name)
                if isinstance(message, tuple):
                    line, message = message
                if message:
                    yield line, message
                elif name in KEYWORDS:
                    self._remember(schema, name)
                    waiting.extend(inner for _, _, inner in inner_schemas(schema, name) if isinstance(inner, dict))

    def _remember(self, schema: dict[str, Any], name: str) -> None:
        if name in ANCHORS:
            self.references.anchors[schema[name]] = schema
        elif name in REFERENCES:
            self.referring.append((schema, name))

    def _keyword_problem(self, schema: dict[str, Any], name: str) -> str | tuple[int, str] | None:
        value = schema[name]
        if name not in KEYWORDS:
            return None if name.startswith("x-") else _unknown(name)
        if name in _TOP_ONLY and schema is not self.root:
            return f"“{name}” may stand at the top of the schema only: remove it here"
        if name == "type":
            return _type_problem(value)
        found = KEYWORDS[name].problem(value)
        if found is not None:
            broken, path = found
            line = self.document.line_at(value, path) or self.document.line_of(schema, name)
            return line, f"“{name}” {_worded(broken)}"
        if name in _OWN_RULES:
            return _OWN_RULES[name](value)
        return None

    def _unresolved(self) -> Iterator[tuple[int, str]]:
        for schema, name in self.referring:
            if self.references.target(schema[name]) is None:
                known = [f"#/$defs/{key}" for key in self._definitions()]
                near = get_close_matches(schema[name][:200], known, n=1)
                hint = f"did you mean “{near[0]}”?" if near else "add it to $defs, or correct the reference"
                line = self.document.line_of(schema, name)
                yield line, f"“{schema[name][:80]}” leads to no schema in this document; {hint}"

    def _definitions(self) -> list[str]:
        """The names to suggest: not all of thousands."""
        named = self.root.get("$defs")
        return list(named)[:500] if isinstance(named, dict) else []


def _unknown(name: str) -> str:
    if name in REPLACED:
        return f"“{name}” is not a keyword of JSON Schema 2020-12: {REPLACED[name]}"
    near = get_close_matches(name[:80], KEYWORDS, n=1, cutoff=0.7)
    hint = f"did you mean “{near[0]}”?" if near else "a keyword of your own begins with x-"
    return f"“{name[:80]}” is not a keyword of JSON Schema 2020-12; {hint}"


def _type_problem(value: object) -> str | None:
    names = value if isinstance(value, list) else [value]
    for name in names:
        if name not in TYPES:
            near = get_close_matches(str(name)[:40], TYPES, n=1)
            hint = f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(TYPES)}"
            return f"“type” cannot be “{str(name)[:40]}”; {hint}"
    if not names or len(set(names)) < len(names):
        return "“type” must name at least one type, and none twice"
    return None


def _pattern_problem(pattern: str) -> str | None:
    if len(pattern) > MOST_PATTERN:
        return f"a pattern is longer than {MOST_PATTERN} characters: split it"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as problem:
        return f"the pattern “{pattern[:60]}” does not compile ({problem}): correct it, or escape its signs"
    return None


def _patterns_problem(patterns: dict[str, object]) -> str | None:
    return next((problem for problem in map(_pattern_problem, patterns) if problem), None)


def _dialect_problem(value: str) -> str | None:
    if value.removesuffix("#") == DIALECT:
        return None
    return f"“$schema” must be {DIALECT}: translate a schema of another draft, or leave “$schema” out"


def _reference_problem(value: str) -> str | None:
    if value.startswith("#"):
        return None
    return f"“{value[:80]}” refers to another file or address: copy that schema into $defs and refer to “#/$defs/…”"


_OWN_RULES: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "pattern": _pattern_problem,
    "patternProperties": _patterns_problem,
    "$schema": _dialect_problem,
    "$ref": _reference_problem,
    "$dynamicRef": _reference_problem,
}


def _worded(broken: ValidationError) -> str:
    """The library's finding in our words, for the rules that people break."""
    shown = (str if isinstance(broken.instance, Decimal) else repr)(broken.instance)[:60]
    match broken.validator:
        case "type":
            wanted = broken.validator_value
            named = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
            return f"takes {_with_article(named)} here, not {shown}"
        case "minimum" | "exclusiveMinimum":
            return (
                f"must be {'above' if broken.validator == 'exclusiveMinimum' else 'at least'} {broken.validator_value}"
            )
        case "minItems":
            return "must list at least one entry"
        case "uniqueItems":
            return "lists an entry twice: remove one"
        case _:
            return f"cannot be {shown}"


def _with_article(name: str) -> str:
    return f"an {name}" if name[:1] in "aeio" else f"a {name}"
