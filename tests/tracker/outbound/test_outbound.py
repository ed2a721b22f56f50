"""No request goes where the operator did not let it, and none takes longer or brings more than it may."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread

import pytest
from django.conf import LazySettings

from tests.tracker.sink import Received, Reply, Sink, sink
from tracker.checks import refuse_unreadable_settings
from tracker.outbound import AddressRefused, Allowed, Client, NoAnswer, OutboundError, target_of
from tracker.outbound.addresses import checked

LOOPBACK = Allowed.read(["127.0.0.0/8"])
NOBODY = Allowed()


@pytest.fixture
def server() -> Iterator[Sink]:
    with sink() as found:
        yield found


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.8.9.1", "localhost", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1",
        "239.255.255.250", "240.0.0.1", "255.255.255.255",
        "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "017700000001",
        "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[fc00::1]", "[ff02::1]", "[fec0::1]", "[::ffff:127.0.0.1]",
        "[::ffff:a9fe:a9fe]", "[::7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:db8::1]",
    ],
)  # fmt: skip
def test_what_leads_inwards_is_refused_however_it_is_written(host: str) -> None:
    target = target_of(f"http://{host}:9/hook")
    with pytest.raises(AddressRefused, match=r"private address|not known"):
        checked(target.host, target.port, 5, NOBODY)


@pytest.mark.parametrize("address", ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_out_on_the_internet_is_not(address: str) -> None:
    assert checked(address, 443, 5, NOBODY) == [address]


def test_a_name_with_one_address_inside_and_one_outside_is_not_trusted() -> None:
    with pytest.raises(AddressRefused):
        checked("rebinds.example", 80, 5, NOBODY, lambda host, port, seconds: ["8.8.8.8", "10.0.0.1"])


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/", "begin with https"),
        ("file:///etc/passwd", "begin with https"),
        ("//example.org/", "begin with https"),
        ("https:///path", "names no host"),
        ("https://ada:secret@example.org/", "name and password"),
        ("https://example.org:0/", "port 0"),
        ("https://example.org:99999/", "no address"),
        ("https://[::1", "no address"),
        ("https://exa mple.org/", "blank"),
        ("https://example.org/\r\nX: y", "blank"),
        ("https://example.org\\@127.0.0.1/", "backslash"),
        ("https://[fe80::1%25eth0]/", "names no host"),
        ("https://example.org/é", "%C3%A9"),
        ("https://example.org/" + "a" * 2000, "longer than 2,000"),
    ],
)
def test_an_address_that_cannot_be_used_says_why(url: str, said: str) -> None:
    with pytest.raises(AddressRefused, match=said):
        target_of(url)


def test_what_the_operator_allows() -> None:
    rules = Allowed.read(["10.2.0.0/16", "127.0.0.1", "chat.example", "*.corp.example", "fd00:1::/32", ""])
    inside = {"10.2.3.4": "10.2.3.4", "127.0.0.1": "127.0.0.1", "chat.example": "10.9.9.9", "a.corp.example": "::1"}
    for host, address in inside.items():
        assert checked(host, 80, 5, rules, lambda *_, found=address: [found]) == [address]
    assert checked("::ffff:10.2.3.4", 80, 5, rules, lambda *_: ["::ffff:10.2.3.4"])
    for host, address in {"10.3.0.1": "10.3.0.1", "corp.example": "10.0.0.1", "xcorp.example": "10.0.0.1"}.items():
        with pytest.raises(AddressRefused):
            checked(host, 80, 5, rules, lambda *_, found=address: [found])


def test_an_entry_that_nobody_understands_stops_the_start(settings: LazySettings) -> None:
    settings.OUTBOUND_ALLOW = ["10.0.0.0/8", "10.0.0.300"]
    (problem,) = refuse_unreadable_settings(None)
    assert "10.0.0.300" in str(problem.msg)
    settings.OUTBOUND_ALLOW = []
    assert refuse_unreadable_settings(None) == []


def test_nothing_is_sent_to_a_refused_address(server: Sink) -> None:
    with pytest.raises(AddressRefused):
        Client(rules=NOBODY).request("POST", server.url, b"x")
    assert (server.requests, server.connections) == ([], 0)


def test_the_connection_goes_to_the_address_that_was_checked(server: Sink) -> None:
    """The name is resolved once a connection: what it would say a second time does not matter."""
    said = iter([["127.0.0.1"], ["10.0.0.1"]])
    client = Client(rules=LOOPBACK, resolve=lambda *_: next(said))
    url = f"http://hooks.example:{server.port}/a?b=c"
    assert client.request("POST", url, b"one").status == 200
    assert client.request("POST", url, b"two").status == 200
    assert [request.headers["host"] for request in server.requests] == [f"hooks.example:{server.port}"] * 2
    assert (server.requests[0].path, server.connections) == ("/a?b=c", 1)
    client.close()
    with pytest.raises(AddressRefused):
        client.request("POST", url, b"three")


def test_a_redirect_is_an_answer_and_not_followed(server: Sink) -> None:
    server.answer = lambda request: (302, {"Location": "http://169.254.169.254/latest"}, b"over there")
    answer = Client(rules=LOOPBACK).request("POST", server.url, b"x")
    assert (answer.status, str(answer), len(server.requests)) == (302, "302 over there", 1)


def test_no_proxy_is_asked(server: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert Client(rules=LOOPBACK).request("GET", server.url).status == 200


def test_only_the_beginning_of_an_answer_is_read(server: Sink) -> None:
    server.answer = lambda request: (200, {}, b"\n  first\x00 line \nsecond" + b"x" * 1_000_000)
    client = Client(rules=LOOPBACK)
    answer = client.request("GET", server.url)
    assert (len(answer.body), answer.first_line) == (64 * 1024, "first line")
    client.request("GET", server.url)
    assert server.connections == 2  # the rest of the first answer was not waited for


def test_a_server_that_never_answers_is_left(server: Sink) -> None:
    server.hang = True
    with pytest.raises(NoAnswer, match=r"within 0\.2 seconds"):
        Client(rules=LOOPBACK, total_seconds=0.2).request("GET", server.url)


def test_a_server_that_drips_is_left_too() -> None:
    """Each byte comes in time, all of them do not: the limit is on the whole."""
    listener = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX-Drip: ")
                for _ in range(200):
                    connection.sendall(b"x")
                    connection.settimeout(0.02)
                    try:
                        connection.recv(1000)
                    except TimeoutError:
                        continue
            except OSError:
                pass

    Thread(target=drip, daemon=True).start()
    with listener, pytest.raises(NoAnswer, match="within"):
        Client(rules=LOOPBACK, total_seconds=0.3).request("GET", f"http://127.0.0.1:{listener.getsockname()[1]}")


def test_a_connection_that_the_server_closed_is_opened_anew(server: Sink) -> None:
    def closing(request: Received) -> Reply:
        return 200, {}, b"ok"

    client = Client(rules=LOOPBACK)
    server.answer = closing
    client.request("GET", server.url)
    assert client._connection is not None
    client._connection.wire._sock.shutdown(socket.SHUT_RDWR)  # as a server that has waited long enough
    assert client.request("GET", server.url).status == 200
    assert server.connections == 2


def test_nobody_there_and_no_such_name_are_told_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(NoAnswer, match="connection refused"):
        Client(rules=LOOPBACK).request("GET", f"http://127.0.0.1:{port}")
    with pytest.raises(OutboundError, match="not known"):
        Client(rules=LOOPBACK).request("GET", "http://nowhere.invalid/")


def test_a_header_cannot_be_broken_open(server: Sink) -> None:
    with pytest.raises(AddressRefused):
        Client(rules=LOOPBACK).request("GET", server.url, headers={"X-Name": "a\r\nX-Other: b"})
    assert server.requests == []
