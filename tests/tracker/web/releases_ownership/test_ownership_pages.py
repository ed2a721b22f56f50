"""The acts on ownership, holds and nudges: each a page that also opens as a dialog, and works without a script."""

from __future__ import annotations

import pytest
from django.test import Client

from governance.acts import ownership, transitions
from governance.models import HandoverOffer, OfferState
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import World

DIALOG = {**HTMX, "HX-Target": "dialog"}


def address(release: Release, act: str) -> str:
    return f"/releases/{release.pk}/{act}/"


def offer_of(world: World, release: Release) -> HandoverOffer:
    return ownership.offer_handover(world.engineer, release.pk, world.colleague, "All yours.", at=world.tick())


# --- All of them ------------------------------------------------------------------------------------------------------

ACTS = ("assign", "claim", "offer", "step-down", "hold", "resume", "nudge")


@pytest.mark.parametrize("act", ACTS)
def test_a_hidden_release_is_the_same_as_a_missing_one(world: World, visit: Visit, act: str) -> None:
    release = world.release_at(Stage.BRIEF, name="hidden-scorer", restricted=True)
    client = visit(world.stranger)
    hidden, missing = client.get(address(release, act)), client.get(f"/releases/{release.pk + 999}/{act}/")
    assert hidden.status_code == missing.status_code == 404
    assert words(hidden) == words(missing)
    assert b"hidden-scorer" not in hidden.content
    assert client.post(address(release, act), {}).status_code == 404


@pytest.mark.parametrize("act", ACTS)
def test_nobody_acts_without_a_sign_in(world: World, act: str) -> None:
    release = world.release_at(Stage.BRIEF)
    assert Client().post(address(release, act), {}).status_code == 302


@pytest.mark.parametrize("act", ACTS)
def test_what_nobody_has_to_answer_for_refuses_each_act_with_a_sentence(world: World, visit: Visit, act: str) -> None:
    release = world.release_at(Stage.BRIEF)
    transitions.park(world.lead, release.pk, "no_budget", "Next quarter.", at=world.tick())
    answer = visit(world.lead).get(address(release, act))
    assert answer.status_code == 409
    assert "is parked" in words(answer)


@pytest.mark.parametrize(
    ("name", "act", "status"),
    [
        ("lead", "assign", 200),
        ("admin", "assign", 200),
        ("colleague", "assign", 403),
        ("viewer", "assign", 403),
        ("auditor", "assign", 403),
        ("colleague", "claim", 200),
        ("viewer", "claim", 403),
        ("officer", "claim", 403),
        ("engineer", "offer", 200),
        ("lead", "offer", 403),
        ("engineer", "step-down", 200),
        ("colleague", "step-down", 403),
        ("colleague", "hold", 200),
        ("viewer", "hold", 403),
        ("officer", "hold", 403),
        ("colleague", "resume", 200),
        ("auditor", "resume", 403),
    ],
)
def test_each_page_is_open_to_whom_the_rule_lets(world: World, visit: Visit, name: str, act: str, status: int) -> None:
    release = world.release_at(Stage.BRIEF)
    assert visit(getattr(world, name)).get(address(release, act)).status_code == status


@pytest.mark.parametrize("act", ["assign", "claim", "offer", "step-down", "hold", "resume", "nudge"])
def test_as_a_dialog_it_is_the_form_alone(world: World, visit: Visit, act: str) -> None:
    release = world.release_at(Stage.BRIEF)
    text = visit(world.engineer).get(address(release, act), headers=DIALOG).content.decode()
    if act == "assign":
        assert "Only a lead" in text
        return
    assert text.lstrip().startswith("<form")
    assert "<html" not in text


# --- Assign -----------------------------------------------------------------------------------------------------------


def test_assigning_names_the_owner_and_goes_back(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.lead)
    page = client.get(f"{address(release, 'assign')}?next=/stalls/%3Ftier%3Dlow")
    assert "Who owns deployment of card-fraud-scorer-1, release 1?" in words(page)
    sent = {
        "owner": world.colleague.pk,
        "expected_owner": value_of(page, "expected_owner"),
        "expected_visit": value_of(page, "expected_visit"),
        "next": value_of(page, "next"),
        "note": "Can you take it this week?",
    }
    answer = client.post(address(release, "assign"), sent)
    assert (answer.status_code, answer["Location"]) == (303, "/stalls/?tier=low")
    spell = world.spell(release)
    assert (spell.owner, spell.given_by, spell.note) == (world.colleague, world.lead, "Can you take it this week?")


