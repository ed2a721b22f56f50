"""How time, money and numbers are written."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker import formats

HOUR = 3600
DAY = 8 * HOUR
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 16, 8, 24, tzinfo=UTC)  # a Tuesday, 10:24 in Berlin


def plain(text: str) -> str:
    return text.replace(formats.NBSP, " ")


@pytest.mark.parametrize(
    ("seconds", "day", "said"),
    [
        (0, DAY, "0 min"),
        (59, DAY, "0 min"),
        (12 * 60, DAY, "12 min"),
        (7 * HOUR + 3599, DAY, "7h"),
        (DAY, DAY, "1d"),
        (6 * DAY + 6 * HOUR, DAY, "6d 6h"),
        (6 * DAY + 59 * 60, DAY, "6d"),
        (30 * DAY + 7 * HOUR, DAY, "30d 7h"),
        (1234 * DAY + 7 * HOUR, DAY, "1,234d"),
        (26 * HOUR, 24 * HOUR, "1d 2h"),
        (9 * HOUR, int(7.5 * HOUR), "1d 1h"),
        (-5, DAY, "0 min"),
    ],
)
def test_a_business_duration_counts_days_of_its_calendar_and_rounds_down(seconds: int, day: int, said: str) -> None:
    assert plain(formats.duration(seconds, day)) == said


@given(st.integers(0, 5000 * DAY), st.integers(HOUR, 24 * HOUR))
def test_a_duration_never_claims_more_than_there_is(seconds: int, day: int) -> None:
    said = plain(formats.duration(seconds, day)).replace(",", "")
    units = {"d": day, "h": HOUR, "min": 60}
    total = 0
    for part in said.replace(" min", "min").split():
        number = int("".join(letter for letter in part if letter.isdigit()))
        total += number * units[part.lstrip("0123456789")]
    assert total <= seconds


def test_an_overrun_has_a_plus_and_what_is_left_says_so() -> None:
    assert plain(formats.overrun(2 * DAY + HOUR, DAY)) == "+2d 1h"
    assert plain(formats.left(7 * HOUR, DAY)) == "7h left"
    assert formats.days(Decimal("8")) == "8d"
    assert formats.days(Decimal("2.50")) == "2.5d"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 6, 16, 7, 10, tzinfo=UTC), "today 09:10"),
        (datetime(2026, 6, 9, 10, 58, tzinfo=UTC), "Tue 9 Jun 12:58"),
        (datetime(2025, 12, 31, 23, 30, tzinfo=UTC), "Thu 1 Jan 00:30"),
        (datetime(2025, 6, 9, 10, 58, tzinfo=UTC), "Mon 9 Jun 2025 12:58"),
    ],
)
def test_a_moment_is_told_in_the_readers_zone_with_the_year_only_when_it_is_another(at: datetime, said: str) -> None:
    assert formats.moment(at, NOW, BERLIN) == said


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(hours=20), "yesterday"),
        (timedelta(hours=30), "yesterday"),
        (timedelta(hours=40), "Sun 14 Jun"),
        (timedelta(hours=-3), "today 13:24"),
    ],
)
def test_how_long_ago_is_calendar_time_up_to_two_days(before: timedelta, said: str) -> None:
    assert plain(formats.ago(NOW - before, NOW, BERLIN)) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 6, 16, 12, 0, tzinfo=UTC), "due today 14:00"),
        (datetime(2026, 6, 17, 7, 35, tzinfo=UTC), "due Wed 09:35"),
        (datetime(2026, 6, 22, 7, 35, tzinfo=UTC), "due Mon 09:35"),
        (datetime(2026, 6, 24, 7, 35, tzinfo=UTC), "due Wed 24 Jun"),
        (datetime(2026, 6, 9, 7, 35, tzinfo=UTC), "due Tue 9 Jun"),
    ],
)
def test_a_deadline_names_the_weekday_within_six_days_and_the_date_beyond(at: datetime, said: str) -> None:
    assert formats.due(at, NOW, BERLIN) == said


def test_a_span_has_two_ends_one_day_or_no_end_yet() -> None:
    today = NOW.date()
    assert formats.span(date(2026, 6, 24), date(2026, 7, 6), today) == "24 Jun – 6 Jul"
    assert formats.span(date(2026, 6, 24), date(2026, 6, 24), today) == "24 Jun"
    assert formats.span(date(2026, 6, 5), None, today) == "since 5 Jun"
    assert formats.span(date(2025, 12, 5), date(2026, 1, 6), today) == "5 Dec 2025 – 6 Jan"


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        (Decimal("83400.49"), "EUR", "€83,400"),
        (Decimal("0.5"), "EUR", "€1"),
        (Decimal("-1200"), "USD", "−$1,200"),
        (Decimal("0"), "GBP", "£0"),
        (1234, "CHF", "CHF 1,234"),
    ],
)
def test_money_has_no_cents_and_a_true_minus(amount: Decimal | int, currency: str, said: str) -> None:
    assert plain(formats.money(amount, currency)) == said


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (6_900, "€6,900"),
        (62_000, "€62k"),
        (604_400, "€604k"),
        (999_499, "€999k"),
        (999_500, "€1.00 M"),
        (2_310_000, "€2.31 M"),
    ],
)
def test_money_in_charts_is_short_and_never_reads_1000k(amount: int, said: str) -> None:
    assert plain(formats.money_short(amount)) == said


def test_numbers_carry_thousands_a_true_minus_and_no_idle_zeros() -> None:
    assert formats.number(1204) == "1,204"
    assert formats.number(Decimal("99.90")) == "99.9"
    assert formats.number(Decimal("1E+3")) == "1,000"
    assert formats.number(Decimal("-0.009")) == "−0.009"
    assert formats.number("not a number") == "not a number"
    assert formats.signed(Decimal("0.0231"), 3) == "+0.023"
    assert formats.signed(Decimal("-0.009")) == "−0.009"


def test_percentages_are_shares_of_one_rounded_to_the_point() -> None:
    assert formats.percent(Decimal("0.364")) == "36%"
    assert formats.percent(0.365, 1) == "36.5%"
    assert formats.percent(Decimal("0.005")) == "1%"
    assert formats.points(Decimal("0.17")) == "+17 points"
    assert formats.points(Decimal("-0.01")) == "−1 point"


def test_a_quantity_keeps_its_unit_on_the_same_line() -> None:
    assert formats.quantity(120, "ms") == f"120{formats.NBSP}ms"
    assert formats.quantity(Decimal("99.9"), "%") == "99.9%"
    assert formats.quantity(3) == "3"


def test_counts_and_lists_read_as_english() -> None:
    assert formats.count(1, "model") == "1 model"
    assert formats.count(1204, "model") == "1,204 models"
    assert formats.count(2, "entry,entries") == "2 entries"
    assert [formats.listed(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_people_have_initials_and_always_the_same_colour() -> None:
    assert [formats.initials(name) for name in ("Jonas Weber", "Li", "Ana de la Cruz", "", "'; --")] == [
        "JW",
        "LI",
        "AC",
        "?",
        "?",
    ]
    assert formats.hue("Jonas Weber") == formats.hue("Jonas Weber")
    assert {formats.hue(f"Person {number}") for number in range(60)} == {1, 2, 3, 4, 5, 6}


def test_a_digest_is_shown_by_its_ends() -> None:
    assert formats.short_digest("sha256:41be09d2aabbccdd55f07d20") == ("sha256:", "41be…7d20")
    assert formats.short_digest("8c1f2ab") == ("", "8c1f2ab")
