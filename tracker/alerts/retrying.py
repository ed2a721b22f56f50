"""Deliveries for people to look at: whose are whose, and trying again what was given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from governance import permissions
from governance.errors import Conflict, NotFound
from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, TeamRole
from tracker.alerts.editing import may_change
from tracker.alerts.models import Channel, Delivery, DeliveryState, Destination
from tracker.alerts.raising import locked

# What is sent somewhere; in the inbox the row itself is the message.
SENT: Final = (Channel.EMAIL.value, Channel.APPRISE.value, Channel.WEBHOOK.value)


def visible(actor: Person) -> list[QuerySet[Delivery]]:
    """The deliveries that somebody may look at, in parts that do not overlap, each found by an index of its own.

    Administrators see all; everybody their own; leads those to their teams' destinations, and the mails to their
    people about their models. What goes to a colleague's own chat is the colleague's.
    """
    sent = Delivery.objects.filter(channel__in=SENT)
    if permissions.allows(permissions.administer, actor):
        return [sent]
    parts = [sent.filter(recipient=actor)]
    led = list(Membership.objects.filter(person=actor, role=TeamRole.LEAD).values_list("team_id", flat=True))
    if led and actor.role != OrgRole.AUDITOR:
        places = Destination.objects.filter(team__in=led).values_list("pk", flat=True)
        parts.append(Delivery.objects.filter(destination_number__gt=0, destination_number__in=list(places)))
        people = Membership.objects.filter(team__in=led).exclude(person=actor).values("person")
        about = Q(alert__visit__release__model__team__in=led)
        parts.append(sent.filter(about, channel=Channel.EMAIL, recipient__in=people))
    return parts


def retry(actor: Person, number: int, *, at: datetime | None = None) -> Delivery:
    """Try one again now, with as many further tries as a new one has. One that is being tried is left alone."""
    at = at or timezone.now()
    with transaction.atomic():
        found = Delivery.objects.filter(pk=number).select_for_update(no_key=True, of=("self",)).first()
        if found is None or not any(part.filter(pk=number).exists() for part in visible(actor)):
            raise NotFound
        if found.state not in (DeliveryState.FAILED, DeliveryState.WAITING):
            raise Conflict("It is delivered, or nobody needs it any more.", remedy="Nothing has to be done.")
        if found.destination_number and found.destination_id is None:
            raise Conflict("Its destination has been removed.", remedy="What comes next goes to those that are there.")
        if _again(Delivery.objects.filter(pk=number), at):
            _wake([found.destination_id], at)
        found.refresh_from_db()
        return found


def retry_all(actor: Person, destination: int, *, at: datetime | None = None) -> int:
    """Try everything again that was given up at one destination. Returns how many."""
    at = at or timezone.now()
    with transaction.atomic():
        found = Destination.objects.select_for_update().filter(pk=destination).first()
        if found is None:
            raise NotFound
        if not permissions.allows(permissions.administer, actor):
            may_change(actor, found)
        if not found.is_on:
            raise Conflict(f"{found.name} is switched off.", remedy="Switch it on first.")
        count = _again(Delivery.objects.filter(destination=found.pk, state=DeliveryState.FAILED), at)
        _wake([found.pk], at)
        return count


def _again(rows: QuerySet[Delivery], at: datetime) -> int:
    """Those given up, and those that wait for a later try: with fresh tries, and the same key."""
    given_up = locked(rows.filter(state=DeliveryState.FAILED))
    count = given_up.update(state=DeliveryState.WAITING, next_attempt_at=at, attempts=1)
    later = locked(rows.filter(state=DeliveryState.WAITING, next_attempt_at__gt=at, attempts__gt=0))
    return count + later.update(next_attempt_at=at)


def _wake(destinations: Sequence[int | None], at: datetime) -> None:
    resting: dict[str, Any] = {"failures__gt": 0, "resting_until__gt": at}
    Destination.objects.filter(pk__in=[pk for pk in destinations if pk], **resting).update(resting_until=at)
