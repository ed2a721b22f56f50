"""The figures of the stall dashboard: one count of everything underway, cut by stage, standing, vacancy and age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Count, F, Min, Q

from governance.policy import BUDGETED_STAGES, PolicyRules
from models_registry.vocabulary import RiskTier, Stage
from tracker.dashboard.horizon import Horizon
from tracker.dashboard.standing import Spells, Standing

BINS: Final = 10  # equal steps of age that the chart is cut into; everything older goes into one more


@dataclass(frozen=True, slots=True)
class Cell:
    """How many releases agree in all of this. `age`: the number of the bin, by business days since the stage began."""

    stage: Stage
    standing: Standing
    vacant: bool
    age: int
    count: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of all releases underway that a person may see and the filters let through.

    `edges` are the upper ends of the age bins in business days; `earliest`: when the first of all budgets ran out.
    """

    cells: tuple[Cell, ...]
    edges: tuple[int, ...]
    earliest: datetime | None

    def count(
        self,
        standing: Standing | None = None,
        *,
        stage: Stage | None = None,
        vacant: bool | None = None,
        in_flight: bool | None = None,
        age: int | None = None,
    ) -> int:
        """How many fit. `in_flight`: whether their stage has a budget, as every stage before live has."""
        return sum(
            cell.count
            for cell in self.cells
            if (standing is None or cell.standing is standing)
            and (stage is None or cell.stage is stage)
            and (vacant is None or cell.vacant is vacant)
            and (in_flight is None or (cell.stage in BUDGETED_STAGES) is in_flight)
            and (age is None or cell.age == age)
        )

    @property
    def in_flight(self) -> int:
        return self.count(in_flight=True)

    @property
    def past(self) -> int:
        return self.count(Standing.PAST)

    @property
    def next(self) -> int:
        return self.count(Standing.NEXT)

    @property
    def overdue(self) -> int:
        return self.count(Standing.OVERDUE)

    @property
    def held(self) -> int:
        return self.count(Standing.HELD)

    @property
    def shown(self) -> int:
        return self.past + self.overdue + self.next + self.held


def tally(spells: Spells, horizon: Horizon) -> Tally:
    """One query over what is underway; `spells` are placed ones."""
    edges = age_edges(horizon.newest)
    groups = (
        spells.order_by()
        .values("standing", stage=F("visit__stage"), vacant=Q(owner__isnull=True), age=horizon.age_bin(edges))
        .annotate(count=Count("pk"), ran_out=Min("due", filter=Q(standing=Standing.PAST)))
    )
    cells, ends = [], []
    for group in groups:
        standing, vacant = Standing(group["standing"]), bool(group["vacant"])
        cells.append(Cell(Stage(group["stage"]), standing, vacant, group["age"], group["count"]))
        if group["ran_out"] is not None:
            ends.append(group["ran_out"])
    return Tally(tuple(cells), edges, min(ends, default=None))


def age_edges(rules: PolicyRules | None) -> tuple[int, ...]:
    """Upper ends of the age bins in business days: equal steps up to twice the longest budget, or a little more."""
    longest = max((days for stage in BUDGETED_STAGES for days in budgets(rules, stage)), default=Decimal(10))
    step = max(1, -(-int(longest * 2) // BINS))
    return tuple(step * number for number in range(1, BINS + 1))


def budgets(rules: PolicyRules | None, stage: Stage) -> Sequence[Decimal]:
    """The budgets of a stage in business days, over the risk tiers, the shortest first; none without a policy."""
    if rules is None:
        return ()
    found = {rules.stage(tier, stage).budget_days for tier in RiskTier}
    return sorted(days for days in found if days is not None)
