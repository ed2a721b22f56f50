"""Reading weekly hours, and laying them out over one year as instants with a running total."""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, timedelta
from itertools import accumulate, pairwise
from typing import Final
from zoneinfo import ZoneInfo

Span = tuple[int, int]
"""From (included) to (excluded), in seconds: of a local day in a `Week`, of the epoch in a year."""
Week = tuple[tuple[Span, ...], ...]

DAY: Final = 86_400
_ORDINAL_OF_EPOCH: Final = date(1970, 1, 1).toordinal()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class CalendarProblem(ValueError):
    """The facts of a calendar cannot be used; `field` is `timezone` or `hours`, the message says how to mend them."""

    def __init__(self, field: str, message: str) -> None:
        self.field, self.message = field, message
        super().__init__(message)


def read_zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises `CalendarProblem`."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise CalendarProblem(
            "timezone", f"“{name}” is not a time zone: use a name such as Europe/Berlin or UTC."
        ) from None


def read_week(hours: Mapping[int, Sequence[Sequence[str]]] | Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """Seven lists of spans in seconds of the day, in order and apart. Raises `CalendarProblem`."""
    week: list[tuple[Span, ...]] = [()] * 7
    for key, spans in hours.items():
        if str(key) not in {"0", "1", "2", "3", "4", "5", "6"}:
            raise CalendarProblem("hours", f"“{key}” is not a weekday: use 0 for Monday up to 6 for Sunday.")
        week[int(key)] = _read_day(WEEKDAYS[int(key)], spans)
    return tuple(week)


def _read_day(weekday: str, spans: Sequence[Sequence[str]]) -> tuple[Span, ...]:
    read: list[Span] = []
    for span in spans:
        if isinstance(span, str) or len(span) != 2:
            raise CalendarProblem("hours", f"{weekday}: each span is a pair such as 09:00 and 17:00.")
        start, end = (_read_time(weekday, text) for text in span)
        if end <= start:
            raise CalendarProblem(
                "hours",
                f"{weekday}: {span[0]} to {span[1]} ends before it starts. "
                "Split a night shift at midnight, as 22:00–24:00 and 00:00–06:00 of the next day.",
            )
        read.append((start, end))
    read.sort()
    for earlier, later in pairwise(read):
        if later[0] < earlier[1]:
            raise CalendarProblem("hours", f"{weekday}: two spans overlap. Make them one.")
    return tuple(read)


def _read_time(weekday: str, text: str) -> int:
    hour, colon, minute = str(text).partition(":")
    if colon and len(hour) == len(minute) == 2 and (hour + minute).isascii() and (hour + minute).isdigit():
        seconds = int(hour) * 3600 + int(minute) * 60
        if int(minute) < 60 and seconds <= DAY:
            return seconds
    raise CalendarProblem("hours", f"{weekday}: “{text}” is not a time of day: write 09:00, or 24:00 for midnight.")


@dataclass(frozen=True, slots=True)
class YearOfWork:
    """One UTC year: spells of work in epoch seconds, in order and apart, and the work done before each begins."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    worked_before: tuple[int, ...]
    total: int
    end: int

    def worked_until(self, second: int) -> int:
        """Working seconds of this year before an instant."""
        index = bisect_right(self.starts, second) - 1
        if index < 0:
            return 0
        return self.worked_before[index] + min(second, self.ends[index]) - self.starts[index]

    def instant_of(self, worked: int) -> int:
        """The earliest second at which so much work is done; `worked` from 1 to `total`."""
        index = bisect_left(self.worked_before, worked) - 1
        return self.starts[index] + worked - self.worked_before[index]


def compile_year(number: int, zone: ZoneInfo, week: Week, closed: Container[date]) -> YearOfWork:
    """Lay the weekly hours out over a UTC year. Costs a millisecond or two; no work is done in years 1 and 9999."""
    spells: list[Span] = []
    opening, ending = _new_year(number), _new_year(number + 1)
    if any(week) and MINYEAR < number < MAXYEAR:
        days = _open_days(number, week, closed)
        for start, end, offset in _steady_stretches(zone, opening, ending):
            for spell in _spells(start, end, offset, days):
                if spells and spells[-1][1] == spell[0]:
                    spells[-1] = (spells[-1][0], spell[1])
                else:
                    spells.append(spell)
    lengths = [end - start for start, end in spells]
    return YearOfWork(
        starts=tuple(start for start, _ in spells),
        ends=tuple(end for _, end in spells),
        worked_before=tuple(accumulate(lengths, initial=0))[: len(lengths)],
        total=sum(lengths),
        end=ending,
    )


def _new_year(number: int) -> int:
    return (date(min(number, MAXYEAR), 1, 1).toordinal() - _ORDINAL_OF_EPOCH) * DAY


def _open_days(number: int, week: Week, closed: Container[date]) -> Mapping[int, tuple[Span, ...]]:
    """Day number since the epoch to its spans, for the local days that can touch a UTC year; closed days left out."""
    first = date(number, 1, 1).toordinal() - 1
    last = date(number, 12, 31).toordinal() + 1
    days = (date.fromordinal(ordinal) for ordinal in range(first, last + 1))
    return {
        day.toordinal() - _ORDINAL_OF_EPOCH: week[day.weekday()]
        for day in days
        if week[day.weekday()] and day not in closed
    }


def _steady_stretches(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Stretches of time without a change of the zone's offset: from, to, offset in seconds."""
    begun, offset = start, _offset(zone, start)
    for day in range(start, end, DAY):
        upto = min(day + DAY, end)
        later = _offset(zone, upto)
        if later != offset:
            change = _first_second_at(zone, later, day, upto)
            yield begun, change, offset
            begun, offset = change, later
    yield begun, end, offset


def _first_second_at(zone: ZoneInfo, offset: int, before: int, upto: int) -> int:
    low, high = before, upto
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _offset(zone, middle) == offset else (middle, high)
    return high


def _offset(zone: ZoneInfo, second: int) -> int:
    offset = (_EPOCH + timedelta(seconds=second)).astimezone(zone).utcoffset()
    assert offset is not None
    return offset // timedelta(seconds=1)


def _spells(start: int, end: int, offset: int, days: Mapping[int, tuple[Span, ...]]) -> Iterator[Span]:
    for day in range((start + offset) // DAY, (end + offset - 1) // DAY + 1):
        for opens, closes in days.get(day, ()):
            spell = max(start, day * DAY + opens - offset), min(end, day * DAY + closes - offset)
            if spell[0] < spell[1]:
                yield spell
