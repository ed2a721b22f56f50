"""Business days in the sample: how many seconds one has, and when so many of them before a moment began."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from governance.calendar import BusinessCalendar

DAY: Final = 8 * 3600
"""Business seconds in a day of the sample's office."""


def days_before(calendar: BusinessCalendar, end: datetime, days: float) -> datetime:
    """The moment from which so many business days reach exactly until `end`, to the minute."""
    wanted = int(days * DAY)
    early, late = end - timedelta(seconds=wanted * 6, days=14), end
    while late - early > timedelta(minutes=1):
        middle = early + (late - early) / 2
        if calendar.business_seconds(middle, end) > wanted:
            early = middle
        else:
            late = middle
    return late
