"""Who is away, until when, and who stands in, in words; the same wherever an owner is shown."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from governance.groups import standing_at
from governance.models import Delegation
from tracker import formats


def with_absence(spells: QuerySet[Any], owner: str = "owner") -> QuerySet[Any]:
    """The spells with `away_until` and `away_deputy`, empty where the owner is not away at this moment."""
    standing = Delegation.objects.filter(standing_at(timezone.now()), delegator=OuterRef(owner))
    standing = standing.order_by("starts_at", "pk")
    told: QuerySet[Any] = spells.annotate(
        away_until=Subquery(standing.values("ends_at")[:1]),
        away_deputy=Subquery(standing.filter(deputy__is_active=True).values("deputy__full_name")[:1]),
    )
    return told


def absence_of(spell: Any) -> str:
    """What is to be said of the owner of a spell that came with its absence; empty for nothing."""
    until: datetime | None = getattr(spell, "away_until", None)
    return _said(until, spell.away_deputy) if until else ""


def away_words(absence: Delegation) -> str:
    """`away until Mon 14 Dec, deputy Priya Raman`: the last whole day, in the reader's zone."""
    return _said(absence.ends_at, str(absence.deputy) if absence.deputy.is_active else "")


def _said(until: datetime, deputy: str) -> str:
    zone = timezone.get_current_timezone()
    last = (until - timedelta(seconds=1)).astimezone(zone).date()
    day = formats.day_of(last, timezone.now().astimezone(zone).date())
    return f"away until {day}, {f'deputy {deputy}' if deputy else 'the deputy has left'}"
