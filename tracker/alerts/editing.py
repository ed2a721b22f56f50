"""Acts on destinations: add, change, switch off, give a new signing key, remove. Each locks, permits, writes, records.

An address is sealed as it comes in and never goes out again; the signing key of a webhook is returned once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance import permissions
from governance.errors import Conflict, Invalid, NotFound, NotPermitted, invalid
from governance.models import AuditEvent
from governance.trail import destination_writers as writers
from models_registry.models import Person, Team
from models_registry.requirements import FieldProblem, digest_of
from models_registry.vocabulary import Rung
from tracker.alerts.channels import ChannelError, signing
from tracker.alerts.channels.sealed import keys_of
from tracker.alerts.channels.services import place_of
from tracker.alerts.models import Bundle, Channel, Delivery, Destination
from tracker.alerts.raising import call_back
from tracker.outbound import AddressRefused, target_of
from tracker.sealing import seal

LONGEST_NAME: Final = 80
MOST: Final = 20  # of one person or team: each makes a delivery of every alert


@dataclass(frozen=True, slots=True)
class DestinationFacts:
    """What is said of a destination. An empty address leaves the one that is there."""

    name: str
    address: str = ""
    least: str = ""
    is_on: bool = True


def may_change(actor: Person, destination: Destination) -> None:
    """One's own, and those of a team that one leads or administers; of another's nobody learns that it is there."""
    if destination.person_id is not None:
        if not actor.is_active or destination.person_id != actor.pk:
            raise NotFound
        return
    assert destination.team is not None
    permissions.lead_team(actor, destination.team)


def may_add(actor: Person, team: Team | None) -> None:
    if team is not None:
        permissions.lead_team(actor, team)
    elif not actor.is_active:
        raise NotPermitted("Sign in first.")


def add_destination(
    actor: Person, channel: str, facts: DestinationFacts, *, team: Team | None = None, at: datetime | None = None
) -> tuple[Destination, str]:
    """Add one of one's own, or of a team. Returns it and the signing key of a webhook, which is not to be had again."""
    at = at or timezone.now()
    with transaction.atomic():
        may_add(actor, team)
        made = Destination(channel=channel, created_by=actor, created_at=at)
        made.person, made.team = (None, team) if team else (actor, None)
        if channel not in (Channel.APPRISE, Channel.WEBHOOK):
            raise invalid("channel", "Choose a chat or a webhook.")
        if problems := _problems(made, facts, needs_address=True):
            raise Invalid(problems)
        key = _set(made, facts)
        _save(made)
        writers.destination_changed("destination.add", made.pk, made.name, _whose(made), actor, at, after=says(made))
        return made, key


def change_destination(
    actor: Person, number: int, facts: DestinationFacts, *, seen: str | None = None, at: datetime | None = None
) -> Destination:
    """Change one. Switched off, nothing more goes there, and what waits is called back. `seen` is the `says_mark`."""
    at = at or timezone.now()
    with transaction.atomic():
        found = locked_destination(actor, number)
        before = says(found)
        _refuse_stale(seen, before, found)
        if problems := _problems(found, facts, needs_address=False):
            raise Invalid(problems)
        _set(found, facts)
        found.failures, found.resting_until = 0, None
        _save(found)
        if not found.is_on:
            call_back(Delivery.objects.filter(destination=found.pk))
        detail = {"before": before, "after": says(found), "new_address": bool(facts.address.strip())}
        writers.destination_changed("destination.edit", found.pk, found.name, _whose(found), actor, at, **detail)
        return found


def renew_key(actor: Person, number: int, *, at: datetime | None = None) -> tuple[Destination, str]:
    """A new signing key, returned this once. The one before signs beside it for a day."""
    at = at or timezone.now()
    with transaction.atomic():
        found = locked_destination(actor, number)
        if found.channel != Channel.WEBHOOK:
            raise invalid("channel", "Only what goes to a webhook is signed.")
        try:
            known = keys_of(found)
        except ChannelError:
            known = []  # it cannot be read any more, which is why there has to be a new one
        keys = signing.replaced(known, at)
        found.sealed_key = seal(signing.written(keys))
        found.save(update_fields=["sealed_key"])
        writers.destination_changed("destination.key", found.pk, found.name, _whose(found), actor, at)
        return found, keys[0].text


