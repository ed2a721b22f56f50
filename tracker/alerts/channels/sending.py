"""What every channel takes and raises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


class ChannelError(Exception):
    """A message did not go out. `again`: trying again can help. `down`: nothing else would go out now either.

    `wait`: how long the other side asks to be left alone. `gone`: it never wants to be asked again.
    """

    def __init__(
        self, answer: str, *, again: bool, down: bool = False, wait: timedelta | None = None, gone: bool = False
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.again = again
        self.down = down
        self.wait = wait
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one address. `key` is the same at every try, so that a receiver can tell a repetition.

    `thread` names the stall; what is said of one stall belongs together. `payload` is what a webhook sends in place of
    the texts; `tone` is breach, risk, ok, info or nothing. `unsubscribe` is the page on which one asks for less.
    """

    to: str
    subject: str
    text: str
    html: str
    key: str
    thread: str = ""
    payload: bytes = b""
    tone: str = ""
    unsubscribe: str = ""


class Sender(Protocol):
    """A channel for the length of one run."""

    def send(self, message: Message) -> str:
        """The other side's answer. Raises `ChannelError`, and nothing else, when the message did not go out."""

    def close(self) -> None:
        """End the run; never raises."""
