"""What nobody owns, in the order in which one person should take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db.models import BooleanField, Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Least

from governance.models import StageOwnership
from governance.permissions import WORKING_ROLES
from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, RiskTier, Stage
from tracker.dashboard import underway

_TIERS: Final = {RiskTier.HIGH: 0, RiskTier.MEDIUM: 1, RiskTier.LOW: 2}
_NO: Final = Cast(Value(False), BooleanField())  # where nothing is claimable: PostgreSQL orders by no bare constant
Spells: TypeAlias = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader wants to see; an empty or unknown value lets everything through. `team` is a slug."""

    team: str = ""
    stage: str = ""
    tier: str = ""

    @property
    def narrows(self) -> bool:
        return self != Filters()

    def fit(self, team: str, stage: str, tier: str) -> bool:
        """`let`, asked of one vacancy."""
        return (
            self.team in ("", team)
            and (self.stage not in set(Stage) or self.stage == stage)
            and (self.tier not in set(RiskTier) or self.tier == tier)
        )

    def let(self, spells: Spells) -> Spells:
        if self.team:
            spells = spells.filter(visit__release__model__team__slug=self.team)
        if self.stage in set(Stage):
            spells = spells.filter(visit__stage=self.stage)
        if self.tier in set(RiskTier):
            spells = spells.filter(visit__tier=self.tier)
        return spells


@dataclass(frozen=True, slots=True)
class Tally:
    """How many vacancies the filters let through: all, those this person may claim, and of these what is past budget.

    `teams` are those with a vacancy in sight, as slug and name, whatever the filters.
    """

    total: int
    mine: int
    deployments: int
    late: int
    teams: Sequence[tuple[str, str]]


def claimable(person: Person) -> Q:
    """`permissions.own_stage` as a condition on vacancies that the person may see."""
    if not person.is_active or person.role == OrgRole.AUDITOR:
        return Q(pk__in=[])
    review = Q(visit__stage=Stage.COMPLIANCE_REVIEW)
    if person.role == OrgRole.ADMIN:
        return ~review
    mine = Membership.objects.filter(person=person, role__in=WORKING_ROLES).values("team_id")
    own = ~review & Q(visit__release__model__team__in=mine)
    return own | review if person.role == OrgRole.COMPLIANCE_OFFICER else own


def ranked(spells: QuerySet[StageOwnership], person: Person) -> Spells:
    """Spells in the order in which vacancies are shown: what the person may claim first, deployments before the rest.

    Then by `due`, when the first of the two budgets, of the stage and of the vacancy, is used up; then by risk.
    """
    first = Least(Coalesce("visit__stalls_at", "stalls_at"), Coalesce("stalls_at", "visit__stalls_at"))
    deployment = When(visit__stage=Stage.DEPLOYMENT, then=Value(0))
    tiers = (When(visit__tier=tier, then=Value(rank)) for tier, rank in _TIERS.items())
    found: Spells = spells.annotate(
        claimable=Case(When(claimable(person), then=Value(True)), default=_NO),
        due=first,
        deployed_next=Case(deployment, default=Value(1), output_field=IntegerField()),
        tier_rank=Case(*tiers, default=Value(len(_TIERS)), output_field=IntegerField()),
    )
    return found.order_by(F("claimable").desc(), "deployed_next", F("due").asc(nulls_last=True), "tier_rank", "pk")


def vacancies(person: Person) -> Spells:
    """Every vacancy in sight, ranked."""
    return ranked(underway(person).filter(owner__isnull=True), person)


def count(spells: Spells, filters: Filters, now: datetime) -> Tally:
    """One query over the vacancies in sight."""
    team = "visit__release__model__team__"
    groups = (
        spells.order_by()
        .values("claimable", "visit__stage", "visit__tier", f"{team}slug", f"{team}name")
        .annotate(count=Count("pk"), late=Count("pk", filter=Q(due__lte=now)))
    )
    total = mine = deployments = late = 0
    teams: dict[str, str] = {}
    for group in groups:
        teams[group[f"{team}slug"]] = group[f"{team}name"]
        if not filters.fit(group[f"{team}slug"], group["visit__stage"], group["visit__tier"]):
            continue
        total += group["count"]
        if group["claimable"]:
            mine += group["count"]
            late += group["late"]
            deployments += group["count"] if group["visit__stage"] == Stage.DEPLOYMENT else 0
    return Tally(total, mine, deployments, late, sorted(teams.items(), key=lambda item: item[1]))
