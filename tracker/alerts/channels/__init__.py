"""The ways by which a message leaves the house, one file each. In the inbox the row itself is the message."""

from __future__ import annotations

from tracker.alerts.channels.chat import ChatSender
from tracker.alerts.channels.email import EmailSender
from tracker.alerts.channels.sending import ChannelError, Message, Sender
from tracker.alerts.channels.webhook import WebhookSender
from tracker.alerts.models import Channel, Destination


def sender_to(destination: Destination) -> Sender:
    """The sender of a destination's channel. Raises `ChannelError` when what is sealed cannot be read."""
    match Channel(destination.channel):
        case Channel.WEBHOOK:
            return WebhookSender(destination)
        case Channel.APPRISE:
            return ChatSender(destination)
    raise ChannelError(f"Nothing is sent by {destination.channel}.", again=False)


__all__ = ["ChannelError", "EmailSender", "Message", "Sender", "sender_to"]
