"""What was spent on releases, in all and since a budget ran out. Sums are kept apart by currency, never converted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Case, F, IntegerField, Q, Sum, Value, When
from django.db.models.functions import TruncDate

from tracker.dashboard.standing import Spells, Standing, is_past


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts by currency, the largest first; empty when nothing was spent."""

    amounts: tuple[tuple[str, Decimal], ...] = ()

    @property
    def main(self) -> tuple[str, Decimal] | None:
        return self.amounts[0] if self.amounts else None

    @property
    def others(self) -> tuple[tuple[str, Decimal], ...]:
        return self.amounts[1:]

    def __bool__(self) -> bool:
        return bool(self.amounts)


NOTHING = Money()


@dataclass(frozen=True, slots=True)
class Spent:
    """`total` so far; `since`: what was incurred after the day on which the budget ran out (in UTC)."""

    total: Money = NOTHING
    since: Money = NOTHING


@dataclass(frozen=True, slots=True)
class Spending:
    """The sums of everything past its budget, and of each row asked for, by the spell's id."""

    past: Spent
    rows: Mapping[int, Spent]


def spending(spells: Spells, rows: Sequence[int], now: datetime) -> Spending:
    """One query: `spells` are placed ones, at `now`; `rows` the ids of those whose own sums are wanted too."""
    row = Case(When(pk__in=rows, then=F("pk")), default=Value(0), output_field=IntegerField())
    entry = "visit__release__costs"
    since = Q(**{f"{entry}__incurred_on__gt": TruncDate("due", tzinfo=UTC)})
    found = (
        spells.filter(is_past(now) | Q(pk__in=rows), **{f"{entry}__isnull": False})
        .order_by()
        .values("standing", currency=F(f"{entry}__currency"), row=row)
        .annotate(total=Sum(f"{entry}__amount"), since=Sum(f"{entry}__amount", filter=since))
    )
    past, single = _Sums(), defaultdict[int, _Sums](_Sums)
    for cell in found:
        for sums in ([past] if cell["standing"] == Standing.PAST else []) + (
            [single[cell["row"]]] if cell["row"] else []
        ):
            sums.add(cell["currency"], cell["total"], cell["since"])
    return Spending(past.spent(), {key: sums.spent() for key, sums in single.items()})


class _Sums:
    def __init__(self) -> None:
        self._total: dict[str, Decimal] = defaultdict(Decimal)
        self._since: dict[str, Decimal] = defaultdict(Decimal)

    def add(self, currency: str, total: Decimal, since: Decimal | None) -> None:
        self._total[currency] += total
        if since:
            self._since[currency] += since

    def spent(self) -> Spent:
        return Spent(_sorted(self._total), _sorted(self._since))


def _sorted(amounts: Mapping[str, Decimal]) -> Money:
    return Money(tuple(sorted(amounts.items(), key=lambda item: (-item[1], item[0]))))
