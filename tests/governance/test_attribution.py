"""Whom a visit waited on: the parts are what a person with a stop-watch would write down, and they sum to the whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.attribution import HeldFor, Stretch, Waits, Whom, split, whom
from governance.calendar import BusinessCalendar
from models_registry.vocabulary import WaitsOn

START = datetime(2026, 3, 26, 8, tzinfo=UTC)  # a Thursday before the clocks change in Berlin
BERLIN = BusinessCalendar.from_facts(
    "Europe/Berlin", {day: [("09:00", "12:00"), ("13:00", "17:00")] for day in range(6)}
)
HOURS = st.integers(0, 24 * 8)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@st.composite
def stretches(draw: st.DrawFn) -> list[Stretch]:
    """Some in a row, the last one maybe going on."""
    moments = sorted(draw(st.lists(HOURS, max_size=6, unique=True)))
    pairs = [Stretch(at(start), at(end)) for start, end in zip(moments[::2], moments[1::2], strict=False)]
    return [*pairs, Stretch(at(moments[-1]))] if len(moments) % 2 else pairs


@st.composite
def waits(draw: st.DrawFn) -> Waits:
    held = [HeldFor(one.start, one.end, draw(st.sampled_from(WaitsOn))) for one in draw(stretches())]
    left = draw(st.one_of(st.none(), HOURS.map(at)))
    return Waits(START, left, draw(stretches()), held, draw(stretches()), draw(stretches()), BERLIN)


@settings(max_examples=60, deadline=None)
@given(waits(), HOURS)
def test_the_parts_sum_to_the_whole(facts: Waits, hours: int) -> None:
    now = at(hours)
    until = now if facts.left_at is None else min(now, facts.left_at)
    assert sum(split(facts, now).values()) == BERLIN.business_seconds(START, until)


@settings(max_examples=25, deadline=None)
@given(waits(), HOURS)
def test_the_parts_are_those_of_a_stop_watch(facts: Waits, hours: int) -> None:
    now = at(hours)
    until = now if facts.left_at is None else min(now, facts.left_at)
    counted = dict.fromkeys(Whom, 0)
    moment = START
    while moment < until:  # everything here begins and ends at full hours, and so do the working hours
        if BERLIN.is_open(moment):
            counted[whom(facts, moment)] += 3600
        moment += timedelta(hours=1)
    assert split(facts, now) == counted


def _waits(**facts: object) -> Waits:
    known: dict[str, object] = {"owned": [Stretch(START)], "held": [], "reviewed": [], "changing": [], **facts}
    return Waits(START, None, calendar=BERLIN, **known)  # type: ignore[arg-type]


def test_a_hold_goes_before_a_review_and_a_vacancy_before_both_but_for_a_hold_on_somebody_else() -> None:
    reviewed, outside = [Stretch(START)], [HeldFor(START, None, WaitsOn.EXTERNAL)]
    assert whom(_waits(), START) is Whom.OWNER
    assert whom(_waits(reviewed=reviewed), START) is Whom.REVIEWER
    assert whom(_waits(reviewed=reviewed, held=outside), START) is Whom.EXTERNAL
    assert whom(_waits(reviewed=reviewed, owned=[]), START) is Whom.VACANCY
    assert whom(_waits(owned=[], held=outside), START) is Whom.EXTERNAL
    assert whom(_waits(owned=[], held=[HeldFor(START, None, WaitsOn.OWNER)]), START) is Whom.VACANCY
    assert whom(_waits(changing=[Stretch(START)]), START) is Whom.REQUESTER
    assert whom(_waits(changing=[Stretch(START)], reviewed=reviewed), START) is Whom.REVIEWER
