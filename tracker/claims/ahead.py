"""Deployments that have not begun: claimed ahead by somebody, or open to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Case, F, IntegerField, OuterRef, Q, Subquery, When

from governance.candidates import needs_of
from governance.models import EarlyClaim, StageVisit
from governance.permissions import WORKING_ROLES, may_see, memberships_of
from governance.skills import Fit, Need, fit
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Stage, TeamRole, VisitState

SHOWN: Final = 5
BEFORE: Final = (Stage.COMPLIANCE_REVIEW, Stage.VALIDATION, Stage.BRIEF)


@dataclass(frozen=True, slots=True)
class ToCome:
    """A release whose deployment lies ahead, and what that will take of this person. `mine`: they have claimed it."""

    release_id: int
    model: str
    slug: str
    number: int
    team: str
    tier: str
    stage: Stage
    due: datetime | None
    skills: tuple[Need, ...]
    fit: Fit
    mine: bool

    @property
    def name(self) -> str:
        return f"{self.model} release {self.number}"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What this person has claimed ahead, and what of their teams they could; `more` beyond the first few."""

    mine: Sequence[ToCome] = ()
    open: Sequence[ToCome] = ()
    more: bool = False


def early_board(person: Person, now: datetime) -> Ahead:
    """The deployments to come of the person's teams, nearest first: two queries."""
    if person.role == OrgRole.AUDITOR:
        return Ahead()
    teams = [one.team_id for one in memberships_of(person) if TeamRole(one.role) in WORKING_ROLES]
    claims = EarlyClaim.objects.filter(release=OuterRef("release"), stage=Stage.DEPLOYMENT, until__isnull=True).values(
        "person"
    )[:1]
    mine = Q(claimant=person.pk)
    nearest = [When(stage=stage, then=place) for place, stage in enumerate(BEFORE)]
    found = (
        StageVisit.objects.filter(may_see(person, "release__model__"), left_at__isnull=True)
        .filter(state=VisitState.UNDERWAY, stage__in=BEFORE)
        .annotate(claimant=Subquery(claims))
        .filter(mine | Q(claimant__isnull=True, release__model__team__in=teams))
        .select_related("policy", "release__model__team")
        .prefetch_related("release__briefs")
        .order_by(
            Case(When(mine, then=0), default=1, output_field=IntegerField()),
            Case(*nearest, default=len(BEFORE), output_field=IntegerField()),
            F("stalls_at").asc(nulls_last=True),
            "pk",
        )
    )
    rows = [_row(visit, person) for visit in found[: 2 * SHOWN + 1]]
    own = [row for row in rows if row.mine]
    free = [row for row in rows if not row.mine]
    return Ahead(own, free[:SHOWN], len(free) > SHOWN)


def _row(visit: StageVisit, person: Person) -> ToCome:
    model = visit.release.model
    wanted = needs_of(visit, Stage.DEPLOYMENT)
    return ToCome(
        release_id=visit.release_id,
        model=model.name,
        slug=model.slug,
        number=visit.release.number,
        team=model.team.name,
        tier=visit.tier,
        stage=Stage(visit.stage),
        due=visit.stalls_at,
        skills=wanted,
        fit=fit(wanted, person.skills),
        mine=getattr(visit, "claimant", None) == person.pk,
    )
