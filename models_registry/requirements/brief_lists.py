"""The two lists of a brief: acceptance metrics with thresholds, and data sources.

An entry of which only what a form fills in by itself is set is an unused row, and counts as not there.
"""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from models_registry.requirements.facts import FieldProblem, Requirement
from models_registry.requirements.measuring import MOST_METRIC, MOST_SLICE, slice_key
from models_registry.requirements.units import metric_code
from models_registry.requirements.values import (
    MOST,
    Limits,
    as_flag,
    as_number,
    as_sentence,
    as_text,
    choice_problem,
    is_blank,
    text_problem,
)
from models_registry.vocabulary import Comparison

METRICS: Final = "acceptance_metrics"
SOURCES: Final = "data_sources"
MOST_ENTRIES: Final = 100
_TYPED: Final = {METRICS: ("metric", "slice", "threshold"), SOURCES: ("name", "uri")}
_SCRIPTED: Final = frozenset({"javascript", "data", "vbscript"})
_THRESHOLD: Final = Limits("The threshold", least=-MOST, example="0.9")

Entry = Mapping[str, object]


def used_entries(raw: object, field: str, found: list[FieldProblem]) -> Iterator[tuple[str, Entry]]:
    """The used entries, each with its field name; what is no list of objects goes to `found`."""
    if is_blank(raw):
        return
    if not isinstance(raw, (list, tuple)) or len(raw) > MOST_ENTRIES:
        found.append(FieldProblem(field, f"Give a list of at most {MOST_ENTRIES} entries."))
        return
    for index, entry in enumerate(raw):
        if not isinstance(entry, Mapping):
            found.append(FieldProblem(f"{field}.{index}", "Give an object with named parts."))
        elif not all(is_blank(entry.get(part)) for part in _TYPED[field]):
            yield f"{field}.{index}", entry


def check_metrics(raw: object, *, complete: bool) -> list[FieldProblem]:
    """Problems of the acceptance metrics; a complete list has at least one for the whole population."""
    found: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    for field, entry in used_entries(raw, METRICS, found):
        found += _metric_problems(field, entry, complete=complete)
        key = _metric_key(entry)
        if key[0] and key in seen:
            named = as_text(entry.get("metric")) + (f" for {as_text(entry.get('slice'))}" if key[1] else "")
            found.append(FieldProblem(f"{field}.metric", f"{named} is listed twice: remove one of them."))
        seen.add(key)
    if complete and seen and not any(name and not part for name, part in seen):
        found.append(FieldProblem(METRICS, "At least one metric must hold overall: leave its slice empty."))
    if complete and not seen and not found:
        found.append(FieldProblem(METRICS, "Name at least one acceptance metric with its threshold."))
    return found


def _metric_key(entry: Entry) -> tuple[str, str]:
    name = as_text(entry.get("metric"))
    return metric_code(name) if name else "", slice_key(as_text(entry.get("slice")))


def _metric_problems(field: str, entry: Entry, *, complete: bool) -> list[FieldProblem]:
    name, part, comparison, threshold = (entry.get(key) for key in ("metric", "slice", "comparison", "threshold"))
    found: list[tuple[str, str | None]] = [
        ("metric", None if is_blank(name) else _prefixed("The name", text_problem(name, MOST_METRIC))),
        ("slice", None if is_blank(part) else _prefixed("The slice", text_problem(part, MOST_SLICE))),
        ("comparison", None if is_blank(comparison) else choice_problem(comparison, Comparison)),
        ("threshold", None if is_blank(threshold) else _THRESHOLD.problem(threshold)),
    ]
    if complete:
        found += [
            ("metric", "Name the metric, such as AUC" if is_blank(name) else None),
            ("comparison", "Say whether the value must be at least or at most" if is_blank(comparison) else None),
            ("threshold", "Give the threshold, such as 0.9" if is_blank(threshold) else None),
        ]
    return [FieldProblem(f"{field}.{key}", as_sentence(text)) for key, text in found if text]


def metric_requirements(raw: object) -> tuple[Requirement, ...]:
    """The measurable requirements of the valid entries."""
    entries = [
        entry for field, entry in used_entries(raw, METRICS, []) if not _metric_problems(field, entry, complete=True)
    ]
    return tuple(requirement for requirement in map(_metric_requirement, entries) if requirement is not None)


def _metric_requirement(entry: Entry) -> Requirement | None:
    name, threshold = as_text(entry.get("metric")), as_number(entry.get("threshold"))
    if threshold is None:
        return None
    return Requirement(
        code=metric_code(name),
        label=name.replace("_", " "),
        comparison=Comparison(as_text(entry.get("comparison"))),
        threshold=threshold,
        unit="",
        slice=as_text(entry.get("slice")),
    )


def check_data_sources(raw: object, *, complete: bool) -> list[FieldProblem]:
    """Problems of the data sources; a complete list names at least one and says of each whether it is personal data."""
    found: list[FieldProblem] = []
    names: set[str] = set()
    for field, entry in used_entries(raw, SOURCES, found):
        found += _source_problems(field, entry, complete=complete)
        name = as_text(entry.get("name")).casefold()
        if name and name in names:
            found.append(FieldProblem(f"{field}.name", "This source is listed twice: remove one of them."))
        names.add(name)
    if complete and not names and not found:
        found.append(FieldProblem(SOURCES, "Name at least one data source."))
    return found


def _source_problems(field: str, entry: Entry, *, complete: bool) -> list[FieldProblem]:
    name, uri, personal = (entry.get(key) for key in ("name", "uri", "contains_personal_data"))
    found: list[tuple[str, str | None]] = [
        ("name", None if is_blank(name) else _prefixed("The name", text_problem(name, 200))),
        ("uri", None if is_blank(uri) else uri_problem(uri)),
    ]
    if not is_blank(personal) and as_flag(personal) is None:
        found.append(("contains_personal_data", "Answer yes or no"))
    if complete:
        found += [
            ("name", "Name the data source" if is_blank(name) else None),
            ("uri", "Say where the data lies, such as s3://bucket/path or schema.table" if is_blank(uri) else None),
            ("contains_personal_data", "Say whether it holds personal data" if is_blank(personal) else None),
        ]
    return [FieldProblem(f"{field}.{key}", as_sentence(text)) for key, text in found if text]


def uri_problem(value: object, schemes: tuple[str, ...] = ()) -> str | None:
    """Why an address cannot be kept: too long, with spaces, a script, or with a password. `schemes`: only these."""
    wrong = text_problem(value, 500)
    if wrong or not isinstance(value, str):
        return _prefixed("The address", wrong)
    address = value.strip()
    try:
        parts = urlsplit(address)
        password = parts.password
    except ValueError:
        return "The address is not well formed: copy it again"
    if any(mark.isspace() for mark in address):
        return "The address holds a space: remove it or write %20"
    if parts.scheme.casefold() in _SCRIPTED or (schemes and parts.scheme.casefold() not in schemes):
        return f"The address must begin with {' or '.join(f'{one}://' for one in schemes or ('https', 's3'))}"
    if schemes and not parts.netloc:
        return "The address names no host"
    return "The address holds a password: take it out, everybody who sees this could use it" if password else None


def _prefixed(label: str, problem: str | None) -> str | None:
    return f"{label} {problem}" if problem else None
