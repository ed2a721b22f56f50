"""Write the message of a parcel: one letter, or a digest of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from governance.permissions import may_read
from tracker import formats
from tracker.alerts.channels import Message
from tracker.alerts.digests import digest
from tracker.alerts.endings import Ending
from tracker.alerts.finding import one_line
from tracker.alerts.letters import letter, link
from tracker.alerts.matters import matters_of, with_matters
from tracker.alerts.models import Alert, Delivery
from tracker.alerts.parcels import Parcel
from tracker.alerts.silence import answered
from tracker.alerts.timing import zone_of

# The same as the tokens of the pages, spelled out: a mail has no style sheet to read them from.
COLOURS: Final[Mapping[str, str]] = {
    "breach": "#b3261e",
    "risk": "#8a5300",
    "ok": "#1b6e43",
    "info": "#3a53d0",
    "": "#474e5c",
}


# What is told: what still holds, and news, which settle nothing.
HOLDS: Final = Q(closed_at__isnull=True) | Q(closed_because=Ending.NEWS.value)


def message_for(parcel: Parcel, now: datetime) -> tuple[Message | None, list[Delivery]]:
    """The message, and the deliveries that are not to be made after all; None when nothing is left to say.

    Who left, may not see a model any more, or answered meanwhile is not told of it; what is settled is not told as if
    it still held.
    """
    assert parcel.recipient is not None
    alerts = Alert.objects.filter(HOLDS, pk__in=[delivery.alert_id for delivery in parcel.deliveries])
    sayable = set(alerts.filter(may_read(parcel.recipient, "visit__release_id", now)).values_list("pk", flat=True))
    sayable -= answered(sayable, parcel.recipient.pk, now)
    dropped = [delivery for delivery in parcel.deliveries if delivery.alert_id not in sayable]
    if not sayable:
        return None, dropped
    with timezone.override(zone_of(parcel.recipient)):
        write = _digest if parcel.bundled else _letter
        return write(parcel, sorted(sayable), now), dropped


def _letter(parcel: Parcel, alerts: Sequence[int], now: datetime) -> Message:
    zone = timezone.get_current_timezone()
    assert parcel.recipient is not None
    (matter,) = matters_of(list(with_matters(Alert.objects.filter(pk__in=alerts))), now)
    said = letter(matter, parcel.recipient, now, zone)
    context = {
        "letter": said,
        "colour": COLOURS.get(said.finding.tone, COLOURS[""]),
        "hours": formats.number(Decimal(matter.day) / formats.HOUR),
    }
    return _message(parcel, said.finding.subject, "letter", context, now, matter.visit.pk, said.mute)


def _digest(parcel: Parcel, alerts: Sequence[int], now: datetime) -> Message:
    said = digest(alerts, now, timezone.get_current_timezone())
    return _message(parcel, said.subject, "digest", {"digest": said}, now)


def _message(
    parcel: Parcel,
    subject: str,
    template: str,
    said: dict[str, object],
    now: datetime,
    visit: int | None = None,
    mute: str = "",
) -> Message:
    reader, wishes = parcel.recipient, link(reverse("settings_alerts"))
    assert reader is not None
    context = {
        **said,
        "subject": subject,
        "reader": one_line(str(reader)),
        "sent": _sent(now),
        "home": link("/"),
        "wishes": wishes,
    }
    return Message(
        to=reader.email,
        subject=subject,
        text=_plain(render_to_string(f"alerts/{template}.txt", context)),
        html=render_to_string(f"alerts/{template}.html", context),
        key=parcel.key,
        thread=f"visit-{visit}" if visit else "",
        unsubscribe=mute or wishes,
    )


def _sent(now: datetime) -> str:
    here = timezone.localtime(now)
    return f"{formats.day_of(here.date(), here.date())} {here:%Y, %H:%M %Z}"


def _plain(text: str) -> str:
    """Without the blank lines that template tags leave, and with spaces that every mail reader can break at."""
    lines = [line.rstrip() for line in text.replace(formats.NBSP, " ").strip().splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept) + "\n"
