"""Two people at one form, and two at the same moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from governance.acts.calendars import calendar_mark, save_calendar
from governance.acts.meanwhile import only_one
from governance.acts.organisation import (
    TeamFacts,
    person_mark,
    reactivate_person,
    save_person,
    save_team,
    team_mark,
)
from governance.acts.policies import draft_policy, policy_mark, publish_policy
from governance.errors import Conflict, NotPermitted
from governance.models import AuditEvent
from governance.policy import DEFAULT_RULES
from models_registry.models import WorkCalendar
from tests.world import World


def change_team(world: World, seen: str | None) -> object:
    return save_team(world.admin, TeamFacts("Payments risk", "Retail"), team=world.team, seen=seen)


def change_person(world: World, seen: str | None) -> object:
    person = world.viewer
    return save_person(world.admin, email=person.email, full_name="R. Menon", person=person, seen=seen)


def change_calendar(world: World, seen: str | None) -> object:
    return save_calendar(world.admin, {"country": "DE"}, calendar=world.calendar, seen=seen)


CHANGES: dict[str, Callable[[World, str | None], object]] = {
    "team": change_team,
    "person": change_person,
    "calendar": change_calendar,
}
MARKS: dict[str, Callable[[World], str]] = {
    "team": lambda world: team_mark(world.team),
    "person": lambda world: person_mark(world.viewer),
    "calendar": lambda world: calendar_mark(world.calendar),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_to_what_was_seen_goes_through_and_to_what_was_not_is_refused(world: World, kind: str) -> None:
    change, seen = CHANGES[kind], MARKS[kind](world)
    change(world, seen)
    told = AuditEvent.objects.count()
    with pytest.raises(Conflict, match=r"Lena Fischer changed .* after you opened it"):
        change(world, seen)
    assert AuditEvent.objects.count() == told


@pytest.mark.parametrize("kind", CHANGES)
def test_without_a_mark_the_last_one_wins(world: World, kind: str) -> None:
    CHANGES[kind](world, MARKS[kind](world))
    CHANGES[kind](world, None)


def test_what_was_added_at_the_same_moment_is_a_conflict_and_not_a_failure(world: World) -> None:
    with pytest.raises(Conflict, match="a moment ago"), only_one("It was added a moment ago."):
        WorkCalendar.objects.create(name=world.calendar.name)
    assert WorkCalendar.objects.count() == 1


def test_a_draft_begun_by_somebody_else_is_not_overwritten_unseen(world: World) -> None:
    draft = draft_policy(world.admin, DEFAULT_RULES, "First.", seen=policy_mark(None), at=world.tick())
    with pytest.raises(Conflict, match="wrote the draft"):
        draft_policy(world.officer, DEFAULT_RULES, "Second.", seen=policy_mark(None), at=world.tick())
    draft_policy(world.officer, DEFAULT_RULES, "Second.", seen=policy_mark(draft), at=world.tick())
    with pytest.raises(Conflict, match="Samuel Okafor wrote the draft"):
        publish_policy(world.admin, draft.pk, seen=policy_mark(draft), at=world.tick())


def test_access_is_given_back_by_administrators_and_told_once(world: World) -> None:
    world.viewer.is_active = False
    world.viewer.save()
    with pytest.raises(NotPermitted):
        reactivate_person(world.lead, world.viewer.pk)
    assert reactivate_person(world.admin, world.viewer.pk, at=world.tick()).is_active
    reactivate_person(world.admin, world.viewer.pk, at=world.tick())
    assert AuditEvent.objects.filter(act="person.reactivate").count() == 1
