"""Signed webhooks, after the Standard Webhooks specification."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tracker.alerts.channels.answers import judged
from tracker.alerts.channels.sealed import address_of, keys_of
from tracker.alerts.channels.sending import ChannelError, Message
from tracker.alerts.channels.signing import signature
from tracker.alerts.models import Destination
from tracker.outbound import Client, OutboundError

AGENT: Final = "Throughline-Webhook/1"


class WebhookSender:
    """Keeps one connection to one destination; the address and the keys are opened once."""

    def __init__(self, destination: Destination) -> None:
        """Raises `ChannelError` when the address cannot be read."""
        now = datetime.now(UTC)
        self._url = address_of(destination)
        self._secrets = [key.secret for key in keys_of(destination) if key.until is None or key.until > now]
        self._client = Client()

    def send(self, message: Message) -> str:
        at = int(datetime.now(UTC).timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "webhook-id": message.key,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._secrets, message.key, at, message.payload),
        }
        try:
            answer = self._client.request("POST", self._url, message.payload, headers)
        except OutboundError as error:
            raise ChannelError(str(error), again=True, down=True) from None
        return judged(answer)

    def close(self) -> None:
        self._client.close()
