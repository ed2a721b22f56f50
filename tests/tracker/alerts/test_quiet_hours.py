"""A night is a night on the wall clock of the person, weekends and changes of the clock included."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.alerts.quiet_hours import Hours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(BERLIN, time(22), time(7))


def berlin(text: str, *, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("hours", "at", "opens"),
    [
        (NIGHT, "2026-06-10 21:59", "2026-06-10 21:59"),
        (NIGHT, "2026-06-10 22:00", "2026-06-11 07:00"),
        (NIGHT, "2026-06-11 03:12:44", "2026-06-11 07:00"),
        (NIGHT, "2026-06-11 07:00", "2026-06-11 07:00"),
        (NIGHT, "2026-03-28 23:00", "2026-03-29 07:00"),  # the night that is an hour shorter
        (NIGHT, "2026-10-24 23:00", "2026-10-25 07:00"),  # and the one that is an hour longer
        (Hours(BERLIN, time(12), time(14)), "2026-06-10 13:00", "2026-06-10 14:00"),
        (Hours(BERLIN, weekends=True), "2026-06-13 00:00", "2026-06-15 00:00"),
        (Hours(BERLIN, time(22), time(7), weekends=True), "2026-06-12 22:30", "2026-06-15 07:00"),
        (Hours(BERLIN, time(0, 30), time(2, 30)), "2026-03-29 01:00", "2026-03-29 03:00"),  # 02:30 there is none
        (Hours(BERLIN), "2026-06-13 03:00", "2026-06-13 03:00"),
    ],
)
def test_messages_wait_until_the_quiet_is_over(hours: Hours, at: str, opens: str) -> None:
    assert hours.opens(berlin(at)) == berlin(opens)


def test_the_hour_that_comes_twice_is_quiet_twice() -> None:
    hours = Hours(BERLIN, time(2), time(2, 30))
    for fold in (0, 1):
        ten, half = berlin("2026-10-25 02:10", fold=fold), berlin("2026-10-25 02:30", fold=fold)
        assert hours.opens(ten) == half.astimezone(UTC)


ZONES = st.sampled_from([BERLIN, UTC, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")])
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@settings(max_examples=60)
@given(ZONES, TIMES, TIMES, st.booleans(), TIMES, MOMENTS)
def test_each_day_has_one_digest_and_none_falls_into_the_quiet(
    zone: ZoneInfo, start: time, end: time, weekends: bool, digest: time, at: datetime
) -> None:
    hours = Hours(zone, start, end, weekends, digest)
    following = hours.next_digest(at)
    assert following > at
    assert start == end or not hours.quiet(following)
    assert hours.last_digest(following) >= hours.last_digest(at)
    assert hours.next_digest(following) > following
    opened = hours.opens(at)
    assert not hours.quiet(opened)
    assert opened == at or hours.quiet(opened - timedelta(minutes=1))


def test_the_digest_skips_quiet_weekends_and_is_of_the_day_before_until_its_time() -> None:
    hours = Hours(BERLIN, weekends=True, digest_at=time(8))
    assert hours.next_digest(berlin("2026-06-12 08:00")) == berlin("2026-06-15 08:00")
    assert hours.last_digest(berlin("2026-06-15 07:59")) == date(2026, 6, 12)
    assert hours.last_digest(berlin("2026-06-15 08:00")) == date(2026, 6, 15)
