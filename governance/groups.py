"""Who belongs to the groups that approve and advise, and who stands in for whom; read for many groups at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from governance.controls import OFFICERS, group_name
from governance.models import ApproverGroup, Delegation, GroupMember
from models_registry.models import Person
from models_registry.vocabulary import OrgRole

_SAME_MOMENT: Final = timedelta(seconds=5)  # within one request the clock goes on
OFFICERS_NAME: Final = "Compliance officers"


@dataclass(frozen=True, slots=True)
class Rosters:
    """The people of some groups by the groups' short names, and what the groups are called.

    Only who signs in and may act is there: who left, and who became an auditor, keeps the seat and has no voice.
    """

    members: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, group: str) -> tuple[Person, ...]:
        return self.members.get(group, ())

    def name(self, group: str) -> str:
        """What the group is called; of one that was never made, its short name in words."""
        return self.names.get(group) or group_name(group)


def rosters(groups: Collection[str]) -> Rosters:
    """The rosters of these groups, each by name: two queries, whatever their number."""
    if not groups:
        return Rosters()
    names: dict[str, str] = {OFFICERS: OFFICERS_NAME} if OFFICERS in groups else {}
    seats: dict[int, list[str]] = {}
    rows = ApproverGroup.objects.filter(slug__in=list(groups)).order_by("pk")
    for slug, name, seated in rows.values_list("slug", "name", "seats__person"):
        names[slug] = name
        if seated is not None:
            seats.setdefault(seated, []).append(slug)
    members: dict[str, list[Person]] = {group: [] for group in groups}
    for person in able(Q(pk__in=list(seats)) | Q(role=OrgRole.COMPLIANCE_OFFICER)):
        own = [OFFICERS] if person.role == OrgRole.COMPLIANCE_OFFICER and OFFICERS in members else []
        for slug in (*own, *seats.get(person.pk, ())):
            members[slug].append(person)
    return Rosters({group: tuple(found) for group, found in members.items()}, names)


def able(who: Q) -> QuerySet[Person]:
    """Those of them who may have a hand in a review, by name: an auditor reads, and who left does nothing."""
    return Person.objects.filter(who, is_active=True).exclude(role=OrgRole.AUDITOR).order_by("full_name", "pk")


def deputies(at: datetime, of: Collection[int] | None = None) -> dict[int, Delegation]:
    """By the person who is away at this moment: the delegation to whoever stands in, and still may."""
    standing = Delegation.objects.filter(standing_at(at), deputy__is_active=True).select_related("delegator", "deputy")
    if of is not None:
        standing = standing.filter(delegator__in=list(of))
    return {one.delegator_id: one for one in standing.order_by("starts_at", "pk")}


def standing_at(at: datetime) -> Q:
    """The condition on a delegation that holds at this moment."""
    return Q(starts_at__lte=at, ends_at__gt=at) & (Q(ended_early_at__isnull=True) | Q(ended_early_at__gt=at))


def groups_of(person: Person) -> frozenset[str]:
    """The groups that a person speaks for by their own seat or role; none for an auditor and for who left."""
    if not person.is_active or person.role == OrgRole.AUDITOR:
        return frozenset()
    own = {OFFICERS} if person.role == OrgRole.COMPLIANCE_OFFICER else set()
    return frozenset(own | set(GroupMember.objects.filter(person=person).values_list("group__slug", flat=True)))


def stands_in_for(person: Person, at: datetime) -> dict[int, frozenset[str]]:
    """By the person who is away: the groups that this one speaks for in their place at this moment.

    The officers' group is not among them: no absence makes an officer of somebody who is none.
    """
    if not person.is_active or person.role == OrgRole.AUDITOR:
        return {}
    away = Delegation.objects.filter(standing_at(at), deputy=person).select_related("delegator")
    return {one.delegator_id: groups_of(one.delegator) - {OFFICERS} for one in away}


def voices_of(person: Person, at: datetime) -> frozenset[str]:
    """The groups that a person can speak for at this moment, by themselves or in somebody's place."""
    return groups_of(person).union(*stands_in_for(person, at).values())


def seats_of(person: Person, at: datetime) -> QuerySet[GroupMember]:
    """The seats that a person speaks from at this moment: their own, and those of whoever they stand in for."""
    away = Delegation.objects.filter(standing_at(at), deputy=person).values("delegator")
    seats = GroupMember.objects.filter(Q(person=person) | Q(person__in=away, person__is_active=True))
    return seats.exclude(person__role=OrgRole.AUDITOR)


def decided_by_group_of(person: Person, at: datetime) -> Q:
    """The condition on a review to be decided by a group that the person speaks for."""
    return _names_a_group("quorums", '"group": "', person, at)


def advised_by_group_of(person: Person, at: datetime) -> Q:
    """The condition on a review to ask a group that the person speaks for for advice."""
    return _names_a_group("feedback_groups", '"', person, at)


def _names_a_group(column: str, before: str, person: Person, at: datetime) -> Q:
    """Whether the list in this column names a group that the person speaks for.

    Compared as text, as not every database can look inside a list; so it costs no query to know the groups before.
    """
    named = Concat(Value(before), F("group__slug"), Value('"'), output_field=TextField())
    seats = seats_of(person, at).order_by().alias(said=Cast(OuterRef(column), TextField()))
    return Q(Exists(seats.filter(said__contains=named)))


def stood_in_for(person: Person, at: datetime) -> frozenset[int]:
    """Who is away at this moment and left their work to this person."""
    if not person.is_active:
        return frozenset()
    return frozenset(Delegation.objects.filter(standing_at(at), deputy=person).values_list("delegator_id", flat=True))


def answers_for(person: Person, owner_id: int | None, at: datetime) -> bool:
    """Whether this person is the owner, or stands in at this moment for an owner who is away."""
    if owner_id is None or not person.is_active:
        return False
    return owner_id == person.pk or owner_id in left_to(person, at)


def left_to(person: Person, at: datetime) -> frozenset[int]:
    """Whom this person stands in for at this moment; read once per person object and request."""
    cache: tuple[datetime, frozenset[int]] | None = getattr(person, "_stood_in_for", None)
    if cache is None or abs(cache[0] - at) > _SAME_MOMENT:
        cache = (at, stood_in_for(person, at))
        person._stood_in_for = cache  # type: ignore[attr-defined]  # a cache for the life of this object
    return cache[1]
