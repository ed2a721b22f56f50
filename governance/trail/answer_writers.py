"""Writers of what people answer to a stall."""

from __future__ import annotations

from datetime import datetime

from governance.models import Acknowledgement
from governance.trail.writers import on_release
from models_registry.models import Person, Release


def answered(said: Acknowledgement, release: Release, actor: Person, at: datetime) -> None:
    """Acknowledged with a date, or only put off."""
    assert said.quiet_until is not None
    on_release(
        release,
        "stall.acknowledge" if said.expected_at else "stall.snooze",
        actor,
        at,
        stage=said.visit.stage,
        rung=said.rung,
        until=said.quiet_until.isoformat(),
        reason=said.reason,
    )
