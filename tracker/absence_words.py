"""Who is away, until when, and who stands in, in words; the same wherever an owner is shown."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from governance.models import Delegation
from tracker import formats


def away_words(absence: Delegation) -> str:
    """`away until Mon 14 Dec, deputy Priya Raman`: the last whole day, in the reader's zone."""
    zone = timezone.get_current_timezone()
    last = (absence.ends_at - timedelta(seconds=1)).astimezone(zone).date()
    day = formats.day_of(last, timezone.now().astimezone(zone).date())
    stands_in = f"deputy {absence.deputy}" if absence.deputy.is_active else "the deputy has left"
    return f"away until {day}, {stands_in}"
