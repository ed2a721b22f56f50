"""Verdicts, advice, quorums and signatures: what an approval needs before it counts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.judging import Judgement, judge_controls
from governance.acts.reviews import (
    Condition,
    Signature,
    decide,
    give_feedback,
    judge_control,
    request_review,
    revoke_approval,
    stop_feedback,
)
from governance.acts.transitions import advance
from governance.control_states import ControlState
from governance.dossiers import controls_of, dossier_of, gate_of
from governance.errors import Conflict, Invalid, NotPermitted, Refused
from governance.models import AuditEvent, ControlVerdict, Decision, Delegation, Feedback, Review
from governance.trail import verify
from models_registry.models import Person, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, RiskTier, Stage
from tests.governance.acts.test_policies import group, published, rules
from tests.world import World

DAY = timedelta(days=1)


def control(world: World, release: Release, code: str = "model_card") -> ControlState:
    visit = world.visit(release)
    return next(one for one in controls_of(visit, dossier_of(visit, at=world.now)) if one.control.code == code)


def judge(world: World, release: Release, verdict: str = "verified", note: str = "", **more: Any) -> ControlVerdict:
    said = {"seen_digest": control(world, release).digest, "at": world.tick(), **more}
    return judge_control(world.officer, world.open_review(release).pk, "model_card", verdict, note, **said)


def approve(world: World, release: Release, officer: Person, outcome: str = "approve", **more: Any) -> Decision:
    seen = {"seen_digest": world.digest(release), "at": world.tick(), **more}
    return decide(officer, world.open_review(release).pk, outcome, "It holds.", **seen)


def in_review(world: World, tier: RiskTier = RiskTier.LOW, **asked: Any) -> Release:
    """A release in review under a policy that asks this of it."""
    published(world, rules(tier.value, **asked))
    return world.release_at(Stage.COMPLIANCE_REVIEW, tier=tier)


# --- Verdicts -------------------------------------------------------------------------------------------------------


def test_a_verdict_binds_to_the_control_as_it_was_seen(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    seen = control(world, release).digest
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Card 2", "cards/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    with pytest.raises(Conflict) as refusal:
        judge(world, release, seen_digest=seen)
    assert refusal.value.code == "control_changed"
    assert (judge(world, release).digest, control(world, release).state) == (
        control(world, release).digest,
        "verified",
    )
    assert verify().holds


def test_saying_the_same_twice_is_one_verdict_and_another_word_is_a_second(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert judge(world, release) == judge(world, release)
    judge(world, release, "concern", "No limits of use.")
    assert (ControlVerdict.objects.count(), control(world, release).state) == (2, "concern")
    with pytest.raises(Invalid, match="what the concern is"):
        judge(world, release, "concern")
    with pytest.raises(Invalid, match="Choose one of the controls"):
        judge_control(world.officer, world.open_review(release).pk, "nothing", "verified", seen_digest="x")


def test_what_is_missing_cannot_be_verified(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    card = release.evidence.get(kind=EvidenceKind.DATASET)
    facts = EvidenceFacts(EvidenceKind.DATASET, "Cards", "warehouse/cards", valid_until=world.now)
    attach_evidence(world.engineer, release.pk, facts, supersedes=card.pk, at=world.tick())
    found = control(world, release, "dataset")
    with pytest.raises(Conflict) as refusal:
        judge_control(
            world.officer, world.open_review(release).pk, "dataset", "verified",
            seen_digest=found.digest, at=world.now,
        )  # fmt: skip
    assert refusal.value.code == "control_shut"


def test_of_several_controls_all_are_judged_or_none(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, card, brief = world.open_review(release), control(world, release), control(world, release, "brief")
    said = [Judgement("brief", "verified", brief.digest), Judgement("model_card", "concern", card.digest)]
    with pytest.raises(Invalid, match="what the concern is"):
        judge_controls(world.officer, review.pk, said, at=world.tick())
    assert not ControlVerdict.objects.exists()
    said[1] = Judgement("model_card", "concern", card.digest, "No limits of use.")
    noted = judge_controls(world.officer, review.pk, said, at=world.tick())
    assert [(one.control, one.verdict) for one in noted] == [("brief", "verified"), ("model_card", "concern")]
    assert AuditEvent.objects.filter(act="review.judge", release_id=release.pk).count() == 2


@pytest.mark.parametrize("who", ["lead", "engineer", "auditor", "admin", "stranger"])
def test_only_an_approver_judges(world: World, who: str) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, seen = world.open_review(release), control(world, release).digest
    with pytest.raises(NotPermitted):
        judge_control(getattr(world, who), review.pk, "model_card", "verified", seen_digest=seen)
    assert not ControlVerdict.objects.exists()


def test_nobody_approves_over_controls_that_nobody_looked_at(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    with pytest.raises(Conflict) as refusal:
        approve(world, release, world.officer)
    assert refusal.value.code == "controls_unchecked"
    assert refusal.value.message == (
        "5 controls do not hold yet: Brief (unchecked), Requirements (unchecked), Training run (unchecked), "
        "Validation report (unchecked), Model card (unchecked)."
    )
    world.verify(release)
    judge(world, release, "concern", "No limits of use.")
    with pytest.raises(Conflict, match=r"1 control does not hold yet: Model card \(concern\)"):
        approve(world, release, world.officer)
    assert not Decision.objects.exists()


def test_verdicts_hold_in_the_next_review_but_for_what_changed(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    world.verify(release)
    approve(world, release, world.officer, "request_changes")
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Card 2", "cards/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    request_review(world.engineer, release.pk, "Done.", at=world.tick())
    visit = world.visit(release)
    left = [one.control.code for one in controls_of(visit, dossier_of(visit)) if not one.holds]
    assert left == ["model_card"]
    judge(world, release)
    decision = approve(world, release, world.second_officer)
    assert set(decision.controls) == {"brief", "requirements", "training_run", "validation_report", "model_card"}
    assert world.visit(release).stage == Stage.DEPLOYMENT


# --- Advice ---------------------------------------------------------------------------------------------------------


def advise(world: World, release: Release, person: Person, name: str, **more: Any) -> Feedback:
    said = {"stance": "no_objection", "text": "Read it.", "seen_digest": world.digest(release), "at": world.tick()}
    return give_feedback(person, world.open_review(release).pk, group=name, **{**said, **more})


def test_the_last_group_that_was_waited_for_closes_the_feedback(world: World) -> None:
    group("legal", world.stranger)
    group("works-council", world.viewer)
    release = in_review(world, feedback=["legal", "works-council"])
    world.verify(release)
    with pytest.raises(Conflict, match="awaited from Legal, Works council") as refusal:
        approve(world, release, world.officer)
    assert refusal.value.code == "feedback_open"
    first = advise(world, release, world.stranger, "legal")
    assert advise(world, release, world.stranger, "legal") == first
    assert world.open_review(release).waits_for_feedback
    advise(world, release, world.viewer, "works-council", stance="concern")
    assert not world.open_review(release).waits_for_feedback
    advise(world, release, world.stranger, "legal", text="One word more.")
    approve(world, release, world.officer)
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_advice_is_given_by_the_group_on_what_is_there_and_by_nobody_tied(world: World) -> None:
    group("legal", world.stranger, world.engineer)
    release = in_review(world, feedback=["legal"])
    with pytest.raises(NotPermitted, match="Only somebody of Legal"):
        advise(world, release, world.officer, "legal")
    with pytest.raises(NotPermitted, match="You requested this review"):
        advise(world, release, world.engineer, "legal")
    with pytest.raises(Invalid, match="asked for feedback"):
        advise(world, release, world.stranger, "compliance-officers")
    with pytest.raises(Conflict, match="dossier changed"):
        advise(world, release, world.stranger, "legal", seen_digest="sha256:old")
    with pytest.raises(Invalid, match="what you looked at"):
        advise(world, release, world.stranger, "legal", text=" ")
    assert not Feedback.objects.exists()


def test_an_approver_goes_on_without_waiting_and_says_why(world: World) -> None:
    group("legal", world.stranger)
    release = in_review(world, feedback=["legal"])
    review = world.open_review(release)
    with pytest.raises(Invalid):
        stop_feedback(world.officer, review.pk, " ")
    with pytest.raises(NotPermitted):
        stop_feedback(world.engineer, review.pk, "We are in a hurry.")
    stop_feedback(world.officer, review.pk, "Legal is on holiday.", at=world.tick())
    with pytest.raises(Conflict):
        stop_feedback(world.officer, review.pk, "Again.")
    assert AuditEvent.objects.get(act="review.stop_feedback").detail["without"] == ["legal"]
    world.verify(release)
    approve(world, release, world.officer)
    assert world.visit(release).stage == Stage.DEPLOYMENT


# --- Quorums and signatures -----------------------------------------------------------------------------------------


def test_every_group_has_to_approve_by_its_own_people(world: World) -> None:
    board = [world.person(f"Member {number}") for number in range(2)]
    group("risk-board", *board)
    asked = [{"group": "compliance-officers", "quorum": 1}, {"group": "risk-board", "quorum": 2}]
    release = in_review(world, approvers=asked)
    world.verify(release)
    assert approve(world, release, world.officer).groups == ["compliance-officers"]
    (check,) = gate_of(world.visit(release), at=world.now).unmet
    assert check.reason.startswith("Still to approve: Risk board (0 of 2). Given by Samuel Okafor on")
    assert approve(world, release, board[0]).groups == ["risk-board"]
    with pytest.raises(NotPermitted):
        approve(world, release, world.stranger)
    approve(world, release, board[1])
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_an_officer_without_a_seat_may_refuse_and_not_approve(world: World) -> None:
    member = world.person("Member")
    group("risk-board", member)
    release = in_review(world, approvers=[{"group": "risk-board", "quorum": 1}])
    world.verify(release)
    with pytest.raises(NotPermitted) as refusal:
        approve(world, release, world.officer)
    assert refusal.value.code == "no_group"
    approve(world, release, world.officer, "request_changes")
    assert Review.objects.get(release=release).state == ReviewState.CHANGES_REQUESTED


def test_a_deputy_speaks_for_the_group_and_of_the_two_one_is_counted(world: World) -> None:
    member, other, deputy = world.person("Member"), world.person("Other"), world.person("Deputy")
    group("risk-board", member, other)
    release = in_review(world, approvers=[{"group": "risk-board", "quorum": 2}])
    world.verify(release)
    with pytest.raises(NotPermitted):
        approve(world, release, deputy)
    Delegation.objects.create(
        delegator=member, deputy=deputy, starts_at=world.now, ends_at=world.now + DAY * 9, reason="Holiday."
    )
    assert approve(world, release, deputy).groups == ["risk-board"]
    with pytest.raises(NotPermitted):
        approve(world, release, member)
    approve(world, release, other)
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_a_deputy_does_not_speak_for_somebody_with_a_hand_in_it(world: World) -> None:
    deputy = world.person("Deputy")
    group("risk-board", world.engineer, world.stranger)
    release = in_review(world, approvers=[{"group": "risk-board", "quorum": 1}])
    world.verify(release)
    Delegation.objects.create(
        delegator=world.engineer, deputy=deputy, starts_at=world.now, ends_at=world.now + DAY * 9, reason="Holiday."
    )
    with pytest.raises(NotPermitted) as refusal:
        approve(world, release, deputy)
    assert refusal.value.code == "no_group"


def test_where_the_policy_asks_for_it_a_decision_is_signed(world: World) -> None:
    release = in_review(world, sign_again=True)
    world.verify(release)
    for signature in (None, Signature("password", " ")):
        with pytest.raises(Refused) as refusal:
            approve(world, release, world.officer, signature=signature)
        assert refusal.value.code == "signature_needed"
    decision = approve(world, release, world.officer, signature=Signature("password", "I approve it for production."))
    assert decision.signature == {"method": "password", "meaning": "I approve it for production."}


# --- In place, warned, revoked --------------------------------------------------------------------------------------


def test_a_gate_that_warns_lets_pass_and_the_trail_says_with_what(world: World) -> None:
    published(world, rules(stage="validation", gate="warn"))
    release = world.release_at(Stage.VALIDATION)
    report = gate_of(world.visit(release), at=world.now)
    assert (report.open, report.complete, len(report.warnings)) == (True, False, len(report.unmet))
    advance(world.engineer, release.pk, message="As it is.", at=world.tick())
    moved = AuditEvent.objects.filter(act="stage.advance", release_id=release.pk).latest("pk")
    assert {one["code"] for one in moved.detail["warnings"]} >= {"candidate", "evidence:model_card"}


def test_a_new_look_in_deployment_moves_nothing(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Card 2", "cards/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    check = gate_of(world.visit(release), at=world.now).unmet[-1]
    assert (check.code, check.state, check.action) == ("approvals", "stale", "request_review")
    review = request_review(world.engineer, release.pk, "The card is new.", at=world.tick())
    assert review.due_at is not None
    assert review.due_at > world.now + DAY * 8
    world.verify(release, world.second_officer)
    approve(world, release, world.second_officer)
    review.refresh_from_db()
    assert (review.state, world.visit(release).stage) == (ReviewState.APPROVED, Stage.DEPLOYMENT)
    assert "approvals" not in {one.code for one in gate_of(world.visit(release), at=world.now).unmet}


def test_a_revoked_approval_counts_no_more(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    review = Review.objects.get(release=release)
    with pytest.raises(NotPermitted):
        revoke_approval(world.engineer, review.pk, "No.")
    with pytest.raises(Invalid):
        revoke_approval(world.officer, review.pk, "")
    revoke_approval(world.second_officer, review.pk, "The source was withdrawn.", at=world.tick())
    with pytest.raises(Conflict):
        revoke_approval(world.officer, review.pk, "Again.")
    review.refresh_from_db()
    assert (review.state, world.visit(release).stage) == (ReviewState.REVOKED, Stage.DEPLOYMENT)
    assert "approvals" in {one.code for one in gate_of(world.visit(release), at=world.now).unmet}


def test_conditions_go_with_a_conditional_approval_and_with_nothing_else(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    world.verify(release)
    condition = Condition("Limits", "", "model_card", "high", world.engineer, world.now + DAY * 30)
    with pytest.raises(Invalid, match="at least one condition"):
        approve(world, release, world.officer, "approve_with_conditions")
    with pytest.raises(Invalid, match="choose that, or leave them out"):
        approve(world, release, world.officer, "approve", conditions=[condition])
    gone = Condition(" ", "", "nothing", "grave", world.engineer, world.now)
    with pytest.raises(Invalid) as refusal:
        approve(world, release, world.officer, "approve_with_conditions", conditions=[condition, gone])
    assert [one.field for one in refusal.value.problems] == [
        "conditions.1.title", "conditions.1.control", "conditions.1.severity", "conditions.1.due_at",
    ]  # fmt: skip
    assert not Decision.objects.exists()
