"""The pipeline: a column per stage, what is most urgent on top, never more cards than a reader looks through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Value, When, Window
from django.db.models.functions import RowNumber

from governance.deadlines import calendar_of, rules_of
from governance.models import Hold, Outcome, Policy, PolicyStatus, Review, StageOwnership, StageVisit
from governance.permissions import may_see
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, Stage, VisitState
from tracker.standing import Standing, standing_of, with_standing

IN_FLIGHT: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT)
CARDS: Final = 50  # cards in a column
RECENT: Final = timedelta(days=30)  # how long a release stays on the board after it went live
OPEN_HOLD: Final = Hold.objects.filter(visit=OuterRef("pk"), ended_at__isnull=True)
STOPPED: Final = OPEN_HOLD.filter(pauses_clock=True)
_PAST, _HELD, _RUNNING = range(3)

Budgets = Mapping[Stage, tuple[Decimal, Decimal]]


class Show(StrEnum):
    """What the board shows: what moves, or what was set aside."""

    FLIGHT = "flight"
    PARKED = "parked"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the open visits in one stage and state. `recent`: entered within the last thirty days."""

    total: int = 0
    past: int = 0
    held: int = 0
    recent: int = 0


NOTHING: Final = Tally()
Tallies = Mapping[tuple[Stage, VisitState], Tally]


@dataclass(frozen=True, slots=True)
class Card:
    """One release on the board. `travelled`: business seconds from brief to live, for what went live, of which as many
    make a day as of the team's calendar now.
    """

    standing: Standing
    approvals: tuple[int, int] | None = None
    travelled: int | None = None

    @property
    def past(self) -> bool:
        return self.standing.reading.breached and not self.standing.stopped


@dataclass(frozen=True, slots=True)
class Column:
    """One stage. `total` and `past` count every release in it, not only the cards; `budget`: least and most days."""

    stage: Stage
    cards: Sequence[Card]
    total: int
    past: int = 0
    held: int = 0
    recent: int = 0
    budget: tuple[Decimal, Decimal] | None = None

    @property
    def more(self) -> int:
        """How many releases of the stage are not on the board."""
        return self.total - len(self.cards)


@dataclass(frozen=True, slots=True)
class Board:
    """The columns and what the head of the page says of them."""

    columns: Sequence[Column]
    in_flight: int
    past: int
    vacant: int
    parked: int
    killed: int


@dataclass(frozen=True)
class Pipeline:
    """The board as one person sees it at one moment, filtered by team (slug) and tier."""

    person: Person
    now: datetime
    team: str = ""
    tier: str = ""
    show: Show = Show.FLIGHT

    def board(self) -> Board:
        """Nine queries, however many releases there are."""
        tallies = self._tallies()
        cards = self._cards()
        budgets = _budgets() if self.show is Show.FLIGHT else {}
        flight = [tallies.get((stage, VisitState.UNDERWAY), NOTHING) for stage in IN_FLIGHT]
        return Board(
            columns=[self._column(stage, tallies, cards.get(stage, []), budgets) for stage in self._stages],
            in_flight=sum(tally.total for tally in flight),
            past=sum(tally.past for tally in flight),
            vacant=self._vacancies(),
            parked=_total(tallies, VisitState.PARKED),
            killed=_total(tallies, VisitState.KILLED),
        )

    @property
    def _stages(self) -> Sequence[Stage]:
        return (*IN_FLIGHT, Stage.LIVE) if self.show is Show.FLIGHT else IN_FLIGHT

    @property
    def _state(self) -> VisitState:
        return VisitState.UNDERWAY if self.show is Show.FLIGHT else VisitState(self.show.value)

    def _seen(self, prefix: str = "") -> Q:
        """The open visits that this person may see and asked for, as a condition on `prefix`."""
        model = f"{prefix}release__model__"
        wanted = may_see(self.person, model) & Q(**{f"{prefix}left_at__isnull": True})
        if self.team:
            wanted &= Q(**{f"{model}team__slug": self.team})
        if self.tier:
            wanted &= Q(**{f"{model}risk_tier": self.tier})
        return wanted

    def _tallies(self) -> Tallies:
        """How many open visits there are in each stage and state, and how many of them are late, held or fresh."""
        flying = Q(stage__in=IN_FLIGHT, state=VisitState.UNDERWAY)
        counted = (
            StageVisit.objects.filter(self._seen())
            .order_by()
            .values("stage", "state")
            .annotate(
                total=Count("pk"),
                past=Count("pk", filter=flying & Q(stalls_at__lte=self.now) & ~Q(Exists(STOPPED))),
                held=Count("pk", filter=flying & Q(Exists(OPEN_HOLD))),
                recent=Count("pk", filter=Q(entered_at__gte=self.now - RECENT)),
            )
            .values_list("stage", "state", "total", "past", "held", "recent")
        )
        return {(Stage(stage), VisitState(state)): Tally(*numbers) for stage, state, *numbers in counted}

    def _vacancies(self) -> int:
        return StageOwnership.objects.filter(
            self._seen("visit__"),
            until__isnull=True,
            owner__isnull=True,
            visit__stage__in=IN_FLIGHT,
            visit__state=VisitState.UNDERWAY,
        ).count()

    def _shown(self) -> list[int]:
        """The keys of the most urgent visits of each column: late, stopped by a hold, then with least time left."""
        place = Q(stage__in=IN_FLIGHT)
        if self.show is Show.FLIGHT:
            place |= Q(stage=Stage.LIVE, entered_at__gte=self.now - RECENT)
        urgency = Case(
            When(Exists(STOPPED), then=Value(_HELD)),
            When(stalls_at__lte=self.now, then=Value(_PAST)),
            default=Value(_RUNNING),
            output_field=IntegerField(),
        )
        rank = Window(
            RowNumber(),
            partition_by=[F("stage")],
            order_by=[F("urgency").asc(), F("stalls_at").asc(nulls_last=True), F("entered_at").desc(), F("pk").desc()],
        )
        visits = StageVisit.objects.filter(self._seen(), place, state=self._state).order_by()
        return list(visits.annotate(urgency=urgency, rank=rank).filter(rank__lte=CARDS).values_list("pk", flat=True))

    def _cards(self) -> dict[Stage, list[Card]]:
        loaded = list(with_standing(StageVisit.objects.filter(pk__in=self._shown())).order_by())
        travelled = _travelled([visit for visit in loaded if visit.stage == Stage.LIVE])
        approvals = _approvals([visit.pk for visit in loaded if visit.stage == Stage.COMPLIANCE_REVIEW])
        cards: dict[Stage, list[Card]] = {}
        for visit in loaded:
            card = Card(standing_of(visit, self.now), approvals.get(visit.pk), travelled.get(visit.pk))
            cards.setdefault(card.standing.stage, []).append(card)
        return {stage: sorted(column, key=_urgency) for stage, column in cards.items()}

    def _column(self, stage: Stage, tallies: Tallies, cards: Sequence[Card], budgets: Budgets) -> Column:
        tally = tallies.get((stage, self._state), NOTHING)
        return Column(stage, cards, tally.total, tally.past, tally.held, tally.recent, budgets.get(stage))


