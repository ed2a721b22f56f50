"""Chats and pagers: by apprise where it knows the service, else as an incoming webhook that understands Slack's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from tracker.alerts.channels.answers import judged
from tracker.alerts.channels.guarded import exchange
from tracker.alerts.channels.sealed import address_of
from tracker.alerts.channels.sending import ChannelError, Message
from tracker.alerts.channels.services import place_of
from tracker.alerts.models import Destination
from tracker.outbound import AddressRefused, Client, OutboundError

TYPES: Final[Mapping[str, str]] = {"breach": "failure", "risk": "warning", "ok": "success"}
# As an attachment's bar; the same as in mails.
COLOURS: Final[Mapping[str, str]] = {"breach": "#b3261e", "risk": "#8a5300", "ok": "#1b6e43", "info": "#3a53d0"}


class ChatSender:
    """Keeps one connection to one destination."""

    def __init__(self, destination: Destination) -> None:
        """Raises `ChannelError` when the address cannot be read."""
        self._address = address_of(destination).strip()
        self._client = Client()
        try:
            self._place = place_of(self._address)
        except AddressRefused as error:
            raise ChannelError(str(error), again=False) from None

    def send(self, message: Message) -> str:
        if self._place.plugin is None:
            return self._incoming(message)
        with exchange(self._client) as asked:
            try:
                taken = self._place.plugin.notify(
                    body=message.text, title=message.subject, notify_type=TYPES.get(message.tone, "info")
                )
            except Exception as error:
                why = f"{self._place.service} cannot be asked: {type(error).__name__}"
                raise ChannelError(why, again=True) from None
        if asked.error is not None:
            raise ChannelError(str(asked.error), again=True, down=True)
        if not asked.answers:
            raise ChannelError(f"Nothing was sent to {self._place.service}: its address is not complete.", again=False)
        answer = judged(asked.answers[-1])
        if not taken:
            raise ChannelError(f"{answer} ({self._place.service} did not take it)", again=True)
        return answer

    def close(self) -> None:
        self._client.close()

    def _incoming(self, message: Message) -> str:
        body = json.dumps(slack_message(message), ensure_ascii=False).encode()
        try:
            answer = self._client.request("POST", self._address, body, {"Content-Type": "application/json"})
        except OutboundError as error:
            raise ChannelError(str(error), again=True, down=True) from None
        return judged(answer)


def slack_message(message: Message) -> dict[str, Any]:
    """What an incoming webhook takes: the line, and the rest beneath it with a bar in the colour of the finding."""
    attachment = {"fallback": _plain(message.subject), "text": _plain(message.text)}
    if colour := COLOURS.get(message.tone):
        attachment["color"] = colour
    return {"text": f"*{_plain(message.subject)}*", "attachments": [attachment]}


def _plain(text: str) -> str:
    """A name must neither become a link nor call everybody (`<!channel>`)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
