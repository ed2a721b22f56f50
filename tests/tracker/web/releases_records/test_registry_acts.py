"""Edit a model, start a further release, ask for a review and take the request back."""

from __future__ import annotations

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.intake import ModelFacts, edit_model
from governance.acts.reviews import decide
from models_registry.models import RegisteredModel, Release
from models_registry.vocabulary import ReviewState, RiskTier, Stage
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import COMPLETE_BRIEF, World

FACTS = {"name": "renamed", "risk_tier": "low", "purpose": "Another purpose.", "personal_data": "no", "tags": "a, b"}


def test_a_model_is_edited(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    address = f"/releases/of/{release.model.slug}/edit/"
    expected = value_of(client.get(address), "expected")
    answer = client.post(address, {**FACTS, "expected": expected})
    assert (answer.status_code, answer["Location"]) == (303, f"/models/{release.model.slug}/")
    model = RegisteredModel.objects.get()
    assert (model.name, model.personal_data, model.purpose) == ("renamed", False, "Another purpose.")
    assert sorted(model.tags.values_list("name", flat=True)) == ["a", "b"]


def test_a_stale_edit_keeps_its_text(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    address = f"/releases/of/{release.model.slug}/edit/"
    expected = value_of(client.get(address), "expected")
    edit_model(world.lead, release.model_id, ModelFacts("theirs", "Theirs.", RiskTier.LOW), at=world.tick())
    answer = client.post(address, {**FACTS, "expected": expected})
    assert answer.status_code == 409
    assert value_of(answer, "name") == "renamed"
    assert RegisteredModel.objects.get().name == "theirs"
    again = {**FACTS, "expected": value_of(answer, "expected")}
    assert client.post(address, again).status_code == 303


def test_only_a_lead_raises_the_tier_and_no_lead_lowers_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    address = f"/releases/of/{release.model.slug}/edit/"
    assert visit(world.engineer).post(address, {**FACTS, "risk_tier": "high"}).status_code == 403
    assert RegisteredModel.objects.get().risk_tier == RiskTier.LOW
    assert visit(world.lead).post(address, {**FACTS, "risk_tier": "high"}).status_code == 303
    assert RegisteredModel.objects.get().risk_tier == RiskTier.HIGH
    refused = visit(world.lead).post(address, FACTS)
    assert refused.status_code == 422
    assert "A compliance officer lowers the tier, with a reason." in words(refused)
    assert RegisteredModel.objects.get().risk_tier == RiskTier.HIGH
    assert refused.content.decode().count("disabled") >= 2


def test_an_officer_lowers_the_tier_from_the_page_of_the_model(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release, risk_answers={**COMPLETE_BRIEF["risk_answers"], "domain": "employment"})
    page, address = f"/models/{release.model.slug}/", f"/releases/of/{release.model.slug}/tier/"
    assert address not in visit(world.lead).get(page).content.decode()
    assert visit(world.lead).get(address).status_code == 403
    officer = visit(world.officer)
    shown = officer.get(page)
    assert address in shown.content.decode()
    assert "From the answers of the brief. Jonas Weber" in words(shown)
    form = officer.get(address)
    said = {"tier": "medium", "reason": "", "expected": value_of(form, "expected")}
    refused = officer.post(address, said)
    assert refused.status_code == 422
    assert "Say why the tier is too high" in words(refused)
    said |= {"reason": "It ranks nobody; it only sorts the post."}
    assert officer.post(address, said).status_code == 303
    again = officer.post(address, {**said, "tier": "low"})
    assert again.status_code == 409
    assert value_of(again, "reason") == said["reason"]
    told = words(officer.get(page))
    assert "Lowered by a compliance officer. Samuel Okafor" in told
    assert "The answers ask for high." in told
    assert "It ranks nobody; it only sorts the post." in told
    assert "Brief began under high risk and keeps its time, evidence and approvals" in told
    assert "the next stage begins under medium." in told
    assert "began under" not in words(visit(world.lead).get(f"/models/{world.release_at(Stage.BRIEF).model.slug}/"))


def test_a_further_release_begins_with_a_press(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.LIVE)
    client = visit(world.engineer)
    address = f"/releases/of/{release.model.slug}/start/"
    assert "A live release stays live." in words(client.get(address))
    assert client.post(address)["Location"] == f"/models/{release.model.slug}/?release=2"
    again = client.post(address)
    assert again.status_code == 409
    assert "Release 2 is still in its brief." in words(again)
    assert Release.objects.count() == 2


def test_a_review_is_withdrawn_and_asked_for_again(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    client = visit(world.engineer)
    withdraw, ask = f"/releases/{release.pk}/review/withdraw/", f"/releases/{release.pk}/review/request/"
    assert client.post(withdraw, {"reason": ""}).status_code == 422
    assert client.post(withdraw, {"reason": "A slice is missing."}).status_code == 303
    assert client.get(withdraw).status_code == 409
    seen = str(world.visit(release).pk)
    assert client.post(ask, {"message": "Look at the slices.", "expected_visit": seen}).status_code == 303
    assert world.open_review(release).message == "Look at the slices."
    assert client.post(ask, {"message": "Once more."}).status_code == 409


def test_a_request_that_was_answered_can_be_made_again_after_changes(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    review = world.open_review(release)
    said = "The card names no limits."
    decide(world.officer, review.pk, "request_changes", said, seen_digest=world.digest(release), at=world.tick())
    facts = EvidenceFacts("model_card", "Card 2", "wiki/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    client = visit(world.engineer)
    assert "Ask for a review" in words(client.get(f"/models/{release.model.slug}/"))
    assert client.post(f"/releases/{release.pk}/review/request/", {"message": ""}).status_code == 303
    assert [one.state for one in release.reviews.order_by("pk")] == [ReviewState.CHANGES_REQUESTED, ReviewState.OPEN]


def test_readers_change_nothing_of_a_model(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, restricted=True)
    paths = (
        f"of/{release.model.slug}/edit",
        f"of/{release.model.slug}/start",
        f"{release.pk}/review/request",
        f"{release.pk}/review/withdraw",
    )
    for person, status in ((world.viewer, 403), (world.auditor, 403), (world.officer, 403), (world.stranger, 404)):
        client = visit(person)
        for path in paths:
            assert client.get(f"/releases/{path}/").status_code == status
            assert client.post(f"/releases/{path}/", {**FACTS, "reason": "No."}).status_code == status
    assert RegisteredModel.objects.get().name != "renamed"
