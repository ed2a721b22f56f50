"""Who owes what: the governance debt of every release on its way that a person may see, the most owed first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import F, Prefetch, QuerySet

from governance.deadlines import rules_of
from governance.debt import Debt, Lapse, debt_of
from governance.dossiers import dossier_of, gather
from governance.gate_facts import OFFICER, OWNER, TEAM, Check
from governance.models import StageOwnership, StageVisit
from governance.permissions import may_see
from models_registry.models import Person, Team
from models_registry.vocabulary import Stage, VisitState

STAGES: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE)
MOST: Final = 300  # releases that are weighed against each other: those that stall first; filters choose others
CHUNK: Final = 100  # releases that an export reads at a time


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader narrows the list to; an empty part asks for nothing."""

    team: str = ""
    stage: str = ""
    owes: str = ""

    @property
    def narrows(self) -> bool:
        return bool(self.team or self.stage or self.owes)


@dataclass(frozen=True, slots=True)
class DebtRow:
    """One release with what it owes. `owner` empty: nobody answers for it."""

    name: str
    slug: str
    number: int
    team: str
    tier: str
    stage: Stage
    owner: str
    debt: Debt

    @property
    def owed(self) -> int:
        return len(self.debt.owed)

    @property
    def due_now(self) -> int:
        """What is owed before the next step."""
        return len(self.debt.stages[0].owed) if self.stage != Stage.LIVE and self.debt.stages else 0

    @property
    def next(self) -> Check | None:
        return next(iter(self.debt.owed), None)

    @property
    def lapse(self) -> Lapse | None:
        return next(iter(self.debt.lapses), None)

    def who(self, check: Check) -> str:
        """Whose turn a check is, by name."""
        return {OWNER: self.owner or "nobody", TEAM: self.team, OFFICER: "a compliance officer"}.get(
            check.owes, check.owes
        )

    @property
    def owing(self) -> list[tuple[str, int]]:
        """Everybody who owes something, with how much, in the order in which it is due."""
        found: dict[str, int] = {}
        for check in self.debt.owed:
            found[self.who(check)] = found.get(self.who(check), 0) + 1
        return list(found.items())


@dataclass(frozen=True, slots=True)
class DebtPage:
    """One page of the list. `weighed` of `there` releases were compared; `total` of them owe something."""

    rows: Sequence[DebtRow]
    number: int
    total: int
    weighed: int
    there: int
    teams: Sequence[tuple[str, str]]

    @property
    def left_off(self) -> int:
        """Releases that fit and were not compared."""
        return self.there - self.weighed


def debt_page(
    person: Person, asked: Asked, now: datetime, number: int, size: int, *, by_next: bool = False, least: bool = False
) -> DebtPage:
    """A page of the releases that owe something; a number past the end gives the last page. Constant queries.

    The most owed first, or `by_next` what is owed before the next step; `least` turns the order round.
    """
    visits = _visits(person, asked)
    there = visits.count()
    first = list(visits[:MOST])
    rows = [row for row in _rows(first, now) if _owes(row, asked)]
    turn = 1 if least else -1

    def place(row: DebtRow) -> tuple[int, int, str, int]:
        first, second = (row.due_now, row.owed) if by_next else (row.owed, row.due_now)
        return turn * first, turn * second, row.name, row.number

    rows.sort(key=place)
    number = min(number, max(1, -(-len(rows) // size)))
    shown = rows[(number - 1) * size : number * size]
    return DebtPage(shown, number, len(rows), len(first), there, _teams(person))


def every_debt(person: Person, asked: Asked, now: datetime) -> Iterator[DebtRow]:
    """The rows of all releases that fit, in chunks, the one that stalls first at the head."""
    keys = list(_visits(person, asked).values_list("pk", flat=True))
    for start in range(0, len(keys), CHUNK):
        chunk = StageVisit.objects.filter(pk__in=keys[start : start + CHUNK])
        yield from (row for row in _rows(list(_ordered(_loaded(chunk))), now) if _owes(row, asked))


def _owes(row: DebtRow, asked: Asked) -> bool:
    if asked.owes:
        return any(check.owes == asked.owes for check in row.debt.owed)
    return bool(row.debt.owed or row.debt.lapses)


def _visits(person: Person, asked: Asked) -> QuerySet[StageVisit]:
    found = StageVisit.objects.filter(
        may_see(person, "release__model__"), left_at__isnull=True, state=VisitState.UNDERWAY, stage__in=STAGES
    )
    if asked.team:
        found = found.filter(release__model__team__slug=asked.team)
    if asked.stage:
        found = found.filter(stage=asked.stage)
    return _ordered(_loaded(found))


def _ordered(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    return visits.order_by(F("stalls_at").asc(nulls_last=True), "pk")


def _loaded(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    current = StageOwnership.objects.filter(until__isnull=True).select_related("owner")
    return visits.select_related("policy", "release__candidate", "release__model__team__calendar").prefetch_related(
        Prefetch("ownerships", queryset=current)
    )


def _rows(visits: Sequence[StageVisit], now: datetime) -> Iterator[DebtRow]:
    gather(visits)
    for visit in visits:
        dossier, model = dossier_of(visit, at=now), visit.release.model
        yield DebtRow(
            name=model.name,
            slug=model.slug,
            number=visit.release.number,
            team=model.team.name,
            tier=visit.tier,
            stage=Stage(visit.stage),
            owner=dossier.owner_name,
            debt=debt_of(dossier, rules_of(visit.policy), personal_data=model.personal_data),
        )


def _teams(person: Person) -> list[tuple[str, str]]:
    """The teams with a release that the person may see."""
    seen = StageVisit.objects.filter(may_see(person, "release__model__"), left_at__isnull=True)
    return list(
        Team.objects.filter(pk__in=seen.values("release__model__team")).order_by("name").values_list("slug", "name")
    )