def _total(tallies: Tallies, state: VisitState) -> int:
    return sum(tally.total for (_, found), tally in tallies.items() if found == state)


def _urgency(card: Card) -> tuple[int, float]:
    """The order of a column; the database orders by the clock on the wall, this by the team's working time."""
    standing = card.standing
    if standing.stopped:
        return _HELD, -standing.reading.overrun
    if standing.reading.breached:
        return _PAST, -standing.reading.overrun
    if standing.reading.remaining is not None:
        return _RUNNING, standing.reading.remaining
    return _RUNNING + 1, -standing.entered_at.timestamp()


def _travelled(live: Sequence[StageVisit]) -> dict[int, int]:
    """Business seconds from the brief to live of each of these visits, every stay in the calendar as it was when it
    ended; nothing where the beginning is not known.
    """
    if not live:
        return {}
    arrived = {visit.release_id: visit for visit in live}
    spent: dict[int, int] = {}
    for stay in StageVisit.objects.filter(release__in=arrived, left_at__isnull=False).order_by():
        visit = arrived[stay.release_id]
        if stay.left_at is not None and stay.entered_at < visit.entered_at:
            stay.release = visit.release
            worked = calendar_of(stay).business_seconds(stay.entered_at, stay.left_at)
            day, stays_day = calendar_of(visit).day_seconds, calendar_of(stay).day_seconds
            spent[visit.pk] = spent.get(visit.pk, 0) + worked * day // stays_day
    return spent


def _approvals(visits: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each visit with an open approval review: how many approvals were given, and how many are needed."""
    if not visits:
        return {}
    given = Count("decisions", filter=Q(decisions__outcome=Outcome.APPROVE))
    reviews = Review.objects.filter(visit__in=visits, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN).order_by()
    return {
        visit: (done, needed)
        for visit, done, needed in reviews.annotate(given=given).values_list("visit_id", "given", "approvals_needed")
    }


def _budgets() -> Budgets:
    """The least and the most days that the policy in force gives each stage, over the risk tiers."""
    policy = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by("-version").first()
    if policy is None:
        return {}
    rules = rules_of(policy)
    days = {stage: [rules.stage(tier, stage).budget_days for tier in RiskTier] for stage in IN_FLIGHT}
    known = {stage: [day for day in given if day is not None] for stage, given in days.items()}
    return {stage: (min(given), max(given)) for stage, given in known.items() if given}
