"""The figure of one requirement over its measurements: its title says the finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from models_registry.vocabulary import Comparison
from tracker import formats
from tracker.measured_series import Series


@dataclass(frozen=True, slots=True)
class MeasuredFigure:
    """What `c-figure` and `c-data-table` take."""

    title: str
    sub: str
    label: str
    limit: Decimal
    limit_label: str
    unit: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]


def measured_figure(series: Series) -> MeasuredFigure:
    wanted = series.requirement
    name = f"{wanted.label} for {wanted.slice}" if wanted.slice else wanted.label
    bound = "at most" if wanted.comparison is Comparison.AT_MOST else "at least"
    asked = formats.quantity(wanted.threshold, wanted.unit)
    title, counted = _finding(series, name), f"{name}, {wanted.unit}" if wanted.unit else name
    today = timezone.localdate()
    return MeasuredFigure(
        title=title,
        sub=f"Every measured value of {counted}; the brief asks for {bound} {asked}",
        label=f"Line chart: {title}; the brief asks for {bound} {asked}. The table below has the numbers.",
        limit=wanted.threshold,
        limit_label=f"asks {asked}",
        unit=wanted.unit,
        columns=["Measured", name],
        rows=[
            [f"{point.label}, {formats.short_day(timezone.localtime(point.at).date(), today)}", point.value]
            for point in series.points
        ],
    )


def _finding(series: Series, name: str) -> str:
    unit = series.requirement.unit
    capital = f"{name[:1].upper()}{name[1:]}" if name[:1].isalpha() and not name[1:2].isdigit() else name
    first, last = formats.number(series.first), formats.quantity(series.last, unit)
    verb = "went from" if series.first != series.last else "stays at"
    way = f"{capital} {verb} {f'{first} to ' if series.first != series.last else ''}{last}"
    if series.gap <= 0:
        return f"{way}, within the limit"
    return f"{way}, {formats.quantity(series.gap, unit)} to go"
