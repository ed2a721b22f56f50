"""The page of one review: the dossier, the decision bound to what was seen, and what stands in its way."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.reviews import decide, withdraw_review
from governance.acts.transitions import break_glass
from governance.models import Decision, Review
from models_registry.models import Membership, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, RiskTier, Stage, TeamRole
from tests.tracker.web.visiting import Visit, queries_of, value_of, words
from tests.world import World

REASON = "Thresholds are met and the evidence is complete."


def waiting(world: World, tier: RiskTier = RiskTier.LOW, **more: Any) -> Release:
    """A release in review, every control of which was verified already."""
    release = world.release_at(Stage.COMPLIANCE_REVIEW, name="claims-triage", tier=tier, **more)
    world.verify(release, world.second_officer)
    return release


def address_of(world: World, release: Release) -> str:
    return f"/reviews/{world.open_review(release).pk}/"


def typed(client: Client, address: str, **changes: str) -> dict[str, str]:
    """What the form sends when it is filled in on the page as it is now."""
    page = client.get(address)
    seen = {name: value_of(page, name) for name in ("seen_digest", "seen_event")}
    return {**seen, "outcome": "approve", "reason": REASON, **changes}


def attach(world: World, release: Release, title: str = "DPIA") -> None:
    facts = EvidenceFacts(EvidenceKind.DOCUMENT, title, "doc/1")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())


def test_the_dossier_is_shown_control_by_control(world: World, visit: Visit) -> None:
    release = waiting(world)
    said = words(visit(world.officer).get(address_of(world, release)))
    for part in (
        "5 of 5 hold",
        "Requirements Verified by Elena Rossi",
        "Training run 1",
        "84 ms",
        "version 1",
        "revision 1, signed by Jonas Weber",
        "Every quarter, or when the weekly drift check fails twice.",
        '"required": ["amount"]',
        "You may decide on this release.",
        "Jonas Weber (requested this review)",
        "Ready for review.",
        "0 of 1 approval",
        "A decision binds to this dossier",
    ):
        assert part in said
    assert (
        f"/models/{release.model.slug}/?release=1"
        in visit(world.officer).get(address_of(world, release)).content.decode()
    )


def test_an_approval_moves_the_release_on_and_says_so(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    answer = client.post(address, typed(client, address))
    assert (answer.status_code, answer["Location"]) == (303, address)
    assert "claims-triage release 1 is approved and in deployment now." in client.get(address).content.decode()
    assert world.visit(release).stage == Stage.DEPLOYMENT
    decision = Decision.objects.get()
    assert (decision.officer, decision.reason) == (world.officer, REASON)


def test_the_first_of_two_approvals_waits_for_the_second(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.HIGH)
    client, address = visit(world.officer), address_of(world, release)
    client.post(address, typed(client, address))
    said = words(client.get(address))
    assert "1 of 2 approvals" in said
    assert "You have decided." in said
    assert '<form class="stack"' not in client.get(address).content.decode()
    second = visit(world.second_officer)
    assert "your approval completes them" in words(second.get(address))
    second.post(address, typed(second, address))
    assert world.visit(release).stage == Stage.DEPLOYMENT


@pytest.mark.parametrize(
    ("outcome", "state", "said"),
    [
        ("request_changes", ReviewState.CHANGES_REQUESTED, "Changes of claims-triage release 1 are requested."),
        ("reject", ReviewState.REJECTED, "claims-triage release 1 is rejected."),
    ],
)
def test_the_other_decisions_close_the_review(
    world: World, visit: Visit, outcome: str, state: ReviewState, said: str
) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    client.post(address, typed(client, address, outcome=outcome))
    page = client.get(address)
    assert said in page.content.decode()
    assert Review.objects.get().state == state
    assert "This review is closed" in words(page)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": ""}, "Give the reason; it is what the auditor reads."),
        ({"reason": "Too short."}, "Say it in at least 20 characters"),
        ({"reason": "   " * 20}, "Give the reason; it is what the auditor reads."),
        ({"outcome": ""}, "Choose approve, request changes, or reject."),
        ({"outcome": "maybe"}, "maybe is not one of the available choices"),
    ],
)
def test_what_is_missing_is_said_and_nothing_typed_is_lost(
    world: World, visit: Visit, changes: dict[str, str], said: str
) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    answer = client.post(address, typed(client, address, **changes))
    assert answer.status_code == 422
    assert said in words(answer)
    if "outcome" in changes:
        assert value_of(answer, "reason") == REASON
    else:
        assert re.search(r'value="approve"[^>]*checked', answer.content.decode())
    assert not Decision.objects.exists()


def test_a_dossier_that_changed_meanwhile_is_not_decided_and_the_text_is_kept(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    stale = typed(client, address)
    attach(world, release)
    answer = client.post(address, stale)
    assert answer.status_code == 409
    said = words(answer)
    assert "The dossier changed while you read it, so nothing was decided." in said
    assert "Jonas Weber attached “DPIA”, document" in said
    assert value_of(answer, "reason") == REASON
    assert not Decision.objects.exists()
    again = {name: value_of(answer, name) for name in ("seen_digest", "seen_event", "reason")}
    assert again["seen_digest"] != stale["seen_digest"]
    assert client.post(address, {**again, "outcome": "approve"}).status_code == 303


def test_a_forged_or_missing_digest_decides_nothing(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    for digest in ("", "sha256:" + "0" * 64):
        assert client.post(address, typed(client, address, seen_digest=digest)).status_code == 409
    assert not Decision.objects.exists()


def test_a_review_that_was_closed_meanwhile_gives_the_text_back(world: World, visit: Visit) -> None:
    release = waiting(world)
    review, client, address = world.open_review(release), visit(world.officer), address_of(world, release)
    sent = typed(client, address, reason="<b>My carefully weighed reason.</b>")
    withdraw_review(world.engineer, review.pk, "A mistake.", at=world.tick())
    answer = client.post(address, sent)
    assert answer.status_code == 409
    assert "This review is closed: withdrawn." in words(answer)
    assert "<b>My carefully weighed reason.</b>" in words(answer)
    assert "&lt;b&gt;My carefully" in answer.content.decode()


def test_a_second_press_is_refused_in_words(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.HIGH)
    client, address = visit(world.officer), address_of(world, release)
    sent = typed(client, address)
    client.post(address, sent)
    answer = client.post(address, sent)
    assert answer.status_code == 409
    assert "You have already decided on this dossier." in words(answer)
    assert Decision.objects.count() == 1


def test_whoever_is_excluded_sees_why_and_cannot_post_round_it(world: World, visit: Visit) -> None:
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.ENGINEER)
    release = waiting(world, actor=world.officer)
    client, address = visit(world.officer), address_of(world, release)
    said = words(client.get(address))
    assert "You may not decide on this release. You requested this review, so somebody else has to decide." in said
    assert 'name="outcome"' not in client.get(address).content.decode()
    forged = {"outcome": "approve", "reason": REASON, "seen_digest": world.digest(release)}
    answer = client.post(address, forged)
    assert (answer.status_code, Decision.objects.count()) == (403, 0)
    assert "You requested this review" in words(answer)


@pytest.mark.parametrize("who", ["lead", "engineer", "viewer", "auditor", "admin", "stranger"])
def test_nobody_but_an_officer_decides(world: World, visit: Visit, who: str) -> None:
    release = waiting(world)
    client, address = visit(getattr(world, who)), address_of(world, release)
    assert "Compliance officers decide." in words(client.get(address))
    answer = client.post(address, {"outcome": "approve", "reason": REASON, "seen_digest": world.digest(release)})
    assert (answer.status_code, Decision.objects.count()) == (403, 0)


def test_a_stranger_cannot_tell_a_hidden_review_from_a_missing_one(world: World, visit: Visit) -> None:
    release = waiting(world, restricted=True)
    address = address_of(world, release)
    client = visit(world.stranger)
    form = {"outcome": "approve", "reason": REASON, "seen_digest": world.digest(release)}
    hidden, missing = client.get(address), client.get("/reviews/999999/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert words(hidden) == words(missing)
    assert client.post(address, form).status_code == 404
    assert not Decision.objects.exists()


def test_a_look_back_shows_the_glass_and_what_was_unmet(world: World, visit: Visit) -> None:
    release = waiting(world)
    break_glass(world.lead, release.pk, "The old model stops on Friday.", at=world.tick())
    client, address = visit(world.officer), address_of(world, release)
    said = words(client.get(address))
    assert "Marta Oliveira broke the glass before deployment" in said
    assert "The old model stops on Friday." in said
    assert "Approval : 0 of 1 approvals given." in said
    assert "In retrospect" in said
    answer = client.post(address, typed(client, address))
    assert answer.status_code == 303
    assert "claims-triage release 1 is approved in retrospect." in client.get(address).content.decode()
    assert world.visit(release).stage == Stage.DEPLOYMENT


def test_a_lapsed_approval_is_named_as_such(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.HIGH)
    review, digest = world.open_review(release), world.digest(release)
    decide(world.officer, review.pk, "approve", REASON, seen_digest=digest, at=world.tick())
    attach(world, release)
    said = words(visit(world.second_officer).get(address_of(world, release)))
    assert "lapsed, the dossier changed since" in said
    assert "0 of 2 approvals" in said


def test_the_team_may_take_the_request_back_and_ask_again_later(world: World, visit: Visit) -> None:
    release = waiting(world)
    address = address_of(world, release)
    assert "Withdraw the request" in words(visit(world.engineer).get(address), "aside")
    assert "Withdraw the request" not in words(visit(world.officer).get(address), "aside")
    review, digest = world.open_review(release), world.digest(release)
    decide(world.officer, review.pk, "request_changes", REASON, seen_digest=digest, at=world.tick())
    assert "Request the next review" in words(visit(world.engineer).get(address), "aside")
    assert "Request the next review" not in words(visit(world.officer).get(address), "aside")


def test_what_is_past_due_says_by_how_much(world: World, visit: Visit) -> None:
    release = waiting(world)
    world.tick(timedelta(days=30))
    assert "past due, was due" in words(visit(world.officer).get(address_of(world, release)))


def test_officers_and_auditors_may_verify_the_chain_and_others_are_not_offered_it(world: World, visit: Visit) -> None:
    address = address_of(world, waiting(world))
    for person, offered in ((world.officer, True), (world.auditor, True), (world.engineer, False)):
        assert ("Verify chain" in words(visit(person).get(address))) is offered


def test_a_name_with_a_script_in_it_stays_text(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, name="<script>alert(1)</script>")
    page = visit(world.officer).get(address_of(world, release)).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_costs_the_same_however_much_is_attached(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.HIGH)
    address = address_of(world, release)
    attach(world, release)
    before = queries_of(visit(world.officer), address)
    for number in range(20):
        attach(world, release, f"Document {number}")
    assert queries_of(visit(world.officer), address) == before
    assert before <= 32
