"""A measured value beside the limit it is held against."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tracker import formats
from tracker.formats import Number
from tracker.web.drawing.shapes import Rect, against_limit, share


@dataclass(frozen=True, slots=True)
class Bullet:
    """A measured value against its limit, which stands at half width."""

    bar: tuple[Rect, ...]
    text: str
    tone: str


def bullet(value: Number | None, limit: Number, *, at_most: bool, met: bool | None) -> Bullet:
    """The bar and the distance to the limit; a limit of zero compares by sign alone."""
    if value is None:
        return Bullet((), "not measured", "")
    measured, required = Decimal(str(value)), Decimal(str(limit))
    percent = share(measured, required) if required else (200.0 if measured > 0 else 0.0)
    bad = met is False
    distance = (measured - required) / abs(required) if required else None
    text = "at the limit" if measured == required else formats.signed(measured - required)
    if distance is not None and measured != required:
        text = _distance(distance, measured - required)
    beyond = "ov" if bad and at_most else "el"
    return Bullet(
        against_limit(percent, "breach" if bad and not at_most else "el", beyond), text, "breach" if bad else ""
    )


def _distance(relative: Decimal, absolute: Decimal) -> str:
    """In percent of the limit; absolute below half a percent, where percent would say 0."""
    if abs(relative) < Decimal("0.005"):
        return formats.signed(absolute)
    whole = relative.quantize(Decimal("0.01"))
    sign = formats.MINUS if whole < 0 else "+"
    return f"{sign}{formats.percent(abs(whole))}"
