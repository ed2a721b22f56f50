"""Every kind of alert around a stage reads as words in both parts of a mail, in a digest and in the inbox."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal

from governance.acts import ownership
from governance.acts.answers import acknowledge, snooze
from governance.models import Extension
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days
from tests.world import World
from tracker.alerts.channels import Message
from tracker.alerts.compose import message_for
from tracker.alerts.kinds import TURN_KINDS
from tracker.alerts.models import Alert, Channel, Delivery
from tracker.alerts.parcels import Parcel
from tracker.stalls import notice
from tracker.web.inbox.rows import rows_of

DAY = timedelta(days=1)
CODES = re.compile(r"\b[a-z]+_[a-z_]+\b")


def occasions(world: World) -> tuple[int, datetime, dict[AlertKind, int]]:
    """A visit past its budget, the moment, and the row that each kind is about."""
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    now = business_days(world.now, 5.2)
    notice(now)
    visit = world.visit(release)
    said = acknowledge(world.engineer, release.pk, "The vendor answers on Thursday.", now + DAY, at=now)
    offer = ownership.offer_handover(world.engineer, release.pk, world.colleague, "All is written down.", at=now)
    asked = Extension.objects.create(
        visit=visit,
        days=Decimal("2.5"),
        extra_seconds=72_000,
        reason="The grant came late.",
        asked_by=world.engineer,
        asked_at=now,
        state=Extension.State.REFUSED,
        decided_by=world.lead,
        decided_at=now,
        answer="Ask for help instead.",
        stalls_before=now,
        stalls_after=now + 2 * DAY,
    )
    breach = Alert.objects.get(visit=visit, kind=AlertKind.BREACHED)
    rows = {
        AlertKind.NOT_MOVED: said.pk,
        AlertKind.MOVING_AGAIN: breach.pk,
        AlertKind.HANDOVER_EXPIRED: offer.pk,
        AlertKind.OWNER_GIVEN: world.spell(release).pk,
        AlertKind.OWNER_LEFT: world.spell(release).pk,
        AlertKind.EXTENSION_ASKED: asked.pk,
        AlertKind.EXTENSION_DECIDED: asked.pk,
    }
    return visit.pk, now + DAY, rows


def mail_of(world: World, deliveries: tuple[Delivery, ...], now: datetime) -> Message:
    parcel = Parcel(world.lead, Channel.EMAIL, "key", len(deliveries) > 1, deliveries)
    message, dropped = message_for(parcel, now)
    assert message is not None
    assert dropped == []
    return message


def test_no_kind_shows_its_code_anywhere(world: World) -> None:
    visit, now, rows = occasions(world)
    assert rows.keys() == TURN_KINDS
    made: list[Delivery] = []
    for kind, occasion in rows.items():
        news = {"closed_at": now, "closed_because": "nothing to settle"} if kind == AlertKind.MOVING_AGAIN else {}
        alert = Alert.objects.create(kind=kind, visit_id=visit, occasion=occasion, **news)
        made.append(Delivery(alert=alert, recipient=world.lead, channel=Channel.EMAIL, created_at=now))
    said = {AlertKind(one.alert.kind): mail_of(world, (one,), now) for one in made}
    for kind, message in said.items():
        words = re.sub(r"<[^>]+>|https?://\S+|<style.*?</style>", " ", message.html, flags=re.S)
        assert "claims-triage release 1" in message.subject, kind
        assert "claims-triage release 1" in message.text, kind
        for part in (message.subject, re.sub(r"https?://\S+", "", message.text), words):
            assert kind.value not in part
            assert CODES.findall(part) == [], kind
            assert "None" not in part
    assert "did not give 2.5 business days more" in said[AlertKind.EXTENSION_DECIDED].subject
    assert "Ask for help instead." in said[AlertKind.EXTENSION_DECIDED].html
    assert "asks for 2.5 business days more" in said[AlertKind.EXTENSION_ASKED].subject
    assert "was expected to move by" in said[AlertKind.NOT_MOVED].subject
    digest = mail_of(world, tuple(made), now)
    assert "release has not moved as expected" in digest.text
    assert CODES.findall(re.sub(r"https?://\S+", "", digest.text)) == []
    for row in rows_of(made, now, now.tzinfo):  # type: ignore[arg-type]  # the moment has a zone
        assert CODES.findall(row.finding.sentence) == []


def test_a_stall_that_was_put_off_says_so(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    now = business_days(world.now, 5.2)
    notice(now)
    said = snooze(world.engineer, release.pk, "Until tomorrow.", 24, at=now)
    alert = Alert.objects.create(kind=AlertKind.NOT_MOVED, visit_id=said.visit_id, occasion=said.pk)
    message = mail_of(world, (Delivery(alert=alert, recipient=world.lead, channel=Channel.EMAIL),), now + DAY)
    assert message.subject == "Put off until now: claims-triage release 1 is still in the brief"
