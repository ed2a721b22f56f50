"""How long a stage takes: the median, 85th and 95th percentile of the stays that ended, against the time budget.

Counted in weekdays: the time from entry to leaving, Monday to Friday in UTC, where 24 hours are a day. That compares
with a budget in business days of a five-day week to within a day. Public holidays and holds are not taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, Q, QuerySet

from governance.deadlines import rules_of
from governance.models import Departure, Policy, PolicyStatus, StageVisit
from governance.policy import BUDGETED_STAGES
from models_registry.vocabulary import RiskTier, Stage, VisitState
from tracker.insight.calendar_sql import Hundredths, Weekdays
from tracker.insight.scope import Scope, summed_up


@dataclass(frozen=True, slots=True)
class StageTime:
    """One stage. `median`, `upper` (85 %) and `top` (95 %) in weekdays; `budgets` in business days, one a tier."""

    stage: Stage
    median: float
    upper: float
    top: float
    stays: int
    budgets: Sequence[tuple[RiskTier, Decimal]]

    @property
    def budget(self) -> Decimal | None:
        """The budget, where all tiers that are looked at have the same."""
        days = {days for _, days in self.budgets}
        return days.pop() if len(days) == 1 else None

    @property
    def strain(self) -> float:
        """The 85th percentile as a multiple of the budget; 0 where there is no one budget."""
        return self.upper / float(self.budget) if self.budget else 0.0


@dataclass(frozen=True, slots=True)
class Times:
    """The stages in which a stay has ended. `estimated`: how many stays were left out, as their dates are guesses."""

    stages: Sequence[StageTime]
    estimated: int

    @property
    def strained(self) -> StageTime | None:
        """The stage that goes furthest beyond its budget at the 85th percentile; None where none does."""
        worst = max(self.stages, key=lambda one: one.strain, default=None)
        return worst if worst is not None and worst.strain > 1 else None

    @property
    def longest(self) -> StageTime | None:
        return max(self.stages, key=lambda one: one.median, default=None)


# Stays of one length (to a hundredth of a day) are counted first; of the lengths the shortest one counts that at least
# so many percent of the stays do not exceed (nearest rank).
_PERCENTILES: Final = """
    SELECT stage, guessed, MAX(stays),
           MIN(CASE WHEN place * 100 >= stays * 50 THEN days END),
           MIN(CASE WHEN place * 100 >= stays * 85 THEN days END),
           MIN(CASE WHEN place * 100 >= stays * 95 THEN days END)
    FROM (
        SELECT stage, guessed, days,
               SUM(equals) OVER (PARTITION BY stage, guessed ORDER BY days) AS place,
               SUM(equals) OVER (PARTITION BY stage, guessed) AS stays
        FROM (SELECT stage, guessed, days, COUNT(*) AS equals FROM {inner} GROUP BY stage, guessed, days) AS counted
    ) AS placed
    GROUP BY stage, guessed
"""


def stage_times(scope: Scope) -> Times:
    """The percentiles of every stage: two queries."""
    found: dict[str, StageTime] = {}
    estimated = 0
    budgets = _budgets(scope)
    for stage, guessed, stays, median, upper, top in summed_up(_stays(scope), _PERCENTILES):
        if guessed:
            estimated += int(stays)
        else:
            spent = median / 100, upper / 100, top / 100
            found[stage] = StageTime(Stage(stage), *spent, int(stays), budgets.get(Stage(stage), ()))
    return Times([found[stage] for stage in BUDGETED_STAGES if stage in found], estimated)


def _stays(scope: Scope) -> QuerySet[Any, Any]:
    """Every stay that ended within the scope, however it ended."""
    ended = Q() if scope.since is None else Q(left_at__gte=scope.since)
    stays = StageVisit.objects.filter(
        scope.models("release__model__"),
        ended,
        left_at__isnull=False,
        state=VisitState.UNDERWAY,
        stage__in=BUDGETED_STAGES,
    ).exclude(departure=Departure.CORRECTED)
    days = Hundredths(Weekdays("left_at") - Weekdays("entered_at"))
    return stays.order_by().values("stage", guessed=F("dates_estimated"), days=days)


def _budgets(scope: Scope) -> dict[Stage, list[tuple[RiskTier, Decimal]]]:
    """The budgets of the policy in force, for the tiers that are looked at."""
    policy = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by("-version").first()
    if policy is None:
        return {}
    rules = rules_of(policy)
    tiers = [RiskTier(scope.tier)] if scope.tier in set(RiskTier) else list(RiskTier)
    found: dict[Stage, list[tuple[RiskTier, Decimal]]] = {}
    for stage in BUDGETED_STAGES:
        days = [(tier, rules.stage(tier, stage).budget_days) for tier in tiers]
        found[stage] = [(tier, budget) for tier, budget in days if budget is not None]
    return found
