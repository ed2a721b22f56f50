"""How tests read the stall dashboard, and bring about what it shows."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime

from governance.acts import holds
from governance.acts.policies import draft_policy, publish_policy
from governance.calendar import BusinessCalendar
from governance.policy import DEFAULT_RULES
from models_registry.models import Person, Release
from models_registry.vocabulary import WaitsOn
from tests.world import World
from tracker.dashboard import (
    Filters,
    StallPage,
    StallRow,
    read_page,
)

DAY = 8 * 3600  # the world's business day in seconds


def later(world: World, days: float) -> datetime:
    """So many business days after the world's last act."""
    moment = BusinessCalendar.from_facts("UTC", {day: [("09:00", "17:00")] for day in range(5)}).add(
        world.now, int(days * DAY)
    )
    assert moment is not None
    return moment


def look(world: World, now: datetime, person: Person | None = None, **filters: str) -> StallPage:
    return read_page(person or world.lead, Filters(**filters), now)


def row_of(found: StallPage, release: Release) -> StallRow:
    return next(row for row in found.rows if row.release_id == release.pk)


def names(found: StallPage) -> list[str]:
    return [row.model for row in found.rows]


def on_hold(world: World, release: Release, *, until: datetime, reason: str = "data_access") -> None:
    holds.hold(
        world.engineer,
        release.pk,
        reason_code=reason,
        reason="The grant is open, DP-2291.",
        waits_on=WaitsOn.EXTERNAL,
        expected_end=until,
        at=world.tick(),
    )


def more_time_for_briefs(world: World) -> None:
    """A policy that gives a brief thirty business days."""
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"]["low"]["brief"]["budget_days"] = "30"
    draft = draft_policy(world.admin, rules, "More time for briefs.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())
