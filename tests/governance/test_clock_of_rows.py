"""The clock of a visit read from its rows agrees with a walk over every minute: across changes of the clocks, leap days
and days without hours, with holds that stop it and holds that do not, more time given, and edits in the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance import deadlines
from governance.models import Hold, Policy, StageVisit
from models_registry.models import RegisteredModel, Release, Team, WorkCalendar
from models_registry.vocabulary import RiskTier, Rung, Stage, VisitState
from tests.governance.working_time import MINUTE, NIGHT, OFFICE, SPLIT, SUNDAYS, Hours, MinuteOracle
from tests.world import World

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
WEEKS: dict[str, Hours] = {"office": OFFICE, "split": SPLIT, "night": NIGHT, "sundays": SUNDAYS}
# Before the clocks go forward and back in each zone, before a leap day, and in the middle of nothing.
DAYS = ("2027-03-12", "2027-03-26", "2027-04-02", "2027-10-01", "2027-10-29", "2027-11-05", "2028-02-27", "2026-06-03")
LONGEST = 4 * 24 * 60
OFFSETS = st.integers(-300, LONGEST)


@dataclass(frozen=True)
class Held:
    """Minutes after entry; `end` None: still on hold. `stops`: the clock stands still."""

    start: int
    end: int | None
    stops: bool


holds = st.lists(st.builds(Held, OFFSETS, st.none() | OFFSETS, st.booleans()), max_size=4)


@pytest.fixture
def calendars(world: World) -> dict[tuple[str, str], WorkCalendar]:
    return {
        (zone, week): WorkCalendar.objects.create(
            name=f"{week} in {zone}",
            timezone=zone,
            hours={str(day): [list(span) for span in spans] for day, spans in hours.items()},
        )
        for zone in ZONES
        for week, hours in WEEKS.items()
    }


def visit_of(calendar: WorkCalendar, entered: datetime, held: list[Held], extra: int) -> StageVisit:
    """A visit as it would be read along with its holds; its rows need not be written to be counted."""
    release = Release(model=RegisteredModel(name="m", team=Team(name="t", calendar=calendar)), number=1)
    visit = StageVisit(
        pk=1, release=release, stage=Stage.BRIEF, state=VisitState.UNDERWAY, tier=RiskTier.LOW,
        policy=Policy.objects.get(), entered_at=entered, extra_seconds=extra,
    )  # fmt: skip
    rows = [
        Hold(
            started_at=entered + one.start * MINUTE,
            ended_at=None if one.end is None else entered + one.end * MINUTE,
            pauses_clock=one.stops,
        )
        for one in held
    ]
    visit._prefetched_objects_cache = {"holds": rows}  # type: ignore[attr-defined]
    return visit


def walked(oracle: MinuteOracle, visit: StageVisit, now: datetime) -> int:
    """Business seconds by asking of every minute whether it is worked, and whether a hold stops the clock in it."""
    stopping = [hold for hold in visit.holds.all() if hold.pauses_clock]
    count, moment = 0, visit.entered_at
    while moment < now:
        stopped = any(one.started_at <= moment and (one.ended_at is None or moment < one.ended_at) for one in stopping)
        count += not stopped and oracle.is_open(moment)
        moment += MINUTE
    return count * 60


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(ZONES),
    week=st.sampled_from(sorted(WEEKS)),
    day=st.sampled_from(DAYS),
    held=holds,
    after=st.integers(0, LONGEST),
    earlier=st.integers(0, 24 * 60),
    extra=st.integers(0, 200).map(lambda quarters: quarters * 900),
)
def test_it_counts_what_a_walk_over_every_minute_counts(
    calendars: dict[tuple[str, str], WorkCalendar],
    zone: str,
    week: str,
    day: str,
    held: list[Held],
    after: int,
    earlier: int,
    extra: int,
) -> None:
    oracle = MinuteOracle(zone, WEEKS[week])
    entered = datetime.fromisoformat(day).replace(tzinfo=UTC)
    visit = visit_of(calendars[zone, week], entered, held, extra)
    now = entered + after * MINUTE
    reading = deadlines.reading(visit, now)
    assert reading.elapsed == walked(oracle, visit, now)
    assert reading.budget == 5 * oracle.compiled().day_seconds + extra

    # Somebody finds out that it had begun before: nothing is stored, so everything is counted from there.
    visit.entered_at -= earlier * MINUTE
    reading = deadlines.reading(visit, now)
    assert reading.elapsed == walked(oracle, visit, now)
    assert reading.breached == (reading.elapsed >= (reading.budget or 0))
    assert reading.outside_hours == (not oracle.is_open(now))
    assert reading.paused == any(
        hold.pauses_clock and hold.started_at <= now and (hold.ended_at is None or hold.ended_at > now)
        for hold in visit.holds.all()
    )

    # The hint says the instant at which the budget is used up, as far as it is known now.
    deadlines.hint_visit(visit, now)
    if visit.stalls_at is not None and visit.stalls_at <= now:
        assert Rung.BREACHED.percent * (reading.budget or 0) <= 100 * reading.elapsed
