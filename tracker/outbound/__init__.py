"""The only way to send HTTP to an address that somebody typed: checked, bounded in time and size, never redirected."""

from tracker.outbound.addresses import AddressRefused, Allowed, OutboundError, Target, allowed, target_of
from tracker.outbound.client import Answer, Client, NoAnswer

__all__ = [
    "AddressRefused",
    "Allowed",
    "Answer",
    "Client",
    "NoAnswer",
    "OutboundError",
    "Target",
    "allowed",
    "target_of",
]
