"""Hear no more of a model that is not one's own to answer; and hear of it again."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from governance import four_eyes, permissions
from governance.errors import NotFound, NotPermitted
from governance.groups import standing_at, voices_of
from governance.models import Delegation, Review, StageOwnership
from governance.turns import asked_of
from models_registry.models import Person, RegisteredModel
from models_registry.vocabulary import ReviewState, TeamRole
from tracker.alerts.kinds import MUTABLE
from tracker.alerts.models import Channel, Delivery, Mute
from tracker.alerts.raising import call_back


def mutes_of(person: Person) -> QuerySet[Mute]:
    """What a person muted, newest first; of a model that they may not see any more, nothing."""
    seen = permissions.may_see(person, "model__")
    return Mute.objects.filter(seen, person=person).select_related("model__team")


def mute(person: Person, model: RegisteredModel) -> Mute:
    """Tell this person no more of the model's clocks, but for what becomes theirs to answer. Twice changes nothing.

    Raises `NotFound` for a model that they may not see, and `NotPermitted` with the reason where it is theirs.
    """
    permissions.see(person, model)
    with transaction.atomic():
        # The person stands still, so that two clicks make one row.
        Person.objects.select_for_update(no_key=True).get(pk=person.pk)
        if why := why_theirs(person, model):
            raise NotPermitted(why, remedy="Acknowledge a stall with a date instead, or choose quiet hours.")
        made, _ = Mute.objects.get_or_create(person=person, model=model, defaults={"since": timezone.now()})
        waiting = Delivery.objects.filter(recipient=person, alert__visit__release__model=model, alert__kind__in=MUTABLE)
        call_back(waiting.exclude(channel=Channel.INBOX))
        return made


def unmute(person: Person, number: int) -> Mute:
    """Tell this person of the model again, from now on. Raises `NotFound` for what is nobody's, or somebody else's."""
    found = mutes_of(person).filter(pk=number).first()
    if found is None:
        raise NotFound
    Mute.objects.filter(pk=found.pk).delete()
    return found


def why_theirs(person: Person, model: RegisteredModel) -> str:
    """Why the model's alerts are this person's to answer, in a sentence; empty where they are not."""
    if why := _why_of(person, model):
        return f"You {why}: what stalls there is yours to answer."
    away = Delegation.objects.filter(standing_at(timezone.now()), deputy=person).select_related("delegator")
    for absence in away:
        if _why_of(absence.delegator, model):
            return f"You stand in for {absence.delegator}, whose it is to answer for {model}."
    return ""


def _why_of(person: Person, model: RegisteredModel) -> str:
    owned = StageOwnership.objects.filter(
        owner=person, until__isnull=True, visit__left_at__isnull=True, visit__release__model=model
    )
    if owned.exists():
        return f"own a stage of {model}"
    if permissions.team_role(person, model.team_id) == TeamRole.LEAD:
        return f"lead {model.team}"
    if model.team.escalation_contact_id == person.pk:
        return f"are the escalation contact of {model.team}"
    return f"have a review of {model} to decide" if _reviews(person, model) else ""


def _reviews(person: Person, model: RegisteredModel) -> bool:
    """Whether an open review of the model waits for this person."""
    reviews = list(Review.objects.filter(release__model=model, state=ReviewState.OPEN))
    voices = voices_of(person, timezone.now()) if reviews else frozenset()
    mine = [one.pk for one in reviews if one.assignee_id == person.pk or not voices.isdisjoint(asked_of(one))]
    return bool(mine) and four_eyes.with_bar(Review.objects.filter(pk__in=mine), person).filter(bar="").exists()
