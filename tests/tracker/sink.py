"""An HTTP server of our own on the loopback, that answers, refuses, drips or hangs as the test wishes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any


@dataclass(frozen=True)
class Received:
    """One request; the names of the headers are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Sink:
    """What arrived, over how many connections, and what is answered. `hang` holds every answer back until the end."""

    port: int = 0
    requests: list[Received] = field(default_factory=list)
    connections: int = 0
    answer: Callable[[Received], Reply] = lambda request: (200, {}, b"ok")
    hang: bool = False
    over: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def sink() -> Iterator[Sink]:
    found = Sink()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def setup(self) -> None:
            super().setup()
            with found.lock:
                found.connections += 1

        def do_GET(self) -> None:
            self.take()

        def do_POST(self) -> None:
            self.take()

        def take(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            request = Received(self.command, self.path, names, body)
            with found.lock:
                found.requests.append(request)
            if found.hang:
                found.over.wait(60)
            status, headers, said = found.answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: the tests ask what arrived."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that leaves in the middle is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield found
    finally:
        found.over.set()
        server.shutdown()
        server.server_close()
