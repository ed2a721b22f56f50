"""A brief in words: what one revision changes of another, what is still open, and the fields of its schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from models_registry.requirements import RISK_ANSWERS, RISK_QUESTIONS, answers_of, check_brief
from models_registry.vocabulary import Comparison, ServingMode

Content = Mapping[str, Any]

LABELS: Final[Mapping[str, tuple[str, str]]] = {
    "serving_mode": ("Serving", ""),
    "latency_percentile": ("Latency percentile", ""),
    "latency_ms": ("Latency", "ms"),
    "batch_window_minutes": ("Batch window", "min"),
    "throughput_rps": ("Throughput", "per second"),
    "availability_percent": ("Availability", "%"),
    "cpu_cores": ("CPU", "cores"),
    "memory_gib": ("Memory", "GiB"),
    "gpu": ("GPU", ""),
    "gpu_count": ("Number of GPUs", ""),
    "region": ("Region", ""),
    "monthly_budget": ("Monthly budget", ""),
    "budget_currency": ("Currency of the budget", ""),
    "input_schema": ("Input schema", ""),
    "output_schema": ("Output schema", ""),
    "acceptance_metrics": ("Acceptance metrics", ""),
    "data_sources": ("Data sources", ""),
    "retraining_plan": ("Retraining plan", ""),
    "risk_answers": ("Risk questionnaire", ""),
}
"""The fields of a brief in the order of its page, each with its label and unit."""

PARTS: Final = (
    ("Serving and latency", ("serving_mode", "latency_percentile", "latency_ms", "batch_window_minutes")),
    ("Throughput and availability", ("throughput_rps", "availability_percent")),
    ("CPU, memory and GPU", ("cpu_cores", "memory_gib", "gpu", "gpu_count")),
    ("Region and monthly budget", ("region", "monthly_budget", "budget_currency")),
    ("Input schema", ("input_schema",)),
    ("Output schema", ("output_schema",)),
    ("Acceptance metrics", ("acceptance_metrics",)),
    ("Data sources", ("data_sources",)),
    ("Retraining plan", ("retraining_plan",)),
    ("Risk questionnaire", (RISK_ANSWERS,)),
)
_SCHEMAS: Final = ("input_schema", "output_schema")
_LONGEST: Final = 160  # characters of a text that a change quotes
_SHOWN: Final = 60  # fields of a schema that are listed


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between two revisions. `before` and `after` in words; empty: it was not there."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the brief: met, unmet (what is there is not valid) or missing."""

    title: str
    state: str


@dataclass(frozen=True, slots=True)
class SchemaField:
    """One field at the top of a JSON Schema. `rule`: what it must keep; `mark`: what kind of personal data it is."""

    name: str
    type: str
    rule: str
    required: bool
    mark: str = ""


def changes(old: Content, new: Content) -> list[Change]:
    """What `new` says otherwise than `old`, in the order of the form."""
    return [change for name in LABELS if old.get(name) != new.get(name) for change in _told(name, old, new)]


def readiness(content: Content) -> list[Part]:
    """How far each part of the brief is from a signature."""
    wrong = {problem.field.partition(".")[0] for problem in check_brief(content, complete=True)}
    if not answers_of(content):
        wrong.add(RISK_ANSWERS)  # a brief may be signed without, and the gate asks for them
    invalid = {problem.field.partition(".")[0] for problem in check_brief(content, complete=False)}
    return [
        Part(
            title,
            "met" if not wrong.intersection(names) else "unmet" if invalid.intersection(names) else "missing",
        )
        for title, names in PARTS
    ]


def schema_fields(text: object) -> list[SchemaField]:
    """The fields at the top of a schema, as many as a reader looks through; none when it cannot be read."""
    schema = _schema(text)
    properties = schema.get("properties")
    required = schema.get("required")
    if not isinstance(properties, dict):
        return []
    owed = set(required) if isinstance(required, list) else set()
    return [
        SchemaField(name, _type(rule), _rule(rule), name in owed, str(rule.get("x-pii", "")))
        for name, rule in list(properties.items())[:_SHOWN]
        if isinstance(rule, dict)
    ]


