"""Writers of the acts on groups, absences, and who is given a review; as in `writers`, one for each act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from governance.models import ApproverGroup, Delegation, Review
from governance.trail.writers import on_organisation, on_release
from models_registry.models import Person


def group_changed(act: str, group: ApproverGroup, actor: Person, at: datetime, **detail: Any) -> None:
    on_organisation(act, f"group:{group.pk}", group.name, actor, at, group=group.slug, **detail)


def delegated(act: str, delegation: Delegation, actor: Person, at: datetime) -> None:
    on_organisation(
        act,
        f"delegation:{delegation.pk}",
        str(delegation.delegator),
        actor,
        at,
        person=str(delegation.delegator),
        deputy=str(delegation.deputy),
        starts_at=delegation.starts_at,
        ends_at=delegation.ends_at,
        reason=delegation.reason,
    )


def review_given(
    act: str, review: Review, before: Person | None, actor: Person | None, at: datetime, **more: Any
) -> None:
    """Who was given a review, and who had it before. `rule`: nobody chose; `why`: somebody had to give it up."""
    on_release(
        review.release,
        act,
        actor,
        at,
        review=review.pk,
        before=str(before) if before else None,
        after=str(review.assignee) if review.assignee else None,
        **more,
    )
