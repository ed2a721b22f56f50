"""The ways by which a message leaves the house, one file each. In the inbox the row itself is the message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tracker.alerts.channels.email import EmailSender
from tracker.alerts.channels.sending import ChannelError, Message, Sender
from tracker.alerts.models import Channel

SENDERS: Final[Mapping[Channel, type[Sender]]] = {Channel.EMAIL: EmailSender}

__all__ = ["SENDERS", "ChannelError", "EmailSender", "Message", "Sender"]