def _told(name: str, old: Content, new: Content) -> Iterator[Change]:
    if name in _SCHEMAS:
        yield _schema_change(name, old.get(name), new.get(name))
    elif name == "acceptance_metrics":
        yield from _entry_changes("Metric", _metrics(old), _metrics(new))
    elif name == "data_sources":
        yield from _entry_changes("Data source", _sources(old), _sources(new))
    elif name == RISK_ANSWERS:
        yield from _risk_changes(answers_of(old), answers_of(new))
    else:
        before, after = _said(name, old.get(name)), _said(name, new.get(name))
        if before != after:
            yield Change(LABELS[name][0], before, after)


def _said(name: str, value: object) -> str:
    text = str(value or "").strip()
    if name == "serving_mode" and text in set(ServingMode):
        return ServingMode(text).label
    shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    unit = LABELS[name][1]
    return f"{shown} {unit}" if shown and unit else shown


def _entry_changes(label: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """The entries of a list that came, went or changed, by their names."""
    for key in (*old, *(key for key in new if key not in old)):
        if old.get(key) != new.get(key):
            yield Change(f"{label} {key}", old.get(key, ""), new.get(key, ""))


def _entries(content: Content, name: str) -> list[Content]:
    value = content.get(name)
    return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, Sequence) else []


def _metrics(content: Content) -> dict[str, str]:
    found = {}
    for entry in _entries(content, "acceptance_metrics"):
        part = str(entry.get("slice") or "")
        name = f"{entry.get('metric') or 'without a name'}{f' for {part}' if part else ''}"
        how = str(entry.get("comparison") or "")
        found[name] = f"{Comparison(how).symbol if how in set(Comparison) else '?'} {entry.get('threshold') or '?'}"
    return found


def _sources(content: Content) -> dict[str, str]:
    return {
        str(entry.get("name") or "without a name"): ", ".join(
            filter(None, [str(entry.get("uri") or ""), _personal(entry)])
        )
        for entry in _entries(content, "data_sources")
    }


def _risk_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """The questions that are answered otherwise."""
    for question in RISK_QUESTIONS:
        before, after = old.get(question.code, ""), new.get(question.code, "")
        if before != after:
            yield Change(question.text, question.answers.get(before, ""), question.answers.get(after, ""))


def _personal(entry: Content) -> str:
    answer = entry.get("contains_personal_data")
    return {True: "personal data", False: "no personal data"}[answer] if isinstance(answer, bool) else ""


def _schema_change(name: str, old: object, new: object) -> Change:
    """What a schema gained and lost, by its fields; its text where the fields are the same."""
    before, after = _properties(old), _properties(new)
    if before == after:
        same = _schema(old) == _schema(new)
        how = "written otherwise, with the same meaning" if same else "changed outside its fields"
        return Change(LABELS[name][0], _counted(before, old), f"{_counted(after, new)}, {how}")
    said = [
        f"{word} {', '.join(names)}"
        for word, names in (
            ("added", [key for key in after if key not in before]),
            ("removed", [key for key in before if key not in after]),
            ("changed", [key for key in after if key in before and after[key] != before[key]]),
        )
        if names
    ]
    return Change(LABELS[name][0], _counted(before, old), f"{_counted(after, new)}: {'; '.join(said)}")


def _counted(properties: Mapping[str, object], text: object) -> str:
    if not str(text or "").strip():
        return ""
    return "1 field" if len(properties) == 1 else f"{len(properties)} fields"


def _schema(text: object) -> dict[str, Any]:
    try:
        found = json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _properties(text: object) -> dict[str, object]:
    found = _schema(text).get("properties")
    return found if isinstance(found, dict) else {}


def _type(rule: Content) -> str:
    if "enum" in rule:
        return "one of"
    if "$ref" in rule:
        return "reference"
    kind = rule.get("format") or rule.get("type") or "any"
    return " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


_RULES: Final = (
    ("minimum", "≥ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMaximum", "< {}"),
    ("minLength", "at least {} characters"),
    ("maxLength", "at most {} characters"),
    ("pattern", "matches {}"),
    ("const", "is {}"),
    ("minItems", "at least {} items"),
    ("maxItems", "at most {} items"),
)


def _rule(rule: Content) -> str:
    said = [words.format(rule[key]) for key, words in _RULES if key in rule]
    if isinstance(rule.get("enum"), list):
        said.insert(0, ", ".join(map(str, rule["enum"][:8])) + ("…" if len(rule["enum"]) > 8 else ""))
    text = ", ".join(said)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
