"""In which order reviews are worked off: time left × risk × cost of delay, each a factor that a person can follow.

The factors are read in SQL, so that a page of fifty out of thousands costs one statement, and told in words beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import (
    Case,
    DecimalField,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from models_registry.models import CostEntry
from models_registry.requirements.currency import MINOR_UNITS
from models_registry.vocabulary import RiskTier
from tracker import formats

_DAY: Final = timedelta(days=1)
# Days until the due moment, below zero after it; the first that fits counts.
TIMES: Final = (
    (-7, 8, "past due for a week or more"),
    (0, 6, "past due"),
    (1, 4, "due within a day"),
    (3, 3, "due within three days"),
    (7, 2, "due within a week"),
)
RISKS: Final = {RiskTier.HIGH: 3, RiskTier.MEDIUM: 2, RiskTier.LOW: 1}
# What was spent on a release lies idle while it waits. The largest sum in one currency counts, and is not converted;
# where a currency has no smaller unit, a hundred of it count as one.
IDLE: Final = ((Decimal(100_000), 3), (Decimal(10_000), 2))
SMALL_UNITS: Final = tuple(code for code, places in MINOR_UNITS.items() if places == 0)
ORDER_IN_WORDS: Final = "Time left × risk × cost of delay"
EXPLAINED: Final = (
    "Each review counts time left (8 past due for a week, 6 past due, 4 due within a day, 3 within three days, "
    "2 within a week, else 1) × risk (3 high, 2 medium, 1 low) × cost of delay (3 from 100,000 spent on the release, "
    "2 from 10,000, else 1). The highest stands first; of two alike, the one that is due first."
)

ORDER: Final = (F("urgency").desc(), F("due_at").asc(nulls_last=True), "pk")
"""What a queryset with `with_urgency` is ordered by."""

_MONEY: Final = DecimalField(max_digits=20, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Urgency:
    """The three factors of one review, and the money that lies idle while it waits."""

    time: int
    risk: int
    delay: int
    idle: Decimal
    currency: str
    tier: str

    @property
    def points(self) -> int:
        return self.time * self.risk * self.delay

    @property
    def words(self) -> str:
        """`High risk, past due, €83k lies idle`."""
        return f"{RiskTier(self.tier).label} risk, {self._when}, {self._lies_idle}"

    @property
    def sum(self) -> str:
        """`36 points: past due 6 × high risk 3 × €83k lies idle 2`."""
        risk = f"{RiskTier(self.tier).label.lower()} risk"
        factors = f"{self._when} {self.time} × {risk} {self.risk} × {self._lies_idle} {self.delay}"
        return f"{formats.count(self.points, 'point')}: {factors}"

    @property
    def _when(self) -> str:
        return next((said for _, factor, said in TIMES if factor == self.time), "due later")

    @property
    def _lies_idle(self) -> str:
        return f"{formats.money_short(self.idle, self.currency)} lies idle" if self.idle > 0 else "nothing spent yet"


def with_urgency(reviews: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """The reviews with `urgency` and the factors `by_time`, `by_risk` and `by_delay` that it is the product of."""
    factors = reviews.annotate(by_time=_by_time(now), by_risk=_by_risk(), by_delay=_by_delay())
    told: QuerySet[Any] = factors.annotate(urgency=F("by_time") * F("by_risk") * F("by_delay"))
    return told


def with_idle(reviews: QuerySet[Any]) -> QuerySet[Any]:
    """The reviews with `idle` and `idle_currency`: the largest sum spent on the release, in its own currency."""
    sums: QuerySet[Any] = _sums()
    idle = Subquery(sums.values("spent")[:1], output_field=_MONEY)
    told: QuerySet[Any] = reviews.annotate(idle=idle, idle_currency=Subquery(sums.values("currency")[:1]))
    return told


def urgency_of(review: Any) -> Urgency:
    """The urgency of a review that came with the factors and with what lies idle."""
    return Urgency(
        time=review.by_time,
        risk=review.by_risk,
        delay=review.by_delay,
        idle=review.idle or Decimal(0),
        currency=review.idle_currency or "",
        tier=review.visit.tier,
    )


def _by_time(now: datetime) -> Case:
    known = [When(due_at__lte=now + days * _DAY, then=Value(factor)) for days, factor, _ in TIMES]
    return Case(*known, default=Value(1), output_field=IntegerField())


def _by_risk() -> Case:
    tiers = [When(visit__tier=tier.value, then=Value(factor)) for tier, factor in RISKS.items()]
    return Case(*tiers, default=Value(1), output_field=IntegerField())


def _by_delay() -> Coalesce:
    # The factor is found inside, so that the sums of a release are made once and not once for each limit.
    limits = [When(weighed__gte=limit, then=Value(factor)) for limit, factor in IDLE]
    factor = Case(*limits, default=Value(1), output_field=IntegerField())
    return Coalesce(Subquery(_sums().annotate(factor=factor).values("factor")[:1]), Value(1))


def _sums() -> QuerySet[CostEntry, Any]:
    """What was spent on the release of a review, by currency, the largest first."""
    weighed = Case(When(currency__in=SMALL_UNITS, then=F("amount") / 100), default=F("amount"), output_field=_MONEY)
    of_release = CostEntry.objects.order_by().filter(release=OuterRef("release_id")).values("currency")
    return of_release.annotate(spent=Sum("amount"), weighed=Sum(weighed)).order_by("-weighed", "currency")
