"""The business clock in the corner of every page, and the footnote that says what a day is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from governance.calendar import BusinessCalendar
from tracker import formats

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class ClockFace:
    """`used`: how much of the business day has passed, as a share of one; None while closed."""

    title: str
    time: str
    detail: str
    used: float | None


def face(calendar: BusinessCalendar, now: datetime, zone: tzinfo) -> ClockFace:
    """What the business clock says now, in the reader's zone."""
    here = now.astimezone(zone)
    time = f"{_DAYS[here.weekday()]} {here:%H:%M}"
    closes = calendar.open_until(now)
    if calendar.is_open(now) and closes is None:
        return ClockFace("Business clock running", time, "open day and night", None)
    if closes is not None:
        rest = calendar.business_seconds(now, closes)
        return ClockFace(
            "Business clock running", time, f"{_hours_and_minutes(rest)} left today", 1 - rest / calendar.day_seconds
        )
    opens = calendar.next_opening(now)
    if opens is None:
        return ClockFace("Business clock stopped", time, "the calendar has no open hours", None)
    return ClockFace("Business clock resting", time, f"opens {formats.moment(opens, now, zone)}", None)


def _hours_and_minutes(seconds: int) -> str:
    hours, rest = divmod(seconds, formats.HOUR)
    return f"{hours}h {rest // 60}m" if hours else f"{rest // 60}m"


def footnote(name: str, zone: str, hours: Mapping[str, Any], day_seconds: int, now: datetime, *, always: bool) -> str:
    """`1d = 8 business hours, Mon–Fri 09:00–17:00 CEST, EU-West calendar`."""
    length = formats.number(round(day_seconds / formats.HOUR, 2))
    when = "day and night" if always else f"{week(hours)} {_zone_name(zone, now)}".strip()
    return f"1d = {length} business hours, {when}, {name.removesuffix(' calendar')} calendar"


def _zone_name(zone: str, now: datetime) -> str:
    try:
        return now.astimezone(ZoneInfo(zone)).tzname() or zone
    except (KeyError, ValueError, OSError):
        return zone


def week(hours: Mapping[str, Any]) -> str:
    """`Mon–Fri 09:00–17:00`; `different hours each day` when the open days do not agree."""
    open_days = {int(day): spans for day, spans in hours.items() if spans}
    if not open_days:
        return "no open hours"
    spans: Sequence[Sequence[str]] = next(iter(open_days.values()))
    if any(other != spans for other in open_days.values()):
        return "different hours each day"
    names = sorted(open_days)
    in_a_row = len(names) > 2 and names == list(range(names[0], names[-1] + 1))
    said = f"{_DAYS[names[0]]}–{_DAYS[names[-1]]}" if in_a_row else formats.listed([_DAYS[day] for day in names])
    return f"{said} {formats.listed([f'{start}–{end}' for start, end in spans])}"
