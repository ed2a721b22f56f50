"""What may go to one person now, and what waits: quiet hours, the daily digest, and too much in one hour.

Called with locked rows in the transaction that takes them, so that two workers never decide of the same row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max

from models_registry.models import Person
from tracker.alerts.kinds import URGENT
from tracker.alerts.models import AlertPreferences, Bundle, Channel, Delivery, DeliveryState, Destination
from tracker.alerts.quiet_hours import Hours

HOUR: Final = timedelta(hours=1)
OUTSIDE: Final = (Channel.EMAIL, Channel.APPRISE, Channel.WEBHOOK)
RECENT: Final = 50
LATELY: Final = timedelta(days=2)  # a bundle is sent within so much of its making, or counts no more


@dataclass(frozen=True, slots=True)
class Sifted:
    """The rows that go out now. `digest`: as one message, however few they are."""

    go: list[Delivery]
    digest: bool = False


def sift(person: Person, rows: Sequence[Delivery], now: datetime, destination: Destination | None = None) -> Sifted:
    """Those of the rows of one channel that may go to this person now; the others are put off, each until its time.

    What is escalated waits for no hour and no digest. `rows` come with their alerts, and share one bundle or none.
    """
    wishes = AlertPreferences.objects.select_for_update(no_key=True).filter(person=person).first()
    patient = [row for row in rows if row.alert.kind not in URGENT]
    hours = hours_of(wishes, person) if wishes else None
    if not _untried(rows):
        # One message it was, and one it stays: in two under one key the second would be taken for the first.
        if hours is not None and len(patient) == len(rows) and hours.quiet(now):
            put_off(rows, hours.opens(now))
            return Sifted([])
        return Sifted(list(rows))
    digest = False
    if wishes is not None and hours is not None:
        if hours.digest_at is not None and destination is None:
            ready = _digest(wishes, hours, patient, now)
            put_off([row for row in patient if row not in ready], hours.next_digest(now))
            patient, digest = ready, bool(ready)
        if hours.quiet(now):
            put_off(patient, hours.opens(now))
            patient, digest = [], False
        if digest:
            wishes.digest_sent_on = hours.last_digest(now)
            wishes.save(update_fields=["digest_sent_on"])
    go = [row for row in rows if row in patient or row.alert.kind in URGENT]
    if go and not digest and (until := full_until(person, go[0].channel, now, destination)):
        fold(person, go, until, now, destination)
        return Sifted([])
    return Sifted(go, digest)


def hours_of(wishes: AlertPreferences, person: Person) -> Hours:
    """The wishes as hours in the person's zone."""
    return Hours(zone_of(person), wishes.quiet_from, wishes.quiet_until, wishes.quiet_weekends, wishes.digest_at)


def zone_of(person: Person) -> ZoneInfo:
    """The person's zone; UTC when it is unknown here."""
    try:
        return ZoneInfo(person.timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")


def put_off(rows: Sequence[Delivery], until: datetime) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(next_attempt_at=until)


def full_until(person: Person, channel: str, now: datetime, destination: Destination | None) -> datetime | None:
    """When this person may be written to again, where as many messages as are allowed in an hour went out; else None.

    A bundle counts once. A webhook is read by a machine, and gets what there is.
    """
    most = settings.ALERTS_PER_HOUR
    if most <= 0 or channel == Channel.WEBHOOK:
        return None
    mine = Delivery.objects.filter(recipient=person, channel__in=OUTSIDE).filter(
        channel=channel, destination=destination, state=DeliveryState.DELIVERED
    )
    alone = mine.filter(bundle__isnull=True).order_by("-pk").values_list("delivered_at", flat=True)[:RECENT]
    bundles = Bundle.objects.filter(recipient=person, channel=channel, created_at__gt=now - LATELY)
    together = bundles.filter(deliveries__in=mine).annotate(at=Max("deliveries__delivered_at"))
    sent = sorted(
        (at for at in (*alone, *together.values_list("at", flat=True)) if at and at > now - HOUR), reverse=True
    )
    return sent[most - 1] + HOUR if len(sent) >= most else None


def fold(
    person: Person, rows: Sequence[Delivery], until: datetime, now: datetime, destination: Destination | None
) -> Bundle:
    """Put the rows into the one bundle that goes out when the hour is over; there is one until it has been tried."""
    channel = rows[0].channel
    waiting = Delivery.objects.filter(
        recipient=person,
        channel=channel,
        destination=destination,
        state=DeliveryState.WAITING,
        attempts=0,
        bundle__isnull=False,
        next_attempt_at__gt=now,
    )
    # Locked: whoever takes the bundle takes these rows too, or none of them.
    open_one = waiting.select_for_update(no_key=True, of=("self",)).select_related("bundle").order_by("pk").first()
    bundle = open_one.bundle if open_one else None
    if bundle is None:
        bundle = Bundle.objects.create(recipient=person, destination=destination, channel=channel, created_at=now)
    at = open_one.next_attempt_at if open_one else until
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(bundle=bundle, next_attempt_at=at)
    return bundle


def _untried(rows: Sequence[Delivery]) -> bool:
    return all(row.attempts == 0 and row.bundle_id is None for row in rows)


def _digest(wishes: AlertPreferences, hours: Hours, rows: Sequence[Delivery], now: datetime) -> list[Delivery]:
    """The rows of today's digest, if it is due and was not begun yet; what came after its time is of the next."""
    day: date = hours.last_digest(now)
    if wishes.digest_sent_on is not None and wishes.digest_sent_on >= day:
        return []
    return [row for row in rows if hours.next_digest(row.created_at) <= now]
