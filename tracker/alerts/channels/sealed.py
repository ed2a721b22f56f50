"""What a destination keeps sealed: opened only to send, never shown."""

from __future__ import annotations

from tracker.alerts.channels import signing
from tracker.alerts.channels.sending import ChannelError
from tracker.alerts.models import Destination
from tracker.sealing import Unreadable, unseal


def address_of(destination: Destination) -> str:
    """Raises `ChannelError` when no key that is set opens it; it may be set again, so trying again can help."""
    try:
        return unseal(destination.sealed)
    except Unreadable as error:
        raise ChannelError(f"The address cannot be read. {error}", again=True, down=True) from None


def keys_of(destination: Destination) -> list[signing.Key]:
    """The keys of a webhook, the newest first. Raises `ChannelError` as `address_of` does."""
    try:
        return signing.read(unseal(destination.sealed_key))
    except (Unreadable, ValueError, KeyError, TypeError):
        raise ChannelError(
            "The signing key cannot be read: put its key back into SECRETS_KEYS, or make a new signing key.",
            again=True,
            down=True,
        ) from None
