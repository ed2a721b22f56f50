"""How long an approval holds, in calendar months. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time so many calendar months later; the last day of a month that has no such day."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
