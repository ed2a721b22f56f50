"""What never went live: releases that were killed or parked before, by last stage and reason, and the money in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum

from governance.models import StageVisit
from models_registry.models import CostEntry
from models_registry.vocabulary import EndReason, Stage, VisitState
from tracker.insight.scope import Scope, summed_up

_SET_ASIDE: Final = (VisitState.PARKED, VisitState.KILLED)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Loss:
    """Releases that ended in one place. `amounts` and `medians` (of those with a cost) by currency."""

    name: str
    label: str
    killed: int = 0
    parked: int = 0
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    medians: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def releases(self) -> int:
        return self.killed + self.parked


@dataclass(frozen=True)
class Losses:
    """By the stage where they stopped, and by the reason given."""

    stages: Sequence[Loss]
    reasons: Sequence[Loss]

    @property
    def releases(self) -> int:
        return sum(loss.releases for loss in self.stages)

    @property
    def totals(self) -> list[tuple[str, Decimal]]:
        """What went into all of them, a line a currency, the largest amount first."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for loss in self.stages:
            for currency, amount in loss.amounts.items():
                sums[currency] += amount
        return sorted(((name, amount) for name, amount in sums.items() if amount), key=lambda one: (-one[1], one[0]))

    @property
    def currency(self) -> str:
        """The currency that is drawn: the one with the largest amount."""
        return self.totals[0][0] if self.totals else ""


# Of each release's sum the median within its stage and currency (nearest rank), beside the sums by reason.
_BY_PLACE: Final = """
    SELECT last, reason, currency, SUM(amount), MIN(median)
    FROM (
        SELECT last, reason, currency, amount,
               MIN(CASE WHEN place * 2 >= releases THEN amount END) OVER (PARTITION BY last, currency) AS median
        FROM (
            SELECT last, reason, currency, amount,
                   ROW_NUMBER() OVER (PARTITION BY last, currency ORDER BY amount) AS place,
                   COUNT(*) OVER (PARTITION BY last, currency) AS releases
            FROM {inner}
        ) AS placed
    ) AS weighed
    GROUP BY last, reason, currency
"""


def losses(scope: Scope) -> Losses:
    """The releases and the money by stage and by reason: two queries."""
    stages: dict[str, dict[str, Any]] = defaultdict(_nothing)
    reasons: dict[str, dict[str, Any]] = defaultdict(_nothing)
    ended = _ended(scope).order_by().values("stage", "reason_code", "state").annotate(releases=Count("pk"))
    for row in ended.values_list("stage", "reason_code", "state", "releases"):
        for sums in (stages[row[0]], reasons[row[1]]):
            sums[row[2]] += row[3]
    for stage, reason, currency, amount, median in summed_up(_per_release(scope), _BY_PLACE):
        stages[stage]["medians"][currency] = _money(median)
        for sums in (stages[stage], reasons[reason]):
            sums["amounts"][currency] += _money(amount)
    order = {stage.value: place for place, stage in enumerate(Stage)}
    found = Losses(
        [_loss(stage, Stage(stage).label, stages[stage]) for stage in sorted(stages, key=lambda name: order[name])],
        [_loss(reason, EndReason(reason).label, sums) for reason, sums in reasons.items()],
    )
    return Losses(found.stages, sorted(found.reasons, key=lambda loss: _weight(loss, found.currency)))


def _ended(scope: Scope) -> QuerySet[StageVisit]:
    """The open visits of the releases that were set aside before they ever were live."""
    live = StageVisit.objects.order_by().filter(release=OuterRef("release_id"), stage=Stage.LIVE)
    since = Q() if scope.since is None else Q(entered_at__gte=scope.since)
    return StageVisit.objects.filter(
        scope.models("release__model__"), since, ~Exists(live), left_at__isnull=True, state__in=_SET_ASIDE
    )


def _per_release(scope: Scope) -> QuerySet[Any, Any]:
    """One row a release and currency: what it cost, where it stopped and why."""
    place = "release__visits__"
    ended = Q(**{f"{place}pk__in": _ended(scope).order_by().values("pk")})
    return (
        CostEntry.objects.filter(ended)
        .order_by()
        .values("release_id", "currency", last=F(f"{place}stage"), reason=F(f"{place}reason_code"))
        .annotate(amount=Sum("amount"))
    )


def _nothing() -> dict[str, Any]:
    return {"killed": 0, "parked": 0, "amounts": defaultdict(Decimal), "medians": {}}


def _loss(name: str, label: str, sums: Mapping[str, Any]) -> Loss:
    return Loss(name, label, sums["killed"], sums["parked"], dict(sums["amounts"]), sums["medians"])


def _weight(loss: Loss, currency: str) -> tuple[Decimal, int, str]:
    return -loss.amounts.get(currency, Decimal(0)), -loss.releases, loss.label


def _money(amount: Any) -> Decimal:
    """Cents: SQLite adds amounts as floating-point numbers."""
    return Decimal(str(amount)).quantize(_CENT)
