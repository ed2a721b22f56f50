"""What the inbox shows: the messages of one person, each with the finding as it stands now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Final

from django.db.models import Count, Q, QuerySet

from governance.models import Acknowledgement, HandoverOffer, Hold, Nudge
from governance.permissions import may_read
from models_registry.models import Membership, Person
from models_registry.vocabulary import AlertKind, TeamRole
from tracker import formats
from tracker.alerts import reminder_words, turn_words
from tracker.alerts.endings import MOVING, Ending
from tracker.alerts.finding import Finding, finding, thing
from tracker.alerts.kinds import (
    APPROVAL,
    CLOCK_KINDS,
    ENDED_KINDS,
    FINDING_KINDS,
    GRANT_KINDS,
    MUTABLE,
    STAGE_KINDS,
    TURN_KINDS,
    VACANCY_KINDS,
)
from tracker.alerts.matters import Matter, matters_of, with_matters
from tracker.models import Alert, Channel, Delivery, DeliveryState
from tracker.web.listing import SIZE, Listing

ICONS: Final = {
    AlertKind.AT_RISK: "hourglass-high",
    AlertKind.HOLD_OVERDUE: "clock-pause",
    AlertKind.HANDOVER_OFFERED: "arrows-exchange",
    AlertKind.REVIEW_REQUESTED: "clipboard-check",
    AlertKind.REVIEW_DECIDED: "gavel",
    AlertKind.NUDGE: "bell-ringing",
    AlertKind.NOT_MOVED: "clock-exclamation",
    AlertKind.HANDOVER_EXPIRED: "arrows-exchange",
    AlertKind.OWNER_GIVEN: "user-check",
    AlertKind.OWNER_LEFT: "user-x",
    AlertKind.EXTENSION_ASKED: "hourglass",
    AlertKind.EXTENSION_DECIDED: "hourglass",
    AlertKind.FEEDBACK_ASKED: "message",
    AlertKind.REVIEW_ASSIGNED: "user-check",
    **dict.fromkeys(FINDING_KINDS, "flag"),
    **dict.fromkeys(APPROVAL, "hourglass-high"),
    **dict.fromkeys(ENDED_KINDS, "ban"),
    **dict.fromkeys(GRANT_KINDS, "key"),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many messages there are, and how many of them nobody opened."""

    total: int
    unread: int


@dataclass(frozen=True, slots=True)
class Row:
    """One message. `settled`: what became of it, empty while it holds; `moving`: and that is good news."""

    id: int
    at: datetime
    unread: bool
    icon: str
    finding: Finding
    place: str
    owner: str
    quote: str
    settled: str
    moving: bool
    url: str
    matter: Matter
    answer: Acknowledgement | None
    may_answer: bool
    may_mute: bool


@dataclass(frozen=True, slots=True)
class Day:
    """The messages of one day, unread or read."""

    label: str
    unread: bool
    rows: Sequence[Row]


def messages_of(person: Person) -> QuerySet[Delivery]:
    """The inbox of a person: nothing of models that they may not see any more."""
    return Delivery.objects.filter(
        may_read(person, "alert__visit__release_id"),
        recipient=person,
        channel=Channel.INBOX,
        state=DeliveryState.DELIVERED,
    ).order_by("-created_at", "-pk")


def tally(messages: QuerySet[Delivery]) -> Tally:
    found = messages.order_by().aggregate(total=Count("pk"), unread=Count("pk", filter=Q(read_at__isnull=True)))
    return Tally(found["total"], found["unread"])


