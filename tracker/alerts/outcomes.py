"""What became of a post: marked after it was sent, all of one destination in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from governance.trail.destination_writers import destination_changed
from tracker.alerts.channels import ChannelError
from tracker.alerts.models import Delivery, DeliveryAttempt, DeliveryState, Destination
from tracker.alerts.parcels import MOST_TRIES, Parcel, wait_after
from tracker.alerts.raising import call_back

SOON: Final = timedelta(seconds=1)
# What is younger than this when a place is given up is still tried at its next try.
YOUNG: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Try:
    """One message that was tried, when, and the answer. Without an error it arrived."""

    parcel: Parcel
    at: datetime
    answer: str
    error: ChannelError | None = None


@dataclass(slots=True)
class Posted:
    """What was tried at one destination, and what was left for later because of an answer or for want of time.

    `asked`: anything was sent there at all.
    """

    destination: Destination
    tries: list[Try] = field(default_factory=list)
    left: list[Parcel] = field(default_factory=list)
    asked: bool = True

    @property
    def down(self) -> Try | None:
        """The try after which nothing else was sent there."""
        return next((one for one in self.tries if one.error and (one.error.down or one.error.gone)), None)

    @property
    def gone(self) -> bool:
        """It answered that it wants nothing more, ever."""
        return self.down is not None and self.down.error is not None and self.down.error.gone


def record(posted: Posted, now: datetime) -> None:
    """Write it down. What was called back while it was under way stays so; the try is recorded all the same."""
    with transaction.atomic():
        rested = _mark_destination(posted, now)
        _record_tries(posted.tries)
        arrived = [pk for one in posted.tries if one.error is None for pk in one.parcel.ids]
        failed = [one for one in posted.tries if one.error is not None]
        everything = [*arrived, *(pk for one in failed for pk in one.parcel.ids), *_ids(posted.left)]
        _lock(everything)
        if arrived:
            at = max(one.at for one in posted.tries if one.error is None)
            _waiting(arrived).update(state=DeliveryState.DELIVERED, delivered_at=at, next_attempt_at=None)
        for one in failed:
            _mark_failed(one)
        if posted.left:
            again = rested or now + SOON
            _waiting(_ids(posted.left)).update(next_attempt_at=again, attempts=F("attempts") - 1)
        if posted.gone:
            _tell_gone(posted.destination, now)
            call_back(Delivery.objects.filter(destination=posted.destination.pk))


def _mark_destination(posted: Posted, now: datetime) -> datetime | None:
    """Let it rest, switch it off, or note that it answers again. Returns until when it rests."""
    row = Destination.objects.filter(pk=posted.destination.pk)
    down = posted.down
    if down is None or down.error is None:
        if posted.asked and posted.destination.failures and posted.tries:
            row.filter(failures__gt=0).update(failures=0, resting_until=None)
        return None
    if down.error.gone:
        row.update(is_on=False, failures=0, resting_until=None)
        return None
    failures = min(posted.destination.failures + 1, 1000)
    until = now + (down.error.wait if down.error.wait is not None else wait_after(failures))
    row.update(failures=failures, resting_until=until)
    if failures >= MOST_TRIES:
        _give_up(posted.destination, now)
    return until


def _tell_gone(destination: Destination, now: datetime) -> None:
    whose = str(destination.team or destination.person)
    destination_changed("destination.gone", destination.pk, destination.name, whose, None, now)


def _give_up(destination: Destination, now: datetime) -> None:
    """Nobody has answered there for about fourteen hours: what has waited through it is for people to look at."""
    old = Delivery.objects.filter(destination=destination.pk, state=DeliveryState.WAITING, created_at__lte=now - YOUNG)
    keys = list(old.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    why = "given up: nobody has answered there for too long"
    DeliveryAttempt.objects.bulk_create(
        [DeliveryAttempt(delivery_id=pk, at=now, succeeded=False, answer=why) for pk in keys], batch_size=500
    )
    Delivery.objects.filter(pk__in=keys).update(state=DeliveryState.FAILED, next_attempt_at=None)


def _mark_failed(one: Try) -> None:
    assert one.error is not None
    rows = _waiting(one.parcel.ids)
    if one.error.again and one.parcel.tries < MOST_TRIES:
        wait = max(wait_after(one.parcel.tries), one.error.wait or timedelta(0))
        rows.update(next_attempt_at=one.at + wait)
    else:
        rows.update(state=DeliveryState.FAILED, next_attempt_at=None)


def _record_tries(tries: Sequence[Try]) -> None:
    rows = [
        DeliveryAttempt(delivery_id=pk, at=one.at, succeeded=one.error is None, answer=one.answer[:500])
        for one in tries
        for pk in one.parcel.ids
    ]
    DeliveryAttempt.objects.bulk_create(rows, batch_size=500)


def _lock(ids: Sequence[int]) -> None:
    """In the one order that everybody takes."""
    list(Delivery.objects.filter(pk__in=ids).select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _waiting(ids: Sequence[int]) -> Any:
    return Delivery.objects.filter(pk__in=ids, state=DeliveryState.WAITING)


def _ids(parcels: Sequence[Parcel]) -> list[int]:
    return [pk for parcel in parcels for pk in parcel.ids]
