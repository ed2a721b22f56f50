"""The way to a decision on the page: verdicts, advice, conditions, findings, waivers, and an approval taken back."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.findings import resolve_finding
from governance.acts.intake import start_release
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.reviews import Condition, decide, revoke_approval
from governance.acts.transitions import advance, break_glass
from governance.acts.waivers import grant_waiver
from governance.models import ApproverGroup, ControlVerdict, Decision, Feedback, Finding, GroupMember, Review, Waiver
from governance.policy import DEFAULT_RULES
from models_registry.models import Evidence, Release
from models_registry.vocabulary import EvidenceKind, ReviewState, RiskTier, Stage
from tests.tracker.web.visiting import Visit, queries_of, value_of, words
from tests.world import World
from tracker.review_desk import ReviewPage, review_page

DAY = timedelta(days=1)
REASON = "Thresholds are met and the evidence is complete."
MOST_QUERIES = 20


def policy(world: World, **review: Any) -> None:
    """A policy that asks this of the review of every tier."""
    rules = deepcopy(DEFAULT_RULES)
    for tier in rules["tiers"].values():
        tier["compliance_review"] |= review
    publish(world, rules)


def publish(world: World, rules: dict[str, Any]) -> None:
    draft = draft_policy(world.admin, rules, "As the test asks.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())


def waiting(world: World, tier: RiskTier = RiskTier.LOW) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name="claims-triage", tier=tier)


def address_of(world: World, release: Release) -> str:
    return f"/reviews/{world.open_review(release).pk}/"


def look(world: World, release: Release) -> ReviewPage:
    return review_page(world.officer, Review.objects.latest("pk").pk, world.now)


def digest_of(world: World, release: Release, code: str) -> str:
    return next(one.digest for one in look(world, release).states if one.control.code == code)


def typed(client: Client, address: str, **changes: str) -> dict[str, str]:
    page = client.get(address)
    seen = {name: value_of(page, name) for name in ("seen_digest", "seen_event")}
    rows = {"condition-TOTAL_FORMS": "2", "condition-INITIAL_FORMS": "0"}
    return {**seen, **rows, "outcome": "approve", "reason": REASON, **changes}


def test_a_control_is_judged_from_its_own_form(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    sent = {"control": "model_card", "control_digest": digest_of(world, release, "model_card"), "verdict": "verified"}
    answer = client.post(f"{address}judge/", sent)
    assert (answer.status_code, answer["Location"]) == (303, f"{address}#c5")
    assert "Verified by Samuel Okafor" in words(client.get(address))
    assert "1 of 5 hold" in words(client.get(address))
    refused = client.post(f"{address}judge/", {**sent, "verdict": "concern"})
    assert refused.status_code == 422
    assert "Say what the concern is, so that somebody can act on it." in words(refused)
    assert ControlVerdict.objects.count() == 1


def test_a_note_with_a_sign_that_no_database_keeps_is_kept_without_it(world: World, visit: Visit) -> None:
    release = waiting(world)
    sent = {"control": "model_card", "control_digest": digest_of(world, release, "model_card"), "verdict": "concern"}
    client = visit(world.officer)
    assert client.post(f"{address_of(world, release)}judge/", {**sent, "note": "It is\x00 empty."}).status_code == 303
    assert ControlVerdict.objects.get().note == "It is empty."


def test_a_control_that_changed_meanwhile_is_not_judged_and_the_note_is_kept(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    sent = {"control": "model_card", "control_digest": digest_of(world, release, "model_card"), "verdict": "concern"}
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.MODEL_CARD, "New", "doc/2"), at=world.tick())
    answer = client.post(f"{address}judge/", {**sent, "note": "The limits are not told."})
    assert answer.status_code == 409
    assert "Model card changed while you read it, so nothing was noted." in words(answer)
    assert 'value="The limits are not told."' in answer.content.decode()
    assert not ControlVerdict.objects.exists()


def test_an_approval_waits_until_every_control_holds(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    answer = client.post(address, typed(client, address))
    assert answer.status_code == 409
    assert "5 controls do not hold yet" in words(answer)
    assert value_of(answer, "reason") == REASON
    assert client.post(address, typed(client, address, outcome="request_changes")).status_code == 303


def test_conditions_are_rows_that_become_findings(world: World, visit: Visit) -> None:
    release = waiting(world)
    world.verify(release, world.second_officer)
    client, address = visit(world.officer), address_of(world, release)
    row = {
        "condition-0-title": "Coarsen the postcode",
        "condition-0-owner": str(world.engineer.pk),
        "condition-0-severity": "high",
        "condition-0-due": f"{world.now + timedelta(days=14):%Y-%m-%d}",
    }
    sent = typed(client, address, outcome="approve_with_conditions", **row)
    late = client.post(address, {**sent, "condition-0-due": "2026-01-01"})
    assert late.status_code == 422
    assert "Choose a date that is still ahead." in words(late)
    assert value_of(late, "condition-0-title") == "Coarsen the postcode"
    none = client.post(address, {**sent, **dict.fromkeys(row, ""), "condition-0-severity": "medium"})
    assert none.status_code == 422
    assert "Name at least one condition, or approve without." in words(none)
    assert client.post(address, sent).status_code == 303
    assert "approved with 1 condition and in deployment now" in client.get(address).content.decode()
    finding = Finding.objects.get()
    assert (finding.title, finding.owner, finding.decision) == (
        "Coarsen the postcode",
        world.engineer,
        Decision.objects.get(),
    )
    said = words(client.get(address))
    assert "Approved with conditions" in said
    assert "Coarsen the postcode Condition" in said


def test_more_rows_of_conditions_come_without_a_script_and_lose_nothing(world: World, visit: Visit) -> None:
    release = waiting(world)
    client, address = visit(world.officer), address_of(world, release)
    sent = typed(client, address, outcome="approve_with_conditions", **{"condition-0-title": "Coarsen the postcode"})
    answer = client.post(address, {**sent, "more": "1"})
    assert (answer.status_code, value_of(answer, "condition-0-title")) == (200, "Coarsen the postcode")
    assert value_of(answer, "reason") == REASON
    assert 'name="condition-3-title"' in answer.content.decode()
    odd = client.post(address, {**sent, "condition-TOTAL_FORMS": "\u00b2", "more": "1"})
    assert (odd.status_code, value_of(odd, "reason")) == (200, REASON)
    assert not Decision.objects.exists()


def test_a_finding_goes_from_one_hand_to_the_next(world: World, visit: Visit) -> None:
    release = waiting(world)
    review = world.open_review(release)
    officer, engineer = visit(world.officer), visit(world.engineer)
    due = f"{world.now + timedelta(days=14):%Y-%m-%d}"
    sent = {"title": "Name the owner of the data", "severity": "low", "owner": str(world.engineer.pk), "due": due}
    bad = officer.post(f"/reviews/{review.pk}/findings/raise/", {**sent, "due": "soon"})
    assert (bad.status_code, value_of(bad, "title")) == (422, "Name the owner of the data")
    assert officer.post(f"/reviews/{review.pk}/findings/raise/", sent).status_code == 303
    finding = Finding.objects.get()
    at = f"/reviews/findings/{finding.pk}"
    later = f"{world.now + timedelta(days=20):%Y-%m-%d}"
    assert officer.post(f"{at}/move/", {"due": later, "reason": "A holiday."}).status_code == 303
    assert officer.post(f"{at}/close/", {}).status_code == 409
    assert engineer.post(f"{at}/resolve/", {"resolution": "Named in the card."}).status_code == 303
    assert officer.post(f"{at}/reopen/", {"reason": "It is the wrong person."}).status_code == 303
    assert engineer.post(f"{at}/resolve/", {"resolution": "Now the right one."}).status_code == 303
    assert engineer.post(f"{at}/close/", {}).status_code == 403
    assert officer.post(f"{at}/close/", {"note": "Seen."}).status_code == 303
    finding.refresh_from_db()
    assert (finding.state, finding.closed_by) == ("closed", world.officer)
    assert visit(world.stranger).get(f"{at}/resolve/").status_code == 200  # the model is open to all


def test_a_check_is_waived_for_a_time_and_taken_back(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.MEDIUM)
    review = world.open_review(release)
    client = visit(world.officer)
    answer = client.post(f"/reviews/{review.pk}/waive/", {"check_code": "evidence:none", "until": "", "reason": ""})
    assert answer.status_code == 422
    assert "Choose until when." in words(answer)
    assert visit(world.engineer).get(f"/reviews/{review.pk}/").content.count(b"Waive a check") == 0
    grant_waiver(world.officer, release.pk, "evidence:dataset", "None is used.", world.now + DAY, at=world.tick())
    client = visit(world.officer)
    assert "Dataset until" in words(client.get(f"/reviews/{review.pk}/"))
    waiver = Waiver.objects.get()
    assert client.post(f"/reviews/waivers/{waiver.pk}/end/", {"reason": "One is used."}).status_code == 303
    assert "nothing is waived" in words(client.get(f"/reviews/{review.pk}/"))


def test_the_last_day_there_is_can_be_a_due_date_in_every_zone(world: World, visit: Visit) -> None:
    review = world.open_review(waiting(world))
    world.officer.timezone = "America/New_York"
    world.officer.save()
    said = {"title": "Keep an eye on it", "severity": "low", "owner": str(world.engineer.pk), "due": "9999-12-31"}
    client = visit(world.officer)
    assert client.post(f"/reviews/{review.pk}/findings/raise/", said).status_code == 303
    assert Finding.objects.get().due_at.year == 9999
    assert "Keep an eye on it" in words(client.get(f"/reviews/{review.pk}/"))


def advising(world: World) -> Release:
    legal = ApproverGroup.objects.create(slug="legal", name="Legal")
    GroupMember.objects.create(group=legal, person=world.stranger)
    policy(world, feedback=["legal"])
    return waiting(world)


def test_feedback_is_given_by_its_group_and_may_be_gone_without(world: World, visit: Visit) -> None:
    release = advising(world)
    address = address_of(world, release)
    assert "Waiting for feedback of Legal" in words(visit(world.officer).get("/reviews/"))
    client = visit(world.stranger)
    queue = words(client.get("/reviews/"))
    assert "claims-triage waits for your advice." in queue
    assert "Yours to advise" in queue
    page = client.get(address)
    assert "You may advise on this release." in words(page)
    sent = {"group": "legal", "seen_digest": value_of(page, "seen_digest"), "stance": "concern", "text": "The licence."}
    bad = client.post(f"{address}feedback/", {**sent, "stance": ""})
    assert (bad.status_code, value_of(bad, "text")) == (422, "The licence.")
    officer = visit(world.officer)
    assert officer.post(f"{address}feedback/stop/", {"reason": ""}).status_code == 422
    assert officer.post(f"{address}feedback/stop/", {"reason": "They are away."}).status_code == 303
    assert client.post(f"{address}feedback/", sent).status_code == 303
    assert Feedback.objects.get().person == world.stranger
    assert "Yours to advise" not in words(client.get("/reviews/"))
    assert "Concern Legal Yusuf Demir" in words(officer.get(address))


def test_an_approval_is_taken_back_with_a_reason(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT, name="claims-triage")
    review = Review.objects.get()
    client = visit(world.second_officer)
    assert "Revoke the approval" in words(client.get(f"/reviews/{review.pk}/"))
    assert client.post(f"/reviews/{review.pk}/revoke/", {"reason": ""}).status_code == 422
    assert client.post(f"/reviews/{review.pk}/revoke/", {"reason": "The data were wrong."}).status_code == 303
    review.refresh_from_db()
    assert (review.state, review.release) == (ReviewState.REVOKED, release)
    assert "The approval was revoked. The data were wrong." in words(client.get(f"/reviews/{review.pk}/"))
    assert "claims-triage" in words(client.get("/reviews/?state=revoked"))
    assert "claims-triage" not in words(client.get("/reviews/?state=approved"))


def test_a_review_shows_what_the_data_holds_and_who_may_use_it(world: World, visit: Visit) -> None:
    release = waiting(world, RiskTier.HIGH)
    review = visit(world.officer).get(address_of(world, release))
    for page in (review, visit(world.stranger).get("/models/claims-triage/")):
        said = words(page)
        assert "Classification of the columns" in said
        assert "Lawful basis: contract. Kept for 24 months." in said
        assert "Access grants Who May use What for Until" in said
        for kind in (EvidenceKind.DATASET, EvidenceKind.ACCESS_GRANT):
            assert f"/evidence/{Evidence.objects.get(release=release, kind=kind).pk}/" in page.content.decode()


def test_a_conditional_approval_says_what_is_still_to_be_put_right(world: World, visit: Visit) -> None:
    release = waiting(world)
    review = world.open_review(release)
    world.verify(release)
    condition = Condition("Name the limits", "", "model_card", "high", world.engineer, world.now + DAY * 3)
    said: dict[str, Any] = {"conditions": [condition], "seen_digest": world.digest(release), "at": world.tick()}
    decide(world.officer, review.pk, "approve_with_conditions", "If it is put right.", **said)
    told = words(visit(world.engineer).get(f"/reviews/{review.pk}/"))
    assert "Approved with conditions. 1 condition is to be put right, the first by" in told
    assert "Name the limits. If that is missed, the approval lapses." in told
    resolve_finding(world.engineer, Finding.objects.get().pk, "They are named.", at=world.tick())
    assert "Every condition was met in time." in words(visit(world.engineer).get(f"/reviews/{review.pk}/"))


def test_whoever_is_held_back_is_offered_no_verdict_and_cannot_post_one(world: World, visit: Visit) -> None:
    release = waiting(world)
    address, sent = address_of(world, release), {"control": "brief", "control_digest": "", "verdict": "verified"}
    for person in (world.engineer, world.auditor, world.stranger):
        client = visit(person)
        assert "control_digest" not in client.get(address).content.decode()
        assert client.post(f"{address}judge/", sent).status_code == 403


def test_a_look_back_is_taken_and_assigned_from_its_page(world: World, visit: Visit) -> None:
    release = waiting(world)
    break_glass(world.lead, release.pk, "An outage.", at=world.tick())
    review = Review.objects.get(release=release, kind="retrospective")
    address, client = f"/reviews/{review.pk}/", visit(world.officer)
    assert "Take the review" in words(client.get(address))
    assert "Take the review" not in words(visit(world.engineer).get(address))
    client.post(f"{address}take/")
    said = words(client.get(address))
    assert f"Waiting for a decision of {world.officer}" in said
    assert "Take the review" not in said
    sent = {"assignee": str(world.second_officer.pk), "expected_assignee": "0"}
    assert client.post(f"{address}assign/", {}).status_code == 422
    assert client.post(f"{address}assign/", sent).status_code == 409
    assert visit(world.engineer).post(f"{address}assign/", sent).status_code == 403
    client.post(f"{address}assign/", {**sent, "expected_assignee": str(world.officer.pk)})
    review.refresh_from_db()
    assert review.assignee == world.second_officer


def test_the_page_of_the_model_says_how_its_approval_stands(world: World, visit: Visit) -> None:
    policy(world, validity_months=6)
    release = world.release_at(Stage.DEPLOYMENT, name="claims-triage")
    said = words(visit(world.engineer).get("/models/claims-triage/"))
    assert "The approval is valid until" in said
    revoke_approval(world.officer, Review.objects.get(release=release).pk, "The data were wrong.", at=world.tick())
    said = words(visit(world.engineer).get("/models/claims-triage/"))
    assert "Revoked" in said
    assert "The data were wrong." in said
    assert "The approval is valid until" not in said


@pytest.mark.slow
def test_a_page_of_two_hundred_controls_costs_as_many_queries_as_one_of_few(world: World, visit: Visit) -> None:
    few, approved = waiting(world), world.release_at(Stage.DEPLOYMENT, name="many")
    before = queries_of(visit(world.officer), address_of(world, few))
    rules = deepcopy(DEFAULT_RULES)
    rules["controls"] = {
        f"control-{n}": {"title": f"Control {n}", "question": "Does it hold?", "evidence": ["document"]}
        for n in range(200)
    }
    rules["tiers"]["low"]["validation"]["controls"] = list(rules["controls"])
    publish(world, rules)
    many = start_release(world.engineer, approved.model, at=world.tick())
    world.sign(many, latency_ms="110")
    advance(world.engineer, many.pk, at=world.tick())
    world.prove(many)
    advance(world.engineer, many.pk, message="The second one.", at=world.tick())
    piece = Evidence.objects.filter(release=many, kind=EvidenceKind.DOCUMENT).get()
    Evidence.objects.bulk_create(
        Evidence(
            release=many,
            kind=EvidenceKind.DOCUMENT,
            title=f"Document {n}",
            source="doc",
            digest=f"sha256:{n:064}",
            version=piece.version,
            added_by=world.engineer,
            added_at=world.now,
        )
        for n in range(500)
    )
    client, address = visit(world.officer), address_of(world, many)
    told = words(client.get(address))
    assert "Control 199" in told
    assert "1 difference from release 1" in told
    assert queries_of(client, address) == before
    assert before <= MOST_QUERIES
