"""Business time: how many working seconds lie between two instants, and which instant lies so many of them ahead.

Pure. A calendar is a time zone, weekly hours and closed days. Weekly hours are what the clock on the wall says: a shift
in which the clocks change has less or more business time by just that much. Instants must be aware; fractions of a
second are cut off, so that time adds up exactly.
"""

from bisect import bisect_right
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, Self
from zoneinfo import ZoneInfo

from governance.working_hours import (
    DAY,
    CalendarProblem,
    Span,
    Week,
    YearOfWork,
    compile_year,
    read_week,
    read_zone,
)

__all__ = ["BusinessCalendar", "CalendarProblem"]

HORIZON_YEARS: Final = 60
"""How far ahead an opening is looked for; a calendar that stays shut for longer counts as shut for good."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(seconds=1)
_NO_WEEK: Final[Week] = ((),) * 7


@dataclass(eq=False, slots=True)
class BusinessCalendar:
    """When work is done. Build it with `from_facts`; years are compiled when first asked for and then kept.

    Closed days may be any container of dates, such as the `holidays` package gives; it is read once per year.
    """

    zone: ZoneInfo
    week: Week
    closed: Container[date]
    always_open: bool
    _years: dict[int, YearOfWork]

    @classmethod
    def from_facts(
        cls,
        timezone: str,
        hours: Mapping[int, Sequence[Sequence[str]]] | Mapping[str, Sequence[Sequence[str]]],
        closed: Container[date] = (),
        always_open: bool = False,
    ) -> Self:
        """`hours`: weekday (0 = Monday) to spans such as `("09:00", "17:00")`. Raises `CalendarProblem`."""
        zone = read_zone(timezone)
        week = _NO_WEEK if always_open else read_week(hours)
        return cls(zone=zone, week=week, closed=closed, always_open=always_open, _years={})

    @property
    def day_seconds(self) -> int:
        """Length of a business day: the mean of the weekdays that have hours, so that a week of them is a week.

        A calendar open day and night, or never, has days of 24 hours.
        """
        lengths = [sum(end - start for start, end in spans) for spans in self.week if spans]
        return round(sum(lengths) / len(lengths)) if lengths else DAY

    def in_days(self, seconds: int) -> Decimal:
        """Business seconds as business days, to two places."""
        return (Decimal(seconds) / self.day_seconds).quantize(Decimal("0.01"))

    def business_seconds(self, start: datetime, end: datetime) -> int:
        """Working seconds from `start` to `end`; 0 when `end` is not later."""
        first, last = _seconds(start), _seconds(end)
        if last <= first:
            return 0
        if self.always_open:
            return last - first
        first_year, last_year = _year_of(first), _year_of(last)
        if first_year == last_year:
            year = self._year(first_year)
            return year.worked_until(last) - year.worked_until(first)
        between = sum(self._year(number).total for number in range(first_year + 1, last_year))
        opening = self._year(first_year)
        return opening.total - opening.worked_until(first) + between + self._year(last_year).worked_until(last)

    def add(self, start: datetime, seconds: int) -> datetime | None:
        """The earliest instant at which `seconds` of business time have passed since `start`; None if it never comes.

        A sum that ends with the working day ends at closing time, not at the next opening; adding 0 gives `start`.
        """
        if seconds < 0:
            raise ValueError("Business time is added, not taken away: seconds must be 0 or more.")
        first = _seconds(start)
        if seconds == 0:
            return start.astimezone(UTC)
        if self.always_open:
            return _instant(first + seconds)
        number = _year_of(first)
        owed = seconds + self._year(number).worked_until(first)
        last_year = number + HORIZON_YEARS
        while number < last_year:
            year = self._year(number)
            if owed <= year.total:
                return _instant(year.instant_of(owed))
            owed -= year.total
            number += 1
        return None

    def is_open(self, at: datetime) -> bool:
        """Whether work is done at this instant. The closing instant itself is no longer open."""
        second = _seconds(at)
        return self.always_open or self._span_from(second, running=True) is not None

    def next_opening(self, at: datetime) -> datetime | None:
        """`at` itself while open, else the next opening; None when there is none."""
        if self.is_open(at):
            return at.astimezone(UTC)
        span = self._span_from(_seconds(at), running=False)
        return None if span is None else _instant(span[0])

    def open_until(self, at: datetime) -> datetime | None:
        """When the present spell of work ends; None while closed, and for a calendar that never closes."""
        span = None if self.always_open else self._span_from(_seconds(at), running=True)
        if span is None:
            return None
        end = span[1]
        for _ in range(HORIZON_YEARS):
            if end < self._year(_year_of(end - 1)).end:
                return _instant(end)
            follower = self._span_from(end, running=True)
            if follower is None:
                return _instant(end)
            end = follower[1]
        return None

    def local_date(self, at: datetime) -> date:
        """The day it is in this calendar's zone."""
        return at.astimezone(self.zone).date()

    def _span_from(self, second: int, *, running: bool) -> Span | None:
        """The spell of work around a second, or (not `running`) the first one that starts after it."""
        first_year = _year_of(second)
        year = self._year(first_year)
        index = bisect_right(year.starts, second) - 1
        if running:
            return (year.starts[index], year.ends[index]) if index >= 0 and second < year.ends[index] else None
        for number in range(first_year, first_year + HORIZON_YEARS):
            year = self._year(number)
            index = bisect_right(year.starts, second)
            if index < len(year.starts):
                return year.starts[index], year.ends[index]
        return None

    def _year(self, number: int) -> YearOfWork:
        if number not in self._years:
            self._years[number] = compile_year(number, self.zone, self.week, self.closed)
        return self._years[number]


def _seconds(at: datetime) -> int:
    if at.utcoffset() is None:
        raise ValueError("Business time needs an instant with a time zone, and this one has none.")
    return (at - _EPOCH) // timedelta(seconds=1)


def _instant(second: int) -> datetime | None:
    """None past the last year that a datetime can hold."""
    return _EPOCH + timedelta(seconds=second) if second <= _LAST_SECOND else None


def _year_of(second: int) -> int:
    return (_EPOCH + timedelta(seconds=second)).year
