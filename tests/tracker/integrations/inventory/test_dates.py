"""Dates as people and spreadsheets write them; every repair is flagged and explained."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.integrations.inventory.dates import CellDate, DateFlag, DateRules, Precision, read_date

US = DateRules(fiscal_start=10, as_of=date(2024, 12, 31))
R, E, P = DateFlag.REPAIRED, DateFlag.ESTIMATED, DateFlag.PLACEHOLDER
PLAN, FIRST = DateFlag.PLANNED, DateFlag.FIRST_OF_SEVERAL
DAY, MONTH, QUARTER, YEAR = Precision.DAY, Precision.MONTH, Precision.QUARTER, Precision.YEAR


@pytest.mark.parametrize(
    ("cell", "value", "precision", "flags"),
    [
        ("3/14/2024", date(2024, 3, 14), DAY, ()),
        ("2024-03-14", date(2024, 3, 14), DAY, ()),
        ("2024-03-14 00:00:00", date(2024, 3, 14), DAY, ()),
        ("07/25/2024 12:00:00 AM", date(2024, 7, 25), DAY, ()),
        ("20240131", date(2024, 1, 31), DAY, ()),
        ("November 5, 2024", date(2024, 11, 5), DAY, ()),
        ("5 November 2024", date(2024, 11, 5), DAY, ()),
        ("5/1/23", date(2023, 5, 1), DAY, (R,)),
        ("13/5/2023", date(2023, 5, 13), DAY, (R,)),
        ("9/31/2023", date(2023, 9, 30), DAY, (R,)),
        ("10/12023", date(2023, 10, 1), DAY, (R, P)),
        ("45292", date(2024, 1, 1), DAY, (R,)),
        ("7/7/1905", date(2015, 1, 1), YEAR, (R,)),
        ("7/16/1905", date(2024, 1, 1), YEAR, (R,)),
        ("1905-07-16", date(2024, 1, 1), YEAR, (R,)),
        ("24-Nov", date(2024, 11, 1), MONTH, (R,)),
        ("20-Jan", date(2020, 1, 1), MONTH, (R,)),
        ("14-Jan", date(2014, 1, 1), MONTH, (R, E)),
        ("Nov '24", date(2024, 11, 1), MONTH, (R,)),
        ("Sept. 2023", date(2023, 9, 1), MONTH, ()),
        ("03/2024", date(2024, 3, 1), MONTH, ()),
        ("2022-08 (estimated)", date(2022, 8, 1), MONTH, (R, E)),
        ("2019", date(2019, 1, 1), YEAR, ()),
        ("Q4FY24", date(2024, 7, 1), QUARTER, (R,)),
        ("FY24 Q1", date(2023, 10, 1), QUARTER, (R,)),
        ("Q4 2023", date(2023, 10, 1), QUARTER, (R,)),
        ("FY 2024", date(2023, 10, 1), YEAR, (R,)),
        ("Q4FY25", date(2025, 7, 1), QUARTER, (R, PLAN)),
        ("2015-2022", date(2015, 1, 1), YEAR, (FIRST,)),
        ("Current model: 2019-2023", date(2019, 1, 1), YEAR, (FIRST, R)),
        ("2024-02-15 (contract kick-off); 2024-08-23 (signed)", date(2024, 2, 15), DAY, (FIRST,)),
        ("2022-11-16 (first formal action)", date(2022, 11, 16), DAY, (R,)),
        ("Pre-2021", date(2020, 12, 31), DAY, (E,)),
        ("Spring 2024", date(2024, 3, 1), QUARTER, (E,)),
        ("10/1/2023", date(2023, 10, 1), DAY, (P,)),
        ("1/1/2027", date(2027, 1, 1), DAY, (PLAN,)),
        ("Scheduled for FY2025", date(2024, 10, 1), YEAR, (R, PLAN)),
        ("To Be Determined (calendar 2025)", date(2025, 1, 1), YEAR, (R, PLAN)),
    ],
)
def test_a_date_is_read_with_its_precision_and_flags(
    cell: str, value: date, precision: Precision, flags: tuple[DateFlag, ...]
) -> None:
    read = read_date(cell, US)
    assert (read.value, read.precision, read.flags) == (value, precision, flags)


@pytest.mark.parametrize(
    "cell",
    ["Ongoing", "On-going development", "5-Nov", "1/0/1900", "12/30/1899", "10/1/20223", "2024-13", "v2.1", "soon"],
)
def test_what_is_no_date_is_flagged_and_says_why(cell: str) -> None:
    read = read_date(cell, US)
    assert read.value is None
    assert read.flags == (DateFlag.UNREADABLE,)
    assert read.note


@pytest.mark.parametrize("cell", ["", " ", "N/A", "TBD", "TODO", "N/A - never retired", "Unknown"])
def test_a_missing_date_is_missing_and_nothing_is_wrong(cell: str) -> None:
    assert read_date(cell, US) == CellDate()


def test_the_order_of_day_and_month_is_the_file_s_and_dots_mean_day_first() -> None:
    assert read_date("3/4/2024", US).value == date(2024, 3, 4)
    assert read_date("3/4/2024", DateRules(day_first=True)).value == date(2024, 4, 3)
    assert read_date("3.4.2024", US).value == date(2024, 4, 3)


def test_a_fiscal_year_begins_when_the_file_says_so() -> None:
    assert read_date("FY25").value == date(2025, 1, 1)
    assert read_date("FY25", DateRules(fiscal_start=4)).value == date(2024, 4, 1)
    assert read_date("10/1/2023").flags == ()


def test_a_coarse_date_knows_the_last_day_it_may_mean() -> None:
    assert read_date("2024-02").last == date(2024, 2, 29)
    assert read_date("2019").last == date(2019, 12, 31)
    assert read_date("FY24", US).last == date(2024, 9, 30)
    assert read_date("3/14/2024").last == date(2024, 3, 14)


@given(st.dates(date(1960, 1, 1), date(2099, 12, 31)))
def test_every_day_comes_back_from_every_common_spelling(day: date) -> None:
    spellings = (
        day.isoformat(),
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%m/%d/%Y}",
        f"{day:%Y/%m/%d}",
        f"{day.day} {day:%B} {day.year}",
        f"{day:%b} {day.day}, {day.year}",
        f"{day:%d}-{day:%b}-{day.year}",
        f"{day:%d.%m.%Y}",
        f"{day.isoformat()}T09:30:00Z",
    )
    assert {read_date(spelling) for spelling in spellings} == {CellDate(day, Precision.DAY)}


@given(st.integers(1990, 2049))
def test_every_year_comes_back_from_its_count_of_days(year: int) -> None:
    stored = date(1899, 12, 30) + timedelta(days=year)
    read = read_date(f"{stored.month}/{stored.day}/{stored.year}")
    assert (read.value, read.precision) == (date(year, 1, 1), Precision.YEAR)
    assert read.flags == (DateFlag.REPAIRED,)


@given(st.integers(2001, 2060), st.integers(1, 4))
def test_the_quarters_of_a_us_fiscal_year_follow_each_other_from_october(year: int, quarter: int) -> None:
    read = read_date(f"Q{quarter}FY{year % 100:02}", DateRules(fiscal_start=10))
    assert read.value is not None
    assert read.last is not None
    after = read_date(f"Q{quarter % 4 + 1}FY{(year + quarter // 4) % 100:02}", DateRules(fiscal_start=10))
    assert read.last + timedelta(days=1) == after.value
    assert read.value.month in (10, 1, 4, 7)


@given(st.text(max_size=120) | st.from_regex(r"[0-9/ .,'()Q-]{0,24}(FY|Jan|Nov|20)?[0-9/-]{0,6}", fullmatch=True))
def test_no_text_breaks_the_reading_and_every_flag_is_explained(cell: str) -> None:
    read = read_date(cell, US)
    assert (read.value is None) == (read.precision is None)
    if read.value is not None:
        assert 1950 <= read.value.year <= 2100
        assert read.last is not None
        assert read.last >= read.value
    if set(read.flags) - {DateFlag.ESTIMATED}:
        assert read.note
