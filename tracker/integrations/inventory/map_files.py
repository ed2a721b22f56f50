"""Maps that people write themselves, in YAML or JSON, checked as a whole so that every mistake is told at once.

name: acme
extends: us-federal-2024        # optional: begin with a built-in map
columns: {name: Model, stage: [Status, Phase], date_implemented: "Go-live"}
stages: {"Sandbox": validation, "Frozen": parked}
risks: {"Class A": high}
as_of: 2025-06-30
day_first: true
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, TypeVar
from zoneinfo import available_timezones

import yaml

from models_registry.vocabulary import RiskTier, Stage
from tracker.integrations.inventory.answers import PAUSED, STOPPED, StageMeaning
from tracker.integrations.inventory.builtin_maps import BY_NAME
from tracker.integrations.inventory.cells import fold
from tracker.integrations.inventory.dates import DateRules
from tracker.integrations.inventory.mapping import Field, Map

Meaning = TypeVar("Meaning")

MAX_MAP_BYTES: Final = 256 * 1024
MEANINGS: Final[dict[str, StageMeaning]] = {
    **{stage.value: StageMeaning(stage) for stage in Stage},
    "killed": STOPPED,
    "parked": PAUSED,
}
TIERS: Final[dict[str, RiskTier]] = {tier.value: tier for tier in RiskTier}
TEXTS: Final = ("division", "country", "currency", "timezone")
KEYS: Final = (
    "name", "title", "extends", "columns", "stages", "risks", "as_of", "day_first", "fiscal_start", *TEXTS,
)  # fmt: skip


class MapProblemError(ValueError):
    """A map that cannot be used; `problems` are (place, message) pairs."""

    def __init__(self, name: str, problems: list[tuple[str, str]]) -> None:
        self.problems = problems
        super().__init__(f"map {name}: " + "; ".join(f"{place}: {message}" for place, message in problems))


def find_map(wanted: str) -> Map:
    """A built-in map by name, or one from a file. Raises `MapProblemError`."""
    if wanted in BY_NAME:
        return BY_NAME[wanted]
    path = Path(wanted)
    if not path.is_file():
        known = ", ".join(BY_NAME)
        raise MapProblemError(wanted, [("map", f"there is no such file, and the built-in maps are {known}")])
    if path.stat().st_size > MAX_MAP_BYTES:
        raise MapProblemError(path.name, [("map", f"it is larger than {MAX_MAP_BYTES // 1024} KB")])
    return parse_map(path.name, path.read_bytes())


def parse_map(name: str, data: bytes) -> Map:
    """The map that a YAML or JSON text describes. Raises `MapProblemError` with every mistake in it."""
    try:
        raw = json.loads(data) if data.lstrip()[:1] == b"{" else yaml.safe_load(data)
    except (ValueError, yaml.YAMLError, RecursionError) as problem:
        raise MapProblemError(name, [("map", f"it is neither YAML nor JSON: {str(problem).splitlines()[0]}")]) from None
    if not isinstance(raw, dict):
        raise MapProblemError(name, [("map", "it must be a list of keys and values")])
    problems = _unknown(raw)
    base = _base(raw, problems)
    made = replace(
        base,
        name=str(raw.get("name") or Path(name).stem)[:80],
        title=str(raw.get("title") or raw.get("name") or name),
        marks=(),
        columns=MappingProxyType({**base.columns, **_columns(raw.get("columns"), problems)}),
        stages=MappingProxyType({**base.stages, **_words(raw, "stages", MEANINGS, problems)}),
        risks=MappingProxyType({**base.risks, **_words(raw, "risks", TIERS, problems)}),
        dates=_date_rules(raw, base.dates, problems),
        **_texts(raw, problems),
    )
    if Field.NAME not in made.columns:
        problems.append(("columns.name", "say which column holds the name of the model"))
    if problems:
        raise MapProblemError(name, problems)
    return made


def _unknown(raw: Mapping[Any, Any]) -> list[tuple[str, str]]:
    return [(str(key), f"not a key of a map{_did_you_mean(str(key), KEYS)}") for key in raw if key not in KEYS]


def _base(raw: Mapping[str, Any], problems: list[tuple[str, str]]) -> Map:
    wanted = raw.get("extends")
    if wanted is not None and wanted not in BY_NAME:
        problems.append(("extends", f"the built-in maps are {', '.join(BY_NAME)}"))
    return BY_NAME.get(str(wanted), Map("", "", MappingProxyType({})))


def _columns(raw: object, problems: list[tuple[str, str]]) -> dict[Field, tuple[str, ...]]:
    columns: dict[Field, tuple[str, ...]] = {}
    if not isinstance(raw, dict | None):
        problems.append(("columns", "it must name fields and their columns"))
        return columns
    for key, value in (raw or {}).items():
        headers = value if isinstance(value, list) else [value]
        if key not in set(Field):
            problems.append((f"columns.{key}", f"not a field{_did_you_mean(str(key), [one.value for one in Field])}"))
        elif not all(isinstance(header, str | int) and fold(str(header)) for header in headers):
            problems.append((f"columns.{key}", "it must be a header or a list of headers"))
        else:
            columns[Field(key)] = tuple(_alternative(str(header)) for header in headers)
    return columns


def _alternative(header: str) -> str:
    return fold(header) + (" *" if header.rstrip().endswith("*") else "")


def _words(
    raw: Mapping[str, Any], part: str, meanings: Mapping[str, Meaning], problems: list[tuple[str, str]]
) -> dict[str, Meaning]:
    words: dict[str, Meaning] = {}
    table = raw.get(part) or {}
    if not isinstance(table, dict):
        problems.append((part, "it must give a meaning for each word"))
        return words
    for word, meaning in table.items():
        if str(meaning) in meanings:
            words[fold(str(word))] = meanings[str(meaning)]
        else:
            problems.append((f"{part}.{word}", f"it must be one of {', '.join(meanings)}"))
    return words


def _date_rules(raw: Mapping[str, Any], base: DateRules, problems: list[tuple[str, str]]) -> DateRules:
    as_of, fiscal_start, day_first = (
        raw.get("as_of", base.as_of),
        raw.get("fiscal_start", base.fiscal_start),
        base.day_first,
    )
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of)
        except ValueError:
            problems.append(("as_of", "it must be a date such as 2025-06-30"))
    elif not isinstance(as_of, date | None):
        problems.append(("as_of", "it must be a date such as 2025-06-30"))
    if not isinstance(fiscal_start, int) or not 1 <= fiscal_start <= 12:
        problems.append(("fiscal_start", "it must be the number of a month, 1 to 12"))
    if not isinstance(raw.get("day_first", day_first), bool):
        problems.append(("day_first", "it must be true or false"))
    if problems:
        return base
    return DateRules(bool(raw.get("day_first", day_first)), int(fiscal_start), as_of)


def _texts(raw: Mapping[str, Any], problems: list[tuple[str, str]]) -> dict[str, Any]:
    texts = {key: str(raw[key]) for key in TEXTS if raw.get(key) is not None}
    if "timezone" in texts and texts["timezone"] not in available_timezones():
        problems.append(("timezone", "it must be a name such as Europe/Berlin"))
    if "currency" in texts and not (len(texts["currency"]) == 3 and texts["currency"].isupper()):
        problems.append(("currency", "it must be a code such as EUR"))
    return texts


def _did_you_mean(word: str, known: Any) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
