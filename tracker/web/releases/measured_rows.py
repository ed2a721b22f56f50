"""The measured values of one record, each beside what the brief asks of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models_registry.models import Brief, Evidence
from models_registry.requirements import (
    Compared,
    Interval,
    Measurement,
    Requirement,
    compare,
    measurements_of,
    requirements_of,
)


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """One value. `compared` is None for what the brief does not ask for."""

    measurement: Measurement
    compared: Compared | None

    @property
    def interval(self) -> Interval | None:
        return self.measurement.interval

    @property
    def requirement(self) -> Requirement | None:
        return self.compared.requirement if self.compared else None


def measured_rows(piece: Evidence) -> list[MeasuredRow]:
    """In the order of the record; each value is held against the brief by itself, whatever was measured elsewhere."""
    if not isinstance(piece.measurements, list) or not piece.measurements:
        return []
    return rows_beside_brief(piece.measurements, piece.release_id, piece.title)


def rows_beside_brief(measurements: Sequence[Mapping[str, Any]], release_id: int, source: str) -> list[MeasuredRow]:
    """The usable ones of these values beside the brief of a release."""
    wanted = _wanted(release_id)
    return [MeasuredRow(one, _compared(one, wanted)) for one in measurements_of(measurements, source, None)]


def _compared(one: Measurement, wanted: Sequence[Requirement]) -> Compared | None:
    return next((pair for pair in compare(wanted, [one]) if pair.measurement is not None), None)


def _wanted(release_id: int) -> tuple[Requirement, ...]:
    """What the brief in force asks for: the newest signed revision, else the draft."""
    briefs = list(Brief.objects.filter(release=release_id).order_by("-number"))
    brief = next((one for one in briefs if one.is_signed), briefs[0] if briefs else None)
    return tuple(requirements_of(brief.content)) if brief else ()
