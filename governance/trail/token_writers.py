"""The trail of what programs are let do in a person's name."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from governance.trail.writers import on_organisation
from models_registry.models import Person


def token_changed(
    act: str,
    name: str,
    scopes: Sequence[str],
    teams: Sequence[str],
    expires_at: datetime,
    person: Person,
    actor: Person,
    at: datetime,
) -> None:
    """A token of a person was made or revoked; never what it is."""
    on_organisation(
        act,
        f"person:{person.pk}",
        str(person),
        actor,
        at,
        token=name,
        scopes=list(scopes),
        teams=list(teams),
        expires_at=expires_at.isoformat(),
    )
