"""The compiled calendar agrees with a walk over every minute, wherever clocks change."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.governance.working_time import NIGHT, OFFICE, ROUND_THE_CLOCK, SPLIT, SUNDAYS, MinuteOracle

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
WEEKS = [OFFICE, SPLIT, NIGHT, ROUND_THE_CLOCK, SUNDAYS, {}]
CLOSED = frozenset({date(2027, 3, 29), date(2027, 11, 7), date(2028, 2, 29)})
AROUND = [
    "2027-03-12",
    "2027-03-26",
    "2027-04-02",
    "2027-10-01",
    "2027-10-29",
    "2027-11-05",
    "2027-12-30",
    "2028-02-27",
]

oracles = st.builds(MinuteOracle, st.sampled_from(ZONES), st.sampled_from(WEEKS), st.sampled_from([(), CLOSED]))
days = st.sampled_from(AROUND).map(lambda day: datetime.fromisoformat(day).replace(tzinfo=UTC))
minutes = st.integers(0, 4 * 24 * 60).map(lambda number: timedelta(minutes=number))
moments = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
spans = st.integers(0, 40 * 86_400)


@settings(max_examples=150, deadline=None)
@given(oracle=oracles, day=days, before=minutes, length=minutes)
def test_it_counts_what_a_walk_over_every_minute_counts(
    oracle: MinuteOracle, day: datetime, before: timedelta, length: timedelta
) -> None:
    start = day + before
    assert oracle.compiled().business_seconds(start, start + length) == oracle.seconds(start, start + length)


@settings(max_examples=150, deadline=None)
@given(oracle=oracles, day=days, after=minutes)
def test_it_is_open_when_the_clock_on_the_wall_says_so(oracle: MinuteOracle, day: datetime, after: timedelta) -> None:
    calendar, moment = oracle.compiled(), day + after
    assert calendar.is_open(moment) == oracle.is_open(moment)
    until = calendar.open_until(moment)
    assert (until is not None) <= oracle.is_open(moment)
    if until is not None and until - moment < timedelta(days=3):
        assert oracle.seconds(moment, until) == (until - moment).total_seconds()
        assert not oracle.is_open(until)


@settings(max_examples=150, deadline=None)
@given(oracle=oracles, start=moments, seconds=spans)
def test_adding_undoes_counting_and_finds_the_earliest_instant(
    oracle: MinuteOracle, start: datetime, seconds: int
) -> None:
    calendar = oracle.compiled()
    reached = calendar.add(start, seconds)
    if reached is None:
        assert not oracle.hours
        return
    assert calendar.business_seconds(start, reached) == seconds
    if seconds:
        assert calendar.business_seconds(start, reached - timedelta(seconds=1)) == seconds - 1


@settings(max_examples=150, deadline=None)
@given(oracle=oracles, moments=st.tuples(moments, moments, moments))
def test_time_adds_up_and_never_runs_backwards(oracle: MinuteOracle, moments: tuple[datetime, ...]) -> None:
    calendar, (first, middle, last) = oracle.compiled(), sorted(moments)
    whole = calendar.business_seconds(first, last)
    assert whole == calendar.business_seconds(first, middle) + calendar.business_seconds(middle, last)
    assert 0 <= calendar.business_seconds(first, middle) <= whole


@settings(max_examples=100, deadline=None)
@given(oracle=oracles, moment=moments)
def test_the_next_opening_is_the_first_open_instant(oracle: MinuteOracle, moment: datetime) -> None:
    calendar = oracle.compiled()
    opening = calendar.next_opening(moment)
    if opening is None:
        assert not oracle.hours
        return
    assert opening >= moment
    assert calendar.is_open(opening)
    assert calendar.business_seconds(moment, opening) == 0


@pytest.mark.parametrize("zone", ZONES)
def test_a_winter_with_a_leap_day_agrees_with_the_walk(zone: str) -> None:
    oracle = MinuteOracle(zone, SPLIT, CLOSED)
    start, end = datetime(2027, 12, 1, tzinfo=UTC), datetime(2028, 3, 10, tzinfo=UTC)
    assert oracle.compiled().business_seconds(start, end) == oracle.seconds(start, end)
