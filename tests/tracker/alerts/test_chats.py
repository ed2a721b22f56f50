"""Chats and pagers: what arrives, to whom an address leads, and what an address may not do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from models_registry.vocabulary import Stage
from tests.tracker.alerts.places import chat
from tests.tracker.alerts.sweeping import business_days
from tests.tracker.sink import Sink, sink
from tests.world import World
from tracker.alerts.channels import ChannelError, Message
from tracker.alerts.channels.chat import ChatSender
from tracker.alerts.channels.services import NOT_TAKEN, SERVICES, place_of
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Bundle, Channel, Delivery, Destination
from tracker.alerts.raising import SETTLING_OF
from tracker.outbound import AddressRefused, Answer, Client
from tracker.sealing import seal
from tracker.stalls import notice

MESSAGE = Message("", "Stalled: a <!channel> release", "Validation\nOwner: Ada", "", "k", tone="breach")

# One address of each service, and the host that it leads to.
ADDRESSES = {
    "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ": "hooks.slack.com",
    "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general": "hooks.slack.com",
    "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js": "discord.com",
    "https://prod-15.westeurope.logic.azure.com:443/workflows/3XXX5/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=iXXXU": "prod-15.westeurope.logic.azure.com",
    "pagerduty://0123456789abcdef0123456789abcdef@abcdef0123456789": "events.pagerduty.com",
    "opsgenie://a1b2c3d4-a1b2-a1b2-a1b2-a1b2c3d4e5f6": "api.opsgenie.com",
    "gchat://workspace/key/token": "chat.googleapis.com",
    "mmosts://chat.example.org/abcdefghijklmnopqrstuvwxyz": "chat.example.org",
    "gotifys://push.example.org/abcdefghijklmno": "push.example.org",
    "ntfys://push.example.org/alerts": "push.example.org",
}


class Recorder(Client):
    """A client that sends nothing, and says yes."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[str, bytes]] = []

    def request(self, method: str, url: str, body: bytes = b"", headers: Any = None) -> Answer:
        self.asked.append((url, body))
        return Answer(202 if "pagerduty" in url else 200, {}, b'{"requestId": "r1"}' if "opsgenie" in url else b"ok")


def sender(address: str) -> ChatSender:
    return ChatSender(Destination(channel=Channel.APPRISE, name="Chat", sealed=seal(address)))


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Sink]:
    settings.OUTBOUND_ALLOW = ["127.0.0.1"]
    with sink() as found:
        yield found


@pytest.mark.parametrize(("address", "host"), ADDRESSES.items(), ids=lambda text: text[:24])
def test_each_service_is_asked_at_its_own_host_through_the_guard(address: str, host: str) -> None:
    to, recorder = sender(address), Recorder()
    to._client = recorder
    assert to.send(MESSAGE).startswith("20")
    (url, body), *_ = recorder.asked
    assert url.startswith(f"https://{host}")
    assert b"Owner: Ada" in body.replace(b"\\n", b" ")


def test_what_people_see_of_an_address_holds_no_secret() -> None:
    for address in [*ADDRESSES, "https://chat.example.org/hooks/s3cret?token=s3cret"]:
        shown = place_of(address).shown
        assert not any(
            part in shown for part in ("s3cret", "TIiaj", "abcdefg", "0123", "a1b2", "iXXXU", "JHMHI", "token")
        )
    assert place_of("mmosts://chat.example.org/abcdefghijklmnopqrstuvwxyz").shown == "Mattermost at chat.example.org"
    assert place_of("https://chat.example.org/hooks/s3cret").shown == "https://chat.example.org/…"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "Paste the address"),
        ("nonsense", "Paste the address"),
        ("json://10.0.0.1/", "not known here"),
        ("file:///etc/passwd", "not known here"),
        ("mailto://ada:secret@example.org", "not known here"),
        ("slack://only", "Slack"),
        ("pagerduty://", "PagerDuty"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ?template=/etc/passwd", "Leave out “template=”"),
        ("https://discord.com/api/webhooks/417/JHMHI8?template=file:///etc/passwd", "Leave out “template=”"),
        ("ntfys://push.example.org/alerts?attach=http://127.0.0.1/", "Leave out “attach=”"),
        ("mmost://chat.example.org/abcdefghijklmnopqrstuvwxyz?retry=9", "Leave out “retry=”"),
        ("https://ada:secret@chat.example.org/hooks/x", "name and password"),
    ],
)
def test_an_address_that_cannot_be_used_says_why_and_repeats_no_secret(address: str, said: str) -> None:
    with pytest.raises(AddressRefused, match=said) as told:
        place_of(address)
    assert "secret" not in str(told.value)
    assert "TIiaj" not in str(told.value)


