"""Destinations and deliveries: who sees and changes which, secrets shown once or never, real answers of tests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from governance.models import AuditEvent
from governance.trail import verify
from models_registry.models import Person
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.places import webhook
from tests.tracker.alerts.sweeping import business_days
from tests.tracker.alerts.test_webhooks import verified
from tests.tracker.sink import Sink, sink
from tests.world import World
from tracker.alerts.channels import signing
from tracker.alerts.channels.sealed import address_of, keys_of
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Channel, Delivery, DeliveryState, Destination
from tracker.stalls import notice

LIST = "/settings/destinations/"
NEW = "/settings/destinations/new/"


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Sink]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with sink() as found:
        yield found


def as_(client: Client, person: Person) -> Client:
    client.force_login(person)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_webhook_is_added_and_its_key_shown_once(client: Client, world: World, server: Sink) -> None:
    as_(client, world.engineer)
    said = {"channel": "webhook", "name": "Hook", "address": f"{server.url}/s3cret", "least": "breached", "whose": ""}
    answer = client.post(NEW, said)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    (key,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", text(answer)))
    made = Destination.objects.get()
    assert (made.person, made.team, made.least, made.shown) == (world.engineer, None, "breached", f"{server.url}/…")
    assert address_of(made) == f"{server.url}/s3cret"
    assert [one.text for one in keys_of(made)] == [key]
    for path in (
        LIST,
        f"{LIST}{made.pk}/",
        f"{LIST}{made.pk}/key/",
        f"{LIST}{made.pk}/remove/",
        "/settings/deliveries/",
    ):
        page = text(client.get(path))
        assert "s3cret" not in page
        assert key not in page
    kept = str(list(AuditEvent.objects.values_list("detail", flat=True)))
    assert "s3cret" not in kept
    assert key not in kept
    assert "s3cret" not in made.sealed + made.sealed_key
    assert client.post(NEW, said).status_code == 422  # the second click
    assert Destination.objects.count() == 1


def test_the_test_button_sends_and_shows_the_real_answer(client: Client, world: World, server: Sink) -> None:
    made, key = webhook(world.engineer, server.url, name="Hook")
    as_(client, world.engineer)
    server.answer = lambda request: (418, {}, b"I am a teapot\nreally")
    page = text(client.post(f"{LIST}{made.pk}/test/", follow=True))
    assert "The test did not get through to Hook. 418 I am a teapot" in page
    assert "test failed" in page
    server.answer = lambda request: (202, {}, b"queued")
    page = text(client.post(f"{LIST}{made.pk}/test/", follow=True))
    assert "Hook took the test. It answered: 202 queued" in page
    assert server.requests[-1].said["type"] == "test"
    assert verified(server.requests[-1], key)


def test_the_test_button_survives_a_lost_key_and_a_private_address(
    client: Client, world: World, server: Sink, settings: LazySettings
) -> None:
    made, _ = webhook(world.engineer, server.url, name="Hook")
    as_(client, world.engineer)
    settings.OUTBOUND_ALLOW = []
    assert "goes only if OUTBOUND_ALLOW" in text(client.post(f"{LIST}{made.pk}/test/", follow=True)).replace(
        "alerts go only", "goes only"
    )
    Destination.objects.update(sealed="gAAAAAnonsense")
    assert "put it back into SECRETS_KEYS" in text(client.post(f"{LIST}{made.pk}/test/", follow=True))
    assert server.connections == 0


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "http://ada:secret@example.org/", "name and password"),
        ("address", "gopher://example.org/", "begin with https"),
        ("address", "", "required"),
        ("name", "", "required"),
        ("least", "sometimes", "Select a valid choice"),
        ("channel", "inbox", "Select a valid choice"),
        ("whose", "payments-risk", "Select a valid choice"),
    ],
)
def test_a_form_names_the_field_and_keeps_what_was_typed(
    client: Client, world: World, field: str, value: str, said: str
) -> None:
    as_(client, world.engineer)
    facts = {"channel": "webhook", "name": "My hook", "address": "https://example.org/x", "least": "", "whose": ""}
    answer = client.post(NEW, {**facts, field: value})
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {field}
    assert said in str(answer.context["form"].errors[field])
    if field != "name":
        assert "My hook" in text(answer)
    assert not Destination.objects.exists()


def test_who_sees_and_changes_which(client: Client, world: World) -> None:
    own, _ = webhook(world.engineer, "https://example.org/own", name="Of Jonas")
    of_team, _ = webhook(world.team, "https://example.org/team", name="Of the team")
    others = world.make_team("Another team")
    foreign, _ = webhook(others, "https://example.org/foreign", name="Of others")
    shown = {}
    for person in (world.engineer, world.lead, world.admin, world.auditor, world.stranger):
        page = text(as_(client, person).get(LIST))
        shown[person] = [one.name for one in (own, of_team, foreign) if one.name in page]
    assert shown == {
        world.engineer: ["Of Jonas"],
        world.lead: ["Of the team"],
        world.admin: ["Of the team", "Of others"],
        world.auditor: [],
        world.stranger: [],
    }
    for verb in ("", "remove/", "key/"):
        assert as_(client, world.lead).get(f"{LIST}{own.pk}/{verb}").status_code == 404
        assert as_(client, world.admin).get(f"{LIST}{own.pk}/{verb}").status_code == 404
        assert as_(client, world.engineer).get(f"{LIST}{of_team.pk}/{verb}").status_code == 403
        assert as_(client, world.lead).get(f"{LIST}{of_team.pk}/{verb}").status_code == 200
        assert as_(client, world.lead).get(f"{LIST}{foreign.pk}/{verb}").status_code == 403
    assert as_(client, world.stranger).post(f"{LIST}{own.pk}/test/").status_code == 404
    assert as_(client, world.stranger).post(f"{LIST}{own.pk}/remove/").status_code == 404
    assert as_(client, world.auditor).post(f"{LIST}{of_team.pk}/remove/").status_code == 403
    assert Destination.objects.count() == 3


def test_a_lead_gives_the_team_a_chat_changes_it_and_takes_it_away(client: Client, world: World) -> None:
    as_(client, world.lead)
    address = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    facts = {"channel": "apprise", "name": "#ml", "address": address, "least": "", "whose": "payments-risk"}
    assert client.post(NEW, facts).status_code == 303
    made = Destination.objects.get()
    assert (made.team, made.person, made.shown, made.sealed_key) == (world.team, None, "Slack", "")
    page = client.get(f"{LIST}{made.pk}/")
    change = {"name": "#ml-alerts", "address": "", "least": "escalated", "seen": page.context["seen"]}
    assert client.post(f"{LIST}{made.pk}/", change).status_code == 303
    made.refresh_from_db()
    assert (made.name, made.least, made.is_on, address_of(made)) == ("#ml-alerts", "escalated", False, address)
    stale = client.post(f"{LIST}{made.pk}/", {**change, "name": "Mine", "is_on": "on"})
    assert stale.status_code == 409
    assert "Marta Oliveira changed #ml-alerts after you opened it" in text(stale)
    assert client.post(f"{LIST}{made.pk}/remove/").status_code == 303
    assert client.post(f"{LIST}{made.pk}/remove/").status_code == 404
    acts = list(AuditEvent.objects.filter(act__startswith="destination.").values_list("act", flat=True))
    assert acts == ["destination.add", "destination.edit", "destination.remove"]
    assert verify().holds


def test_a_new_key_is_shown_once_and_the_old_one_signs_for_a_day(client: Client, world: World) -> None:
    made, old = webhook(world.engineer, "https://example.org/own")
    answer = as_(client, world.engineer).post(f"{LIST}{made.pk}/key/")
    (shown,) = set(re.findall(r"whsec_[A-Za-z0-9+/=]+", text(answer)))
    made.refresh_from_db()
    new, before = keys_of(made)
    assert (new.text, before.text, new.until) == (shown, old.text, None)
    assert before.until is not None
    assert len(signing.written([new])) > 0


def test_switched_off_or_removed_nothing_more_goes_there(client: Client, world: World, server: Sink) -> None:
    made, _ = webhook(world.team, server.url, name="Hook")
    now = stall(world)
    as_(client, world.lead).post(f"{LIST}{made.pk}/", {"name": "Hook", "address": "", "least": ""})
    assert [row.state for row in Delivery.objects.filter(destination=made)] == ["cancelled"]
    client.post(f"{LIST}{made.pk}/remove/")
    deliver(now)
    row = Delivery.objects.get(destination_number=made.pk)
    assert (row.destination, server.requests) == (None, [])
    assert "A destination that was removed" in text(as_(client, world.admin).get("/settings/deliveries/"))


def test_deliveries_tell_tries_answers_and_what_is_next(client: Client, world: World, server: Sink) -> None:
    made, _ = webhook(world.team, server.url, name="Hook")
    server.answer = lambda request: (500, {}, b"<b>broken</b>")
    deliver(stall(world))
    page = text(as_(client, world.lead).get("/settings/deliveries/"))
    assert "500 &lt;b&gt;broken&lt;/b&gt;" in page
    assert "next try" in page
    assert AlertKind.BREACHED.label in page
    Delivery.objects.filter(destination=made).update(state=DeliveryState.FAILED, next_attempt_at=None, attempts=20)
    page = text(client.get(f"/settings/deliveries/?state=failed&destination={made.pk}"))
    assert "1 message given up" in page
    assert "Try all given up again" in page
    server.answer = lambda request: (200, {}, b"ok")
    key = Delivery.objects.get(destination=made).key
    client.post(f"{LIST}{made.pk}/retry/")
    client.post(f"{LIST}{made.pk}/retry/")
    row = Delivery.objects.get(destination=made)
    assert (row.state, row.key) == ("waiting", key)
    assert row.next_attempt_at is not None
    deliver(row.next_attempt_at)
    assert Delivery.objects.get(destination=made).state == DeliveryState.DELIVERED
    assert {request.headers["webhook-id"] for request in server.requests} == {str(key)}
    assert client.post(f"/settings/deliveries/{row.pk}/retry/").status_code == 409


def test_who_sees_which_deliveries(client: Client, world: World, server: Sink) -> None:
    webhook(world.team, server.url, name="Of the team")
    webhook(world.engineer, server.url, name="Of Jonas")
    world.release_at(Stage.BRIEF, restricted=True)
    world.now = business_days(world.now, 5.5)
    notice(world.now)
    seen = {}
    for person in (world.engineer, world.lead, world.admin, world.viewer, world.stranger):
        rows = as_(client, person).get("/settings/deliveries/").context["rows"]
        seen[person.full_name] = sorted(row.to for row in rows)
    assert seen == {
        "Jonas Weber": ["Of Jonas", world.engineer.email],
        "Marta Oliveira": ["Of the team", world.engineer.email, world.lead.email],
        "Lena Fischer": ["Of Jonas", "Of the team", world.engineer.email, world.lead.email],
        "Ravi Menon": [],
        "Yusuf Demir": [],
    }
    foreign = Delivery.objects.get(destination__name="Of the team")
    assert as_(client, world.stranger).post(f"/settings/deliveries/{foreign.pk}/retry/").status_code == 404
    assert as_(client, world.engineer).post(f"/settings/deliveries/{foreign.pk}/retry/").status_code == 404


def test_pages_cost_the_same_with_many_rows(client: Client, world: World, server: Sink) -> None:
    webhook(world.team, server.url, name="Hook")
    stall(world)
    as_(client, world.lead)
    client.get("/settings/deliveries/")
    row = Delivery.objects.get(channel=Channel.WEBHOOK)
    counts = []
    for path in ("/settings/deliveries/", LIST):
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        counts.append(len(few))
    for number in range(5):
        webhook(world.team, server.url, name=f"Hook {number}")
    made = list(Destination.objects.exclude(name="Hook"))
    Delivery.objects.bulk_create(
        Delivery(
            alert=row.alert, destination=one, destination_number=one.pk + 1000 * n, channel="webhook",
            state=DeliveryState.FAILED,
        )
        for one in made for n in range(12)
    )  # fmt: skip
    for path, count in zip(("/settings/deliveries/?state=failed", LIST), counts, strict=True):
        with CaptureQueriesContext(connection) as many:
            client.get(path)
        assert len(many) <= count


def test_the_pages_of_deliveries_begin_after_a_key(client: Client, world: World, server: Sink) -> None:
    webhook(world.team, server.url, name="Hook")
    stall(world)
    row = Delivery.objects.get(channel=Channel.WEBHOOK)
    Delivery.objects.bulk_create(
        Delivery(alert=row.alert, destination_number=9000 + n, channel="webhook", state=DeliveryState.CANCELLED)
        for n in range(60)
    )
    first = as_(client, world.admin).get("/settings/deliveries/?channel=webhook").context
    second = client.get(f"/settings/deliveries/?channel=webhook&before={first['older']}").context
    keys = [one.delivery.pk for context in (first, second) for one in context["rows"]]
    assert keys == sorted(Delivery.objects.filter(channel="webhook").values_list("pk", flat=True), reverse=True)
    assert second["older"] is None
    for nonsense in ("?before=x", "?before=-1", "?before=99999999999999999999", "?state=zz&channel=zz&destination=zz"):
        assert client.get(f"/settings/deliveries/{nonsense}").status_code == 200


def stall(world: World) -> Any:
    world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.5)
    notice(world.now)
    Delivery.objects.filter(channel=Channel.EMAIL).delete()
    return world.now + timedelta(seconds=1)
