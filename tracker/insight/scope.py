"""What the insights look at: whose models, of which team and tier, since when; and the quarters in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from governance.permissions import may_see
from models_registry.models import Person
from models_registry.vocabulary import RiskTier

PERIODS: Final[tuple[tuple[str, str, int], ...]] = (
    ("1y", "Last 4 quarters", 4),
    ("2y", "Last 8 quarters", 8),
    ("3y", "Last 12 quarters", 12),
    ("all", "Everything", 40),
)
"""Name, label, and how many whole quarters before the present one. Everything: ten years, and what lies before."""
DEFAULT: Final = "2y"
_MONTHS: Final = 3


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """A quarter of a year, in UTC."""

    year: int
    number: int

    @property
    def start(self) -> datetime:
        return datetime(self.year, (self.number - 1) * _MONTHS + 1, 1, tzinfo=UTC)

    @property
    def index(self) -> int:
        """Quarters since the year 0, as `calendar_sql.QuarterNumber` counts them."""
        return self.year * 4 + self.number - 1

    @property
    def label(self) -> str:
        return f"Q{self.number} ’{self.year % 100:02d}"

    @property
    def before(self) -> Quarter:
        return Quarter(self.year - 1, 4) if self.number == 1 else Quarter(self.year, self.number - 1)

    @classmethod
    def of(cls, at: datetime) -> Quarter:
        here = at.astimezone(UTC)
        return cls(here.year, (here.month - 1) // _MONTHS + 1)


@dataclass(frozen=True)
class Scope:
    """One reader's question. `team` is a slug; an empty or unknown value lets everything through."""

    person: Person
    team: str
    tier: str
    period: str
    quarters: tuple[Quarter, ...]

    @property
    def since(self) -> datetime | None:
        """The first moment that counts; None for everything."""
        return None if self.period == "all" else self.quarters[0].start

    def models(self, prefix: str) -> Q:
        """The condition on `prefix`, for example `release__model__`."""
        wanted = may_see(self.person, prefix)
        if self.team:
            wanted &= Q(**{f"{prefix}team__slug": self.team})
        if self.tier in set(RiskTier):
            wanted &= Q(**{f"{prefix}risk_tier": self.tier})
        return wanted


def scope_of(person: Person, *, team: str = "", tier: str = "", period: str = DEFAULT, now: datetime) -> Scope:
    """The question of the address; an unknown period is the default one."""
    lengths = {name: length for name, _, length in PERIODS}
    period = period if period in lengths else DEFAULT
    quarters = [Quarter.of(now)]
    for _ in range(lengths[period]):
        quarters.append(quarters[-1].before)
    return Scope(person, team, tier, period, tuple(reversed(quarters)))


def summed_up(inner: QuerySet[Any, Any], outer: str) -> list[tuple[Any, ...]]:
    """The rows of `outer`, a statement that reads FROM `{inner}`: aggregates over what a queryset aggregates."""
    try:
        sql, params = inner.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(outer.replace("{inner}", f"({sql}) AS inner_rows"), params)
        return list(cursor.fetchall())
