"""The queue of open reviews, by what their delay costs: time left, risk, and the money that lies idle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from governance.dossiers import gather
from governance.four_eyes import with_bar
from governance.models import BreakGlass, Review, StageVisit
from governance.permissions import may_read
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState
from tracker.keys import among
from tracker.review_desk.around import Arriving, Lately, arriving, coming, lately
from tracker.review_desk.names import Names, queue_names
from tracker.review_desk.rows import VISIT, Filters, Row, own, row_of, with_deputy, with_owner
from tracker.review_desk.turns import with_owned
from tracker.review_desk.urgency import ORDER, with_idle, with_urgency

SIZE: Final = 50
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Counts:
    """Over all open reviews that the reader may see; `shown` over those that the filters let through."""

    open: int
    overdue: int
    retrospective: int
    mine: int
    shown: int


@dataclass(frozen=True, slots=True)
class Desk:
    """One page of the queue with what surrounds it."""

    rows: Sequence[Row]
    number: int
    counts: Counts
    arriving: Sequence[Arriving]
    lately: Lately
    names: Names

    @property
    def next_mine(self) -> Row | None:
        """The first review on the page that the reader is to decide, or to advise on."""
        return next((row for row in self.rows if row.part.state in {"decide", "advise"}), None)


def read_desk(person: Person, filters: Filters, now: datetime, *, number: int = 1) -> Desk:
    """The page of the queue that is asked for, and the lists beside it: nine queries, whatever the number of rows."""
    counts = _counts(person, filters, now)
    number = min(max(number, 1), max(1, -(-counts.shown // SIZE)))
    wanted = _ordered(person, filters, now).values("pk")[(number - 1) * SIZE : number * SIZE]
    reviews = with_urgency(Review.objects.filter(among("pk", wanted)), now)
    found = list(_ready(reviews, person, now).order_by(*ORDER)) if counts.shown else []
    visits = arriving(person)
    _gather([*(review.visit for review in found), *visits])
    names = queue_names(person, now, _waiting(found))
    return Desk(
        rows=[row_of(review, person, now, names) for review in found],
        number=number,
        counts=counts,
        arriving=[coming(visit, now) for visit in visits],
        lately=lately(person, now),
        names=names,
    )


def every_row(person: Person, filters: Filters, now: datetime) -> Iterator[Row]:
    """All rows of the filtered queue in its order, for an export; a bounded number in memory."""
    numbers = list(_ordered(person, filters, now).values_list("pk", flat=True))
    for start in range(0, len(numbers), _CHUNK):
        wanted = numbers[start : start + _CHUNK]
        chunk = with_urgency(Review.objects.filter(pk__in=wanted), now)
        found = {review.pk: review for review in _ready(chunk, person, now)}
        reviews = [found[key] for key in wanted if key in found]
        _gather([review.visit for review in reviews])
        names = queue_names(person, now, _waiting(reviews))
        yield from (row_of(review, person, now, names) for review in reviews)


def _open(person: Person) -> QuerySet[Review]:
    return Review.objects.filter(may_read(person, "release_id"), state=ReviewState.OPEN)


def _counts(person: Person, filters: Filters, now: datetime) -> Counts:
    reviews = with_owned(with_bar(_open(person), person))
    found = reviews.order_by().aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        retrospective=Count("pk", filter=Q(kind=ReviewKind.RETROSPECTIVE)),
        mine=Count("pk", filter=own(person, now)),
        shown=Count("pk", filter=filters.let(person, now) or None),
    )
    return Counts(**found)


def _ordered(person: Person, filters: Filters, now: datetime) -> QuerySet[Any]:
    reviews = with_owned(with_bar(_open(person), person) if filters.mine else _open(person))
    return with_urgency(reviews.filter(filters.let(person, now)), now).order_by(*ORDER)


def _ready(reviews: QuerySet[Any], person: Person, now: datetime) -> QuerySet[Any]:
    """The reviews with all that a row is made of but the dossiers."""
    related = (f"visit__{path}" for path in VISIT)
    glass = Exists(BreakGlass.objects.order_by().filter(release=OuterRef("release_id")))
    told = with_bar(reviews, person).annotate(glass=glass).select_related("requested_by", "assignee", *related)
    return with_deputy(with_owner(with_idle(told), "visit_id"), now)


def _waiting(reviews: Sequence[Review]) -> list[int]:
    return [review.pk for review in reviews if review.waits_for_feedback]


def _gather(visits: Sequence[StageVisit]) -> None:
    """Read the dossiers and holds of all visits at once."""
    if visits:
        gather(visits, deployment=False)
        prefetch_related_objects(visits, "holds")
