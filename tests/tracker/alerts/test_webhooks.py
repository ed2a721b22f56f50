"""Webhooks: signed after the specification, once an alert, and tried again as the answer asks."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts import holds, transitions
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.places import webhook
from tests.tracker.alerts.sweeping import business_days
from tests.tracker.sink import Received, Sink, sink
from tests.tracker.test_stalls_races import at_once
from tests.world import World
from tracker.alerts.channels.answers import retry_after
from tracker.alerts.channels.signing import Key, read, replaced, signature, written
from tracker.alerts.delivering import deliver
from tracker.alerts.loads import LEASE, loads
from tracker.alerts.models import Channel, Delivery, DeliveryState, Destination
from tracker.sealing import seal
from tracker.stalls import notice


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Sink]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with sink() as found:
        yield found


def stall(world: World, count: int = 1) -> datetime:
    """So many releases past their budget, found at once. Mail is another test's business."""
    for _ in range(count):
        world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.5)
    notice(world.now)
    Delivery.objects.filter(channel=Channel.EMAIL).delete()
    return world.now


def rows(destination: Destination) -> list[Delivery]:
    return list(Delivery.objects.filter(destination=destination).order_by("pk"))


def verified(request: Received, key: Key) -> bool:
    """By the letter of the specification, written anew: what a receiver in another house would do."""
    identifier, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    secret = base64.b64decode(key.text.removeprefix("whsec_"))
    signed = b".".join([identifier.encode(), at.encode(), request.body])
    expected = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return f"v1,{expected}" in request.headers["webhook-signature"].split(" ")


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of the reference implementations (Svix's libraries and Standard Webhooks use the same)."""
    key = Key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature([key.secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_breach_arrives_at_the_webhook_of_the_team_signed_and_once(world: World, server: Sink) -> None:
    destination, key = webhook(world.team, f"{server.url}/hooks/throughline?a=b")
    result = deliver(stall(world))
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/hooks/throughline?a=b")
    assert verified(request, key)
    (row,) = rows(destination)
    assert (row.recipient, row.state, row.attempts) == (None, "delivered", 1)
    assert request.headers["webhook-id"] == str(row.key)
    assert request.headers["content-type"] == "application/json"
    assert row.tries.get().answer == "200 ok"
    assert result.sent == 1
    said = request.said
    assert (said["type"], said["data"]["stage"]["code"], said["data"]["rung"]) == (
        "alert.breached",
        "brief",
        "breached",
    )
    assert said["data"]["summary"].startswith("Stalled: card-fraud-scorer")
    assert said["data"]["owner"] == {"name": str(world.engineer), "email": world.engineer.email}
    assert said["data"]["clock"]["breached"] is True
    assert said["data"]["link"].startswith("http://127.0.0.1:8000/models/")
    deliver(world.now + timedelta(hours=1))
    assert len(server.requests) == 1


def test_a_person_hears_at_their_own_place_of_what_they_are_told(world: World, server: Sink) -> None:
    own, _ = webhook(world.lead, f"{server.url}/lead")
    webhook(world.stranger, f"{server.url}/stranger")
    deliver(stall(world))
    assert [request.path for request in server.requests] == ["/lead"]
    assert [row.recipient for row in rows(own)] == [world.lead]


def test_nothing_is_sent_to_who_may_not_see_the_model_any_more(world: World, server: Sink) -> None:
    own, _ = webhook(world.engineer, server.url)
    now = stall(world)
    world.engineer.is_active = False
    world.engineer.save()
    deliver(now)
    assert (server.requests, [row.state for row in rows(own)]) == ([], ["cancelled"])


def test_a_place_hears_from_its_rung_on(world: World, server: Sink) -> None:
    webhook(world.team, f"{server.url}/high", least="escalated")
    webhook(world.team, f"{server.url}/low", name="Low", least="at_risk")
    webhook(world.team, f"{server.url}/off", name="Off", is_on=False)
    release = world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.5)
    holds.nudge(world.lead, release.pk, "News?", at=world.now)
    notice(world.now)
    deliver(world.now)
    assert Counter(request.path for request in server.requests) == {"/low": 1}
    notice(business_days(world.now, 3))
    deliver(business_days(world.now, 3))
    assert Counter(request.path for request in server.requests) == {"/low": 2, "/high": 1}


def test_what_is_settled_before_it_was_sent_is_called_back(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    release = world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.5)
    notice(world.now)
    transitions.kill(world.lead, release.pk, "no_value", "Nobody uses it.", at=world.now)
    notice(world.now)
    deliver(world.now)
    assert (server.requests, {row.state for row in rows(destination)}) == ([], {"cancelled"})


def test_many_alerts_go_over_one_connection_and_each_by_itself(world: World, server: Sink) -> None:
    webhook(world.team, server.url)
    deliver(stall(world, 6))
    assert len({request.headers["webhook-id"] for request in server.requests}) == 6
    assert server.connections == 1


@pytest.mark.parametrize("status", [500, 404, 302, 401])
def test_a_refusal_is_tried_again_with_the_same_identifier(world: World, server: Sink, status: int) -> None:
    destination, key = webhook(world.team, server.url)
    server.answer = lambda request: (status, {}, b"<html>\n no") if len(server.requests) == 1 else (204, {}, b"")
    now = stall(world)
    deliver(now)
    (row,) = rows(destination)
    assert (row.state, row.attempts) == ("waiting", 1)
    assert str(row.tries.get().answer).startswith(f"{status} <html>")
    assert not deliver(now + timedelta(seconds=20))
    deliver(now + timedelta(seconds=40))
    assert [row.state for row in rows(destination)] == ["delivered"]
    first, second = server.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert verified(second, key)


@pytest.mark.parametrize("status", [429, 503])
def test_a_place_that_asks_to_be_left_alone_is(world: World, server: Sink, status: int) -> None:
    destination, _ = webhook(world.team, server.url)
    server.answer = lambda request: (status, {"Retry-After": "900"}, b"busy")
    now = stall(world, 3)
    deliver(now)
    assert len(server.requests) == 1
    assert sorted(row.attempts for row in rows(destination)) == [0, 0, 1]
    server.answer = lambda request: (200, {}, b"ok")
    assert not deliver(now + timedelta(minutes=14)).sent
    deliver(now + timedelta(minutes=16))  # one as a trial, and the others then
    deliver(now + timedelta(minutes=16))
    assert len({request.headers["webhook-id"] for request in server.requests}) == 3
    assert {row.state for row in rows(destination)} == {"delivered"}
    destination.refresh_from_db()
    assert (destination.failures, destination.resting_until) == (0, None)


def test_a_place_that_is_gone_is_switched_off(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    server.answer = lambda request: (410, {}, b"gone")
    deliver(stall(world, 3))
    destination.refresh_from_db()
    assert (destination.is_on, len(server.requests)) == (False, 1)
    assert Counter(row.state for row in rows(destination)) == {"failed": 1, "cancelled": 2}


def test_a_place_that_hangs_holds_up_no_other(world: World, server: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    from tracker.alerts.channels import webhook as channel
    from tracker.outbound import Client

    monkeypatch.setattr(channel, "Client", lambda: Client(total_seconds=0.5))
    with sink() as hanging:
        hanging.hang = True
        slow, _ = webhook(world.team, hanging.url, name="Slow")
        quick, _ = webhook(world.team, server.url, name="Quick")
        now = stall(world, 4)
        deliver(now)
        assert {row.state for row in rows(quick)} == {"delivered"}
        assert len(hanging.requests) == 1
        slow.refresh_from_db()
        assert (slow.failures, slow.resting_until is not None) == (1, True)
        assert rows(slow)[0].tries.get().answer == "No answer within 0.5 seconds."
        assert not deliver(now + timedelta(seconds=10))
        deliver(now + timedelta(seconds=40))
        slow.refresh_from_db()
        assert (slow.failures, len(hanging.requests)) == (2, 2)


def test_a_private_address_that_nobody_allowed_gets_nothing(world: World, server: Sink, settings: LazySettings) -> None:
    destination, _ = webhook(world.team, server.url)
    settings.OUTBOUND_ALLOW = []
    deliver(stall(world))
    assert server.connections == 0
    assert "OUTBOUND_ALLOW" in rows(destination)[0].tries.get().answer


def test_a_key_that_is_lost_is_told_and_nothing_breaks(world: World, server: Sink, settings: LazySettings) -> None:
    destination, _ = webhook(world.team, server.url)
    now = stall(world)
    settings.SECRET_KEY = "another-key-of-this-site-" + "1" * 20
    deliver(now)
    (row,) = rows(destination)
    assert row.state == "waiting"
    assert "SECRETS_KEYS" in row.tries.get().answer
    assert server.url not in row.tries.get().answer


def test_while_a_key_is_replaced_both_sign(world: World, server: Sink) -> None:
    destination, old = webhook(world.team, server.url)
    keys = replaced([old], datetime.now(world.now.tzinfo))
    destination.sealed_key = seal(written(keys))
    destination.save()
    deliver(stall(world))
    assert [verified(server.requests[0], key) for key in keys] == [True, True]
    destination.sealed_key = seal(written([keys[0], Key(old.text, world.now - timedelta(days=900))]))
    destination.save()
    deliver(stall(world))
    assert [verified(server.requests[-1], key) for key in keys] == [True, False]
    assert read(written(keys)) == keys


def test_after_about_fourteen_hours_without_an_answer_it_is_for_people_to_look_at(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    server.answer = lambda request: (503, {}, b"down")
    now = stall(world, 2)
    for _ in range(25):
        deliver(now)
        now += timedelta(hours=1, minutes=1)
    assert {row.state for row in rows(destination)} == {DeliveryState.FAILED}
    assert any("given up" in one.answer for row in rows(destination) for one in row.tries.all())
    server.answer = lambda request: (200, {}, b"")
    fresh = stall(world)
    deliver(max(now, fresh) + timedelta(hours=2))
    destination.refresh_from_db()
    assert destination.failures == 0


def test_a_worker_that_dies_after_claiming_gives_it_back(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    now = stall(world)
    assert len(loads(now, busy=(), most=8)) == 1  # and then nothing more is heard of this worker
    assert not deliver(now + timedelta(seconds=30)).sent
    deliver(now + LEASE)
    assert [row.state for row in rows(destination)] == ["delivered"]


def test_messages_are_written_in_a_constant_number_of_queries(world: World, server: Sink) -> None:
    webhook(world.team, server.url)
    queries = []
    for count in (1, 12):
        now = stall(world, count)
        with CaptureQueriesContext(connection) as captured:
            deliver(now)
        queries.append(len(captured))
    assert len(server.requests) == 14  # the first one is past its next rung by then
    assert queries[0] == queries[1]


def test_a_date_to_wait_for_is_read_against_the_senders_own_clock() -> None:
    said = {"retry-after": "Wed, 21 Oct 2026 07:30:00 GMT", "date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert retry_after(said) == timedelta(minutes=2)
    assert retry_after({"retry-after": "1000000"}) == timedelta(hours=6)
    assert [retry_after({"retry-after": text}) for text in ("", "soon", "-5")] == [None, None, None]


@pytest.mark.django_db(transaction=True)
def test_three_workers_at_once_send_each_alert_once(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    now = stall(world, 9)
    at_once(*[lambda: deliver(now)] * 3)
    assert Counter(row.state for row in rows(destination)) == {"delivered": 9}
    assert len(server.requests) == len({request.headers["webhook-id"] for request in server.requests}) == 9


def test_a_second_sweep_makes_no_second_delivery(world: World, server: Sink) -> None:
    destination, _ = webhook(world.team, server.url)
    stall(world)
    notice(world.now)
    assert [row.alert.kind for row in rows(destination)] == [AlertKind.BREACHED]
