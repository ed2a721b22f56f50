"""Save when and how one person wants to be told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from governance.errors import Invalid
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from tracker.alerts.kinds import URGENT
from tracker.alerts.models import AlertPreferences, Channel, Delivery, DeliveryState
from tracker.alerts.quiet_hours import Hours
from tracker.alerts.raising import call_back, locked
from tracker.alerts.timing import OUTSIDE, zone_of


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person asks for; times are of their own zone, to the minute."""

    by_email: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_weekends: bool = False
    digest_at: time | None = None


def preferences_of(person: Person) -> AlertPreferences:
    """The person's wishes; without any, an unsaved row that says what holds then."""
    return AlertPreferences.objects.filter(person=person).first() or AlertPreferences(person=person)


def save_preferences(person: Person, wishes: Wishes, now: datetime) -> AlertPreferences:
    """Keep the wishes, and look again at what waits. Raises `Invalid` for wishes that contradict each other."""
    if problems := _problems(person, wishes):
        raise Invalid(problems)
    with transaction.atomic():
        AlertPreferences.objects.get_or_create(person=person)
        kept = AlertPreferences.objects.select_for_update(no_key=True).get(person=person)
        for name in ("by_email", "quiet_from", "quiet_until", "quiet_weekends", "digest_at"):
            setattr(kept, name, getattr(wishes, name))
        kept.save()
        waiting = Delivery.objects.filter(recipient=person, channel__in=OUTSIDE, state=DeliveryState.WAITING)
        if not wishes.by_email:
            call_back(waiting.filter(channel=Channel.EMAIL).exclude(alert__kind__in=URGENT))
        fresh = waiting.filter(attempts=0, bundle__isnull=True, next_attempt_at__gt=now)
        locked(fresh).filter(state=DeliveryState.WAITING).update(next_attempt_at=now)
        return kept


def _problems(person: Person, wishes: Wishes) -> list[FieldProblem]:
    start, end = wishes.quiet_from, wishes.quiet_until
    problems: list[FieldProblem] = []
    if (start is None) != (end is None):
        missing = "quiet_from" if start is None else "quiet_until"
        problems.append(FieldProblem(missing, "Give both ends of the quiet hours, or neither."))
    elif start is not None and start == end:
        problems.append(FieldProblem("quiet_until", "From a time to the same time is no time at all, or all day."))
    elif wishes.digest_at is not None and start is not None and end is not None:
        day = datetime(2026, 1, 7, wishes.digest_at.hour, wishes.digest_at.minute, tzinfo=zone_of(person))
        if Hours(zone_of(person), start, end).quiet(day):
            problems.append(FieldProblem("digest_at", "Choose a time outside the quiet hours."))
    return problems
