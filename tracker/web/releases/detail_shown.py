"""The detail of evidence as a reader sees it: facts by their labels, and tables of its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from models_registry.vocabulary import EvidenceKind
from tracker.web.releases.detail_fields import fields_of
from tracker.web.releases.detail_parts import Part

TITLES: Final = {
    EvidenceKind.TRAINING_RUN: "The run",
    EvidenceKind.DATASET: "The data",
    EvidenceKind.ACCESS_GRANT: "The grant",
    EvidenceKind.VALIDATION_REPORT: "The validation",
    EvidenceKind.BENCHMARK: "The benchmark",
    EvidenceKind.EXPLAINABILITY_REPORT: "The explanation",
    EvidenceKind.MODEL_CARD: "The card",
    EvidenceKind.SECURITY_SCAN: "The scan",
    EvidenceKind.DOCUMENT: "The document",
}


@dataclass(frozen=True, slots=True)
class ShownTable:
    """`unsaid`: what stands where a row says nothing."""

    label: str
    heads: tuple[str, ...]
    rows: list[list[str]]
    unsaid: str


@dataclass(frozen=True, slots=True)
class ShownDetail:
    title: str
    facts: list[tuple[str, str]]
    tables: list[ShownTable]


def shown_detail(kind: str, detail: Mapping[str, Any]) -> ShownDetail | None:
    """What a detail says, in the order of its form; None for a kind that has none."""
    wanted = fields_of(kind)
    if wanted is None:
        return None
    said = [(part.label, _told(part, _at(detail, part.path))) for part in (*wanted.read, *wanted.parts)]
    tables = [
        ShownTable(
            label=rows.label,
            heads=tuple(part.label for part in rows.parts),
            rows=[[_told(part, row.get(part.path)) for part in rows.parts] for row in _rows(detail, rows.path)],
            unsaid="not classified" if rows.path == "columns" else "not said",
        )
        for rows in (*wanted.rows, *wanted.read_rows)
    ]
    return ShownDetail(
        TITLES[EvidenceKind(kind)], [one for one in said if one[1]], [table for table in tables if table.rows]
    )


def _at(detail: Mapping[str, Any], path: str) -> object:
    value: Any = detail
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _rows(detail: Mapping[str, Any], path: str) -> list[Mapping[str, Any]]:
    raw = detail.get(path)
    return [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list) else []


def _told(part: Part, value: object) -> str:
    if isinstance(value, list):
        return "\n".join(str(one) for one in value)
    return dict(part.options).get(str(value), str(value)) if part.choose and value else str(value or "")
