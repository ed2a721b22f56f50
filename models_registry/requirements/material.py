"""What of a brief is material: its meaning, freed of how it was typed, so that a mere retyping keeps the digest."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from models_registry.requirements.brief import FIELDS, NUMBERS, SCHEMAS
from models_registry.requirements.brief_lists import METRICS, SOURCES, used_entries
from models_registry.requirements.digest import digest_of
from models_registry.requirements.json_reader import JsonProblem, read_json
from models_registry.requirements.measuring import slice_key
from models_registry.requirements.risk import RISK, answers_of
from models_registry.requirements.schema import MOST_BYTES
from models_registry.requirements.units import metric_code
from models_registry.requirements.values import as_flag, as_number, as_text, is_blank


def material_brief(raw: Mapping[str, object]) -> dict[str, Any]:
    """The given fields of a brief in one spelling: numbers as Decimals, schemas as digests, lists in a fixed order."""
    given = {name: _material(name, raw[name]) for name in FIELDS if name != RISK and not is_blank(raw.get(name))}
    # Unanswered questions leave the digest of a brief that never had them as it was.
    return {**given, RISK: answers} if (answers := answers_of(raw)) else given


def brief_digest(raw: Mapping[str, object]) -> str:
    """The digest of what a brief means: `120`, `"120"` and `120.0` are one, and so are two orders of the metrics."""
    return digest_of(material_brief(raw))


def _material(name: str, value: object) -> Any:
    if name in NUMBERS or name == "latency_percentile":
        number = as_number(value)
        return value if number is None else number
    if name in SCHEMAS:
        return _schema(as_text(value))
    if name == METRICS:
        return _sorted([_metric(entry) for _, entry in used_entries(value, METRICS, [])])
    if name == SOURCES:
        return _sorted([_source(entry) for _, entry in used_entries(value, SOURCES, [])])
    return as_text(value)


@lru_cache(maxsize=128)
def _schema(text: str) -> str:
    """The digest of a schema's content; kept, since a dossier is read far more often than a schema is changed."""
    try:
        return digest_of(read_json(text).value) if len(text) <= MOST_BYTES else digest_of(text)
    except JsonProblem:
        return digest_of(text)


def _metric(entry: Mapping[str, object]) -> dict[str, Any]:
    threshold = as_number(entry.get("threshold"))
    return {
        "code": metric_code(as_text(entry.get("metric"))),
        "slice": slice_key(as_text(entry.get("slice"))),
        "comparison": as_text(entry.get("comparison")),
        "threshold": threshold,
    }


def _source(entry: Mapping[str, object]) -> dict[str, Any]:
    return {
        "name": as_text(entry.get("name")),
        "uri": as_text(entry.get("uri")),
        "personal": as_flag(entry.get("contains_personal_data")),
    }


def _sorted(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(entries, key=digest_of)
