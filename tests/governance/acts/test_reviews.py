"""Requests and decisions: four eyes, bound to exactly what was seen."""

import pytest
from django.db import IntegrityError, transaction

from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.ownership import claim
from governance.acts.reviews import decide, request_review, withdraw_review
from governance.acts.transitions import advance, break_glass
from governance.dossiers import gate_of
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import AuditEvent, Decision, Review, StageVisit
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, RiskTier, Stage, TeamRole
from tests.world import COMPLETE_BRIEF, World


def _approve(world: World, officer: Person, release: Release) -> Decision:
    review = world.open_review(release)
    world.verify(release, world.second_officer)
    return decide(officer, review.pk, "approve", "Fine.", seen_digest=world.digest(release), at=world.tick())


def test_entering_compliance_review_puts_the_request_into_the_queue(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    assert (review.requested_by, review.message, review.due_at) == (
        world.engineer,
        "Ready for review.",
        world.visit(release).stalls_at,
    )


def test_the_last_approval_needed_moves_the_release_on(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    review = world.open_review(release)
    _approve(world, world.officer, release)
    assert (world.visit(release).stage, world.open_review(release)) == (Stage.COMPLIANCE_REVIEW, review)
    _approve(world, world.second_officer, release)
    review.refresh_from_db()
    assert (world.visit(release).stage, review.state) == (Stage.DEPLOYMENT, ReviewState.APPROVED)
    assert world.spell(release).owner is None


@pytest.mark.parametrize(
    ("outcome", "state"),
    [("request_changes", ReviewState.CHANGES_REQUESTED), ("reject", ReviewState.REJECTED)],
)
def test_a_refusal_closes_the_review_and_moves_nothing(world: World, outcome: str, state: ReviewState) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    decide(world.officer, review.pk, outcome, "No lineage.", seen_digest=world.digest(release), at=world.tick())
    review.refresh_from_db()
    assert (review.state, world.visit(release).stage) == (state, Stage.COMPLIANCE_REVIEW)
    assert not gate_of(world.visit(release)).open


def test_a_decision_needs_an_outcome_and_a_reason(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, digest = world.open_review(release), world.digest(release)
    with pytest.raises(Invalid) as outcome:
        decide(world.officer, review.pk, "maybe", "Hm.", seen_digest=digest)
    with pytest.raises(Invalid) as reason:
        decide(world.officer, review.pk, "approve", " ", seen_digest=digest)
    assert (outcome.value.field, reason.value.field) == ("outcome", "reason")


@pytest.mark.parametrize("who", ["lead", "engineer", "admin", "auditor", "stranger"])
def test_only_an_officer_decides(world: World, who: str) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    with pytest.raises(NotPermitted):
        _approve(world, getattr(world, who), release)
    assert not Decision.objects.exists()


def test_nobody_approves_what_they_owned_made_or_requested(world: World) -> None:
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.ENGINEER)
    made = world.release_at(Stage.COMPLIANCE_REVIEW, actor=world.officer)
    with pytest.raises(NotPermitted) as refusal:
        _approve(world, world.officer, made)
    assert refusal.value.code == "four_eyes"
    assert _approve(world, world.second_officer, made).outcome == "approve"


def test_nobody_approves_for_their_own_team(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.VIEWER)
    with pytest.raises(NotPermitted, match="outside the team"):
        _approve(world, world.officer, release)


def test_owning_the_review_itself_does_not_bar_an_officer(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim(world.officer, release.pk, at=world.tick())
    assert _approve(world, world.officer, release).officer == world.officer


@pytest.mark.django_db
def test_the_database_refuses_a_second_hat_even_past_the_act(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    for column in ("requester", "release_owner", "brief_author"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(
                review=review,
                officer=world.engineer,
                outcome="approve",
                reason="Mine.",
                dossier_digest="x",
                **{column: world.engineer},
            )


def test_a_decision_on_a_dossier_that_changed_is_refused(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review, seen = world.open_review(release), world.digest(release)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/9"), at=world.tick())
    with pytest.raises(Conflict) as refusal:
        decide(world.officer, review.pk, "approve", "Fine.", seen_digest=seen, at=world.tick())
    assert refusal.value.code == "dossier_changed"
    assert not Decision.objects.exists()


def test_a_material_change_makes_the_approval_stale_and_an_edit_without_one_does_not(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    _approve(world, world.officer, release)
    amend_brief(world.engineer, release.pk, "Spelling.", at=world.tick())
    save_brief(world.engineer, release.pk, {**COMPLETE_BRIEF, "latency_ms": "120.0"}, at=world.tick())
    sign_brief(world.engineer, release.pk, at=world.tick())
    _approve(world, world.second_officer, release)
    assert world.visit(release).stage == Stage.DEPLOYMENT

    amend_brief(world.engineer, release.pk, "Slower is fine.", at=world.tick())
    save_brief(world.engineer, release.pk, {**COMPLETE_BRIEF, "latency_ms": "300"}, at=world.tick())
    sign_brief(world.engineer, release.pk, at=world.tick())
    stale = [check for check in gate_of(world.visit(release)).unmet if "earlier state" in check.reason]
    assert len(stale) >= 1


def test_an_officer_decides_again_when_the_dossier_is_another(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    _approve(world, world.officer, release)
    with pytest.raises(Conflict, match="already decided"):
        _approve(world, world.officer, release)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/9"), at=world.tick())
    _approve(world, world.officer, release)
    _approve(world, world.second_officer, release)
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_a_closed_review_takes_no_further_decision(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    withdraw_review(world.engineer, review.pk, "Wrong candidate.", at=world.tick())
    with pytest.raises(Conflict, match="closed"):
        decide(world.officer, review.pk, "approve", "Fine.", seen_digest=world.digest(release))


def test_after_changes_were_requested_the_review_is_asked_for_again(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    first = world.open_review(release)
    decide(world.officer, first.pk, "request_changes", "No.", seen_digest=world.digest(release), at=world.tick())
    second = request_review(world.engineer, release.pk, "Done.", at=world.tick())
    assert request_review(world.engineer, release.pk, "Done.", at=world.tick()) == second
    with pytest.raises(Conflict, match="already asked"):
        request_review(world.lead, release.pk, "Also me.", at=world.tick())
    assert Review.objects.filter(release=release).count() == 2


def test_a_review_is_requested_from_compliance_review_on(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(Conflict):
        request_review(world.engineer, release.pk)


def test_a_review_in_retrospect_is_decided_by_another_and_not_withdrawn(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    break_glass(world.lead, release.pk, "Deadline.", at=world.tick())
    review = Review.objects.get(release=release, kind=ReviewKind.RETROSPECTIVE)
    with pytest.raises(Conflict):
        withdraw_review(world.lead, review.pk, "Never mind.")
    decide(world.officer, review.pk, "approve", "It was right.", seen_digest=world.digest(release), at=world.tick())
    review.refresh_from_db()
    assert (review.state, world.visit(release).stage) == (ReviewState.APPROVED, Stage.DEPLOYMENT)


def test_an_approval_does_not_survive_being_sent_back_with_new_evidence(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "New", "doc/1"), at=world.tick())
    claim(world.colleague, release.pk, at=world.tick())
    assert not gate_of(world.visit(release)).open
    assert StageVisit.objects.filter(release=release, left_at__isnull=True).count() == 1
    with pytest.raises(Exception, match="missing"):
        advance(world.colleague, release.pk, at=world.tick())


@pytest.mark.parametrize("outcome", ["reject", "request_changes"])
def test_no_earlier_approval_outlives_a_refusal_of_the_very_same_dossier(world: World, outcome: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    approved = Review.objects.get(release=release)
    second = request_review(world.engineer, release.pk, "Is it still right?", at=world.tick())
    decide(world.officer, second.pk, outcome, "It is not.", seen_digest=world.digest(release), at=world.tick())
    (check,) = [one for one in gate_of(world.visit(release), at=world.now).checks if one.code == "approvals"]
    assert not check.met
    approved.refresh_from_db()
    assert (approved.state, approved.ended_at) == (ReviewState.REVOKED, world.now)
    assert approved.ended_because == "The same dossier was refused later: It is not."
    trail = AuditEvent.objects.filter(release_id=release.pk, act="review.revoke")
    assert [(one.actor_name, one.detail["why"]) for one in trail] == [(str(world.officer), approved.ended_because)]


def test_a_refusal_of_another_dossier_leaves_the_approval_of_what_it_saw(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "New", "doc/1"), at=world.tick())
    second = request_review(world.engineer, release.pk, at=world.tick())
    decide(world.officer, second.pk, "reject", "Not this.", seen_digest=world.digest(release), at=world.tick())
    assert Review.objects.exclude(pk=second.pk).get(release=release).state == ReviewState.APPROVED
