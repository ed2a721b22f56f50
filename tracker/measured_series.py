"""How one requirement was measured over time: the figure that says whether a release gets closer to its brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from models_registry.models import Evidence
from models_registry.requirements import Compared, Requirement, measurements_of
from models_registry.vocabulary import Comparison

LEAST: Final = 3  # points from which a line tells more than the table above it
MOST: Final = 60


@dataclass(frozen=True, slots=True)
class Point:
    label: str
    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class Series:
    """The measured values of a requirement, oldest first."""

    requirement: Requirement
    points: Sequence[Point]

    @property
    def first(self) -> Decimal:
        return self.points[0].value

    @property
    def last(self) -> Decimal:
        return self.points[-1].value

    @property
    def gap(self) -> Decimal:
        """How far the last value lies beyond the limit; 0 or less when it is met."""
        beyond = self.last - self.requirement.threshold
        return beyond if self.requirement.comparison is Comparison.AT_MOST else -beyond


def telling_series(compared: Sequence[Compared], evidence: Sequence[Evidence]) -> Series | None:
    """The series of the first unmet requirement that was measured often enough, else of the first of all."""
    by_need = sorted(compared, key=lambda one: one.met is not False)
    found = (Series(one.requirement, _points(one.requirement, evidence)) for one in by_need)
    return next((series for series in found if len(series.points) >= LEAST), None)


def _points(wanted: Requirement, evidence: Sequence[Evidence]) -> list[Point]:
    """Every value of the requirement, superseded evidence included: that is where it has been."""
    points = [
        Point(piece.title, piece.added_at, measured.value)
        for piece in evidence
        for measured in measurements_of(piece.measurements, source=piece.title, at=piece.added_at)
        if (measured.code, measured.slice) == (wanted.code, wanted.slice)
    ]
    return sorted(points, key=lambda point: point.at)[-MOST:]