def shown(
    messages: QuerySet[Delivery], counted: Tally, number: int, now: datetime, zone: tzinfo, *, unread_only: bool
) -> Listing[Row]:
    """One page, what is unread first. Two slices of two indexes, so that it costs what is on the screen."""
    total = counted.unread if unread_only else counted.total
    number = min(number, max(1, -(-total // SIZE)))
    start, end = (number - 1) * SIZE, min(number * SIZE, total)
    found = list(messages.filter(read_at__isnull=True)[start : min(end, counted.unread)])
    if end > counted.unread:
        old = messages.filter(read_at__isnull=False)
        found += old[max(start - counted.unread, 0) : end - counted.unread]
    return Listing(rows_of(found, now, zone), number, total)


def everything(messages: QuerySet[Delivery], now: datetime, zone: tzinfo) -> Iterator[Row]:
    """Every message, unread first, read portion by portion for an export."""
    for part in (messages.filter(read_at__isnull=True), messages.filter(read_at__isnull=False)):
        portion: list[Delivery] = []
        for delivery in part.iterator(chunk_size=SIZE):
            portion.append(delivery)
            if len(portion) == SIZE:
                yield from rows_of(portion, now, zone)
                portion = []
        yield from rows_of(portion, now, zone)


def rows_of(deliveries: Sequence[Delivery], now: datetime, zone: tzinfo) -> list[Row]:
    """The rows of these deliveries, in their order; the same number of queries for one and for fifty."""
    alerts = list(with_matters(Alert.objects.filter(pk__in=[delivery.alert_id for delivery in deliveries])))
    matters = {matter.alert.pk: matter for matter in matters_of(alerts, now)}
    people = {delivery.recipient_id for delivery in deliveries}
    led = frozenset(
        Membership.objects.filter(person__in=people, role=TeamRole.LEAD).values_list("person_id", "team_id")
    )
    return [_row(delivery, matters[delivery.alert_id], led, now, zone) for delivery in deliveries]


def by_day(rows: Iterable[Row], now: datetime, zone: tzinfo) -> list[Day]:
    """The rows under their days, in their order."""
    today = now.astimezone(zone).date()
    grouped = groupby(rows, key=lambda row: (row.at.astimezone(zone).date(), row.unread))
    return [Day(_label(day, today), unread, list(group)) for (day, unread), group in grouped]


def _label(day: date, today: date) -> str:
    """`Today`, `Yesterday`, then the day itself."""
    return {0: "Today", 1: "Yesterday"}.get((today - day).days) or formats.day_of(day, today)


def _row(delivery: Delivery, matter: Matter, led: frozenset[tuple[int, int]], now: datetime, zone: tzinfo) -> Row:
    settled, told = _settled(matter), matter.kind in CLOCK_KINDS | {AlertKind.NOT_MOVED}
    return Row(
        id=delivery.pk,
        at=delivery.created_at,
        unread=delivery.read_at is None,
        icon=_icon(matter.kind),
        finding=finding(matter, now, zone),
        place=f"{matter.stage.label}, {matter.model.team}",
        owner=str(matter.owner) if matter.owner and matter.kind in CLOCK_KINDS and not settled else "",
        quote=_quote(matter),
        settled=settled.label if settled else "",
        moving=settled in MOVING and told,
        url=thing(matter),
        matter=matter,
        answer=matter.answer if told and not settled else None,
        may_answer=told and not settled,
        may_mute=matter.kind in MUTABLE and not settled and not _is_theirs(delivery, matter, led),
    )


def _is_theirs(delivery: Delivery, matter: Matter, led: frozenset[tuple[int, int]]) -> bool:
    """Whether it is plainly the reader's own to answer; the page that mutes looks closer."""
    owner = matter.owner.pk if matter.owner else None
    if (delivery.recipient_id, matter.model.team_id) in led:
        return True
    return delivery.recipient_id in (owner, matter.model.team.escalation_contact_id)


def _settled(matter: Matter) -> Ending | None:
    """News is neither open nor settled."""
    because = matter.alert.closed_because
    return None if because in ("", Ending.NEWS.value) else Ending(because)


def _icon(kind: AlertKind) -> str:
    if kind in VACANCY_KINDS:
        return "user-question"
    return ICONS.get(kind, "alert-octagon" if kind in STAGE_KINDS else "bell")


def _quote(matter: Matter) -> str:
    if matter.kind in FINDING_KINDS:
        return reminder_words.quote(matter)
    if matter.kind in TURN_KINDS:
        return turn_words.quote(matter)
    match matter.act:
        case Nudge():
            return matter.act.message
        case HandoverOffer():
            return matter.act.note
        case Hold():
            return matter.act.reason
    return ""


def cells(row: Row) -> tuple[object, ...]:
    """The row as the export writes it; `COLUMNS` names the cells."""
    matter = row.matter
    return (
        row.at,
        row.finding.word,
        row.finding.sentence.replace(formats.NBSP, " "),
        matter.model.name,
        matter.release.number,
        matter.stage.label,
        matter.model.team.name,
        "Moving again" if row.moving else "",
        row.settled,
        "unread" if row.unread else "read",
    )


COLUMNS: Final = ("At", "Sort", "Finding", "Model", "Release", "Stage", "Team", "State", "Because", "Read")
