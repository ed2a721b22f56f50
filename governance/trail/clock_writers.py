"""Writers of the acts on holds, their reasons, and extensions; as in `writers`, one for each act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance.models import Hold, HoldReasonEntry
from governance.trail.writers import on_organisation, on_release
from models_registry.models import Person, Release


def hold_moved(hold: Hold, before: datetime, reason: str, release: Release, actor: Person, at: datetime) -> None:
    on_release(
        release,
        "hold.move",
        actor,
        at,
        hold=hold.pk,
        stage=hold.visit.stage,
        reason_label=hold.label,
        before=before,
        after=hold.expected_end,
        reason=reason,
    )


def hold_reason_changed(act: str, entry: HoldReasonEntry, actor: Person, at: datetime, **detail: Any) -> None:
    on_organisation(act, f"hold_reason:{entry.pk}", entry.label, actor, at, code=entry.code, **detail)
