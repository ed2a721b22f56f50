"""One's own work with its next step, hand-overs, who has room and what was claimed lately."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.acts import holds, ownership, reviews, transitions
from governance.acts.evidence import write_deployment
from governance.errors import NotFound
from models_registry.vocabulary import Stage, WaitsOn
from tests.tracker.claim_reading import DAY, later, look, work
from tests.world import COMPLETE_DEPLOYMENT, World
from tracker.claims import (
    Load,
    every_work,
    loads,
    owner_of,
    peers,
    work_of,
)

# --- One's own work ---------------------------------------------------------------------------------------------------


def test_the_step_is_the_first_unmet_check_that_is_mine(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    step = work(world, release).step
    assert step is not None
    assert step.action == "edit_brief"
    world.sign(release)
    ready = work(world, release)
    assert (ready.step, ready.ready) == (None, Stage.VALIDATION)


def test_each_stage_has_its_own_next_step(world: World) -> None:
    validation, deployment = world.release_at(Stage.VALIDATION), world.release_at(Stage.DEPLOYMENT)
    ownership.claim(world.engineer, deployment.pk, at=world.tick())
    steps = {release.pk: work(world, release).step for release in (validation, deployment)}
    assert {key: step.action for key, step in steps.items() if step} == {
        validation.pk: "set_candidate",
        deployment.pk: "write_deployment",
    }
    write_deployment(world.engineer, deployment.pk, COMPLETE_DEPLOYMENT, service_owner=world.engineer, at=world.tick())
    assert work(world, deployment).ready is Stage.LIVE


def test_the_officers_step_is_the_review_until_it_waits_on_the_team(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    ownership.claim(world.officer, release.pk, at=world.tick())
    review = world.open_review(release)
    mine = work(world, release, world.officer)
    assert mine.step is not None
    assert (mine.step.action, mine.review_id) == ("decide_review", review.pk)
    seen = world.digest(release)
    reviews.decide(world.officer, review.pk, "request_changes", "No limits.", seen_digest=seen, at=world.tick())
    waiting = work(world, release, world.officer)
    assert (waiting.step, waiting.review_id) == (None, None)
    assert waiting.waits is not None
    assert waiting.waits.owes == "team"


def test_what_is_on_hold_says_so_and_what_is_live_owes_nothing(world: World) -> None:
    held, live = world.release_at(Stage.BRIEF), world.release_at(Stage.LIVE)
    holds.hold(
        world.engineer,
        held.pk,
        reason_code="data_access",
        reason="The grant is open.",
        waits_on=WaitsOn.EXTERNAL,
        expected_end=world.now + timedelta(days=9),
        at=world.tick(),
    )
    standing = work(world, held).hold
    assert standing is not None
    assert standing.reason == "The grant is open."
    idle = work(world, live)
    assert (idle.step, idle.ready, idle.waits, idle.checks) == (None, None, None, 0)


def test_what_stalls_first_comes_first_and_what_is_live_last(world: World) -> None:
    world.release_at(Stage.LIVE, name="live")
    world.release_at(Stage.VALIDATION, name="ten-days")
    world.release_at(Stage.BRIEF, name="five-days")
    board = look(world, world.engineer)
    assert [one.model for one in board.work] == ["five-days", "ten-days", "live"]
    assert [one.model for one in every_work(world.engineer, world.now)] == ["five-days", "ten-days", "live"]
    assert board.more_work is False


def test_the_work_of_somebody_else_is_not_found(world: World) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    for person in (world.colleague, world.stranger):
        with pytest.raises(NotFound):
            work_of(person, release.pk, world.now)
    with pytest.raises(NotFound):
        owner_of(world.stranger, release.pk)
    assert owner_of(world.colleague, release.pk).owner == world.engineer


# --- Hand-overs, load, recent claims ----------------------------------------------------------------------------------


def test_an_offer_is_seen_by_the_two_it_concerns_until_it_is_answered(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    offer = ownership.offer_handover(
        world.engineer, release.pk, world.colleague, "All done but the tests.", at=world.tick()
    )
    [incoming] = look(world, world.colleague).offers_in
    [outgoing] = look(world, world.engineer).offers_out
    assert incoming.offer == outgoing.offer == offer
    assert incoming.clock.budget == 5 * DAY
    assert work(world, release).offered_to == "Priya Raman"
    assert (look(world, world.lead).offers_in, look(world, world.lead).offers_out) == ([], [])
    ownership.accept_handover(world.colleague, offer.pk, at=world.tick())
    assert (look(world, world.colleague).offers_in, look(world, world.engineer).offers_out) == ([], [])


def test_an_offer_ends_with_the_visit(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    ownership.offer_handover(world.engineer, release.pk, world.colleague, "All yours.", at=world.tick())
    transitions.park(world.lead, release.pk, "no_budget", "Next quarter.", at=world.tick())
    assert look(world, world.colleague).offers_in == []


def test_who_has_room_counts_deployments_and_those_past_their_budget(world: World) -> None:
    for _ in range(2):
        ownership.claim(world.engineer, world.release_at(Stage.DEPLOYMENT).pk, at=world.tick())
    world.release_at(Stage.BRIEF)
    people, counted = peers(world.colleague)
    found = {load.name: load for load in loads(people, counted, world.now)}
    assert counted is Stage.DEPLOYMENT
    assert list(found) == ["Marta Oliveira", "Priya Raman", "Jonas Weber"]
    assert found["Jonas Weber"] == Load(world.engineer.pk, "Jonas Weber", 3, 0, 2, 0)
    late = {load.name: load for load in loads(people, counted, later(world, 6))}
    assert (late["Jonas Weber"].late, late["Jonas Weber"].counted_late) == (3, 2)
    assert found["Jonas Weber"].has_room


def test_officers_are_each_others_peers_and_an_auditor_has_none(world: World) -> None:
    ownership.claim(world.officer, world.release_at(Stage.COMPLIANCE_REVIEW).pk, at=world.tick())
    board = look(world, world.officer)
    assert board.counted is Stage.COMPLIANCE_REVIEW
    assert [(load.name, load.counted) for load in board.loads] == [("Elena Rossi", 0), ("Samuel Okafor", 1)]
    assert list(look(world, world.auditor).loads) == list(look(world, world.admin).loads) == []


def test_recent_claims_tell_how_long_the_stage_had_waited(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    world.now = later(world, 1.5)
    ownership.claim(world.engineer, release.pk, at=world.now)
    [claimed] = look(world).recent
    assert (claimed.owner, claimed.number, claimed.waited, claimed.day) == ("Jonas Weber", 1, 12 * 3600, DAY)
    assert look(world).median_wait == claimed
    assert (look(world, world.stranger).recent, look(world, world.stranger).median_wait) == ([], None)