def test_a_slack_compatible_webhook_gets_what_slack_takes(world: World, server: Sink) -> None:
    destination = chat(world.team, f"{server.url}/services/T0/B0/s3cret")
    stall(world)
    deliver(world.now + SETTLING_OF[Channel.APPRISE])
    (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/services/T0/B0/s3cret")
    said = request.said
    assert said["text"].startswith("*Stalled: card-fraud-scorer")
    (attachment,) = said["attachments"]
    assert attachment["color"] == "#b3261e"
    assert "Brief, low risk, Payments risk\nOwner: Jonas Weber\nThe budget of " in attachment["text"]
    assert "http://127.0.0.1:8000/models/" in attachment["text"]
    row = Delivery.objects.get(destination=destination)
    assert (row.state, row.tries.get().answer) == ("delivered", "200 ok")


def test_a_mattermost_of_ones_own_gets_it_by_apprise(world: World, server: Sink) -> None:
    chat(world.lead, f"mmost://127.0.0.1:{server.port}/abcdefghijklmnopqrstuvwxyz?redirect=yes&verify=no")
    stall(world)
    deliver(world.now + SETTLING_OF[Channel.APPRISE])
    (request,) = server.requests
    assert request.path == "/hooks/abcdefghijklmnopqrstuvwxyz"
    assert "Owner: Jonas Weber" in request.said["text"]
    assert "github" not in str(request.body)


def test_neither_a_redirect_nor_a_private_address_is_to_be_had_by_apprise(server: Sink, settings: LazySettings) -> None:
    address = f"mmost://127.0.0.1:{server.port}/abcdefghijklmnopqrstuvwxyz?redirect=yes"
    server.answer = lambda request: (302, {"Location": "http://127.0.0.1:1/"}, b"")
    with pytest.raises(ChannelError, match="redirects are not followed"):
        sender(address).send(MESSAGE)
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(ChannelError, match="OUTBOUND_ALLOW") as told:
        sender(address).send(MESSAGE)
    assert told.value.down
    assert len(server.requests) == 1


def test_many_alerts_are_one_message_in_a_chat_and_stay_it(world: World, server: Sink) -> None:
    destination = chat(world.team, f"{server.url}/hook")
    server.answer = lambda request: (503, {}, b"busy") if len(server.requests) == 1 else (200, {}, b"ok")
    stall(world, 5)
    now = world.now + SETTLING_OF[Channel.APPRISE]
    deliver(now)
    deliver(now + timedelta(minutes=1))
    first, second = server.requests
    assert first.body == second.body
    assert "5 releases are past their budget" in first.said["text"]
    assert Bundle.objects.filter(destination=destination, recipient=None).count() == 1
    assert set(Delivery.objects.filter(destination=destination).values_list("state", flat=True)) == {"delivered"}


def test_the_library_writes_no_log_of_it(server: Sink, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        server.answer = lambda request: (500, {}, b"no")
        with pytest.raises(ChannelError):
            sender(f"mmost://127.0.0.1:{server.port}/abcdefghijklmnopqrstuvwxyz").send(MESSAGE)
    assert "abcdefghijklmnopqrstuvwxyz" not in caplog.text


def test_a_name_calls_nobody_in_a_chat(server: Sink) -> None:
    sender(f"{server.url}/hook").send(MESSAGE)
    assert server.requests[0].said["text"] == "*Stalled: a &lt;!channel&gt; release*"


def test_every_service_refuses_what_would_read_files() -> None:
    assert "template" in NOT_TAKEN
    assert len({scheme for service in SERVICES for scheme in service.schemes}) == sum(len(s.schemes) for s in SERVICES)


def stall(world: World, count: int = 1) -> None:
    for _ in range(count):
        world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.5)
    notice(world.now)
    Delivery.objects.filter(channel=Channel.EMAIL).delete()
