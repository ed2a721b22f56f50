"""Who else is asked in the sample: groups beside the compliance officers, and who is away at the moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from governance.acts.delegations import delegate
from governance.acts.groups import add_to_group, make_group
from tracker.sample.cast import Cast

GROUPS = (
    ("Legal", "Contracts, liability, and what customers were told.", ("ingrid", "yusuf", "lead")),
    ("Privacy", "Personal data: its basis, its purpose, and how long it is kept.", ("elena", "chloe", "diego")),
    ("Security", "Access, secrets, and what a model can be made to say.", ("tomasz", "ravi", "engineer")),
)
ABSENCES = (
    ("ingrid", "yusuf", -2, 9, "On leave; the contract templates are in the shared folder."),
    ("elena", "officer", 6, 20, "Parental leave, first part."),
    ("tomasz", "priya", -1, 8, "On leave; what I own is with Priya."),
)


def found_groups(cast: Cast, at: datetime) -> None:
    """Make the groups and give everybody their seats."""
    for name, purpose, members in GROUPS:
        group = make_group(cast.people["admin"], name, purpose, at=at)
        for member in members:
            add_to_group(cast.people["admin"], group.pk, cast.people[member], at=at)


def go_away(cast: Cast, now: datetime) -> None:
    """Let one be away now and another soon, by whole days around `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for key, deputy, first, last, reason in ABSENCES:
        starts, ends = midnight + timedelta(days=first), midnight + timedelta(days=last)
        at = min(now, starts)
        delegate(cast.people[key], cast.people[deputy], starts, ends, reason, at=at)