def remove_destination(actor: Person, number: int, *, at: datetime | None = None) -> str:
    """Remove one: what waits for it is called back, what was sent stays on record. Returns its name."""
    at = at or timezone.now()
    with transaction.atomic():
        found = locked_destination(actor, number)
        call_back(Delivery.objects.filter(destination=found.pk))
        Bundle.objects.filter(destination=found.pk).update(destination=None)
        detail = {"before": says(found)}
        writers.destination_changed("destination.remove", found.pk, found.name, _whose(found), actor, at, **detail)
        found.delete()
        return found.name


def locked_destination(actor: Person, number: int) -> Destination:
    """The destination, locked, for somebody who may change it."""
    rows = Destination.objects.select_for_update(of=("self",)).select_related("person", "team")
    found = rows.filter(pk=number).first()
    if found is None:
        raise NotFound
    may_change(actor, found)
    return found


def says(destination: Destination) -> dict[str, Any]:
    """What people may read of it."""
    return {
        "name": destination.name,
        "address": destination.shown,
        "hears": destination.least or "everything",
        "on": destination.is_on,
    }


def says_mark(destination: Destination) -> str:
    """What a page remembers of it, for `change_destination` to compare."""
    return digest_of(says(destination))


def _refuse_stale(seen: str | None, before: dict[str, Any], destination: Destination) -> None:
    if seen is None or seen == digest_of(before):
        return
    last = AuditEvent.objects.filter(act__startswith="destination.", subject=f"destination:{destination.pk}").last()
    raise Conflict(
        f"{last.actor_name if last else 'Somebody'} changed {destination.name} after you opened it.",
        remedy="What you typed is still here. Saving again puts yours in place of theirs.",
    )


def _save(destination: Destination) -> None:
    """Of two people who give the same name at the same moment, the second is told."""
    try:
        with transaction.atomic():
            destination.save()
    except IntegrityError as twin:
        why = f"A destination called {destination.name} was added a moment ago."
        raise Conflict(why, remedy="Reload the list and look for it there.") from twin


def _set(destination: Destination, facts: DestinationFacts) -> str:
    """Returns the key of a webhook that had none."""
    destination.name, destination.least, destination.is_on = facts.name.strip(), facts.least, facts.is_on
    if address := facts.address.strip():
        destination.sealed = seal(address)
        destination.shown = _shown(destination.channel, address)
        destination.tested_at, destination.tested_answer, destination.tested_well = None, "", None
    if destination.channel != Channel.WEBHOOK or destination.sealed_key:
        return ""
    key = signing.new_key()
    destination.sealed_key = seal(signing.written([key]))
    return key.text


def _problems(destination: Destination, facts: DestinationFacts, *, needs_address: bool) -> list[FieldProblem]:
    problems, name, address = [], facts.name.strip(), facts.address.strip()
    others = Destination.objects.filter(person=destination.person, team=destination.team).exclude(pk=destination.pk)
    if not name or len(name) > LONGEST_NAME:
        problems.append(FieldProblem("name", f"Give it a name of up to {LONGEST_NAME} characters."))
    elif others.filter(name=name).exists():
        problems.append(FieldProblem("name", f"There is a destination called {name} already."))
    if needs_address and others.count() >= MOST:
        problems.append(FieldProblem("name", f"There are {MOST} destinations already: remove one that nobody needs."))
    if facts.least and facts.least not in set(Rung):
        problems.append(FieldProblem("least", "Choose from the list."))
    if address or needs_address:
        try:
            _shown(destination.channel, address)
        except AddressRefused as refusal:
            problems.append(FieldProblem("address", str(refusal)))
    return problems


def _shown(channel: str, address: str) -> str:
    """What people see of an address: never its path, which holds the secret. Raises `AddressRefused`."""
    if channel == Channel.APPRISE:
        return place_of(address).shown[:200]
    target = target_of(address)
    return f"{'https' if target.secure else 'http'}://{target.authority}/…"[:200]


def _whose(destination: Destination) -> str:
    return str(destination.team or destination.person)
