"""Write the messages of loads: many at once, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from governance.permissions import may_read
from tracker.alerts.channels import ChannelError, Message
from tracker.alerts.compose import HOLDS
from tracker.alerts.loads import Load
from tracker.alerts.matters import Matter, loaded, matters_of
from tracker.alerts.models import Alert, Channel, Delivery, Destination
from tracker.alerts.notices import notice_of, notice_of_many
from tracker.alerts.parcels import Parcel
from tracker.alerts.payloads import payload
from tracker.alerts.silence import answered
from tracker.alerts.timing import zone_of

logger = structlog.get_logger(__name__)

UTC: Final = ZoneInfo("UTC")


@dataclass(slots=True)
class Post:
    """One load, written. `dropped`: not to be told after all; `unsaid`: could not be written, and why."""

    destination: Destination
    ready: list[tuple[Parcel, Message]] = field(default_factory=list)
    dropped: list[Delivery] = field(default_factory=list)
    unsaid: list[tuple[Parcel, ChannelError]] = field(default_factory=list)


def written(loads: Sequence[Load], now: datetime) -> list[Post]:
    """What each load says as of `now`. A message that cannot be written holds up no other."""
    wanted = {row.alert_id for load in loads for parcel in load.parcels for row in parcel.deliveries}
    matters = _matters(wanted, now)
    return [_post(load, matters, now) for load in loads]


def _post(load: Load, matters: dict[int, Matter | ChannelError], now: datetime) -> Post:
    post, zone = Post(load.destination), _zone(load.destination)
    heard = _heard(load, matters, now)
    for parcel in load.parcels:
        post.dropped.extend(row for row in parcel.deliveries if row.alert_id not in heard)
        told = [matters[row.alert_id] for row in parcel.deliveries if row.alert_id in heard]
        readable = [matter for matter in told if isinstance(matter, Matter)]
        if not readable:
            post.unsaid.extend((parcel, error) for error in told[:1] if isinstance(error, ChannelError))
            continue
        try:
            post.ready.append((parcel, _message(parcel, readable, now, zone)))
        except Exception as error:
            post.unsaid.append((parcel, _unwritable(error, parcel.ids)))
    return post


def _message(parcel: Parcel, told: Sequence[Matter], now: datetime, zone: tzinfo) -> Message:
    if parcel.channel == Channel.WEBHOOK:
        return Message("", "", "", "", parcel.key, payload=payload(told[0], now, zone))
    if parcel.bundled:
        return notice_of_many(parcel.key, [matter.alert.pk for matter in told], now, zone)
    return notice_of(parcel.key, told[0], now, zone)


def _heard(load: Load, matters: dict[int, Matter | ChannelError], now: datetime) -> set[int]:
    """The alerts that this destination may still hear of: a team of its own models; a person, while they may sign in,
    of what they may see and have not answered.
    """
    destination = load.destination
    alerts = {row.alert_id for parcel in load.parcels for row in parcel.deliveries} & matters.keys()
    if not destination.is_on:
        return set()
    if destination.person is None:
        ours = Alert.objects.filter(pk__in=alerts, visit__release__model__team=destination.team_id)
        return set(ours.values_list("pk", flat=True))
    seen = Alert.objects.filter(may_read(destination.person, "visit__release_id", now), pk__in=alerts)
    kept = set(seen.values_list("pk", flat=True))
    return kept - answered(kept, destination.person.pk, now)


def _matters(alerts: set[int], now: datetime) -> dict[int, Matter | ChannelError]:
    """By alert; one that does not hold any more is missing, and one that cannot be read stands with the reason."""
    rows = loaded(Alert.objects.filter(HOLDS, pk__in=alerts))
    try:
        return dict(zip([row.pk for row in rows], matters_of(rows, now), strict=True))
    except Exception:
        return {row.pk: _alone(row, now) for row in rows}


def _alone(row: Alert, now: datetime) -> Matter | ChannelError:
    try:
        return matters_of([row], now)[0]
    except Exception as error:
        return _unwritable(error, [row.pk])


def _unwritable(error: Exception, ids: Sequence[int]) -> ChannelError:
    logger.error("uncomposed", deliveries=list(ids[:20]), exc_info=error)
    return ChannelError(f"could not be written: {type(error).__name__}", again=True)


def _zone(destination: Destination) -> tzinfo:
    if destination.person is not None:
        return zone_of(destination.person)
    try:
        return ZoneInfo(destination.team.calendar.timezone) if destination.team else UTC
    except (KeyError, ValueError, OSError):
        return UTC
