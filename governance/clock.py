"""The stall clock: how much business time a visit has used, and when it reaches each rung of the ladder.

Pure. The clock runs from entry until the visit is left, in the working hours of the team's calendar, and stands still
during a hold. All amounts are whole business seconds. A vacancy is read with the same clock and its own budget.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Final

from governance.calendar import BusinessCalendar
from models_registry.vocabulary import Rung

LADDER: Final = tuple(sorted(Rung, key=lambda rung: rung.percent))
_FOUR_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Pause:
    """A hold: from `start` until `end`, or still going on."""

    start: datetime
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """What a clock is read from. `budget_seconds` in business seconds; None: no budget, so it never stalls."""

    entered_at: datetime
    left_at: datetime | None
    budget_seconds: int | None
    pauses: tuple[Pause, ...]
    calendar: BusinessCalendar


@dataclass(frozen=True, slots=True)
class Reading:
    """The clock at one moment.

    `remaining` is negative once past the budget. `share` is elapsed ÷ budget, cut to four places; for a budget of 0 it
    is 2, the top of the ladder. `paused` (on hold) and `outside_hours` (the team is not at work) are different facts,
    and both are false once the visit is `closed`.
    """

    elapsed: int
    budget: int | None
    remaining: int | None
    share: Decimal | None
    stalls_at: datetime | None
    breached: bool
    paused: bool
    outside_hours: bool
    closed: bool
    rung: Rung | None

    @property
    def overrun(self) -> int:
        """Business seconds past the budget; 0 while within it."""
        return max(0, -self.remaining) if self.remaining is not None else 0

    @property
    def running(self) -> bool:
        """Whether the clock ticks at this very moment."""
        return not (self.closed or self.paused or self.outside_hours)


def read(facts: ClockFacts, now: datetime) -> Reading:
    """The clock as known at `now`: what happened later (an end of a hold, the leaving) is not yet known."""
    known = _as_known_at(facts, now)
    elapsed, budget = _elapsed(known, now), known.budget_seconds
    rung = _rung(elapsed, budget)
    closed = known.left_at is not None
    return Reading(
        elapsed=elapsed,
        budget=budget,
        remaining=None if budget is None else budget - elapsed,
        share=_share(elapsed, budget),
        stalls_at=_reaches(known, Rung.BREACHED.percent),
        breached=budget is not None and elapsed >= budget,
        paused=not closed and any(pause.end is None for pause in known.pauses),
        outside_hours=not closed and not known.calendar.is_open(now),
        closed=closed,
        rung=rung,
    )


def reaches(facts: ClockFacts, percent: int, now: datetime) -> datetime | None:
    """The earliest instant at which `percent` of the budget is used, past or to come, as known at `now`.

    None: there is no budget, the visit was left before, or a hold without an end began before. A budget that is used up
    exactly at closing time is used up then, not at the next opening.
    """
    return _reaches(_as_known_at(facts, now), percent)


def due_rungs(facts: ClockFacts, now: datetime) -> tuple[Rung, ...]:
    """Every rung reached by `now`, lowest first."""
    known = _as_known_at(facts, now)
    elapsed = _elapsed(known, now)
    return tuple(rung for rung in LADDER if _is_reached(rung, elapsed, known.budget_seconds))


def owed_rungs(facts: ClockFacts, now: datetime, done: frozenset[Rung]) -> tuple[Rung, ...]:
    """The rungs reached by `now` and still to be told: a rung below one already told is never told afterwards."""
    return tuple(rung for rung in due_rungs(facts, now) if rung.percent > _highest(done))


def next_notice(facts: ClockFacts, now: datetime, done: frozenset[Rung]) -> datetime | None:
    """When the next rung above those `done` is reached, which may be in the past; None when nothing is to come.

    A visit that was left has nothing more to tell.
    """
    known = _as_known_at(facts, now)
    ahead = [rung for rung in LADDER if rung.percent > _highest(done)]
    if known.left_at is not None or not ahead:
        return None
    return _reaches(known, ahead[0].percent)


def _as_known_at(facts: ClockFacts, now: datetime) -> ClockFacts:
    """The facts without what lies after `now`, with overlapping pauses made one and cut to the visit."""
    left_at = facts.left_at if facts.left_at is not None and facts.left_at <= now else None
    begun = sorted((pause for pause in facts.pauses if pause.start <= now), key=lambda pause: pause.start)
    merged: list[Pause] = []
    for pause in begun:
        end = pause.end if pause.end is not None and pause.end <= now else None
        if end is not None and end <= pause.start:
            continue
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < pause.start):
            merged.append(Pause(pause.start, end))
        elif last.end is not None and (end is None or end > last.end):
            merged[-1] = Pause(last.start, end)
    return ClockFacts(facts.entered_at, left_at, facts.budget_seconds, tuple(merged), facts.calendar)


def _running(facts: ClockFacts) -> Iterator[tuple[datetime, datetime | None]]:
    """The stretches between the pauses, from entry on; the last has no end unless the visit was left."""
    start = facts.entered_at
    for pause in facts.pauses:
        if pause.start >= start:
            yield start, pause.start
        if pause.end is None:
            return
        start = max(start, pause.end)
    yield start, facts.left_at


def _elapsed(facts: ClockFacts, now: datetime) -> int:
    until = now if facts.left_at is None else facts.left_at
    return sum(
        facts.calendar.business_seconds(start, until if end is None else min(end, until))
        for start, end in _running(facts)
    )


def _reaches(facts: ClockFacts, percent: int) -> datetime | None:
    if facts.budget_seconds is None:
        return None
    owed = -(-facts.budget_seconds * percent // 100)
    if owed <= 0:
        return facts.calendar.add(facts.entered_at, 0)
    for start, end in _running(facts):
        until = end if facts.left_at is None or end is None else min(end, facts.left_at)
        worked = None if until is None else facts.calendar.business_seconds(start, until)
        if worked is None or worked >= owed:
            return facts.calendar.add(start, owed)
        owed -= worked
    return None


def _is_reached(rung: Rung, elapsed: int, budget: int | None) -> bool:
    return budget is not None and elapsed * 100 >= budget * rung.percent


def _rung(elapsed: int, budget: int | None) -> Rung | None:
    return next((rung for rung in reversed(LADDER) if _is_reached(rung, elapsed, budget)), None)


def _share(elapsed: int, budget: int | None) -> Decimal | None:
    if budget is None:
        return None
    if budget == 0:
        return Decimal(LADDER[-1].percent) / 100
    return (Decimal(elapsed) / budget).quantize(_FOUR_PLACES, ROUND_DOWN)


def _highest(rungs: frozenset[Rung]) -> int:
    return max((rung.percent for rung in rungs), default=0)
