"""A high-tier release: advice, an approval with a condition, a finding that ends it, and a new look at what changed."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence, write_deployment
from governance.acts.findings import close_finding, resolve_finding
from governance.acts.lapses import lapse_due
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.reviews import Condition, Signature, decide, give_feedback, judge_control, request_review
from governance.acts.transitions import advance
from governance.dossiers import controls_of, dossier_of, gate_of
from governance.errors import Conflict, Unmet
from governance.models import ApproverGroup, AuditEvent, Decision, Finding, GroupMember, Review
from governance.policy import DEFAULT_RULES
from governance.trail import verify
from models_registry.models import Person, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, RiskTier, Stage
from tests.world import COMPLETE_DEPLOYMENT, World

DAY = timedelta(days=1)
SIGNED = Signature("password", "I approve this release for production.")
LIMITS = {
    "title": "Limits of use",
    "question": "Does the card say where the model must not be used?",
    "evidence": ["model_card"],
    "references": [{"framework": "eu-ai-act", "clause": "Article 13(3)(b)"}],
}


def strict() -> dict[str, Any]:
    """High risk: advice of legal, an officer and somebody of the risk board, signed, for a year."""
    raw = deepcopy(DEFAULT_RULES)
    asked = [{"group": "compliance-officers", "quorum": 1}, {"group": "risk-board", "quorum": 1}]
    raw["controls"] = {"limits": LIMITS}
    raw["tiers"]["high"]["compliance_review"] |= {
        "approvers": asked, "feedback": ["legal"], "sign_again": True, "validity_months": 12, "controls": ["limits"],
    }  # fmt: skip
    return raw


def left(world: World, release: Release) -> set[str]:
    """The controls that somebody still has to look at."""
    visit = world.visit(release)
    return {one.control.code for one in controls_of(visit, dossier_of(visit, at=world.now)) if not one.holds}


def seat(slug: str, person: Person) -> None:
    GroupMember.objects.create(group=ApproverGroup.objects.create(slug=slug, name=slug), person=person)


def approve(world: World, release: Release, who: Person, *conditions: Condition) -> Decision:
    outcome = "approve_with_conditions" if conditions else "approve"
    said: dict[str, Any] = {"seen_digest": world.digest(release), "signature": SIGNED, "at": world.tick()}
    return decide(who, world.open_review(release).pk, outcome, "It may run.", conditions=conditions, **said)


@pytest.mark.django_db
def test_a_high_tier_release_from_advice_to_a_new_look_at_what_changed(world: World) -> None:
    lawyer, member = world.person("Nadia Haddad"), world.person("Pieter Vos")
    seat("legal", lawyer)
    seat("risk-board", member)
    draft = draft_policy(world.admin, strict(), "High risk in depth.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    first = world.open_review(release)

    # Advice first, then a verdict on every control; one is a concern.
    world.verify(release)
    with pytest.raises(Conflict, match="awaited from Legal"):
        approve(world, release, world.officer)
    give_feedback(
        lawyer, first.pk, group="legal", stance="concern", text="Who is excluded?",
        seen_digest=world.digest(release), at=world.tick(),
    )  # fmt: skip
    visit = world.visit(release)
    states = {one.control.code: one for one in controls_of(visit, dossier_of(visit, at=world.now))}
    doubt: dict[str, Any] = {"seen_digest": states["limits"].digest, "at": world.tick()}
    judge_control(member, first.pk, "limits", "concern", "The card names no excluded groups.", **doubt)

    # Two groups approve, one of them under a condition that covers the concern.
    condition = Condition(
        "Name who is excluded", "In the card.", "limits", "high", world.engineer, world.now + 14 * DAY
    )
    approve(world, release, member, condition)
    assert world.visit(release).stage == Stage.COMPLIANCE_REVIEW
    approve(world, release, world.officer)
    first.refresh_from_db()
    assert (first.state, world.visit(release).stage) == (ReviewState.APPROVED_WITH_CONDITIONS, Stage.DEPLOYMENT)

    # Deployment is ready, and the condition's date passes.
    claim(world.engineer, release.pk, at=world.tick())
    write_deployment(world.engineer, release.pk, COMPLETE_DEPLOYMENT, service_owner=world.engineer, at=world.tick())
    assert gate_of(world.visit(release), at=world.now).open
    world.tick(15 * DAY)
    with pytest.raises(Unmet, match="1 thing is missing"):
        advance(world.engineer, release.pk, at=world.now)
    assert lapse_due(world.now) == 1
    first.refresh_from_db()
    assert (first.state, "was not resolved by" in first.ended_because) == (ReviewState.LAPSED, True)

    # The card is mended. Only what it touches is open in the new review, which is held in place.
    card = release.evidence.get(kind=EvidenceKind.MODEL_CARD, superseded_by__isnull=True)
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Model card 2", "cards/2")
    attach_evidence(world.engineer, release.pk, facts, supersedes=card.pk, at=world.tick())
    finding = Finding.objects.get(control="limits")
    resolve_finding(world.engineer, finding.pk, "Section 4 names them.", at=world.tick())
    close_finding(member, finding.pk, "Read it.", at=world.tick())
    assert not gate_of(world.visit(release), at=world.now).open
    second = request_review(world.engineer, release.pk, "The card names them now.", at=world.tick())
    assert left(world, release) == {"limits"}
    give_feedback(
        lawyer, second.pk, group="legal", stance="no_objection", text="That is it.",
        seen_digest=world.digest(release), at=world.tick(),
    )  # fmt: skip
    world.verify(release, member)
    approve(world, release, member)
    approve(world, release, world.officer)
    second.refresh_from_db()
    assert (second.state, world.visit(release).stage) == (ReviewState.APPROVED, Stage.DEPLOYMENT)
    assert second.expires_at is not None

    advance(world.engineer, release.pk, at=world.tick())
    assert world.visit(release).stage == Stage.LIVE
    assert Review.objects.filter(release=release).count() == 2
    told = set(AuditEvent.objects.filter(release_id=release.pk).values_list("act", flat=True))
    assert {
        "review.feedback",
        "review.judge",
        "review.decide",
        "review.lapse",
        "finding.raise",
        "finding.close",
    } <= told
    assert verify().holds
