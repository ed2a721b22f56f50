"""Business time is what the clock on the wall says, exact to the second, over any span."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from governance.calendar import BusinessCalendar, CalendarProblem
from tests.governance.working_time import HOUR, NIGHT, OFFICE, ROUND_THE_CLOCK, SPLIT, SUNDAYS, at, office


def test_a_working_day_has_eight_hours() -> None:
    assert office().business_seconds(at("2026-03-02 00:00"), at("2026-03-03 00:00")) == 8 * HOUR


def test_a_weekend_has_none() -> None:
    assert office().business_seconds(at("2026-03-06 17:00"), at("2026-03-09 09:00")) == 0


def test_time_is_counted_in_the_zone_of_the_team() -> None:
    tokyo = office("Asia/Tokyo")
    assert tokyo.business_seconds(at("2026-03-02 00:00"), at("2026-03-02 01:00")) == HOUR
    assert office("America/New_York").business_seconds(at("2026-03-02 00:00"), at("2026-03-02 01:00")) == 0


def test_a_closed_day_has_no_hours() -> None:
    closed = office(closed={date(2026, 3, 3)})
    assert closed.business_seconds(at("2026-03-02 00:00"), at("2026-03-05 00:00")) == 16 * HOUR


def test_the_leap_day_counts_like_any_other() -> None:
    assert office().business_seconds(at("2028-02-28 00:00"), at("2028-03-02 00:00")) == 24 * HOUR
    assert office().add(at("2028-02-28 09:00"), 16 * HOUR) == at("2028-02-29 17:00")


def test_seconds_are_exact_and_fractions_are_cut_off() -> None:
    start = at("2026-03-02 09:00:00").replace(microsecond=999_999)
    assert office().business_seconds(start, at("2026-03-02 09:00:01")) == 1
    assert office().business_seconds(at("2026-03-02 16:59:59"), at("2026-03-02 17:00:30")) == 1


def test_time_never_runs_backwards() -> None:
    assert office().business_seconds(at("2026-03-03 12:00"), at("2026-03-02 12:00")) == 0
    with pytest.raises(ValueError, match="0 or more"):
        office().add(at("2026-03-02 09:00"), -1)


@pytest.mark.parametrize(
    ("zone", "sunday", "hours"),
    [
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ],
)
def test_a_day_on_which_the_clocks_change_is_shorter_or_longer(zone: str, sunday: str, hours: float) -> None:
    calendar = BusinessCalendar.from_facts(zone, ROUND_THE_CLOCK)
    start = at(f"{sunday} 00:00", zone)
    end = at(f"{date.fromisoformat(sunday) + timedelta(days=1)} 00:00", zone)
    assert calendar.business_seconds(start, end) == hours * HOUR


def test_hours_that_the_clock_skips_are_not_worked_and_hours_it_repeats_are_worked_twice() -> None:
    calendar = BusinessCalendar.from_facts("Europe/Berlin", SUNDAYS)
    spring = at("2026-03-29 00:00", "Europe/Berlin"), at("2026-03-29 12:00", "Europe/Berlin")
    autumn = at("2026-10-25 00:00", "Europe/Berlin"), at("2026-10-25 12:00", "Europe/Berlin")
    assert calendar.business_seconds(*spring) == 2.5 * HOUR
    assert calendar.business_seconds(*autumn) == 3.5 * HOUR


def test_a_day_that_a_zone_left_out_has_no_hours() -> None:
    apia = BusinessCalendar.from_facts("Pacific/Apia", ROUND_THE_CLOCK)
    assert apia.business_seconds(at("2011-12-29 00:00", "Pacific/Apia"), at("2012-01-01 00:00", "Pacific/Apia")) == (
        48 * HOUR
    )


def test_a_sum_that_ends_with_the_day_ends_at_closing_time() -> None:
    assert office().add(at("2026-03-06 09:00"), 8 * HOUR) == at("2026-03-06 17:00")
    assert office().add(at("2026-03-06 09:00"), 8 * HOUR + 1) == at("2026-03-09 09:00:01")


def test_adding_nothing_gives_the_instant_itself_even_outside_hours() -> None:
    assert office().add(at("2026-03-07 12:00"), 0) == at("2026-03-07 12:00")


def test_a_calendar_without_hours_never_gets_there() -> None:
    never = BusinessCalendar.from_facts("UTC", {})
    assert never.add(at("2026-03-02 09:00"), 1) is None
    assert never.next_opening(at("2026-03-02 09:00")) is None
    assert never.business_seconds(at("2000-01-01 00:00"), at("2026-01-01 00:00")) == 0
    assert never.day_seconds == 24 * HOUR


def test_a_calendar_that_is_closed_every_day_never_gets_there() -> None:
    class EveryDay:
        def __contains__(self, day: object) -> bool:
            return True

    shut = BusinessCalendar.from_facts("UTC", OFFICE, EveryDay())
    assert shut.add(at("2026-03-02 09:00"), 1) is None
    assert shut.next_opening(at("2026-03-02 09:00")) is None


def test_a_calendar_open_day_and_night_counts_plain_time() -> None:
    always = BusinessCalendar.from_facts("Europe/Berlin", {}, always_open=True)
    assert always.business_seconds(at("2026-03-28 00:00"), at("2026-03-30 00:00")) == 48 * HOUR
    assert always.add(at("2026-03-07 12:00"), 90) == at("2026-03-07 12:01:30")
    assert always.is_open(at("2026-03-07 03:00"))
    assert always.open_until(at("2026-03-07 03:00")) is None
    assert always.day_seconds == 24 * HOUR


def test_it_is_open_from_the_opening_up_to_but_not_at_the_closing() -> None:
    assert [office().is_open(at(f"2026-03-02 {time}")) for time in ("08:59:59", "09:00", "16:59:59", "17:00")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_the_next_opening_is_now_while_open_and_monday_on_a_saturday() -> None:
    assert office().next_opening(at("2026-03-02 10:30")) == at("2026-03-02 10:30")
    assert office().next_opening(at("2026-03-07 10:30")) == at("2026-03-09 09:00")
    assert office().next_opening(at("2026-12-31 18:00")) == at("2027-01-01 09:00")


def test_a_spell_of_work_that_runs_over_midnight_and_new_year_is_one() -> None:
    night = BusinessCalendar.from_facts("UTC", NIGHT)
    assert night.open_until(at("2026-12-31 23:00")) == at("2027-01-01 04:30")
    assert night.open_until(at("2026-12-31 12:00")) is None
    assert office().open_until(at("2026-03-02 10:00")) == at("2026-03-02 17:00")
    assert BusinessCalendar.from_facts("UTC", ROUND_THE_CLOCK).open_until(at("2026-03-02 10:00")) is None


def test_a_business_day_is_the_mean_of_the_days_with_hours_so_that_a_week_of_them_is_a_week() -> None:
    short_friday = {**{day: [("09:00", "17:00")] for day in range(4)}, 4: [("09:00", "15:00")]}
    calendar = BusinessCalendar.from_facts("UTC", short_friday)
    assert calendar.day_seconds == 7.6 * HOUR
    assert calendar.add(at("2026-03-02 09:00"), 5 * calendar.day_seconds) == at("2026-03-06 15:00")
    assert calendar.in_days(19 * HOUR) == Decimal("2.50")


def test_weekday_keys_may_be_text_as_json_has_them() -> None:
    calendar = BusinessCalendar.from_facts("UTC", {"0": [["09:00", "17:00"]]})
    assert calendar.business_seconds(at("2026-03-02 00:00"), at("2026-03-09 00:00")) == 8 * HOUR


@pytest.mark.parametrize(
    ("timezone", "hours", "field", "says"),
    [
        ("Europe/Atlantis", OFFICE, "timezone", "Europe/Berlin"),
        ("", OFFICE, "timezone", "not a time zone"),
        ("../etc/passwd", OFFICE, "timezone", "not a time zone"),
        ("UTC", {7: [("09:00", "17:00")]}, "hours", "0 for Monday"),
        ("UTC", {0: [("9:00", "17:00")]}, "hours", "write 09:00"),
        ("UTC", {0: [("09:00", "24:01")]}, "hours", "24:00 for midnight"),
        ("UTC", {0: [("09:60", "17:00")]}, "hours", "not a time of day"),
        ("UTC", {0: [("22:00", "06:00")]}, "hours", "Split a night shift at midnight"),
        ("UTC", {0: [("09:00", "09:00")]}, "hours", "ends before it starts"),
        ("UTC", {0: [("09:00", "13:00"), ("12:00", "17:00")]}, "hours", "Monday: two spans overlap"),
        ("UTC", {0: ["09:00"]}, "hours", "a pair such as"),
    ],
)
def test_facts_that_make_no_calendar_are_refused_with_the_way_out(
    timezone: str, hours: dict[int, list[tuple[str, str]]], field: str, says: str
) -> None:
    with pytest.raises(CalendarProblem, match=says) as refused:
        BusinessCalendar.from_facts(timezone, hours)
    assert refused.value.field == field


def test_an_instant_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - the point of the test
    for calendar in (office(), BusinessCalendar.from_facts("UTC", {}, always_open=True)):
        with pytest.raises(ValueError, match="time zone"):
            calendar.add(naive, 0)
        with pytest.raises(ValueError, match="time zone"):
            calendar.is_open(naive)


def test_the_ends_of_the_calendar_do_not_break_it() -> None:
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert office("Asia/Tokyo").add(last, 1) is None
    assert office("Asia/Tokyo").business_seconds(last - timedelta(days=3), last) == 0
    assert office("America/New_York").business_seconds(first, first + timedelta(days=3)) == 0


def test_twenty_years_ask_for_their_closed_days_once() -> None:
    asked: list[object] = []

    class Closed:
        def __contains__(self, day: object) -> bool:
            asked.append(day)
            return False

    calendar = BusinessCalendar.from_facts("Europe/Berlin", SPLIT, Closed())
    span = at("2006-01-01 00:00"), at("2026-01-01 00:00")
    total = calendar.business_seconds(*span)
    assert 20 * 200 < len(asked) < 20 * 366
    asked.clear()
    assert [calendar.business_seconds(*span) for _ in range(3)] == [total] * 3
    assert len(asked) < 3 * 20
