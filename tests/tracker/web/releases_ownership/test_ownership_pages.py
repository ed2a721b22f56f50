"""The acts on ownership, holds and nudges: each a page that also opens as a dialog, and works without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from governance.acts import holds, ownership, transitions
from governance.models import HandoverOffer, OfferState
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import World

DIALOG = {**HTMX, "HX-Target": "dialog"}
HOLD = {
    "reason_code": "data_access",
    "waits_on": "external",
    "expected_end": "other",
    "other_day": "2026-09-01",
    "reason": "The grant is open, DP-2291.",
}


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
    assert "Priya Raman Owns nothing in flight Suggested" in said
    assert "Jonas Weber Owns 1 in flight" in said
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


# --- Hold, resume, nudge ----------------------------------------------------------------------------------------------


def test_a_hold_stops_the_clock_until_the_morning_of_the_day(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.colleague)
    answer = client.post(address(release, "hold"), {**HOLD, "expected_visit": world.visit(release).pk})
    assert (answer.status_code, answer["Location"]) == (303, "/stalls/")
    held = world.visit(release).holds.get()
    assert (held.reason_code, held.waits_on, held.reason) == ("data_access", "external", "The grant is open, DP-2291.")
    assert f"{held.expected_end:%Y-%m-%d %H:%M}" == "2026-09-01 09:00"
    twice = client.post(address(release, "hold"), HOLD)
    assert twice.status_code == 409
    assert "already put this on hold" in words(twice)
    assert value_of(twice, "reason").strip() == "The grant is open, DP-2291."


def test_the_days_on_offer_lie_one_two_and_five_business_days_ahead(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)  # on a Monday
    said = words(visit(world.colleague).get(address(release, "hold")))
    assert "Tue 2 Jun Wed 3 Jun Mon 8 Jun Another day" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"reason_code": "bored"}, "Select a valid choice"),
        ({"reason_code": ""}, "Choose the reason from the list."),
        ({"waits_on": ""}, "Choose whom it waits on."),
        ({"expected_end": ""}, "Choose when it should go on."),
        ({"other_day": ""}, "Give the day."),
        ({"other_day": "31 June"}, "Give the day as year-month-day"),
        ({"other_day": "2026-05-01"}, "The expected end lies ahead"),
        ({"other_day": "2031-05-01"}, "Hold for a year at most"),
        ({"other_day": "9999-12-31"}, "Hold for a year at most"),
        ({"reason": " "}, "Say in a sentence what it waits for."),
    ],
)
def test_a_hold_that_cannot_be_used_names_the_field_and_keeps_the_rest(
    world: World, visit: Visit, wrong: dict[str, str], said: str
) -> None:
    release = world.release_at(Stage.BRIEF)
    answer = visit(world.colleague).post(address(release, "hold"), {**HOLD, **wrong})
    assert answer.status_code == 422
    assert said in words(answer)
    if "reason" not in wrong:
        assert value_of(answer, "reason").strip() == HOLD["reason"]
    assert world.visit(release).holds.count() == 0


def test_live_has_no_clock_to_hold(world: World, visit: Visit) -> None:
    answer = visit(world.engineer).get(address(world.release_at(Stage.LIVE), "hold"))
    assert answer.status_code == 409
    assert "No clock runs in live" in words(answer)


def test_resuming_lets_the_clock_go_on(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    holds.hold(
        world.engineer,
        release.pk,
        reason_code="other",
        reason="Waits.",
        waits_on="owner",
        expected_end=world.now + timedelta(days=9),
        at=world.tick(),
    )
    client = visit(world.colleague)
    assert "Jonas Weber put it on hold" in words(client.get(address(release, "resume")))
    assert client.post(address(release, "resume"), {}).status_code == 303
    twice = client.post(address(release, "resume"), {})
    assert twice.status_code == 409
    assert "is not on hold" in words(twice)


def test_a_nudge_with_words_is_sent_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.lead)
    answer = client.post(address(release, "nudge"), {"message": "Anything you need?"})
    assert (answer.status_code, answer["Location"]) == (303, "/stalls/")
    assert world.visit(release).nudges.get().message == "Anything you need?"
    again = client.post(address(release, "nudge"), {"message": "And now?"})
    assert again.status_code == 409
    assert value_of(again, "message").strip() == "And now?"
    assert world.visit(release).nudges.count() == 1


def test_nobody_nudges_themselves_or_an_empty_chair(world: World, visit: Visit) -> None:
    owned, vacant = world.release_at(Stage.BRIEF), world.release_at(Stage.DEPLOYMENT)
    assert visit(world.engineer).post(address(owned, "nudge"), {}).status_code == 403
    empty = visit(world.lead).post(address(vacant, "nudge"), {})
    assert empty.status_code == 409
    assert "Nobody owns this stage" in words(empty)
    assert visit(world.viewer).post(address(owned, "nudge"), {}).status_code == 403


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_act_leads_to_another_site(world: World, visit: Visit, where: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    answer = visit(world.colleague).post(address(release, "claim"), {"next": where})
    assert (answer.status_code, answer["Location"]) == (303, "/claims/")
