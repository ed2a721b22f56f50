"""What goes out as one message: claimed before it is sent, marked after it was. All writes of deliveries under way."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from models_registry.models import Person
from tracker.alerts.channels import ChannelError
from tracker.alerts.models import Bundle, Channel, Delivery, DeliveryAttempt, DeliveryState, Destination
from tracker.alerts.raising import call_back, locked
from tracker.alerts.timing import sift

LEASE: Final = timedelta(minutes=5)  # a worker that dies after claiming gives the message back after so long
DIGEST_FROM: Final = 4  # so many messages for one person become one
LARGEST: Final = 5_000
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
MOST_TRIES: Final = 20  # about fourteen hours: an outage over night loses nothing


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to be: to whom, and the deliveries that it fulfils. `key` is the same at every try.

    Without a recipient it goes to a team's destination.
    """

    recipient: Person | None
    channel: Channel
    key: str
    bundled: bool
    deliveries: tuple[Delivery, ...]
    destination: Destination | None = None

    @property
    def ids(self) -> list[int]:
        return [delivery.pk for delivery in self.deliveries]

    @property
    def tries(self) -> int:
        """How often it was tried, with the present one."""
        return max(delivery.attempts for delivery in self.deliveries)


def due(channel: Channel, now: datetime) -> Delivery | None:
    """The delivery that has been waiting longest, if one is due."""
    waiting = Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING, next_attempt_at__lte=now)
    return waiting.select_related("recipient").order_by("next_attempt_at", "pk").first()


def claim(first: Delivery, now: datetime) -> Parcel | None:
    """Take everything that goes out together with `first`; None when it has to wait, or somebody else took it.

    The rows are pushed forward by a lease and the transaction ends before anything is sent. A bundle stays the same at
    every try, and so does what was tried alone; new messages for the same person make a message of their own.
    """
    with transaction.atomic():
        together = _together(first, now).select_related("alert")
        found = list(together.select_for_update(no_key=True, of=("self",)).order_by("pk")[:LARGEST])
        if not any(delivery.pk == first.pk for delivery in found):
            return None
        assert first.recipient is not None
        bundle = first.bundle
        now_only = sift(first.recipient, found, now)
        found = now_only.go
        if not any(delivery.pk == first.pk for delivery in found):
            return None
        if bundle is None and (now_only.digest or len(found) >= DIGEST_FROM):
            bundle = Bundle.objects.create(recipient=first.recipient, channel=first.channel, created_at=now)
        elif bundle is None:
            found = [delivery for delivery in found if delivery.pk == first.pk]
        rows = Delivery.objects.filter(pk__in=[delivery.pk for delivery in found])
        rows.update(bundle=bundle, next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
        for delivery in found:
            delivery.attempts += 1
        key = bundle.key if bundle else first.key
        return Parcel(first.recipient, Channel(first.channel), str(key), bundle is not None, tuple(found))


def drop(deliveries: Collection[Delivery]) -> None:
    """These are not to be sent after all."""
    with transaction.atomic():
        call_back(Delivery.objects.filter(pk__in=[delivery.pk for delivery in deliveries]))


def arrived(parcel: Parcel, now: datetime) -> None:
    """The channel took the message. What was called back while it was under way stays so; the try is recorded."""
    with transaction.atomic():
        _record(parcel, now, succeeded=True)
        rows = locked(Delivery.objects.filter(pk__in=parcel.ids, state=DeliveryState.WAITING))
        rows.update(state=DeliveryState.DELIVERED, delivered_at=now, next_attempt_at=None)


def failed(parcel: Parcel, error: ChannelError, now: datetime) -> None:
    """Try again later, at growing distances, or give up."""
    with transaction.atomic():
        _record(parcel, now, succeeded=False, answer=error.answer)
        rows = locked(Delivery.objects.filter(pk__in=parcel.ids, state=DeliveryState.WAITING))
        if error.again and parcel.tries < MOST_TRIES:
            rows.update(next_attempt_at=now + wait_after(parcel.tries))
        else:
            rows.update(state=DeliveryState.FAILED, next_attempt_at=None)


def rest(channel: Channel, now: datetime) -> None:
    """Nothing gets through to anybody over this channel: let what is due wait, so that other work is not held up."""
    with transaction.atomic():
        due_now = Delivery.objects.filter(channel=channel, state=DeliveryState.WAITING, next_attempt_at__lte=now)
        locked(due_now).filter(state=DeliveryState.WAITING).update(next_attempt_at=now + FIRST_WAIT)


def wait_after(tries: int) -> timedelta:
    """30 s after the first try, then twice as long each time, up to an hour."""
    return min(FIRST_WAIT * int(2 ** (max(tries, 1) - 1)), LONGEST_WAIT)


def _together(first: Delivery, now: datetime) -> QuerySet[Delivery]:
    waiting = Delivery.objects.filter(
        recipient=first.recipient_id, channel=first.channel, state=DeliveryState.WAITING, bundle=first.bundle_id
    )
    if first.bundle_id is not None:
        return waiting.filter(next_attempt_at__lte=now)
    if first.attempts:
        # It may have arrived, and only the mark of it was lost: in a bundle it would come again under another key.
        return waiting.filter(pk=first.pk, next_attempt_at__lte=now)
    # What has not been tried yet and is not due for some seconds goes along, once the person is written to anyway.
    return waiting.filter(attempts=0)


def _record(parcel: Parcel, now: datetime, *, succeeded: bool, answer: str = "") -> None:
    tries = [DeliveryAttempt(delivery_id=pk, at=now, succeeded=succeeded, answer=answer[:500]) for pk in parcel.ids]
    DeliveryAttempt.objects.bulk_create(tries, batch_size=500)
