"""Alerts of acts whose matter is settled: the offer answered, the review closed, the hold ended, the owner changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from governance.models import Extension, HandoverOffer, Hold, Nudge, OfferState, Review, StageOwnership
from models_registry.vocabulary import AlertKind, ReviewState
from tracker.alerts.endings import DEPARTED, REVIEWED, Ending
from tracker.alerts.models import Alert
from tracker.alerts.raising import close_alerts
from tracker.stalls import unkept
from tracker.stalls.batches import in_batches

AT_ONCE: Final = 5_000
ANSWERED: Final[Mapping[str, Ending]] = {
    OfferState.ACCEPTED: Ending.ACCEPTED,
    OfferState.DECLINED: Ending.DECLINED,
    OfferState.WITHDRAWN: Ending.WITHDRAWN,
    Extension.State.REFUSED: Ending.DECLINED,
    OfferState.EXPIRED: Ending.EXPIRED,
}
# A visit without a departure is still open: then it is the owner who changed.
BECAME: Final[Mapping[str, Ending]] = {
    "": Ending.OWNER_CHANGED,
    "resumed": Ending.RESUMED,
    **unkept.BECAME,
    "moved": Ending.MOVED,
    **ANSWERED,
    **REVIEWED,
    **DEPARTED,
}


def close_settled(now: datetime) -> int:
    """Close them, in batches. One statement finds them all, and it looks at open alerts only."""
    found = _answered_offers().union(
        _closed_reviews(),
        _ended_holds(),
        _moved_nudges(),
        unkept.settled_answers(),
        _answered_requests(),
        all=True,
    )
    settled = [(pk, BECAME[became]) for pk, became in found[:AT_ONCE]]

    def close(batch: list[tuple[int, Ending]]) -> int:
        with transaction.atomic():
            return close_alerts(dict(batch), now)

    return in_batches(settled, lambda batch: close(list(batch)))


def _open(kind: AlertKind) -> QuerySet[Alert]:
    return Alert.objects.filter(kind=kind, closed_at__isnull=True).order_by()


def _answered_offers() -> QuerySet[Alert, tuple[int, str]]:
    answered = HandoverOffer.objects.filter(pk=OuterRef("occasion")).exclude(state=OfferState.OPEN).values("state")
    offers = _open(AlertKind.HANDOVER_OFFERED).filter(Exists(answered))
    return offers.annotate(became=Subquery(answered)).values_list("pk", "became")


def _answered_requests() -> QuerySet[Alert, tuple[int, str]]:
    """Requests for more time."""
    answered = Extension.objects.filter(pk=OuterRef("occasion")).exclude(state=Extension.State.ASKED).values("state")
    asked = _open(AlertKind.EXTENSION_ASKED).filter(Exists(answered))
    return asked.annotate(became=Subquery(answered)).values_list("pk", "became")


def _closed_reviews() -> QuerySet[Alert, tuple[int, str]]:
    closed = Review.objects.filter(pk=OuterRef("occasion")).exclude(state=ReviewState.OPEN).values("state")
    reviews = _open(AlertKind.REVIEW_REQUESTED).filter(Exists(closed))
    return reviews.annotate(became=Subquery(closed)).values_list("pk", "became")


def _ended_holds() -> QuerySet[Alert, tuple[int, str]]:
    """The hold ended, or its expected end was moved: then it may be overdue once more, and is told anew."""
    hold = Hold.objects.filter(pk=OuterRef("occasion"))
    ended, moved = hold.filter(ended_at__isnull=False), hold.exclude(expected_end=OuterRef("about_at"))
    holds = _open(AlertKind.HOLD_OVERDUE).filter(Exists(ended) | Q(Exists(moved), about_at__isnull=False))
    became = Case(When(Exists(ended), then=Value("resumed")), default=Value("moved"))
    return holds.annotate(became=became).values_list("pk", "became")


def _moved_nudges() -> QuerySet[Alert, tuple[int, str]]:
    """The release left the stage, or somebody else owns it since."""
    nudged = Nudge.objects.filter(pk=OuterRef(OuterRef("occasion"))).values("sent_to")
    same = StageOwnership.objects.filter(visit=OuterRef("visit"), until__isnull=True, owner__in=nudged)
    nudges = _open(AlertKind.NUDGE).filter(~Exists(same))
    return nudges.annotate(became=F("visit__departure")).values_list("pk", "became")