def test_the_list_proposes_who_may_own_it_with_what_they_carry(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    world.release_at(Stage.BRIEF)
    said = words(visit(world.lead).get(address(release, "assign")))
    assert "Priya Raman Lacks serving and retraining, owns 0 of 5 Suggested" in said
    assert "Jonas Weber Lacks serving and retraining, owns 1 of 5" in said
    assert "Marta Oliveira" in said
    for name in ("Ravi Menon", "Yusuf Demir", "Samuel Okafor"):
        assert name not in said
    review = world.release_at(Stage.COMPLIANCE_REVIEW)
    officers = words(visit(world.lead).get(address(review, "assign")))
    assert "Samuel Okafor" in officers
    assert "Priya Raman" not in officers


def test_assigning_nobody_or_somebody_unfit_keeps_what_was_typed(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.lead)
    for owner in ("", "nonsense", str(world.viewer.pk), str(world.stranger.pk), "²"):
        answer = client.post(address(release, "assign"), {"owner": owner, "note": "Typed with care."})
        assert answer.status_code == 422
        assert value_of(answer, "note").strip() == "Typed with care."
    assert world.spell(release).owner is None


def test_a_stale_assignment_is_refused_and_keeps_what_was_typed(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.lead)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    sent = {"owner": world.colleague.pk, "expected_owner": "0", "note": "Typed with care."}
    answer = client.post(address(release, "assign"), sent)
    assert answer.status_code == 409
    assert "Meanwhile Jonas Weber owns this stage." in words(answer)
    assert value_of(answer, "note").strip() == "Typed with care."
    assert world.spell(release).owner == world.engineer


# --- Step down, hand over ---------------------------------------------------------------------------------------------


def test_stepping_down_needs_a_reason_and_opens_a_vacancy(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    refused = client.post(address(release, "step-down"), {"reason": "   "})
    assert refused.status_code == 422
    assert "Say why you step down" in words(refused)
    answer = client.post(address(release, "step-down"), {"reason": "Moved to claims."})
    assert (answer.status_code, answer["Location"]) == (303, "/claims/")
    assert (world.spell(release).owner, world.spell(release).note) == (None, "Moved to claims.")


def test_offering_accepting_and_what_each_side_sees(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    owner = visit(world.engineer)
    refused = owner.post(address(release, "offer"), {"to": world.colleague.pk, "note": ""})
    assert refused.status_code == 422
    assert owner.post(address(release, "offer"), {"to": world.colleague.pk, "note": "All yours."}).status_code == 303
    offer = HandoverOffer.objects.get()
    assert world.spell(release).owner == world.engineer  # nothing changes until it is accepted
    again = owner.post(address(release, "offer"), {"to": world.lead.pk, "note": "Or you?"})
    assert again.status_code == 409
    assert "already offered to Priya Raman" in words(again)
    assert value_of(again, "note").strip() == "Or you?"
    colleague = visit(world.colleague)
    page = colleague.get(f"/releases/offers/{offer.pk}/accept/")
    assert "All yours." in words(page)
    assert colleague.post(f"/releases/offers/{offer.pk}/accept/", {}).status_code == 303
    assert world.spell(release).owner == world.colleague
    late = colleague.post(f"/releases/offers/{offer.pk}/accept/", {})
    assert late.status_code == 409
    assert "no longer open" in words(late)


def test_looking_at_an_offer_changes_nothing(world: World, visit: Visit) -> None:
    offer = offer_of(world, world.release_at(Stage.BRIEF))
    client = visit(world.colleague)
    for act in ("accept", "decline"):
        assert client.get(f"/releases/offers/{offer.pk}/{act}/").status_code == 200
    offer.refresh_from_db()
    assert offer.state == OfferState.OPEN


def test_declining_needs_a_reason(world: World, visit: Visit) -> None:
    offer = offer_of(world, world.release_at(Stage.BRIEF))
    client = visit(world.colleague)
    assert client.post(f"/releases/offers/{offer.pk}/decline/", {"reason": ""}).status_code == 422
    assert client.post(f"/releases/offers/{offer.pk}/decline/", {"reason": "No room."}).status_code == 303
    offer.refresh_from_db()
    assert (offer.state, offer.answer) == (OfferState.DECLINED, "No room.")


def test_only_the_two_concerned_answer_an_offer(world: World, visit: Visit) -> None:
    offer = offer_of(world, world.release_at(Stage.BRIEF, name="hidden-scorer", restricted=True))
    lead = visit(world.lead)
    for act in ("accept", "decline", "withdraw"):
        assert lead.get(f"/releases/offers/{offer.pk}/{act}/").status_code == 403
    assert visit(world.engineer).post(f"/releases/offers/{offer.pk}/accept/", {}).status_code == 403
    stranger = visit(world.stranger)
    hidden = stranger.get(f"/releases/offers/{offer.pk}/accept/")
    assert hidden.status_code == 404
    assert b"hidden-scorer" not in hidden.content
    assert visit(world.engineer).post(f"/releases/offers/{offer.pk}/withdraw/", {}).status_code == 303
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_act_leads_to_another_site(world: World, visit: Visit, where: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    answer = visit(world.colleague).post(address(release, "claim"), {"next": where})
    assert (answer.status_code, answer["Location"]) == (303, "/claims/")
