"""What goes to one destination now: taken by one worker, in one short transaction, before anything is sent.

Workers pass over the rows that others have taken, so as many as one likes may do this at once. A destination where
nobody answered rests, and is tried with one message when its rest is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from tracker.alerts.models import Bundle, Channel, Delivery, DeliveryState, Destination
from tracker.alerts.parcels import DIGEST_FROM, LARGEST, Parcel
from tracker.alerts.timing import sift

BATCH: Final = 400
# A worker that dies after claiming gives everything back after so long; what it sends takes less.
LEASE: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Load:
    """The messages for one destination, in the order in which they are sent."""

    destination: Destination
    parcels: tuple[Parcel, ...]


def loads(now: datetime, *, busy: Collection[int], most: int) -> list[Load]:
    """Take what is due for so many destinations, but for those that this worker is busy with."""
    found = (_take(destination, now) for destination in _waited_for(now, busy, most))
    return [load for load in found if load is not None]


def _waited_for(now: datetime, busy: Collection[int], most: int) -> list[Destination]:
    waiting = Delivery.objects.filter(destination=OuterRef("pk"), state=DeliveryState.WAITING, next_attempt_at__lte=now)
    awake = Destination.objects.filter(Q(resting_until__isnull=True) | Q(resting_until__lte=now))
    found = awake.exclude(pk__in=busy).filter(Exists(waiting)).select_related("person", "team__calendar")
    # Where somebody answers comes first; of the others each gets its one try.
    return list(found.order_by("failures", "tested_at", "pk")[:most])


def _take(destination: Destination, now: datetime) -> Load | None:
    with transaction.atomic():
        if destination.failures and not _may_try(destination, now):
            return None
        rows = _now(destination, _rows(destination, now), now)
        if not rows:
            return None
        parcels = list(_parcels(destination, rows, now))
        fresh = defaultdict[int | None, list[int]](list)
        for parcel in parcels:
            for row in parcel.deliveries:
                fresh[row.bundle_id].append(row.pk)
        for bundle, keys in fresh.items():
            taken = Delivery.objects.filter(pk__in=keys)
            taken.update(bundle=bundle, next_attempt_at=now + LEASE, attempts=F("attempts") + 1)
        return Load(destination, tuple(parcels))


def _now(destination: Destination, rows: list[Delivery], now: datetime) -> list[Delivery]:
    """Those that may go now: in a person's own chat nothing comes at night, and a storm is folded into one."""
    if destination.person is None or destination.channel != Channel.APPRISE:
        return rows
    groups: defaultdict[tuple[int | None, bool], list[Delivery]] = defaultdict(list)
    for row in rows:
        groups[row.bundle_id, row.attempts > 0].append(row)
    return [row for group in groups.values() for row in sift(destination.person, group, now, destination).go]


def _may_try(destination: Destination, now: datetime) -> bool:
    """Whether this worker is the one that tries a place that has been resting."""
    resting = Destination.objects.filter(pk=destination.pk, failures__gt=0, resting_until__lte=now)
    return resting.update(resting_until=now + LEASE) == 1


def _rows(destination: Destination, now: datetime) -> list[Delivery]:
    """What is due there, locked; where nobody answered last, one message of it."""
    waiting = Delivery.objects.filter(destination=destination.pk, state=DeliveryState.WAITING)
    due = _free(waiting.filter(next_attempt_at__lte=now))
    if destination.failures:
        rows = list(due[:1])
        bundle = rows[0].bundle_id if rows else None
        return rows if bundle is None else list(_free(waiting.filter(bundle=bundle)))
    if destination.channel != Channel.APPRISE:
        return list(due[:BATCH])
    # What is due in some seconds goes along.
    return list(_free(waiting.filter(Q(next_attempt_at__lte=now) | Q(attempts=0)))[:LARGEST])


def _free(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """Those that no other worker is taking at this moment, locked."""
    return (
        rows.select_related("alert")
        .order_by("next_attempt_at", "pk")
        .select_for_update(no_key=True, skip_locked=True, of=("self",))
    )


def _parcels(destination: Destination, rows: Sequence[Delivery], now: datetime) -> list[Parcel]:
    """A webhook gets each alert by itself. In a chat many become one message, which stays the same at every try."""
    channel = Channel(destination.channel)
    bundled: defaultdict[int, list[Delivery]] = defaultdict(list)
    single: list[Delivery] = []
    fresh: list[Delivery] = []
    for row in rows:
        # What was tried alone may have arrived: in a bundle it would come again under another key.
        group = bundled[row.bundle_id] if row.bundle_id is not None else single if row.attempts else fresh
        group.append(row)
        row.attempts += 1
    if channel == Channel.APPRISE and len(fresh) >= DIGEST_FROM:
        bundle = Bundle.objects.create(
            recipient=destination.person, destination=destination, channel=channel, created_at=now
        )
        for row in fresh:
            row.bundle = bundle
        bundled[bundle.pk], fresh = fresh, []
    keys = {bundle.pk: bundle.key for bundle in Bundle.objects.filter(pk__in=list(bundled))} if bundled else {}
    return [
        *(Parcel(destination.person, channel, str(row.key), False, (row,), destination) for row in (*single, *fresh)),
        *(
            Parcel(destination.person, channel, str(keys[pk]), True, tuple(group), destination)
            for pk, group in bundled.items()
        ),
    ]
