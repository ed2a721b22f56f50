"""The other end of the line: a mail server and a web server that note what arrives, and misbehave when told to."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.operations.machine import free_port


@dataclass
class MailSink:
    """Counts every mail by its key. `slow`: seconds before an answer; `hang`: so many mails are taken, and the answer
    to each withheld for longer than anybody waits.
    """

    keys: Counter[str] = field(default_factory=Counter)
    slow: float = 0.0
    hang: int = 0
    begun: int = 0

    def __post_init__(self) -> None:
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self.controller.start()

    @property
    def address(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.begun += 1
        content: Any = envelope.content
        mail = message_from_bytes(content, policy=policy.default)
        if self.slow:
            await asyncio.sleep(self.slow)
        self.keys[str(mail["X-Throughline-Key"])] += 1
        if self.hang > 0:
            self.hang -= 1
            await asyncio.sleep(60)
        return "250 taken"

    def stop(self) -> None:
        self.controller.stop()


@dataclass
class Call:
    """One request that arrived: its headers in lower case, its body, and what was answered."""

    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class HttpSink:
    """Notes every call. `answers` are used up first, each a status and headers, or None for never; then 200.

    `key`: what calls have to be signed with, as the receiver was given it.
    """

    key: str = ""
    calls: list[Call] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]] | None] = field(default_factory=list)
    patience: float = 60.0

    def __post_init__(self) -> None:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                answer = sink._next()
                headers = {name.lower(): value for name, value in self.headers.items()}
                sink.calls.append(Call(self.path, headers, body, answer[0] if answer else 0))
                if answer is None:
                    time.sleep(sink.patience)
                    self.close_connection = True
                    return
                self.send_response(answer[0])
                for name, value in answer[1].items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                """What arrives is noted in `calls`."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.lock = threading.Lock()
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _next(self) -> tuple[int, dict[str, str]] | None:
        with self.lock:
            return self.answers.pop(0) if self.answers else (200, {})

    def taken(self) -> Counter[str]:
        """How often each message was taken, by its identifier."""
        return Counter(call.headers.get("webhook-id", "") for call in self.calls if call.status // 100 == 2)

    def unsigned(self) -> list[str]:
        """The identifiers of the calls whose signature does not hold, by the Standard Webhooks specification."""
        secret = base64.b64decode(self.key.removeprefix("whsec_"))
        return [call.headers.get("webhook-id", "none") for call in self.calls if not _is_signed(call, secret)]

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _is_signed(call: Call, secret: bytes) -> bool:
    said = f"{call.headers.get('webhook-id')}.{call.headers.get('webhook-timestamp')}.".encode() + call.body
    made = base64.b64encode(hmac.new(secret, said, hashlib.sha256).digest()).decode()
    return f"v1,{made}" in call.headers.get("webhook-signature", "").split(" ")
