"""The way of one release: what each stage took, whose it was, and what lies ahead."""

from __future__ import annotations

from datetime import timedelta

from governance.acts.evidence import write_deployment
from governance.acts.holds import hold
from governance.acts.transitions import park, send_back
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.world import COMPLETE_DEPLOYMENT, World
from tracker.journey import Journey, Leg
from tracker.model_page import model_page

DAY = 8 * 3600


def journey(world: World, release: Release) -> Journey:
    return model_page(world.lead, release.model.slug, release.number, world.now).journey


def leg(world: World, release: Release, stage: Stage) -> Leg:
    return next(one for one in journey(world, release).legs if one.stage == stage)


def test_what_was_done_is_done_what_is_here_is_current_and_the_rest_lies_ahead(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert [one.state for one in journey(world, release).legs] == ["done", "done", "current", "todo", "todo"]
    assert [one.note for one in journey(world, release).legs] == ["", "", "", "next", ""]


def test_each_leg_tells_its_time_against_its_budget_and_its_owner(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    brief, validation = leg(world, release, Stage.BRIEF), leg(world, release, Stage.VALIDATION)
    assert (brief.budget, validation.budget) == (5 * DAY, 10 * DAY)
    assert brief.elapsed == 3 * 3600
    assert (brief.owner, validation.owner) == ("Jonas Weber", "Jonas Weber")
    assert brief.left == validation.entered
    assert validation.due is not None


def test_a_vacant_stage_has_an_empty_owner_and_one_ahead_has_none(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert leg(world, release, Stage.COMPLIANCE_REVIEW).owner == ""
    assert leg(world, release, Stage.DEPLOYMENT).owner is None


def test_whoever_is_named_to_serve_it_stands_at_live(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    write_deployment(world.engineer, release.pk, COMPLETE_DEPLOYMENT, service_owner=world.colleague, at=world.tick())
    assert leg(world, release, Stage.LIVE).owner == "Priya Raman"


def test_a_stage_that_was_visited_twice_tells_the_last_visit_and_counts_both(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    send_back(world.engineer, release.pk, Stage.BRIEF, "The latency is wrong.", at=world.tick())
    world.tick(timedelta(days=1))
    told = journey(world, release)
    brief = told.legs[0]
    assert (brief.state, brief.visits, told.sent_back) == ("current", 2, 1)
    assert brief.elapsed == DAY
    assert told.spent > brief.elapsed
    assert told.legs[1].state == "todo"


def test_a_hold_and_a_parking_are_told_at_the_stage_where_they_are(world: World) -> None:
    held = world.release_at(Stage.BRIEF)
    hold(
        world.engineer,
        held.pk,
        reason_code="data_access",
        reason="No grant.",
        waits_on="external",
        expected_end=world.now + timedelta(days=9),
        at=world.tick(),
    )
    assert leg(world, held, Stage.BRIEF).held
    parked = world.release_at(Stage.VALIDATION)
    park(world.lead, parked.pk, "no_budget", "Next year.", at=world.tick())
    stopped = leg(world, parked, Stage.VALIDATION)
    assert (stopped.state, stopped.note, stopped.due) == ("current", "parked", None)
    assert stopped.elapsed > 0


def test_the_plan_is_the_sum_of_the_budgets_and_live_has_none(world: World) -> None:
    told = journey(world, world.release_at(Stage.LIVE))
    assert told.planned == (5 + 10 + 8 + 5) * DAY
    assert told.legs[-1].budget is None
    assert [one.state for one in told.legs] == ["done"] * 4 + ["current"]


def test_a_retired_release_has_all_its_stages_behind_it(world: World) -> None:
    assert [one.state for one in journey(world, world.release_at(Stage.RETIRED)).legs] == ["done"] * 5
