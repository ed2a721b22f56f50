"""A mail server of our own on the loopback, that refuses, hangs or takes as the test wishes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.test import override_settings


@dataclass
class Postbox:
    """What arrived, and how the server answers: by recipient, or to everybody."""

    mails: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    to_data: str = ""
    hang: float = 0

    async def handle_RCPT(  # noqa: N802  the name is the server's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang:
            await asyncio.sleep(self.hang)
        if self.to_data:
            return self.to_data
        content: Any = envelope.content
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.mails.append(mail)
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@contextmanager
def mail_server(timeout: float = 5) -> Iterator[Postbox]:
    """The server runs, and Django sends to it."""
    postbox = Postbox()
    port = free_port()
    controller = Controller(postbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        with override_settings(**smtp(port, timeout)):
            yield postbox
    finally:
        controller.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def smtp(port: int, timeout: float = 5) -> dict[str, Any]:
    """Settings that send to this port of the loopback."""
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": "127.0.0.1",
        "EMAIL_PORT": port,
        "EMAIL_TIMEOUT": timeout,
    }


def part(mail: EmailMessage, kind: str) -> str:
    """The text or HTML part of a mail, decoded."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())
