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
from tracker.alerts.channels import ChannelError, EmailSender, Message, Sender
from tracker.alerts.compose import message_for
from tracker.alerts.models import Channel, Delivery, DeliveryState
from tracker.alerts.parcels import Parcel
from tracker.alerts.posting import clock_from, post_due

logger = structlog.get_logger(__name__)

# A run ends so that an embedded Beat, or a worker, gets on with its other work; the next run is seconds away.
SECONDS: Final = 12.0


@dataclass(slots=True)
class Delivered:
    """How many messages went out in one run, and how many tries failed."""

    sent: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.sent or self.failed)


def deliver(now: datetime, *, seconds: float = SECONDS) -> Delivered:
    """One run over all channels as of `now`. No new message is begun after `seconds`, shared out among the channels.

    Chats and webhooks come first: none of them holds up another, where a mail server that hangs holds up all mail.
    """
    result = Delivered()
    if not Delivery.objects.filter(state=DeliveryState.WAITING, next_attempt_at__lte=now).exists():
        return result
    begun = monotonic()
    result.sent, result.failed = post_due(clock_from(now), begun + seconds / 2)
    _drain(Channel.EMAIL, EmailSender(), now, result, begun + seconds)
    return result


def _drain(channel: Channel, sender: Sender, now: datetime, result: Delivered, end: float) -> None:
    """Message after message until nothing is due, the time is up, or the channel is down for everybody."""
    try:
        while monotonic() < end and (first := parcels.due(channel, now)) is not None:
            parcel = parcels.claim(first, now)
            if parcel is not None and not _send(parcel, sender, now, result):
                parcels.rest(channel, now)
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
