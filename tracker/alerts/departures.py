"""What fell vacant when somebody left the organisation, and who has to hear of it. One alert a team tells of all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from governance.models import StageOwnership, Tenure
from governance.models.visit import TENURES_TOLD
from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, Stage, TeamRole

SHOWN: Final = 5
TEAM: Final = "visit__release__model__team"


@dataclass(frozen=True, slots=True)
class Opened:
    """Who left, and what of one team nobody owns since: each as `card-fraud-scorer r2 in deployment`."""

    person: str
    stages: Sequence[str]

    @property
    def words(self) -> str:
        """`and 2 stages have no owner: card-fraud-scorer r2 in deployment, churn r1 in brief`."""
        count, shown = len(self.stages), ", ".join(self.stages[:SHOWN])
        more = f" and {count - SHOWN} more" if count > SHOWN else ""
        return f"and {'1 stage has' if count == 1 else f'{count} stages have'} no owner: {shown}{more}"


def told_spells() -> QuerySet[StageOwnership]:
    """The spells that are told of; in the words of the index that finds them."""
    return StageOwnership.objects.filter(began__in=TENURES_TOLD)


def first_of_departures() -> QuerySet[StageOwnership]:
    """Of all that fell vacant in one team as one person left, the spell with the lowest number."""
    earlier = StageOwnership.objects.filter(
        began=Tenure.DEACTIVATED,
        since=OuterRef("since"),
        given_by=OuterRef("given_by"),
        visit__release__model__team=OuterRef(TEAM),
        pk__lt=OuterRef("pk"),
    )
    return told_spells().filter(~Exists(earlier), began=Tenure.DEACTIVATED)


def leads_of(teams: Collection[int]) -> dict[int, list[int]]:
    """By team, its leads who sign in; the administrators where there is none."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    if not teams:
        return found
    rows = Membership.objects.filter(team__in=list(teams), role=TeamRole.LEAD, person__is_active=True).order_by("pk")
    for team, person in rows.values_list("team_id", "person_id"):
        found[team].append(person)
    if headless := [team for team in teams if team not in found]:
        admins = Person.objects.filter(role=OrgRole.ADMIN, is_active=True).order_by("pk").values_list("pk", flat=True)
        found.update({team: list(admins) for team in headless})
    return found


def opened_by(firsts: Iterable[StageOwnership]) -> dict[int, Opened]:
    """By the first spell of each departure, all that it left in that team: one query."""
    moments = {spell.since for spell in firsts}
    if not moments:
        return {}
    before = StageOwnership.objects.filter(visit=OuterRef("visit"), until=OuterRef("since"), owner__isnull=False)
    rows: QuerySet[Any] = (
        StageOwnership.objects.filter(began=Tenure.DEACTIVATED, since__in=moments)
        .annotate(left=Subquery(before.order_by("-pk").values("owner__full_name")[:1]))
        .select_related("visit__release__model")
        .order_by("pk")
    )
    groups: defaultdict[tuple[Any, int | None, int], list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.since, row.given_by_id, row.visit.release.model.team_id].append(row)
    return {
        group[0].pk: Opened(group[0].left or "Somebody", [_said(row) for row in group]) for group in groups.values()
    }


def _said(spell: Any) -> str:
    release = spell.visit.release
    return f"{release.model.name} r{release.number} in {Stage(spell.visit.stage).label.lower()}"
