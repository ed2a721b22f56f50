"""Every spelling of a date that inventories were seen to use, found anywhere inside a text.

Each pattern gives a `Found`: where it stands, the first day it may mean, how precise it is, and what was repaired.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final


class Precision(StrEnum):
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class DateFlag(StrEnum):
    """What a reader must know before trusting a date."""

    REPAIRED = "repaired"
    ESTIMATED = "estimated"
    UNREADABLE = "unreadable"
    PLACEHOLDER = "placeholder"
    PLANNED = "planned"
    FIRST_OF_SEVERAL = "first of several"


@dataclass(frozen=True)
class DateRules:
    """How a file writes dates. `fiscal_start` is the month a fiscal year begins in, named after the year it ends in;
    `as_of` is the day the file speaks of: later dates are plans."""

    day_first: bool = False
    fiscal_start: int = 1
    as_of: date | None = None


@dataclass(frozen=True)
class Found:
    """One date in a text, from `start` to `end`; `value` is None when it looks like a date and cannot be one."""

    start: int
    end: int
    value: date | None
    precision: Precision = Precision.DAY
    flags: tuple[DateFlag, ...] = ()
    note: str = ""


EARLIEST, LATEST = 1950, 2100
SERIAL_ZERO: Final = date(1899, 12, 30)  # day 0 of spreadsheets, with their leap day of 1900 counted in
MONTHS: Final = {name: number for number in range(1, 13) for name in (calendar.month_abbr[number].lower(),)}

MONTH: Final = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
YEAR: Final = r"(?P<year>(?:19|20|21)\d\d)"
ANY_YEAR: Final = r"['’]?(?P<year>(?:19|20|21)\d\d|\d\d)"
TIME: Final = r"(?:[T ]+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|[+-]\d\d:?\d\d)?)?"
SEASONS: Final = {"early": 1, "spring": 3, "mid": 5, "summer": 6, "fall": 9, "autumn": 9, "late": 10, "winter": 1}

Reader = Callable[[re.Match[str], DateRules], Found]


def find_dates(text: str, rules: DateRules) -> list[Found]:
    """All dates of a text in the order in which they stand; the first pattern that takes a stretch of text keeps it."""
    found: list[Found] = []
    for pattern, read in SPELLINGS:
        for match in pattern.finditer(text):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(read(match, rules))
    return sorted(found, key=lambda one: one.start)


def day(match: re.Match[str], year: int, month: int, number: int, repairs: tuple[str, ...] = ()) -> Found:
    """A full date, with the two repairs that every full date may need: bare years from 1905 and impossible days."""
    start, end = match.span()
    if not 1 <= month <= 12 or not 1 <= number <= 31 or year < 1:
        return Found(start, end, None, note=f"{match.group()!r} is not a day of any month")
    last = calendar.monthrange(year, month)[1]
    if number > last:
        repairs += (f"that month has {last} days; its last is used",)
    value = date(year, month, min(number, last))
    serial = (value - SERIAL_ZERO).days
    if EARLIEST <= serial <= LATEST:
        note = f"{match.group().strip()} is the bare year {serial}, stored as a count of days"
        return Found(start, end, date(serial, 1, 1), Precision.YEAR, (DateFlag.REPAIRED,), note)
    if not EARLIEST <= year <= LATEST:
        return Found(start, end, None, note=f"the year {year} is not plausible")
    return Found(start, end, value, Precision.DAY, (DateFlag.REPAIRED,) if repairs else (), "; ".join(repairs))


def full_year(digits: str) -> tuple[int, tuple[str, ...]]:
    """The year and what was repaired. Two digits: 69 to 99 are of the last century, as POSIX reads them."""
    if len(digits) == 4:
        return int(digits), ()
    year = int(digits) + (1900 if int(digits) >= 69 else 2000)
    return year, (f"the two-digit year {digits} is read as {year}",)


def _iso(match: re.Match[str], _rules: DateRules) -> Found:
    return day(match, int(match["year"]), int(match["m"]), int(match["d"]))


def _numbers(match: re.Match[str], rules: DateRules) -> Found:
    first, second = int(match["a"]), int(match["b"])
    dotted = "." in match.group()[:3]  # 1.5.2024 is written where the day comes first
    month, number = (second, first) if rules.day_first or dotted else (first, second)
    year, repairs = full_year(match["year"])
    if month > 12 >= number:
        month, number = number, month
        repairs += ("day and month were the other way round",)
    return day(match, year, month, number, repairs)


def _slipped(match: re.Match[str], rules: DateRules) -> Found:
    found = _numbers(match, rules)
    note = "; ".join(filter(None, ["a slash was missing", found.note]))
    return Found(found.start, found.end, found.value, found.precision, (DateFlag.REPAIRED,), note)


def _named_day(match: re.Match[str], _rules: DateRules) -> Found:
    year, repairs = full_year(match["year"])
    return day(match, year, _month(match), int(match["d"]), repairs)


def _named_month(match: re.Match[str], _rules: DateRules) -> Found:
    return _coarse(match, date(int(match["year"]), _month(match), 1), Precision.MONTH)


def _mangled_month(match: re.Match[str], _rules: DateRules) -> Found:
    """'24-Nov' is what a spreadsheet makes of 'Nov 24' or '2024-11'. From 20 on the number can only sensibly be a
    year; from 10 to 19 it is one too, but less surely; below it is a day without a year, which says nothing."""
    number = int(match["year"])
    if number < 10:
        return Found(*match.span(), None, note=f"{match.group()!r} names a month and no year")
    year, _ = full_year(match["year"])
    flags: tuple[DateFlag, ...] = (DateFlag.REPAIRED,)
    note = f"{match.group()} is read as {calendar.month_name[_month(match)]} {year}"
    if number < 20:
        flags += (DateFlag.ESTIMATED,)
        note += f", though {number} could be a day"
    return _coarse(match, date(year, _month(match), 1), Precision.MONTH, flags, note)


def _numbered_month(match: re.Match[str], _rules: DateRules) -> Found:
    month = int(match["m"])
    if not 1 <= month <= 12:
        return Found(*match.span(), None, note=f"there is no month {month}")
    return _coarse(match, date(int(match["year"]), month, 1), Precision.MONTH)


def _quarter(match: re.Match[str], rules: DateRules) -> Found:
    year, _ = full_year(match["year"])
    fiscal = bool(match["fiscal"]) and match["fiscal"].lower().startswith("f")
    first = _year_start(year, rules if fiscal else DateRules())
    month = first.month - 1 + 3 * (int(match["q"]) - 1)
    value = date(first.year + month // 12, month % 12 + 1, 1)
    return _coarse(match, value, Precision.QUARTER, (DateFlag.REPAIRED,), f"{match.group()} begins on {value}")


def _fiscal_year(match: re.Match[str], rules: DateRules) -> Found:
    value = _year_start(full_year(match["year"])[0], rules)
    return _coarse(match, value, Precision.YEAR, (DateFlag.REPAIRED,), f"{match.group()} begins on {value}")


def _year_range(match: re.Match[str], _rules: DateRules) -> Found:
    value = date(int(match["year"]), 1, 1)
    return _coarse(match, value, Precision.YEAR, (DateFlag.FIRST_OF_SEVERAL,), f"the start of {match.group()} is used")


def _before(match: re.Match[str], _rules: DateRules) -> Found:
    value = date(int(match["year"]) - 1, 12, 31)
    return _coarse(match, value, Precision.DAY, (DateFlag.ESTIMATED,), "the last day before it is used")


def _season(match: re.Match[str], _rules: DateRules) -> Found:
    value = date(int(match["year"]), SEASONS[match["season"].lower()], 1)
    return _coarse(match, value, Precision.QUARTER, (DateFlag.ESTIMATED,), f"{match.group()} is read as {value:%B %Y}")


def _bare_year(match: re.Match[str], _rules: DateRules) -> Found:
    return _coarse(match, date(int(match["year"]), 1, 1), Precision.YEAR)


def _serial(match: re.Match[str], _rules: DateRules) -> Found:
    value = SERIAL_ZERO + timedelta(days=int(match["n"]))
    return _coarse(match, value, Precision.DAY, (DateFlag.REPAIRED,), "it was a spreadsheet's count of days")


def _coarse(
    match: re.Match[str], value: date, precision: Precision, flags: tuple[DateFlag, ...] = (), note: str = ""
) -> Found:
    if not EARLIEST <= value.year <= LATEST:
        return Found(*match.span(), None, note=f"the year {value.year} is not plausible")
    return Found(*match.span(), value, precision, flags, note)


def _month(match: re.Match[str]) -> int:
    return MONTHS[match["month"].lower()[:3]]


def _year_start(year: int, rules: DateRules) -> date:
    return date(year, 1, 1) if rules.fiscal_start == 1 else date(year - 1, rules.fiscal_start, 1)


def _spellings() -> Iterator[tuple[re.Pattern[str], Reader]]:
    """In order of how much each pattern says; a later one never takes what an earlier one took."""
    th = r"(?:st|nd|rd|th)?"
    ordered: list[tuple[str, Reader]] = [
        (r"(?P<year>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})" + TIME, _iso),
        (r"(?P<a>\d{1,2})([-/.])(?P<b>\d{1,2})\2(?P<year>\d{4}|\d{2})" + TIME, _numbers),
        (r"(?P<a>\d{1,2})/(?P<b>\d{1,2})(?P<year>(?:19|20)\d\d)", _slipped),
        (MONTH + r"[\s-]*(?P<d>\d{1,2})" + th + r"[\s,-]+(?P<year>\d{4})" + TIME, _named_day),
        (r"(?P<d>\d{1,2})" + th + r"[\s-]+(?:of\s+)?" + MONTH + r",?[\s-]+" + ANY_YEAR, _named_day),
        (r"Q(?P<q>[1-4])[\s/-]*(?:of\s+)?(?P<fiscal>FY|CY)?[\s/-]*" + ANY_YEAR, _quarter),
        (r"(?P<fiscal>FY|CY)?\s*" + ANY_YEAR + r"[\s/-]*Q(?P<q>[1-4])", _quarter),
        (r"(?P<q>[1-4])Q[\s/-]*(?P<fiscal>FY|CY)?[\s/-]*" + ANY_YEAR, _quarter),
        (MONTH + r"[\s,/-]*(?:of\s+)?" + YEAR, _named_month),
        (YEAR + r"[\s,/-]*" + MONTH, _named_month),
        (r"(?P<year>\d{1,2})-" + MONTH, _mangled_month),
        (MONTH + r"\s*[-'’]\s*(?P<year>\d\d)", _mangled_month),
        (YEAR + r"\s*(?:-|–|—|to|through|until)\s*(?:19|20|21)\d\d", _year_range),
        (YEAR + r"[-/.](?P<m>\d{1,2})", _numbered_month),
        (r"(?P<m>\d{1,2})[-/.]" + YEAR, _numbered_month),
        (r"(?:FY|fiscal(?:\s+year)?)[\s-]*" + ANY_YEAR, _fiscal_year),
        (r"(?:pre|before|prior\s+to)[\s-]*" + YEAR, _before),
        (r"(?P<season>" + "|".join(SEASONS) + r")[\s-]*(?:of\s+)?" + YEAR, _season),
        (r"(?:CY\s*)?" + YEAR, _bare_year),
    ]
    for text, read in ordered:
        yield re.compile(r"(?<![\w/.-])(?:" + text + r")(?![\w/]|[.-]\d)", re.I | re.A), read
    yield re.compile(r"\A(?P<year>(?:19|20)\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>[0-3]\d)\Z", re.A), _iso
    yield re.compile(r"\A(?P<n>[2-6]\d{4})(?:\.\d+)?\Z", re.A), _serial


SPELLINGS: Final = tuple(_spellings())
