"""Whom the stages waited on: the stays that ended, split as `governance.attribution` says, in business days and money.

Money is what was booked on the release in that stage, split like the time of its stays there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.db.models import Q, QuerySet, Sum

from governance.attribution import Whom
from governance.deadlines import calendar_of
from governance.models import Departure, StageVisit
from governance.policy import BUDGETED_STAGES
from governance.waiting import split_of
from models_registry.models import CostEntry
from models_registry.vocabulary import Stage, VisitState
from tracker.insight.scope import Scope

MEASURED: Final = 1000  # stays; the newest ones, so that the page costs the same however long the history is
_CENT: Final = Decimal("0.01")

Place = tuple[int, str]
"""A release and a stage of it."""


@dataclass(frozen=True, slots=True)
class StageWaits:
    """One stage. `days`: business days by whom they were waited on; `amounts`: what they cost, in the main currency."""

    stage: Stage
    days: Mapping[Whom, float]
    amounts: Mapping[Whom, Decimal]

    @property
    def total(self) -> float:
        return sum(self.days.values())


@dataclass(frozen=True, slots=True)
class Waited:
    """The stages in which a stay has ended. `capped`: only the newest stays were measured; `currency` may be empty."""

    stages: Sequence[StageWaits]
    stays: int
    capped: bool
    currency: str

    @property
    def days(self) -> Mapping[Whom, float]:
        """Over all stages."""
        return {whom: sum(one.days[whom] for one in self.stages) for whom in Whom}


def waits(scope: Scope) -> Waited:
    """Five queries, however many stays there are."""
    stays = list(_stays(scope))
    shown = stays[:MEASURED]
    spent: dict[Place, dict[Whom, float]] = defaultdict(lambda: dict.fromkeys(Whom, 0.0))
    for stay in shown:
        day = calendar_of(stay).day_seconds
        parts = split_of(stay, stay.reviews.all(), stay.left_at or stay.entered_at)
        for whom, seconds in parts.items():
            spent[stay.release_id, stay.stage][whom] += seconds / day
    costs, currency = _costs({stay.release_id for stay in shown})
    stages = [_stage(stage, spent, costs) for stage in BUDGETED_STAGES if any(at == stage for _, at in spent)]
    return Waited(stages, len(shown), len(stays) > MEASURED, currency)


def _stays(scope: Scope) -> QuerySet[StageVisit]:
    """The stays that ended within the scope, the newest first; of those with guessed dates nobody knows."""
    ended = Q() if scope.since is None else Q(left_at__gte=scope.since)
    found = StageVisit.objects.filter(
        scope.models("release__model__"),
        ended,
        left_at__isnull=False,
        state=VisitState.UNDERWAY,
        stage__in=BUDGETED_STAGES,
        dates_estimated=False,
    ).exclude(departure=Departure.CORRECTED)
    related = found.select_related("release__model__team__calendar")
    return related.prefetch_related("holds", "ownerships", "reviews").order_by("-left_at", "-pk")[: MEASURED + 1]


def _costs(releases: set[int]) -> tuple[Mapping[Place, Decimal], str]:
    """What was booked by release and stage, in the currency with the largest sum."""
    rows = CostEntry.objects.filter(release__in=releases).order_by().values("release", "stage", "currency")
    found = list(rows.annotate(sum=Sum("amount")).values_list("release", "stage", "currency", "sum"))
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for _, _, currency, amount in found:
        sums[currency] += amount
    main = max(sorted(sums), key=lambda one: sums[one], default="")
    return {(release, stage): amount for release, stage, currency, amount in found if currency == main}, main


def _stage(stage: Stage, spent: Mapping[Place, Mapping[Whom, float]], costs: Mapping[Place, Decimal]) -> StageWaits:
    days, amounts = dict.fromkeys(Whom, 0.0), dict.fromkeys(Whom, Decimal(0))
    for place, parts in spent.items():
        if place[1] != stage:
            continue
        whole, amount = sum(parts.values()), costs.get(place, Decimal(0))
        for whom, part in parts.items():
            days[whom] += part
            amounts[whom] += amount * Decimal(part / whole if whole else 0)
    return StageWaits(stage, days, {whom: amount.quantize(_CENT) for whom, amount in amounts.items()})
