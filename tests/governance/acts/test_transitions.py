"""Where a release stands, and what it takes to move it."""

from datetime import UTC, datetime, timedelta

import pytest

from governance.acts.briefs import save_brief
from governance.acts.ownership import claim
from governance.acts.transitions import advance, break_glass, kill, park, reopen, retire, send_back
from governance.errors import Conflict, Invalid, NotPermitted, Unmet
from governance.models import BreakGlass, Departure, Review, StageVisit
from models_registry.models import DeploymentSpec
from models_registry.vocabulary import EndReason, ReviewKind, ReviewState, RiskTier, Stage, VisitState
from tests.world import COMPLETE_BRIEF, World


@pytest.mark.parametrize("tier", list(RiskTier))
def test_a_release_goes_from_brief_to_retired_through_every_stage(world: World, tier: RiskTier) -> None:
    release = world.release_at(Stage.RETIRED, tier=tier)
    visits = StageVisit.objects.filter(release=release).order_by("entered_at", "id")
    assert [visit.stage for visit in visits] == [stage.value for stage in Stage]
    assert [visit.departure for visit in visits][-2:] == [Departure.RETIRED, ""]


def test_an_unsigned_brief_shuts_the_gate_and_says_so(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    save_brief(world.engineer, release.pk, COMPLETE_BRIEF, at=world.tick())
    with pytest.raises(Unmet) as refusal:
        advance(world.engineer, release.pk, at=world.tick())
    assert [check.action for check in refusal.value.checks] == ["sign_brief"]
    assert world.visit(release).stage == Stage.BRIEF


def test_missing_evidence_and_values_are_each_named(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(Unmet) as refusal:
        advance(world.engineer, release.pk, at=world.tick())
    titles = " / ".join(f"{check.title}: {check.reason}" for check in refusal.value.checks)
    assert "latency" in titles.lower()
    assert "at most 120 ms" in titles
    assert {check.met for check in refusal.value.checks} == {False}


def test_only_the_owner_and_those_who_lead_move_a_release(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    for other in (world.colleague, world.viewer, world.officer, world.stranger):
        with pytest.raises(NotPermitted):
            advance(other, release.pk)
    assert advance(world.lead, release.pk, at=world.tick()).stage == Stage.VALIDATION


def test_a_page_that_is_out_of_date_moves_nothing_and_says_who_did(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    seen = world.visit(release).pk
    advance(world.lead, release.pk, expected_visit=seen, at=world.tick())
    with pytest.raises(Conflict, match="advanced by Marta Oliveira and is now validation"):
        advance(world.engineer, release.pk, expected_visit=seen, at=world.tick())
    assert StageVisit.objects.filter(release=release).count() == 2


def test_a_double_click_on_advance_moves_once(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    seen = world.visit(release).pk
    advance(world.engineer, release.pk, expected_visit=seen, at=world.tick())
    with pytest.raises(Conflict):
        advance(world.engineer, release.pk, expected_visit=seen, at=world.tick())
    assert Review.objects.filter(release=release).count() == 1


def test_sending_back_needs_a_reason_and_returns_to_the_owner_before(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    claim(world.colleague, release.pk, at=world.tick())
    with pytest.raises(Invalid) as refusal:
        send_back(world.colleague, release.pk, Stage.VALIDATION, " ", at=world.tick())
    assert refusal.value.field == "reason"

    visit = send_back(world.colleague, release.pk, Stage.VALIDATION, "Slice over 65 fails.", at=world.tick())

    assert (visit.stage, visit.reason, world.spell(release).owner) == (
        Stage.VALIDATION,
        "Slice over 65 fails.",
        world.engineer,
    )


def test_a_release_is_never_sent_forward_by_sending_it_back(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    for target in (Stage.VALIDATION, Stage.DEPLOYMENT, Stage.LIVE, Stage.RETIRED):
        with pytest.raises(Invalid) as refusal:
            send_back(world.engineer, release.pk, target, "A try.")
        assert refusal.value.field == "target"


@pytest.mark.parametrize(("act", "state"), [(park, VisitState.PARKED), (kill, VisitState.KILLED)])
def test_setting_aside_stops_the_clock_and_keeps_the_stage(world: World, act: object, state: VisitState) -> None:
    release = world.release_at(Stage.VALIDATION)
    visit = act(world.lead, release.pk, EndReason.NO_BUDGET, "Next year.", at=world.tick())  # type: ignore[operator]
    assert (visit.stage, visit.state, visit.stalls_at, visit.notice_at) == (Stage.VALIDATION, state, None, None)
    assert not visit.ownerships.exists()


def test_setting_aside_needs_a_reason_of_the_list_and_a_sentence(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(Invalid) as listed:
        kill(world.lead, release.pk, "bored", "No.")
    with pytest.raises(Invalid) as said:
        kill(world.lead, release.pk, EndReason.NO_VALUE, "")
    assert (listed.value.field, said.value.field) == ("reason_code", "reason")


def test_an_engineer_neither_parks_nor_kills(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(NotPermitted):
        kill(world.engineer, release.pk, EndReason.NO_VALUE, "No.")


def test_reopening_begins_a_fresh_clock_with_the_owner_before(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    kill(world.lead, release.pk, EndReason.NO_BUDGET, "Next year.", at=world.tick())
    visit = reopen(world.lead, release.pk, "Budget came.", at=world.tick(timedelta(days=30)))
    assert (visit.state, visit.entered_at, world.spell(release).owner) == (
        VisitState.UNDERWAY,
        world.now,
        world.engineer,
    )
    assert visit.stalls_at is not None


def test_nothing_moves_while_a_release_is_set_aside(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    park(world.lead, release.pk, EndReason.NO_BUDGET, "Next year.", at=world.tick())
    for attempt in (
        lambda: advance(world.lead, release.pk),
        lambda: send_back(world.lead, release.pk, Stage.BRIEF, "Why not."),
        lambda: break_glass(world.lead, release.pk, "Why not."),
        lambda: claim(world.engineer, release.pk),
    ):
        with pytest.raises(Conflict):
            attempt()


def test_the_live_owner_is_the_service_owner(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    assert world.spell(release).owner == DeploymentSpec.objects.get(release=release).service_owner


def test_a_live_release_is_retired_by_a_lead_with_a_reason_and_not_advanced(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    with pytest.raises(Conflict):
        advance(world.engineer, release.pk)
    with pytest.raises(NotPermitted):
        retire(world.engineer, release.pk, "Old.")
    with pytest.raises(Invalid):
        retire(world.lead, release.pk, "")
    assert retire(world.lead, release.pk, "Old.", at=world.tick()).stage == Stage.RETIRED


def test_broken_glass_passes_a_shut_gate_and_owes_a_dated_review(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    broken = break_glass(world.lead, release.pk, "The regulator's deadline is tonight.", at=world.tick())
    review = Review.objects.get(release=release, kind=ReviewKind.RETROSPECTIVE)
    assert world.visit(release).stage == Stage.DEPLOYMENT
    # Broken on Tuesday before nine; five business days later is Monday at closing time.
    assert (broken.review, review.state, review.due_at) == (
        review,
        ReviewState.OPEN,
        datetime(2026, 6, 8, 17, 0, tzinfo=UTC),
    )
    assert broken.unmet[0]["reason"] == "0 of 1 approvals given."


def test_glass_is_broken_by_a_lead_with_a_reason_at_a_shut_gate_only(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(NotPermitted):
        break_glass(world.engineer, release.pk, "Hurry.")
    with pytest.raises(Invalid):
        break_glass(world.lead, release.pk, " ")
    world.prove(release)
    with pytest.raises(Conflict, match="no glass"):
        break_glass(world.lead, release.pk, "Hurry.")
    assert not BreakGlass.objects.exists()


def test_leaving_a_stage_closes_what_hangs_on_it(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim(world.officer, release.pk, at=world.tick())
    visit = world.visit(release)
    send_back(world.officer, release.pk, Stage.VALIDATION, "No lineage.", at=world.tick())
    visit.refresh_from_db()
    assert (visit.left_at, visit.notice_at, visit.stalls_at) == (world.now, None, None)
    assert not visit.ownerships.filter(until__isnull=True).exists()
    assert Review.objects.get(visit=visit).state == ReviewState.WITHDRAWN


def test_a_visit_keeps_the_tier_and_policy_it_began_with(world: World) -> None:
    release = world.release_at(Stage.VALIDATION, tier=RiskTier.LOW)
    before = world.visit(release).stalls_at
    type(release.model).objects.filter(pk=release.model_id).update(risk_tier=RiskTier.HIGH)
    assert (world.visit(release).tier, world.visit(release).stalls_at) == (RiskTier.LOW, before)
