"""The production rate: of the models whose brief began in a quarter, how many have a release that reached live.

A model counts once, whatever the number of its releases, in the quarter (UTC) in which its first brief began:
live, when any of its releases ever reached live; never live, when every one of them was killed or parked; else in
flight. A quarter is decided when at least 90 % of its models are live or never live; only those make the headline.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import Case, F, IntegerField, Max, Min, Q, QuerySet, Value, When

from governance.models import StageVisit
from models_registry.models import Team
from models_registry.vocabulary import Stage, VisitState
from tracker.insight.calendar_sql import quarter_number
from tracker.insight.scope import Quarter, Scope, summed_up

DECIDED: Final = 0.9
CONFIDENCE: Final = 1.959963984540054  # the normal quantile of a two-sided 95 % interval
WAY: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE)
_RANK: Final = Case(
    *(When(stage=stage.value, then=Value(rank)) for rank, stage in enumerate(WAY)),
    default=Value(len(WAY) - 1),  # retired: it was live
    output_field=IntegerField(),
)
_LIVE: Final = WAY.index(Stage.LIVE)
_EARLIER, _UNBRIEFED, _ESTIMATED = -1, -2, -3
_TEAMS: Final = 4


# The negative cohorts are those named above.
_BY_COHORT: Final = """
    SELECT cohort, team, reached, alive, COUNT(*)
    FROM (
        SELECT team, reached, alive,
               CASE WHEN began IS NULL THEN -2
                    WHEN estimated = 1 THEN -3
                    WHEN {quarter} < 0 THEN -1
                    ELSE {quarter} END AS cohort
        FROM {inner}
    ) AS placed
    GROUP BY cohort, team, reached, alive
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """`live` of `total`, with the bounds of its 95 % Wilson interval as shares of one."""

    live: int
    total: int

    @property
    def share(self) -> float:
        return self.live / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.live, self.total)


@dataclass(frozen=True, slots=True)
class Cohort:
    """The models of one quarter by what became of them. `quarter` None: all before the first one."""

    quarter: Quarter | None
    live: int
    flight: int
    never: int

    @property
    def total(self) -> int:
        return self.live + self.flight + self.never

    @property
    def decided(self) -> bool:
        return self.total > 0 and (self.live + self.never) / self.total >= DECIDED

    @property
    def rate(self) -> Rate:
        return Rate(self.live, self.total)

    @property
    def label(self) -> str:
        return self.quarter.label if self.quarter else "earlier"


@dataclass(frozen=True, slots=True)
class Cell:
    """So many models of a team that began in a cohort, got as far as a rank, and are or are not still underway."""

    cohort: int
    team: int
    rank: int
    alive: bool
    count: int

    @property
    def outcome(self) -> str:
        return "live" if self.rank >= _LIVE else "flight" if self.alive else "never"


