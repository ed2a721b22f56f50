"""The writes of alerts and deliveries. Every function expects its caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from models_registry.vocabulary import AlertKind
from tracker.alerts.destinations import Hearing, heard_at
from tracker.alerts.endings import Ending
from tracker.alerts.kinds import INBOX_ONLY, URGENT
from tracker.alerts.models import Alert, AlertPreferences, Channel, Delivery, DeliveryAttempt, DeliveryState
from tracker.alerts.moving import tell_moving
from tracker.alerts.rows import insert_new

# What one sweep finds is written in several transactions; a message waits until they are all there to be bundled.
SETTLING: Final = timedelta(seconds=20)
# People read a chat as it comes, and a webhook is one message an alert anyway.
SETTLING_OF: Final[Mapping[Channel, timedelta]] = {Channel.APPRISE: timedelta(seconds=8), Channel.WEBHOOK: timedelta(0)}


# What there is one alert of: of a moment one for all visits, since the release may move on while it is told.
Key = tuple[int, str, int, datetime | None]


@dataclass(frozen=True, slots=True)
class Raising:
    """An alert to write, and whom it tells. `ending`: it is kept closed from the beginning. `about_at`: see `Alert`."""

    kind: AlertKind
    visit_id: int
    occasion: int = 0
    told: tuple[int, ...] = ()
    ending: Ending | None = None
    about_at: datetime | None = None

    @property
    def key(self) -> Key:
        return _key(self.visit_id, self.kind, self.occasion, self.about_at)


def raise_alerts(raisings: Collection[Raising], now: datetime) -> int:
    """Write the alerts that do not exist yet, and their deliveries. Returns how many were asked for.

    A repetition changes nothing: both tables refuse a second row, and the first one stands.
    """
    if not raisings:
        return 0
    insert_new([_alert(raising, now) for raising in raisings])
    written = _written(raisings)
    unmailed = _without_mail(raisings)
    deliveries = [
        _delivery(written[raising.key], person, channel, now)
        for raising in raisings
        for person in raising.told
        for channel in _channels(raising.kind)
        if channel != Channel.EMAIL or raising.kind in URGENT or person not in unmailed
    ]
    deliveries += [_outside(written[raising.key], hearing, now) for raising, hearing in heard_at(raisings)]
    insert_new(deliveries)
    return len(raisings)


def close_alerts(endings: Mapping[int, Ending], now: datetime) -> int:
    """Close these alerts (those still open), each for its reason, and call back what was not sent yet."""
    if not endings:
        return 0
    open_ones = Alert.objects.select_for_update(no_key=True).filter(pk__in=list(endings), closed_at__isnull=True)
    grouped: defaultdict[Ending, list[int]] = defaultdict(list)
    for pk in open_ones.order_by("pk").values_list("pk", flat=True):
        grouped[endings[pk]].append(pk)
    for ending, alerts in grouped.items():
        Alert.objects.filter(pk__in=alerts).update(closed_at=now, closed_because=ending.value)
    closed = [pk for alerts in grouped.values() for pk in alerts]
    call_back(Delivery.objects.filter(alert__in=closed))
    tell_moving({pk: endings[pk] for pk in closed}, now)
    return len(closed)


def reopen_alerts(alerts: Collection[int], now: datetime) -> int:
    """Open these alerts again because they hold again; who was told is not told twice, who was not yet is told now.

    What was under way when it was called back has arrived, or goes out under the key of its first try.
    """
    if not alerts:
        return 0
    changed = Alert.objects.filter(pk__in=alerts, closed_at__isnull=False).update(closed_at=None, closed_because="")
    arrived = DeliveryAttempt.objects.filter(delivery=OuterRef("pk"), succeeded=True)
    listening = Q(destination_number=0) | Q(destination__is_on=True)
    called_back = Delivery.objects.filter(alert__in=alerts, state=DeliveryState.CANCELLED)
    unsent = locked(called_back.filter(listening, ~Exists(arrived)))
    unsent.update(state=DeliveryState.WAITING, next_attempt_at=now + SETTLING)
    return changed


def call_back(deliveries: QuerySet[Delivery]) -> int:
    """Cancel those of them that still wait."""
    waiting = locked(deliveries.filter(state=DeliveryState.WAITING))
    return waiting.update(state=DeliveryState.CANCELLED, next_attempt_at=None)


def locked(deliveries: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """The same rows, locked in the one order that everybody takes, so that no two writers wait for each other."""
    rows = deliveries.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk", flat=True)
    return Delivery.objects.filter(pk__in=list(rows))


def _without_mail(raisings: Collection[Raising]) -> set[int]:
    """Those of the people told who want no mail, but for what is escalated."""
    people = {person for raising in raisings for person in raising.told}
    return set(AlertPreferences.objects.filter(person__in=people, by_email=False).values_list("pk", flat=True))


def _written(raisings: Collection[Raising]) -> dict[Key, int]:
    visits = {raising.visit_id for raising in raisings if raising.about_at is None}
    moments = {raising.occasion for raising in raisings if raising.about_at is not None}
    asked = Q(visit__in=visits, about_at__isnull=True) | Q(occasion__in=moments, about_at__isnull=False)
    rows = Alert.objects.filter(asked, kind__in={raising.kind for raising in raisings})
    columns = ("visit_id", "kind", "occasion", "about_at", "pk")
    return {_key(visit, kind, occasion, at): pk for visit, kind, occasion, at, pk in rows.values_list(*columns)}


def _key(visit: int, kind: str, occasion: int, about_at: datetime | None) -> Key:
    return (0 if about_at else visit, str(kind), occasion, about_at)


def _alert(raising: Raising, now: datetime) -> Alert:
    return Alert(
        kind=raising.kind,
        visit_id=raising.visit_id,
        occasion=raising.occasion,
        about_at=raising.about_at,
        raised_at=now,
        closed_at=now if raising.ending else None,
        closed_because=raising.ending.value if raising.ending else "",
    )


def _delivery(alert: int, person: int, channel: Channel, now: datetime) -> Delivery:
    """A message that needs no sending (the inbox) is delivered by its row; any other waits for its turn."""
    if channel == Channel.INBOX:
        return Delivery(
            alert_id=alert,
            recipient_id=person,
            channel=channel,
            state=DeliveryState.DELIVERED,
            created_at=now,
            delivered_at=now,
        )
    return Delivery(
        alert_id=alert, recipient_id=person, channel=channel, created_at=now, next_attempt_at=now + SETTLING
    )


def _outside(alert: int, hearing: Hearing, now: datetime) -> Delivery:
    return Delivery(
        alert_id=alert,
        recipient_id=hearing.person,
        destination_id=hearing.destination,
        destination_number=hearing.destination,
        channel=hearing.channel,
        created_at=now,
        next_attempt_at=now + SETTLING_OF[hearing.channel],
    )


def _channels(kind: AlertKind) -> Collection[Channel]:
    return (Channel.INBOX,) if kind in INBOX_ONLY else (Channel.INBOX, Channel.EMAIL)
