"""Edits of calendars, teams and policies recompute open visits only: what is over reads the same to the second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance import deadlines
from governance.acts.calendars import save_calendar
from governance.acts.holds import hold, resume
from governance.acts.organisation import TeamFacts, save_team
from governance.clock import Reading
from governance.models import StageOwnership, StageVisit
from models_registry.models import CalendarRevision, Release
from models_registry.vocabulary import Stage
from tests.world import World
from tracker.model_page import model_page

EDITS: dict[str, dict[str, Any]] = {
    "hours": {"hours": {"0": [["10:00", "12:00"]], "3": [["10:00", "12:00"]]}},
    "time zone": {"timezone": "Asia/Tokyo"},
    "holidays": {"closed_days": [f"2026-06-{day:02d}" for day in range(1, 31)]},
    "always open": {"always_open": True},
}


def _over(release: Release, world: World) -> list[tuple[Reading, Reading | None]]:
    """The clocks of everything that is over: each closed visit, and the vacancy spells in it."""
    read: list[tuple[Reading, Reading | None]] = []
    visits = StageVisit.objects.filter(release=release, left_at__isnull=False)
    for visit in visits.select_related("policy", "release__model__team__calendar").order_by("pk"):
        read.append((deadlines.reading(visit, world.now), None))
        for spell in StageOwnership.objects.filter(visit=visit, owner__isnull=True).order_by("pk"):
            read.append((deadlines.reading(visit, world.now), deadlines.vacancy_reading(spell, visit, world.now)))
    return read


@pytest.fixture
def release(world: World) -> Release:
    """In deployment, having been on hold and vacant on its way."""
    found = world.release_at(Stage.VALIDATION)
    end = world.now + timedelta(days=9)
    hold(
        world.engineer, found.pk, reason_code="other", reason="Wait.", waits_on="owner", expected_end=end, at=world.now
    )
    resume(world.engineer, found.pk, at=world.tick(timedelta(days=2)))
    world._bring(found, Stage.COMPLIANCE_REVIEW, world.engineer)
    world._bring(found, Stage.DEPLOYMENT, world.engineer)
    return Release.objects.select_related("model__team__calendar").get(pk=found.pk)


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_of_the_calendar_changes_open_visits_only(world: World, release: Release, edit: str) -> None:
    before, due = _over(release, world), world.visit(release).stalls_at
    legs = model_page(world.lead, release.model.slug, 1, world.now).journey.legs
    assert any(vacancy for _, vacancy in before)

    save_calendar(world.admin, EDITS[edit], calendar=world.calendar, at=world.now)

    assert _over(release, world) == before
    assert world.visit(release).stalls_at != due
    after = model_page(world.lead, release.model.slug, 1, world.now).journey.legs
    assert [leg for leg in after if leg.state == "done"] == [leg for leg in legs if leg.state == "done"]


def test_a_team_that_moves_to_another_calendar_keeps_its_past(world: World, release: Release) -> None:
    before, due = _over(release, world), world.visit(release).stalls_at
    other = save_calendar(world.admin, {"name": "Nights", "always_open": True}, at=world.now)
    facts = TeamFacts(world.team.name, "", other, world.team.hourly_rate, world.team.currency, None)
    save_team(world.admin, facts, team=world.team, at=world.now)
    assert _over(release, world) == before
    assert world.visit(release).stalls_at != due


def test_a_new_policy_changes_neither_what_is_over_nor_what_is_open(world: World, release: Release) -> None:
    before, due = _over(release, world), world.visit(release).stalls_at
    world.publish(vacancy_days="3")
    assert (_over(release, world), world.visit(release).stalls_at) == (before, due)


def test_only_an_edit_of_what_time_is_counted_by_makes_a_revision(world: World) -> None:
    made = save_calendar(world.admin, {"name": "Late", "timezone": "UTC"}, at=world.now)
    save_calendar(world.admin, {"name": "Later"}, calendar=made, at=world.tick())
    save_calendar(world.admin, {"timezone": "Asia/Tokyo"}, calendar=made, at=world.tick())
    save_calendar(world.admin, {"timezone": "UTC"}, calendar=made, at=world.tick())
    zones = CalendarRevision.objects.filter(calendar=made).order_by("number").values_list("number", "timezone")
    assert list(zones) == [(1, "UTC"), (2, "Asia/Tokyo"), (3, "UTC")]
