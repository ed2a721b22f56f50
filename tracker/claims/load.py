"""Who could own a stage, and how much each of them answers for already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q, QuerySet

from governance.permissions import WORKING_ROLES, memberships_of
from governance.policy import BUDGETED_STAGES
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Stage

ROOM: Final = 3  # deployments that one person carries before the pages say that there is no room
SHOWN: Final = 200  # of a team's people, those with the most room


@dataclass(frozen=True, slots=True)
class Load:
    """What one person answers for: stages in flight, deployments (for officers: reviews) among them, and late ones."""

    person_id: int
    name: str
    owned: int
    late: int
    counted: int
    counted_late: int

    @property
    def has_room(self) -> bool:
        return self.counted < ROOM


def peers(person: Person) -> tuple[QuerySet[Person], Stage]:
    """Those who share this person's work, officers or the people of the same teams, and the stage to count."""
    if person.role == OrgRole.COMPLIANCE_OFFICER:
        return Person.objects.filter(is_active=True, role=OrgRole.COMPLIANCE_OFFICER), Stage.COMPLIANCE_REVIEW
    mine = [one.team_id for one in memberships_of(person) if one.role in WORKING_ROLES]
    working = Person.objects.filter(memberships__team__in=mine, memberships__role__in=WORKING_ROLES, is_active=True)
    return working.exclude(role=OrgRole.AUDITOR).distinct(), Stage.DEPLOYMENT


def loads(people: QuerySet[Person], stage: Stage, now: datetime, *, limit: int = SHOWN) -> Sequence[Load]:
    """The load of these people, the one with the most room first; `stage` is the one whose owning is counted."""
    current = Q(ownerships__until__isnull=True, ownerships__visit__stage__in=BUDGETED_STAGES)
    late = current & Q(ownerships__visit__stalls_at__lte=now)
    found = (
        Person.objects.filter(pk__in=people.values("pk"))
        .annotate(
            owned=Count("ownerships", filter=current),
            late=Count("ownerships", filter=late),
            counted=Count("ownerships", filter=current & Q(ownerships__visit__stage=stage)),
            counted_late=Count("ownerships", filter=late & Q(ownerships__visit__stage=stage)),
        )
        .order_by("counted", "owned", "full_name", "pk")[:limit]
    )
    return [
        Load(person.pk, str(person), person.owned, person.late, person.counted, person.counted_late) for person in found
    ]
