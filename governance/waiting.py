"""Whom visits waited on, read from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from governance.attribution import HeldFor, Stretch, Waits, Whom, split
from governance.deadlines import calendar_of
from governance.models import Review, StageVisit
from models_registry.vocabulary import ReviewKind, ReviewState, WaitsOn


def waits_of(visit: StageVisit, reviews: Iterable[Review]) -> Waits:
    """The facts of the split. Reads `visit.ownerships`, `visit.holds` and the calendar: prefetch them for lists.

    `reviews`: of this visit, or of more of them.
    """
    asked = sorted(
        (one for one in reviews if one.visit_id == visit.pk and one.kind == ReviewKind.APPROVAL),
        key=lambda one: (one.requested_at, one.pk),
    )
    return Waits(
        entered_at=visit.entered_at,
        left_at=visit.left_at,
        owned=[Stretch(one.since, one.until) for one in visit.ownerships.all() if one.owner_id is not None],
        held=[HeldFor(one.started_at, one.ended_at, WaitsOn(one.waits_on)) for one in visit.holds.all()],
        reviewed=[Stretch(one.requested_at, one.closed_at) for one in asked],
        changing=list(_changing(asked)),
        calendar=calendar_of(visit),
    )


def split_of(visit: StageVisit, reviews: Iterable[Review], now: datetime) -> Mapping[Whom, int]:
    return split(waits_of(visit, reviews), now)


def _changing(asked: Sequence[Review]) -> Iterable[Stretch]:
    """After each review that asked for changes, until the next one was asked for."""
    for place, review in enumerate(asked):
        until = asked[place + 1].requested_at if place + 1 < len(asked) else None
        if review.state == ReviewState.CHANGES_REQUESTED and review.closed_at is not None:
            yield Stretch(review.closed_at, until)
