"""Writers of the acts on holds, their reasons, and extensions; as in `writers`, one for each act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance.models import Extension, Hold, HoldReasonEntry
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


def extension(act: str, one: Extension, release: Release, actor: Person, at: datetime, **detail: Any) -> None:
    """`act`: asked for, approved, refused or withdrawn. Both due dates go along, without it and with it."""
    on_release(
        release,
        act,
        actor,
        at,
        extension=one.pk,
        stage=one.visit.stage,
        days=str(one.days.normalize()),
        asked_by=str(one.asked_by),
        due_without=one.stalls_before,
        due_with=one.stalls_after,
        **detail,
    )
