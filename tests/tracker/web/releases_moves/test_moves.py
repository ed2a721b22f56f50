"""Moves as pages: who may, what is asked, what a stale or doubled press does, and that nothing typed is lost."""

from __future__ import annotations

import pytest
from django.test import Client

from governance.acts.transitions import advance, park
from governance.models import BreakGlass, Review, StageOwnership, StageVisit
from models_registry.models import Person, Release
from models_registry.vocabulary import ReviewKind, Stage, VisitState
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import World

MOVES = ("advance", "send-back", "park", "kill", "reopen", "retire", "break-glass")


def at(release: Release, move: str) -> str:
    return f"/releases/{release.pk}/{move}/"


def press(client: Client, release: Release, move: str, **said: str) -> object:
    visit = StageVisit.objects.get(release=release, left_at__isnull=True)
    return client.post(at(release, move), {"expected_visit": str(visit.pk), **said})


def stage(world: World, release: Release) -> str:
    return world.visit(release).stage


def status(answer: object) -> int:
    return int(getattr(answer, "status_code"))  # noqa: B009  a test response is not typed as one


def test_an_open_gate_is_passed_by_a_press(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    client = visit(world.engineer)
    asked = client.get(at(release, "advance"))
    assert "Every check of the gate is met." in words(asked)
    answer = client.post(at(release, "advance"), {"expected_visit": str(world.visit(release).pk)})
    assert (answer.status_code, answer["Location"]) == (303, f"/models/{release.model.slug}/?release=1")
    assert stage(world, release) == Stage.VALIDATION
    assert "is in validation." in words(client.get(answer["Location"]), "body")


def test_a_shut_gate_lists_what_is_missing_and_moves_nothing(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    asked = words(client.get(at(release, "advance")))
    assert "cannot enter compliance review yet" in asked
    assert "No trained version is named as the candidate." in asked
    answer = press(client, release, "advance")
    assert status(answer) == 422
    assert "Candidate named: No trained version is named as the candidate." in words(answer)
    assert stage(world, release) == Stage.VALIDATION


def test_the_next_owner_is_chosen_among_those_who_may(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    client = visit(world.engineer)
    asked = client.get(at(release, "advance")).content.decode()
    assert "Samuel Okafor" in asked
    assert "Priya Raman" not in asked.split("next_owner")[1].split("</select>")[0]
    press(client, release, "advance", next_owner=str(world.officer.pk), message="The slices first, please.")
    assert world.spell(release).owner == world.officer
    assert world.open_review(release).message == "The slices first, please."


def test_a_person_who_may_not_own_it_is_refused(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    answer = press(visit(world.engineer), release, "advance", next_owner=str(world.viewer.pk))
    assert status(answer) == 422
    assert stage(world, release) == Stage.VALIDATION


def test_a_stale_page_is_told_who_moved_it_and_keeps_its_text(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    seen = world.visit(release).pk
    world.prove(release)
    advance(world.lead, release.pk, at=world.tick())
    said = {"expected_visit": str(seen), "target": "brief", "reason": "The latency is wrong."}
    answer = visit(world.lead).post(at(release, "send-back"), said)
    assert answer.status_code == 409
    assert "the release was advanced by Marta Oliveira and is now compliance review" in words(answer)
    assert value_of(answer, "reason") == "The latency is wrong."
    assert value_of(answer, "expected_visit") == str(world.visit(release).pk)
    assert stage(world, release) == Stage.COMPLIANCE_REVIEW


def test_a_second_press_changes_nothing_more(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    client = visit(world.engineer)
    said = {"expected_visit": str(world.visit(release).pk)}
    assert client.post(at(release, "advance"), said).status_code == 303
    assert client.post(at(release, "advance"), said).status_code in (409, 422)
    assert StageVisit.objects.filter(release=release).count() == 2


def test_a_release_is_sent_back_with_a_reason(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.lead)
    asked = words(client.get(at(release, "send-back")))
    for name in ("Compliance review", "Validation", "Brief"):
        assert name in asked
    missing = press(client, release, "send-back", target="validation")
    assert status(missing) == 422
    assert "Write it in a sentence" in words(missing)
    assert status(press(client, release, "send-back", target="live", reason="No.")) == 422
    assert status(press(client, release, "send-back", target="validation", reason="A new slice.")) == 303
    assert (stage(world, release), world.visit(release).reason) == (Stage.VALIDATION, "A new slice.")


def test_the_stage_to_go_back_to_may_be_chosen_beforehand(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    asked = visit(world.lead).get(f"{at(release, 'send-back')}?target=compliance_review").content.decode()
    assert 'value="compliance_review"' in asked.split("checked")[0].rsplit("<input", 1)[1]


@pytest.mark.parametrize(("move", "state"), [("park", VisitState.PARKED), ("kill", VisitState.KILLED)])
def test_a_release_is_set_aside_with_a_reason_of_the_list(
    world: World, visit: Visit, move: str, state: VisitState
) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.lead)
    assert client.get(at(release, move)).status_code == 200
    refused = press(client, release, move, reason="Nobody pays.")
    assert status(refused) == 422
    assert "Choose the reason from the list." in words(refused)
    assert value_of(refused, "reason") == "Nobody pays."
    assert status(press(client, release, move, reason_code="magic", reason="Nobody pays.")) == 422
    assert status(press(client, release, move, reason_code="no_budget", reason="Nobody pays.")) == 303
    assert (world.visit(release).state, world.visit(release).reason_code) == (state, "no_budget")


def test_what_was_parked_is_reopened_where_it_stopped(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    park(world.lead, release.pk, "no_budget", "Next year.", at=world.tick())
    client = visit(world.lead)
    assert status(press(client, release, "reopen", reason="There is money again.")) == 303
    assert (stage(world, release), world.visit(release).state) == (Stage.VALIDATION, VisitState.UNDERWAY)


def test_a_live_release_is_retired(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.LIVE)
    assert status(press(visit(world.lead), release, "retire", reason="Release 2 replaces it.")) == 303
    assert stage(world, release) == Stage.RETIRED


def test_glass_is_broken_with_a_reason_and_owes_a_review(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.lead)
    asked = words(client.get(at(release, "break-glass")))
    assert "7 checks not met" in asked or "checks not met" in asked
    assert "due in 5 business days" in asked
    assert status(press(client, release, "break-glass")) == 422
    assert not BreakGlass.objects.exists()
    answer = press(client, release, "break-glass", reason="The hail came.", next_owner=str(world.officer.pk))
    assert status(answer) == 303
    assert stage(world, release) == Stage.COMPLIANCE_REVIEW
    assert Review.objects.filter(release=release, kind=ReviewKind.RETROSPECTIVE).exists()
    assert StageOwnership.objects.get(visit__release=release, until__isnull=True).owner == world.officer


def test_an_open_gate_has_no_glass_to_break(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    client = visit(world.lead)
    assert "There is no glass to break" in words(client.get(at(release, "break-glass")))
    assert status(press(client, release, "break-glass", reason="In a hurry.")) == 409
    assert not BreakGlass.objects.exists()


@pytest.mark.parametrize(
    ("move", "where"),
    [("advance", Stage.LIVE), ("advance", Stage.RETIRED), ("break-glass", Stage.LIVE), ("send-back", Stage.BRIEF)],
)
def test_where_nothing_follows_the_page_says_so(world: World, visit: Visit, move: str, where: Stage) -> None:
    release = world.release_at(where)
    assert visit(world.lead).get(at(release, move)).status_code in (403, 409)


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("name", ["viewer", "auditor", "stranger"])
def test_whoever_only_reads_moves_nothing(world: World, visit: Visit, move: str, name: str) -> None:
    release = world.release_at(Stage.VALIDATION)
    person: Person = getattr(world, name)
    client = visit(person)
    assert client.get(at(release, move)).status_code == 403
    said = {"reason": "No.", "reason_code": "no_value", "target": "brief"}
    assert client.post(at(release, move), said).status_code == 403
    assert (stage(world, release), world.visit(release).state) == (Stage.VALIDATION, VisitState.UNDERWAY)


@pytest.mark.parametrize("move", MOVES)
def test_a_hidden_release_is_missing_to_a_stranger(world: World, visit: Visit, move: str) -> None:
    release = world.release_at(Stage.VALIDATION, name="secret-model", restricted=True)
    client = visit(world.stranger)
    hidden, missing = client.get(at(release, move)), client.get(f"/releases/999999/{move}/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert "secret-model" not in hidden.content.decode()
    assert client.post(at(release, move), {"reason": "No."}).status_code == 404


def test_only_a_lead_or_administrator_sets_aside_or_breaks_glass(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    for move in ("park", "kill", "break-glass"):
        assert visit(world.engineer).get(at(release, move)).status_code == 403
        assert visit(world.admin).get(at(release, move)).status_code == 200


def test_a_get_never_moves_anything(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.lead)
    for move in MOVES:
        client.get(at(release, move), {"reason": "No.", "reason_code": "no_value", "target": "brief"})
    assert (stage(world, release), StageVisit.objects.filter(release=release).count()) == (Stage.VALIDATION, 2)


def test_in_a_dialog_only_the_form_comes_and_its_answer_leads_on(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.lead)
    headers = {**HTMX, "HX-Target": "dialog", "Referer": "http://testserver/board/"}
    asked = client.get(at(release, "park"), headers=headers).content.decode()
    assert "<main" not in asked
    assert "Park card-fraud-scorer-1, release 1" in asked
    assert 'name="next" value="http://testserver/board/"' in asked
    refused = client.post(at(release, "park"), {"reason": ""}, headers=headers)
    assert refused.status_code == 422
    assert "<main" not in refused.content.decode()
    said = {"reason_code": "no_budget", "reason": "Nobody pays.", "next": "/board/"}
    done = client.post(at(release, "park"), said, headers=headers)
    assert (done.status_code, done["HX-Redirect"]) == (200, "/board/")


def test_nobody_is_led_to_another_site(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    said = {"reason_code": "no_budget", "reason": "Nobody pays.", "next": "https://evil.example/"}
    answer = visit(world.lead).post(at(release, "park"), said)
    assert answer["Location"] == f"/models/{release.model.slug}/?release=1"
