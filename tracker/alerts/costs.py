"""What was spent on releases, as a message says it. Sums are kept apart by currency, never converted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Sum

from models_registry.models import CostEntry
from tracker import formats

Sums = Mapping[str, Decimal]


def spent(releases: Mapping[int, datetime | None]) -> dict[int, tuple[Sums, Sums]]:
    """By release: everything so far, and what was incurred after the given moment's day (in UTC). One query."""
    total: dict[int, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    since: dict[int, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    rows = CostEntry.objects.filter(release__in=list(releases)).order_by()
    for release, currency, day, amount in (
        rows.values("release", "currency", "incurred_on")
        .annotate(amount=Sum("amount"))
        .values_list("release", "currency", "incurred_on", "amount")
    ):
        total[release][currency] += amount
        start = releases[release]
        if start is not None and day > start.astimezone(UTC).date():
            since[release][currency] += amount
    return {release: (total[release], since[release]) for release in releases}


def amounts(sums: Sums) -> str:
    """`€61,900 + $1,200`, the largest first; nothing spent is `nothing`."""
    ordered = sorted(((value, currency) for currency, value in sums.items() if value), key=lambda s: (-s[0], s[1]))
    return " + ".join(formats.money(value, currency) for value, currency in ordered) or "nothing recorded"
