"""Send what waits. Claim, commit, send, mark: nothing is sent inside a transaction, nothing marked before it was sent.

A crash between sending and marking sends once more after the lease, with the same message identifier: at least once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

import structlog

from tracker.alerts import parcels
from tracker.alerts.channels import SENDERS, ChannelError, Message, Sender
from tracker.alerts.compose import message_for
from tracker.alerts.models import Channel
from tracker.alerts.parcels import Parcel

logger = structlog.get_logger(__name__)

# A run ends so that an embedded Beat gets on with its other work; the next run is ten seconds away.
SECONDS: Final = 15.0


@dataclass(slots=True)
class Delivered:
    """How many messages went out in one run, and how many tries failed."""

    sent: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.sent or self.failed)


def deliver(now: datetime, *, seconds: float = SECONDS) -> Delivered:
    """One run over all channels as of `now`. No new message is begun after `seconds`, shared out among the channels."""
    result = Delivered()
    share = seconds / len(SENDERS)
    for channel, sender in SENDERS.items():
        _drain(channel, sender(), now, result, monotonic() + share)
    return result


def _drain(channel: Channel, sender: Sender, now: datetime, result: Delivered, end: float) -> None:
    """Message after message until nothing is due, the time is up, or the channel is down for everybody."""
    try:
        while monotonic() < end and (first := parcels.due(channel, now)) is not None:
            parcel = parcels.claim(first, now)
            if parcel is not None and not _send(parcel, sender, now, result):
                break
    finally:
        sender.close()


def _send(parcel: Parcel, sender: Sender, now: datetime, result: Delivered) -> bool:
    """Whether it makes sense to go on with this channel."""
    try:
        message = _composed(parcel, now)
        if message is None:
            return True
        sender.send(message)
    except ChannelError as error:
        parcels.failed(parcel, error, now)
        result.failed += 1
        logger.warning("undelivered", channel=parcel.channel, tries=parcel.tries, again=error.again, why=error.answer)
        return not error.down
    parcels.arrived(parcel, now)
    result.sent += 1
    return True


def _composed(parcel: Parcel, now: datetime) -> Message | None:
    """The message; None when nobody is left to read it or nothing is left to say."""
    try:
        message, unsayable = message_for(parcel, now)
    except Exception as error:
        logger.exception("uncomposed", deliveries=parcel.ids[:20])
        raise ChannelError(f"could not be written: {type(error).__name__}", again=True) from error
    parcels.drop(unsayable)
    return message
