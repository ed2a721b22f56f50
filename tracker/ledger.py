"""What one release has cost: in all, by kind, and since its budget of time ran out. Currencies are never converted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Case, F, Q, Sum, Value, When

from models_registry.models import CostEntry, Release
from models_registry.vocabulary import CostKind
from tracker.dashboard.money import NOTHING, Money


@dataclass(frozen=True, slots=True)
class KindCost:
    """What one kind of cost comes to in the ledger's main currency; `hours` for engineering."""

    kind: CostKind
    amount: Decimal
    hours: Decimal


@dataclass(frozen=True, slots=True)
class Ledger:
    """`kinds` are in the main currency of `total`; `since`: incurred after the day (UTC) the budget ran out."""

    total: Money = NOTHING
    since: Money = NOTHING
    kinds: Sequence[KindCost] = ()

    @property
    def currency(self) -> str:
        return self.total.main[0] if self.total.main else ""

    @property
    def late(self) -> Decimal:
        """The part of the main currency that was spent since the budget ran out."""
        return dict(self.since.amounts).get(self.currency, Decimal(0))


def ledger_of(release: Release, ran_out: datetime | None) -> Ledger:
    """The sums of a release in one query. `ran_out`: when its present budget was used up, None while it is not."""
    late = Q(incurred_on__gt=ran_out.astimezone(UTC).date()) if ran_out else Q(pk__in=[])
    signed_hours = Case(When(reverses__isnull=False, then=-F("hours")), default=F("hours"))
    cells = (
        CostEntry.objects.filter(release=release)
        .order_by()
        .values("kind", "currency")
        .annotate(
            total=Sum("amount"), worked=Sum(signed_hours), after=Sum("amount", filter=late, default=Value(Decimal(0)))
        )
    )
    found = list(cells.values_list("kind", "currency", "total", "worked", "after"))
    total = _sum_up((currency, amount) for _, currency, amount, _, _ in found)
    kinds = [
        KindCost(CostKind(kind), amount, worked or Decimal(0))
        for kind, currency, amount, worked, _ in found
        if amount and total.main and currency == total.main[0]
    ]
    since = _sum_up((currency, after) for _, currency, _, _, after in found)
    return Ledger(total, since, sorted(kinds, key=lambda one: -one.amount))


def _sum_up(parts: Iterable[tuple[str, Decimal]]) -> Money:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in parts:
        sums[currency] += amount
    known = [(currency, amount) for currency, amount in sums.items() if amount]
    return Money(tuple(sorted(known, key=lambda item: (-item[1], item[0]))))
