"""The end of the thread: who was told that something is past its time is told, once, that it moves again.

Over the very ways by which they were told, but for the inbox, where the entry itself says so. Written in the
transaction that closes the alert, so that nothing is told twice and no end is lost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q

from governance.models import Hold, StageOwnership, StageVisit
from models_registry.vocabulary import AlertKind
from tracker.alerts.endings import MOVING, Ending
from tracker.alerts.kinds import PAST_KINDS, STAGE_KINDS, VACANCY_KINDS
from tracker.alerts.models import Alert, AlertPreferences, Channel, Delivery, DeliveryState, Mute

TOLD_OF: Final = PAST_KINDS | {AlertKind.HOLD_OVERDUE}
SOON: Final = timedelta(seconds=20)
ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class _Way:
    """Over which channel somebody was told: a person, or a team's destination, which has none."""

    recipient: int | None
    channel: Channel
    destination: int | None
    number: int


def tell_moving(closed: Mapping[int, Ending], now: datetime) -> int:
    """Tell that these alerts, closed at this moment, are over where they ended well. Returns how many were told of.

    Whoever moved it knows, and so does whoever was not told of it.
    """
    well = [pk for pk, ending in closed.items() if ending in MOVING]
    alerts = list(Alert.objects.filter(pk__in=well, kind__in=TOLD_OF).select_related("visit__release")) if well else []
    if not alerts:
        return 0
    by_visit: defaultdict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_visit[alert.visit_id].append(alert)
    # One end for all that ended on a visit at once, the stage's before the vacancy's.
    telling = {visit: max(group, key=_weight) for visit, group in by_visit.items()}
    ways = _ways(by_visit)
    movers = _movers([alert.visit for alert in telling.values()])
    silent = _silent({alert.visit.release.model_id for alert in alerts}, ways)
    found = {
        visit: [way for way in ways[visit] if _hears(way, movers[visit], alert.visit.release.model_id, silent)]
        for visit, alert in telling.items()
    }
    return _write({alert.pk: alert.visit_id for visit, alert in telling.items() if found[visit]}, found, now)


def _weight(alert: Alert) -> tuple[bool, int]:
    return alert.kind in STAGE_KINDS, alert.pk


def _ways(by_visit: Mapping[int, Collection[Alert]]) -> dict[int, list[_Way]]:
    """By visit, each way by which somebody was told of what ended, once."""
    ended = [alert for alerts in by_visit.values() for alert in alerts]
    stages = {alert.visit_id for alert in ended if alert.kind in STAGE_KINDS}
    spells = {alert.occasion for alert in ended if alert.kind in VACANCY_KINDS}
    others = [alert.pk for alert in ended if alert.kind not in STAGE_KINDS | VACANCY_KINDS]
    asked = (
        Q(alert__visit__in=stages, alert__kind__in=TOLD_OF)
        | Q(alert__visit__in=by_visit, alert__kind__in=PAST_KINDS & VACANCY_KINDS, alert__occasion__in=spells)
        | Q(alert__in=others)
    )
    told = Delivery.objects.filter(asked, state=DeliveryState.DELIVERED).exclude(channel=Channel.INBOX)
    listening = told.filter(Q(destination_number=0) | Q(destination__is_on=True))
    columns = ("alert__visit", "recipient", "channel", "destination", "destination_number")
    rows = listening.order_by("pk").values_list(*columns)
    found: defaultdict[int, dict[_Way, None]] = defaultdict(dict)
    for visit, recipient, channel, destination, number in rows:
        found[visit][_Way(recipient, Channel(channel), destination, number)] = None
    return defaultdict(list, {visit: list(ways) for visit, ways in found.items()})


def _movers(visits: Iterable[StageVisit]) -> dict[int, set[int | None]]:
    """By visit, who moved it: into the next stage, to its owner, or on from its hold."""
    rows = {visit.pk: visit for visit in visits}
    found: dict[int, set[int | None]] = {pk: set() for pk in rows}
    after = StageVisit.objects.filter(release__in={visit.release_id for visit in rows.values()})
    following = list(after.order_by("pk").values_list("pk", "release", "entered_by"))
    for pk, visit in rows.items():
        if visit.left_at is not None:
            later = (who for key, release, who in following if release == visit.release_id and key > pk)
            found[pk].add(next(later, None))
    spells = StageOwnership.objects.filter(visit__in=rows, until__isnull=True, owner__isnull=False)
    for pk, giver, owner in spells.values_list("visit", "given_by", "owner"):
        if rows[pk].left_at is None:
            found[pk].add(giver or owner)
    holds = Hold.objects.filter(visit__in=rows, ended_at__isnull=False).order_by("ended_at", "pk")
    for pk, who in dict(holds.values_list("visit", "ended_by")).items():
        found[pk].add(who)
    return found


def _silent(models: Collection[int], ways: Mapping[int, Collection[_Way]]) -> tuple[set[tuple[int, int]], set[int]]:
    """Who muted which of the models, and who wants no mail."""
    people = {way.recipient for group in ways.values() for way in group if way.recipient}
    muted = Mute.objects.filter(model__in=models, person__in=people).values_list("person", "model")
    unmailed = AlertPreferences.objects.filter(person__in=people, by_email=False).values_list("pk", flat=True)
    return set(muted), set(unmailed)


def _hears(
    way: _Way, movers: Collection[int | None], model: int, silent: tuple[set[tuple[int, int]], set[int]]
) -> bool:
    if way.recipient is None:
        return True
    muted, unmailed = silent
    by_mail = way.channel == Channel.EMAIL
    kept = way.recipient in movers or (way.recipient, model) in muted
    return not kept and not (by_mail and way.recipient in unmailed)


def _write(ended: Mapping[int, int], ways: Mapping[int, Collection[_Way]], now: datetime) -> int:
    """`ended`: by the alert that ended, its visit."""
    if not ended:
        return 0
    news = [
        Alert(
            kind=AlertKind.MOVING_AGAIN,
            visit_id=visit,
            occasion=alert,
            raised_at=now,
            closed_at=now,
            closed_because=Ending.NEWS.value,
        )
        for alert, visit in ended.items()
    ]
    Alert.objects.bulk_create(news, ignore_conflicts=True, batch_size=ROWS)
    written = Alert.objects.filter(kind=AlertKind.MOVING_AGAIN, occasion__in=list(ended), visit__in=ended.values())
    deliveries = [_delivery(pk, way, now) for pk, visit in written.values_list("pk", "visit") for way in ways[visit]]
    Delivery.objects.bulk_create(deliveries, ignore_conflicts=True, batch_size=ROWS)
    return len(ended)


def _delivery(alert: int, way: _Way, now: datetime) -> Delivery:
    return Delivery(
        alert_id=alert,
        recipient_id=way.recipient,
        channel=way.channel,
        destination_id=way.destination,
        destination_number=way.number,
        created_at=now,
        next_attempt_at=now + SOON,
    )
