"""E-mail through a real server on the loopback: what arrives, and what becomes of what does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import override_settings

from governance.acts import holds
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.mail_server import Postbox, free_port, mail_server, part, smtp
from tests.tracker.alerts.sweeping import business_days
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Channel, Delivery, DeliveryAttempt, DeliveryState
from tracker.alerts.parcels import MOST_TRIES
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with mail_server() as running:
        yield running


def stalled(world: World) -> tuple[World, timedelta]:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    world.now = business_days(world.visit(release).entered_at, 5.5)
    notice(world.now)
    world.now += SETTLING
    return world, SETTLING


def mails(**filters: object) -> dict[str, str]:
    """By address, the state of the e-mail deliveries."""
    rows = Delivery.objects.filter(channel=Channel.EMAIL, **filters).select_related("recipient")
    return {row.recipient.email: row.state for row in rows if row.recipient}


def test_the_mail_says_the_finding_and_carries_its_key(world: World, postbox: Postbox) -> None:
    stalled(world)
    delivered = deliver(world.now)
    assert (delivered.sent, delivered.failed) == (2, 0)
    (mail,) = postbox.to(world.engineer.email)
    assert mail["Subject"] == "Stalled: claims-triage release 1 is 4h past its brief budget"
    row = Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL)
    assert mail["X-Throughline-Key"] == str(row.key)
    assert mail["Message-ID"] == f"<{row.key}@127.0.0.1>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert "claims-triage release 1 is 4h past its brief budget" in part(mail, "plain")
    assert "claims-triage release 1 is 4h past its brief budget" in part(mail, "html")
    assert row.state == DeliveryState.DELIVERED
    assert row.delivered_at == world.now
    assert [(t.succeeded, t.answer) for t in row.tries.all()] == [(True, "")]


def test_what_was_delivered_is_not_sent_again(world: World, postbox: Postbox) -> None:
    stalled(world)
    deliver(world.now)
    assert not deliver(world.now + timedelta(days=3))
    assert len(postbox.mails) == 2


def test_a_message_waits_until_its_sweep_is_written(world: World, postbox: Postbox) -> None:
    stalled(world)
    assert not deliver(world.now - timedelta(seconds=1))
    assert postbox.mails == []


def test_a_recipient_whom_the_server_does_not_know_is_given_up_at_once(world: World, postbox: Postbox) -> None:
    stalled(world)
    postbox.answers[world.engineer.email] = "550 no such person here"
    delivered = deliver(world.now)
    assert (delivered.sent, delivered.failed) == (1, 1)
    assert mails() == {world.engineer.email: "failed", world.lead.email: "delivered"}
    row = Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL)
    assert "no such person here" in row.tries.get().answer


def test_a_greylisted_recipient_is_tried_again_with_the_same_key(world: World, postbox: Postbox) -> None:
    stalled(world)
    postbox.answers[world.engineer.email] = "451 come back later"
    deliver(world.now)
    row = Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL)
    assert (row.state, row.attempts, row.next_attempt_at) == ("waiting", 1, world.now + timedelta(seconds=30))
    deliver(world.now + timedelta(seconds=30))
    row.refresh_from_db()
    assert (row.attempts, row.next_attempt_at) == (2, world.now + timedelta(seconds=90))
    del postbox.answers[world.engineer.email]
    deliver(world.now + timedelta(seconds=90))
    (mail,) = postbox.to(world.engineer.email)
    assert mail["X-Throughline-Key"] == str(row.key)
    assert [attempt.succeeded for attempt in row.tries.all()] == [False, False, True]


def test_after_many_tries_it_is_given_up(world: World, postbox: Postbox) -> None:
    stalled(world)
    postbox.answers[world.engineer.email] = "451 come back later"
    for hour in range(MOST_TRIES + 3):
        deliver(world.now + timedelta(hours=2 * hour))
    row = Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL)
    assert (row.state, row.attempts, row.next_attempt_at) == ("failed", MOST_TRIES, None)


def test_a_text_that_the_server_rejects_is_given_up(world: World, postbox: Postbox) -> None:
    stalled(world)
    postbox.to_data = "554 looks like spam"
    deliver(world.now)
    assert set(mails().values()) == {"failed"}


def test_a_server_that_refuses_connections_costs_one_try_a_run(world: World) -> None:
    stalled(world)
    with override_settings(**smtp(free_port())):
        delivered = deliver(world.now)
    assert (delivered.sent, delivered.failed) == (0, 1)
    tried = Delivery.objects.get(channel=Channel.EMAIL, attempts=1)
    assert "no connection" in tried.tries.get().answer
    assert Delivery.objects.filter(channel=Channel.EMAIL, attempts=0, state="waiting").count() == 1


def test_a_server_that_hangs_is_left_after_the_time_out_and_the_next_run_goes_on(world: World) -> None:
    stalled(world)
    with mail_server(timeout=0.4) as postbox:
        postbox.hang = 1.5
        delivered = deliver(world.now)
        assert (delivered.sent, delivered.failed) == (0, 1)
        assert "timed out" in DeliveryAttempt.objects.get(succeeded=False).answer
        postbox.hang = 0
        assert not deliver(world.now + timedelta(seconds=10))  # the server is left alone for a while
        assert deliver(world.now + timedelta(seconds=40)).sent == 2


def test_no_message_is_begun_after_the_time_is_up(world: World, postbox: Postbox) -> None:
    stalled(world)
    assert not deliver(world.now, seconds=0)
    assert postbox.mails == []


def test_a_name_cannot_break_the_header_or_the_page(world: World, postbox: Postbox) -> None:
    from models_registry.models import RegisteredModel

    stalled(world)
    evil = "x\r\nBcc: everybody@example.org\u202e<script>alert(1)</script>"
    RegisteredModel.objects.update(name=evil)
    deliver(world.now)
    (mail,) = postbox.to(world.engineer.email)
    assert mail["Bcc"] is None
    assert "x Bcc: everybody@example.org<script>alert(1)</script> release 1" in mail["Subject"]
    assert "<script>" not in part(mail, "html")
    assert "&lt;script&gt;" in part(mail, "html")
    assert len(postbox.mails) == 2


def test_what_a_nudge_says_is_quoted_and_not_obeyed(world: World, postbox: Postbox) -> None:
    release = world.release_at(Stage.BRIEF)
    holds.nudge(world.lead, release.pk, "Any news?\n<b>Now</b>\nhttps://x.example", at=world.tick())
    notice(world.now)
    deliver(world.now + SETTLING)
    (mail,) = postbox.to(world.engineer.email)
    assert "> Any news?\n> <b>Now</b>\n> https://x.example" in part(mail, "plain").replace("\r\n", "\n")
    assert "&lt;b&gt;Now&lt;/b&gt;" in part(mail, "html")


def test_what_was_settled_meanwhile_is_not_sent(world: World, postbox: Postbox) -> None:
    from governance.acts import transitions

    stalled(world)
    release = Delivery.objects.filter(channel=Channel.EMAIL)[0].alert.visit.release
    transitions.park(world.lead, release.pk, "no_budget", "Paused.", at=world.now)
    notice(world.now)
    assert not deliver(world.now)
    assert set(mails(alert__kind=AlertKind.BREACHED).values()) == {"cancelled"}


def test_who_left_or_may_not_see_the_model_any_more_gets_no_mail(world: World, postbox: Postbox) -> None:
    stalled(world)
    world.lead.is_active = False
    world.lead.save()
    deliver(world.now)
    assert mails() == {world.engineer.email: "delivered", world.lead.email: "cancelled"}
    assert postbox.to(world.lead.email) == []
