"""Which open releases stall, stall next or are on hold: one annotated queryset that every list and count is made of.

A row is the current spell of ownership, or of vacancy, of an open visit: there is exactly one per release underway.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypedDict

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DecimalField,
    Exists,
    F,
    FilteredRelation,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Least

from governance.groups import standing_at
from governance.models import (
    BreakGlass,
    Decision,
    Delegation,
    HandoverOffer,
    Hold,
    Nudge,
    OfferState,
    Outcome,
    StageOwnership,
    StageVisit,
)
from governance.permissions import may_see, may_see_singly
from models_registry.models import CostEntry, Person
from models_registry.vocabulary import VisitState
from tracker.absence_words import with_absence
from tracker.dashboard.horizon import Horizon


class Marks(TypedDict):
    """What the querysets below add to a spell that a row is made of."""

    standing: str
    due: datetime | None
    nudged_at: datetime | None
    offered_to: str | None
    changes_asked: str | None
    glass_broken: bool
    stands_in: bool


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Spell = WithAnnotations[StageOwnership, Marks]
else:
    Spell = StageOwnership
# The annotations are added step by step, which the type of a queryset cannot follow; rows are typed as `Spell`.
Spells: TypeAlias = QuerySet[Any]


class Standing(StrEnum):
    """How a release stands against its clocks. A hold may stop the stage clock, and never the clock of a vacancy;
    one that outlasts its expected end is a stall of its own.
    """

    PAST = "past"
    OVERDUE = "overdue"
    NEXT = "next"
    HELD = "held"
    FINE = "fine"


SHOWN: Final = (Standing.PAST, Standing.OVERDUE, Standing.NEXT, Standing.HELD)


def underway(person: Person, *, singly: bool = False) -> QuerySet[StageOwnership]:
    """The current spell of every release underway that this person may see; `singly` for a read that stops early."""
    sight = may_see_singly(person, "visit__release_id") if singly else may_see(person, "visit__release__model__")
    return StageOwnership.objects.filter(
        sight,
        until__isnull=True,
        visit__left_at__isnull=True,
        visit__state=VisitState.UNDERWAY,
    )


def past_budget(person: Person, now: datetime) -> tuple[QuerySet[StageVisit], QuerySet[StageOwnership]]:
    """What stalls at `now`, in two parts without overlap: by the stage's clock, and by that of a vacancy alone.

    Each part is found by the index of its own clock and can be read as far as is needed: counting up to a limit costs
    neither what is open nor all that stalls.
    """
    held = Hold.objects.filter(ended_at__isnull=True, pauses_clock=True)
    stages = StageVisit.objects.filter(
        ~Exists(held.filter(visit=OuterRef("pk"))),
        may_see_singly(person, "release_id"),
        left_at__isnull=True,
        state=VisitState.UNDERWAY,
        stalls_at__lte=now,
    )
    on_time = (
        Q(visit__stalls_at__isnull=True) | Q(visit__stalls_at__gt=now) | Exists(held.filter(visit=OuterRef("visit")))
    )
    return stages, underway(person, singly=True).filter(on_time, owner__isnull=True, stalls_at__lte=now)


def placed(spells: QuerySet[StageOwnership], horizon: Horizon) -> Spells:
    """The spells with `standing`, its `rank` in the list, and `due`: when the budget that decides is used up."""
    stage_past, vacancy_past = _stage_past(horizon.now), _vacancy_past(horizon.now)
    held = Q(open_hold__isnull=False)
    standing = Case(
        When(is_past(horizon.now), then=Value(Standing.PAST.value)),
        When(open_hold__expected_end__lte=horizon.now, then=Value(Standing.OVERDUE.value)),
        When(open_hold__pauses_clock=True, then=Value(Standing.HELD.value)),
        When(horizon.stage_is_soon() | horizon.vacancy_is_soon(), then=Value(Standing.NEXT.value)),
        When(held, then=Value(Standing.HELD.value)),
        default=Value(Standing.FINE.value),
        output_field=CharField(),
    )
    first = Least(Coalesce("visit__stalls_at", "stalls_at"), Coalesce("stalls_at", "visit__stalls_at"))
    due = Case(
        When(stage_past, then=F("visit__stalls_at")),
        When(vacancy_past, then=F("stalls_at")),
        When(held, then=F("open_hold__expected_end")),
        default=first,
        output_field=DateTimeField(),
    )
    rank = Case(
        *(When(standing=shown.value, then=Value(place)) for place, shown in enumerate(SHOWN)),
        default=Value(len(SHOWN)),
        output_field=IntegerField(),
    )
    found: Spells = _with_hold(spells).annotate(standing=standing, due=due).annotate(rank=rank)
    return found


def is_past(now: datetime) -> Q:
    """The condition of `Standing.PAST` on placed spells. Cheaper to filter by: no database can look into `standing`."""
    return _vacancy_past(now) | _stage_past(now)


def _vacancy_past(now: datetime) -> Q:
    return Q(stalls_at__lte=now)


def _stage_past(now: datetime) -> Q:
    return Q(visit__stalls_at__lte=now) & (Q(open_hold__isnull=True) | Q(open_hold__pauses_clock=False))


def _with_hold(spells: QuerySet[StageOwnership]) -> Spells:
    return spells.annotate(open_hold=FilteredRelation("visit__holds", condition=Q(visit__holds__ended_at__isnull=True)))


def with_cost(spells: Spells) -> Spells:
    """With `cost`, the plain sum of the release's entries, to order by. Currencies are not converted."""
    entries = CostEntry.objects.filter(release=OuterRef("visit__release")).order_by().values("release")
    spent = Subquery(entries.annotate(sum=Sum("amount")).values("sum"))
    found: Spells = spells.annotate(cost=Coalesce(spent, Value(0), output_field=DecimalField()))
    return found


def with_marks(spells: Spells, person: Person, now: datetime) -> Spells:
    """With what a row shows besides its clock: last nudge, offered hand-over, changes asked for, broken glass; and
    whether this reader stands in for its owner.
    """
    deputy = Delegation.objects.filter(standing_at(now), deputy=person, delegator=OuterRef("owner"))
    visit = OuterRef("visit")
    nudges = Nudge.objects.filter(visit=visit).order_by("-sent_at").values("sent_at")[:1]
    offers = HandoverOffer.objects.filter(visit=visit, state=OfferState.OPEN).values("offered_to__full_name")[:1]
    changes = Decision.objects.filter(review__visit=visit, outcome=Outcome.REQUEST_CHANGES).order_by("-decided_at")
    found: Spells = (
        with_absence(spells)
        .annotate(
            nudged_at=Subquery(nudges),
            offered_to=Subquery(offers),
            changes_asked=Subquery(changes.values("reason")[:1]),
            glass_broken=Exists(BreakGlass.objects.filter(release=OuterRef("visit__release"))),
            stands_in=Exists(deputy),
        )
        .select_related(
            "owner", "given_by", "visit__policy", "visit__release__candidate", "visit__release__model__team__calendar"
        )
    )
    return found
