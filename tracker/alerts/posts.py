"""Write the messages of loads: many at once, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from governance import permissions
from models_registry.models import Person
from tracker.alerts.channels import ChannelError, Message
from tracker.alerts.compose import HOLDS, zone_of
from tracker.alerts.loads import Load
from tracker.alerts.matters import Matter, matters_of, with_matters
from tracker.alerts.models import Alert, Channel, Delivery, Destination
from tracker.alerts.notices import notice_of, notice_of_many
from tracker.alerts.parcels import Parcel
from tracker.alerts.payloads import payload

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
    people = _readers(loads)
    return [_post(load, matters, people, now) for load in loads]


def _post(load: Load, matters: dict[int, Matter | ChannelError], people: dict[int, Person], now: datetime) -> Post:
    post, zone = Post(load.destination), _zone(load.destination, people)
    for parcel in load.parcels:
        told: list[Matter] = []
        broken: ChannelError | None = None
        for row in parcel.deliveries:
            matter = matters.get(row.alert_id)
            if isinstance(matter, ChannelError):
                broken = matter
            elif matter is None or not _may_hear(load.destination, matter, people):
                post.dropped.append(row)
            else:
                told.append(matter)
        if not told:
            if broken is not None:
                post.unsaid.append((parcel, broken))
            continue
        try:
            post.ready.append((parcel, _message(parcel, told, now, zone)))
        except Exception as error:
            post.unsaid.append((parcel, _unwritable(error, parcel.ids)))
    return post


def _message(parcel: Parcel, told: Sequence[Matter], now: datetime, zone: tzinfo) -> Message:
    if parcel.channel == Channel.WEBHOOK:
        return Message("", "", "", "", parcel.key, payload=payload(told[0], now, zone))
    if parcel.bundled:
        return notice_of_many(parcel.key, [matter.alert.pk for matter in told], now, zone)
    return notice_of(parcel.key, told[0], now, zone)


def _may_hear(destination: Destination, matter: Matter, people: dict[int, Person]) -> bool:
    """A team hears of its own models; a person of what they may see while they may sign in."""
    if not destination.is_on:
        return False
    if destination.team_id is not None:
        return destination.team_id == matter.model.team_id
    person = people.get(destination.person_id or 0)
    return person is not None and permissions.allows(permissions.see, person, matter.model)


def _readers(loads: Sequence[Load]) -> dict[int, Person]:
    people = {load.destination.person.pk: load.destination.person for load in loads if load.destination.person}
    if people:
        permissions.remember_roles(list(people.values()))
    return people


def _matters(alerts: set[int], now: datetime) -> dict[int, Matter | ChannelError]:
    """By alert; one that does not hold any more is missing, and one that cannot be read stands with the reason."""
    rows = list(with_matters(Alert.objects.filter(HOLDS, pk__in=alerts)))
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


def _zone(destination: Destination, people: dict[int, Person]) -> tzinfo:
    if destination.person_id in people:
        return zone_of(people[destination.person_id])
    try:
        return ZoneInfo(destination.team.calendar.timezone) if destination.team else UTC
    except (KeyError, ValueError, OSError):
        return UTC