@dataclass(frozen=True)
class Arrivals:
    """The cohorts of a scope, and what follows from them."""

    quarters: tuple[Quarter, ...]
    cells: Sequence[Cell]
    names: Mapping[int, str]

    @cached_property
    def cohorts(self) -> list[Cohort]:
        """One a quarter, the oldest first; leading quarters in which nothing began are left out."""
        sums: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for cell in self._counted:
            sums[cell.cohort][cell.outcome] += cell.count
        first = min(sums, default=len(self.quarters))
        return [
            Cohort(self.quarters[place] if place >= 0 else None, **_outcomes(sums[place]))
            for place in range(first, len(self.quarters))
        ]

    @property
    def decided(self) -> list[Cohort]:
        return [cohort for cohort in self.cohorts if cohort.decided]

    @property
    def rate(self) -> Rate:
        """The headline: over the decided quarters."""
        return Rate(sum(one.live for one in self.decided), sum(one.total for one in self.decided))

    @property
    def all(self) -> Cohort:
        """All quarters as one."""
        return Cohort(None, *(sum(getattr(one, name) for one in self.cohorts) for name in ("live", "flight", "never")))

    @property
    def unbriefed(self) -> int:
        """How many models have no brief here, since they were imported in a later stage."""
        return sum(cell.count for cell in self.cells if cell.cohort == _UNBRIEFED)

    @property
    def estimated(self) -> int:
        """How many were left out because an import had to estimate when their brief began or ended."""
        return sum(cell.count for cell in self.cells if cell.cohort == _ESTIMATED)

    @property
    def funnel(self) -> list[tuple[Stage, int]]:
        """How many models got at least as far as each stage: those of the decided quarters, or of all if none is."""
        reached = [0] * len(WAY)
        for cell in self._judged:
            for rank in range(cell.rank + 1):
                reached[rank] += cell.count
        return list(zip(WAY, reached, strict=True))

    @property
    def teams(self) -> list[tuple[str, Rate]]:
        """The rate of the teams with the most models, and of the others together."""
        sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        for cell in self._judged:
            sums[cell.team][0] += cell.count if cell.outcome == "live" else 0
            sums[cell.team][1] += cell.count
        ordered = sorted(sums.items(), key=lambda item: (-item[1][1], self.names.get(item[0], "")))
        # One more team takes no more room than a line for the others.
        shown = ordered if len(ordered) <= _TEAMS + 1 else ordered[:_TEAMS]
        found = [(self.names.get(team, "?"), Rate(live, total)) for team, (live, total) in shown]
        rest = [sums[team] for team, _ in ordered[len(shown) :]]
        if rest:
            found.append((f"{len(rest)} other teams", Rate(sum(one[0] for one in rest), sum(one[1] for one in rest))))
        return found

    @cached_property
    def _counted(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.cohort >= _EARLIER]

    @property
    def _judged(self) -> Iterable[Cell]:
        places = {place for place, cohort in self._places if cohort.decided} or {place for place, _ in self._places}
        return (cell for cell in self._counted if cell.cohort in places)

    @cached_property
    def _places(self) -> list[tuple[int, Cohort]]:
        last = len(self.quarters)
        return list(zip(range(last - len(self.cohorts), last), self.cohorts, strict=True))


def wilson(successes: int, total: int) -> tuple[float, float]:
    """The 95 % score interval of a share. E. B. Wilson, Journal of the American Statistical Association 22, 1927."""
    if total == 0:
        return 0.0, 1.0
    share, z2 = successes / total, CONFIDENCE**2
    middle = share + z2 / (2 * total)
    spread = CONFIDENCE * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2))
    # The share lies within, which rounding must not undo.
    low, high = (middle - spread) / (1 + z2 / total), (middle + spread) / (1 + z2 / total)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def arrivals(scope: Scope) -> Arrivals:
    """What became of the models of each quarter: two queries."""
    quarter = f"({quarter_number('began')} - {scope.quarters[0].index})"
    rows = summed_up(_per_model(scope), _BY_COHORT.replace("{quarter}", quarter))
    cells = [Cell(cohort, team, reached, bool(alive), count) for cohort, team, reached, alive, count in rows]
    teams = {cell.team for cell in cells}
    names = dict(Team.objects.filter(pk__in=teams).order_by().values_list("pk", "name")) if teams else {}
    # Everything begins with what lies before the quarters; a period begins with its first quarter.
    return Arrivals(scope.quarters, [cell for cell in cells if cell.cohort != _EARLIER or scope.since is None], names)


def _per_model(scope: Scope) -> QuerySet[Any, Any]:
    """One row a model: its team, when its first brief began, how far it got, whether a release is still underway."""
    underway = Q(left_at__isnull=True, state=VisitState.UNDERWAY) & ~Q(stage__in=(Stage.LIVE, Stage.RETIRED))
    brief = Q(stage=Stage.BRIEF)
    return (
        StageVisit.objects.filter(scope.models("release__model__"))
        .order_by()
        .values(model=F("release__model_id"), team=F("release__model__team_id"))
        .annotate(
            began=Min("entered_at", filter=brief),
            estimated=Max(_flag(brief & Q(dates_estimated=True))),
            reached=Max(_RANK),
            alive=Max(_flag(underway)),
        )
    )


def _flag(condition: Q) -> Case:
    return Case(When(condition, then=Value(1)), default=Value(0), output_field=IntegerField())


def _outcomes(sums: Mapping[str, int]) -> dict[str, int]:
    return {name: sums.get(name, 0) for name in ("live", "flight", "never")}
