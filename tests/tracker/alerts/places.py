"""Destinations for tests, and what stalls before them."""

from __future__ import annotations

from typing import Any

from models_registry.models import Person, Team
from tracker.alerts.channels import signing
from tracker.alerts.models import Channel, Destination
from tracker.sealing import seal


def webhook(owner: Person | Team, url: str, name: str = "Hook", **facts: Any) -> tuple[Destination, signing.Key]:
    """A webhook of a person or a team, and the key that it is signed with."""
    key = signing.new_key()
    sealed = {"sealed": seal(url), "sealed_key": seal(signing.written([key]))}
    return _made(owner, Channel.WEBHOOK, name, **sealed, **facts), key


def chat(owner: Person | Team, address: str, name: str = "Chat", **facts: Any) -> Destination:
    """A chat or a pager of a person or a team."""
    return _made(owner, Channel.APPRISE, name, sealed=seal(address), **facts)


def _made(owner: Person | Team, channel: Channel, name: str, **facts: Any) -> Destination:
    whose = {"person": owner} if isinstance(owner, Person) else {"team": owner}
    return Destination.objects.create(channel=channel, name=name, shown="somewhere", **whose, **facts)
