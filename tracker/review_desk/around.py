"""What surrounds the queue: the releases that will arrive next, and what was decided lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, OuterRef, QuerySet, Subquery

from governance.clock import Reading
from governance.deadlines import business_calendar, calendar_of, reading
from governance.dossiers import dossier_of
from governance.models import Decision, Review, StageVisit
from governance.permissions import may_see
from models_registry.models import Person
from models_registry.vocabulary import Stage, VisitState
from tracker.review_desk.rows import APPROVED, ENDED, VISIT, Filters, name_of, readiness, with_owner

ARRIVING: Final = 8
DECIDED: Final = 8
MEASURED: Final = 100  # decisions that the median is taken of
LATELY: Final = timedelta(days=30)
STANDARD_DAY: Final = 8 * 3600


@dataclass(frozen=True, slots=True)
class Arriving:
    """A release that validation will hand on: what its dossier has already, and what it lacks."""

    visit: StageVisit
    clock: Reading
    day: int
    states: Sequence[bool]
    missing: Sequence[str]
    owner: str

    @property
    def ready(self) -> int:
        return sum(self.states)


@dataclass(frozen=True, slots=True)
class Closed:
    """A review that was decided, by whom last. `took` in business seconds of the team, from the request to the end."""

    review: Review
    by: str
    digest: str
    took: int
    day: int

    @property
    def late(self) -> bool:
        review = self.review
        return review.due_at is not None and review.closed_at is not None and review.closed_at > review.due_at

    @property
    def binds(self) -> bool:
        """Whether an approval stands on the digest."""
        return self.review.state in set(APPROVED)


@dataclass(frozen=True, slots=True)
class Lately:
    """The decisions of the last 30 days. `median`, in business seconds, is of the latest hundred; None without any."""

    closed: Sequence[Closed]
    median: int | None
    measured: int
    day: int


def arriving(person: Person) -> list[Any]:
    """The releases in validation, the next ones first: by when their time there is used up."""
    visits = StageVisit.objects.filter(
        may_see(person, "release__model__"),
        stage=Stage.VALIDATION,
        state=VisitState.UNDERWAY,
        left_at__isnull=True,
    )
    soonest = visits.order_by(F("stalls_at").asc(nulls_last=True), "pk").select_related(*VISIT)
    return list(with_owner(soonest, "pk")[:ARRIVING])


def coming(visit: Any, now: datetime) -> Arriving:
    """The row of a visit that `arriving` found and whose dossier was gathered."""
    checks = readiness(dossier_of(visit, owner_name=visit.owner_name or ""), visit)
    return Arriving(
        visit=visit,
        clock=reading(visit, now),
        day=business_calendar(visit.release.model.team.calendar).day_seconds,
        states=[check.met for check in checks],
        missing=[check.title for check in checks if not check.met],
        owner=visit.owner_name or "",
    )


def closed_reviews(person: Person, filters: Filters, now: datetime) -> QuerySet[Any]:
    """The decided reviews that the filters let through, the latest first, ready for `closed_of`."""
    wanted = Filters(filters.team, filters.tier, filters.kind).let(person, now) & filters.ended(now)
    return _decided(person).filter(wanted).order_by("-closed_at", "-pk")


def closed_of(review: Any) -> Closed:
    review.visit.release = review.release
    calendar = calendar_of(review.visit)
    return Closed(
        review=review,
        by=review.by or "",
        digest=review.bound or "",
        took=calendar.business_seconds(review.requested_at, review.closed_at),
        day=calendar.day_seconds,
    )


def lately(person: Person, now: datetime) -> Lately:
    found = _decided(person).filter(closed_at__gte=now - LATELY).order_by("-closed_at", "-pk")[:MEASURED]
    closed = [closed_of(review) for review in found]
    taken = sorted(one.took for one in closed)
    return Lately(
        closed=closed[:DECIDED],
        median=taken[(len(taken) - 1) // 2] if taken else None,
        measured=len(taken),
        day=closed[0].day if closed else STANDARD_DAY,
    )


def _decided(person: Person) -> QuerySet[Any]:
    last = Decision.objects.filter(review=OuterRef("pk")).order_by("-decided_at", "-pk")
    return (
        Review.objects.filter(may_see(person, "release__model__"), state__in=ENDED)
        .select_related("release__model__team__calendar", "visit")
        .annotate(
            by=Subquery(last.values_list(name_of("officer"))[:1]), bound=Subquery(last.values("dossier_digest")[:1])
        )
    )
