"""The stall clock of one visit, as a cell and as a small ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Protocol

from tracker import formats
from tracker.web.drawing.shapes import Rect, against_limit, share


class ClockReading(Protocol):
    """What a clock is drawn from: `governance.clock.Reading`, or anything with its facts in business seconds."""

    @property
    def elapsed(self) -> int: ...
    @property
    def budget(self) -> int | None: ...
    @property
    def breached(self) -> bool: ...
    @property
    def paused(self) -> bool: ...
    @property
    def rung(self) -> object: ...
    @property
    def stalls_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Clock:
    """`value` in `tone`, what it is measured against, the bar on 0 to 200 % of the budget, and words for a listener."""

    value: str
    tone: str
    context: str
    hint: str
    said: str
    bar: tuple[Rect, ...]


def clock(reading: ClockReading, day: int, now: datetime, zone: tzinfo) -> Clock:
    """A visit's clock as a cell shows it. `day` in seconds."""
    spent = formats.duration(reading.elapsed, day)
    if reading.budget is None:
        return Clock(spent, "", "no budget", "", "", ())
    budget = formats.duration(reading.budget, day)
    against = f"{spent} of {budget}"
    due = formats.moment(reading.stalls_at, now, zone) if reading.stalls_at else ""
    if reading.breached:
        over = formats.overrun(reading.elapsed - reading.budget, day)
        said = f"past budget, was due {due}" if due else "past budget"
        return Clock(over, "breach", against, due, said, _clock_bar(reading, "el"))
    left = formats.left(reading.budget - reading.elapsed, day)
    if reading.rung is None or reading.paused:
        return Clock(left, "", against, f"due {due}" if due else "", "", _clock_bar(reading, "el"))
    soon = formats.due(reading.stalls_at, now, zone) if reading.stalls_at else against
    return Clock(left, "risk", soon, against, f"at risk, {against}", _clock_bar(reading, "risk"))


def _clock_bar(reading: ClockReading, kind: str) -> tuple[Rect, ...]:
    return against_limit(share(reading.elapsed, reading.budget) if reading.budget else 200.0, kind)


@dataclass(frozen=True, slots=True)
class Ring:
    """A small clock: share of the budget used, of the circle's 40.84 length."""

    used: str
    tone: str


def ring(reading: ClockReading) -> Ring:
    part = min(share(reading.elapsed, reading.budget), 100.0)
    tone = "breach" if reading.breached else "risk" if reading.rung is not None and not reading.paused else ""
    return Ring(f"{part * 0.4084:.2f} 40.84", tone)
