"""Deliveries: what was sent where, what was answered, and what was given up; and trying again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from governance import permissions
from models_registry.models import Person
from models_registry.vocabulary import AlertKind
from tracker import formats
from tracker.alerts.models import Channel, Delivery, DeliveryAttempt, DeliveryState, Destination
from tracker.alerts.retrying import retry, retry_all, visible
from tracker.web.listing import SIZE, filters_of
from tracker.web.pages import back_address, done, page
from tracker.web.settings.sections import frame
from tracker.web.viewer import reader

CHANNELS = [(channel.value, channel.label) for channel in Channel if channel != Channel.INBOX]
TONES = {DeliveryState.DELIVERED: "ok", DeliveryState.FAILED: "breach", DeliveryState.WAITING: "info"}
SHOWN_TRIES = 3


@dataclass(frozen=True, slots=True)
class Tried:
    """Tries one after the other that got the same answer."""

    first: datetime
    last: datetime
    count: int
    answer: str
    succeeded: bool


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivery. `what` is empty where the reader may not see the model any more.

    `tries` are the last ones, `more` how many other answers came before.
    """

    delivery: Delivery
    kind: str
    what: str
    url: str
    to: str
    whose: str
    tone: str
    state: str
    tries: Sequence[Tried]
    more: int
    may_retry: bool


@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """The newest first, in pages that begin after a key, so that the last page costs what the first does."""
    actor = reader(request)
    sought = filters_of(request, "state", "channel", "destination", "before")
    parts = [_filtered(part, sought) for part in visible(actor)]
    found = _newest(parts, SIZE + 1)
    destination = _destination(sought["destination"], parts) if sought["destination"] else None
    context = {
        **frame(request, "settings_deliveries"),
        "rows": [_row(one, actor) for one in found[:SIZE]],
        "older": found[SIZE - 1].pk if len(found) > SIZE else None,
        "given_up": sum(part.filter(state=DeliveryState.FAILED).count() for part in visible(actor)),
        "states": DeliveryState.choices,
        "channels": CHANNELS,
        "destination": destination,
        "filtered": any(sought[name] for name in ("state", "channel", "destination")),
        "sought": sought,
    }
    return page(request, "settings/deliveries.html", context)


@require_POST
def delivery_retry(request: HttpRequest, delivery: int) -> HttpResponse:
    """Try one again now."""
    retry(reader(request), delivery)
    to = back_address(request, reverse("settings_deliveries"))
    return done(request, to=to, message="It is tried again within seconds.")


@require_POST
def deliveries_retry(request: HttpRequest, destination: int) -> HttpResponse:
    """Try everything again that was given up at one destination."""
    count = retry_all(reader(request), destination)
    message = f"{formats.count(count, 'message')} given up there {'is' if count == 1 else 'are'} tried again."
    to = back_address(request, reverse("settings_deliveries"))
    return done(request, to=to, message=message if count else "Nothing was given up there.")


def _filtered(part: QuerySet[Delivery], sought: dict[str, str]) -> QuerySet[Delivery]:
    if sought["state"] in DeliveryState.values:
        part = part.filter(state=sought["state"])
    if sought["channel"] in Channel.values:
        part = part.filter(channel=sought["channel"])
    if number := _number(sought["destination"]):
        part = part.filter(destination_number=number)
    if before := _number(sought["before"]):
        part = part.filter(pk__lt=before)
    return part


def _newest(parts: Sequence[QuerySet[Delivery]], most: int) -> list[Delivery]:
    keys = {pk for part in parts for pk in part.order_by("-pk").values_list("pk", flat=True)[:most]}
    wanted = sorted(keys, reverse=True)[:most]
    rows = Delivery.objects.filter(pk__in=wanted).order_by("-pk").prefetch_related("tries")
    return list(rows.select_related("recipient", "destination__team", "alert__visit__release__model__team"))


def _destination(sought: str, parts: Sequence[QuerySet[Delivery]]) -> Destination | None:
    """The destination that the list is narrowed to, if the reader sees deliveries of it."""
    number = _number(sought)
    known = Destination.objects.select_related("team").filter(pk=number).first() if number else None
    return known if known is not None and any(part.exists() for part in parts) else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _row(one: Delivery, actor: Person) -> DeliveryRow:
    state, release = DeliveryState(one.state), one.alert.visit.release
    seen = permissions.allows(permissions.see, actor, release.model)
    tries = list(_tried(one.tries.all()))
    now = timezone.now()
    return DeliveryRow(
        delivery=one,
        kind=str(AlertKind(one.alert.kind).label),
        what=str(release) if seen else "",
        url=f"{reverse('model', args=[release.model.slug])}?release={release.number}" if seen else "",
        to=_to(one),
        whose=str(one.destination.team) if one.destination and one.destination.team else "",
        tone=TONES.get(state, ""),
        state=str(state.label),
        tries=tries[-SHOWN_TRIES:],
        more=max(len(tries) - SHOWN_TRIES, 0),
        may_retry=_may_retry(one, now),
    )


def _tried(tries: Iterable[DeliveryAttempt]) -> Iterator[Tried]:
    for (answer, succeeded), group in groupby(tries, lambda attempt: (attempt.answer, attempt.succeeded)):
        same = list(group)
        yield Tried(same[0].at, same[-1].at, len(same), answer, succeeded)


def _may_retry(one: Delivery, now: Any) -> bool:
    if one.destination_number and (one.destination is None or not one.destination.is_on):
        return False
    if one.state == DeliveryState.FAILED:
        return True
    return one.state == DeliveryState.WAITING and one.attempts > 0 and bool(one.next_attempt_at > now)


def _to(one: Delivery) -> str:
    if one.destination is not None:
        return one.destination.name
    if one.destination_number:
        return "A destination that was removed"
    return one.recipient.email if one.recipient else ""
