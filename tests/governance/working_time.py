"""What the tests of calendar and clock share: a slow oracle that looks at every minute, and calendars to try."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from governance.calendar import BusinessCalendar

MINUTE = timedelta(minutes=1)
HOUR = 3600
Hours = Mapping[int, Sequence[tuple[str, str]]]

OFFICE: Hours = {day: [("09:00", "17:00")] for day in range(5)}
SPLIT: Hours = {day: [("08:30", "12:00"), ("13:15", "18:00")] for day in range(6)}
NIGHT: Hours = {day: [("00:00", "04:30"), ("22:00", "24:00")] for day in range(7)}
ROUND_THE_CLOCK: Hours = {day: [("00:00", "24:00")] for day in range(7)}
SUNDAYS: Hours = {6: [("01:30", "02:15"), ("02:45", "05:00")]}


def at(text: str, zone: str = "UTC") -> datetime:
    """An aware instant from `2026-03-02 09:00` as a clock in the zone shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def office(zone: str = "UTC", closed: Collection[date] = ()) -> BusinessCalendar:
    return BusinessCalendar.from_facts(zone, OFFICE, closed)


@dataclass(frozen=True)
class MinuteOracle:
    """Business time by asking of each minute what the clock on the wall says. Only for whole minutes, and slow."""

    zone: str
    hours: Hours
    closed: Collection[date] = ()

    def is_open(self, moment: datetime) -> bool:
        wall = moment.astimezone(ZoneInfo(self.zone))
        if wall.date() in self.closed:
            return False
        minute = wall.hour * 60 + wall.minute
        return any(_minute(start) <= minute < _minute(end) for start, end in self.hours.get(wall.weekday(), ()))

    def seconds(self, start: datetime, end: datetime) -> int:
        count, moment = 0, start
        while moment < end:
            count += self.is_open(moment)
            moment += MINUTE
        return count * 60

    def compiled(self) -> BusinessCalendar:
        return BusinessCalendar.from_facts(self.zone, self.hours, self.closed)


def _minute(text: str) -> int:
    if text == "24:00":
        return 24 * 60
    moment = time.fromisoformat(text)
    return moment.hour * 60 + moment.minute
