"""More time as pages: asked for, decided by somebody else, taken back; what was typed is kept, a click counts once."""

from __future__ import annotations

from governance.models import Extension
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

ASKED = {"days": "2.5", "reason": "The labels came late."}


def address(release: Release, act: str = "") -> str:
    return f"/releases/{release.pk}/extension/{act}"


def test_it_is_asked_for_and_given_and_both_dates_stand_on_the_page_of_the_model(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    owner = visit(world.engineer)
    assert "Until it is given, the clock runs as before." in words(owner.get(address(release)))
    assert owner.post(address(release), {**ASKED, "expected_visit": world.visit(release).pk}).status_code == 303
    twice = owner.post(address(release), ASKED)
    assert (twice.status_code, value_of(twice, "reason").strip()) == (409, ASKED["reason"])
    assert "asked for 2.5 business days more already" in words(twice)
    assert owner.get(address(release, "decide/")).status_code == 403

    lead = visit(world.lead)
    shown = words(lead.get(address(release, "decide/")))
    assert "Jonas Weber asked" in shown
    assert "2.5 business days more : due" in shown
    asked = Extension.objects.get()
    unsaid = lead.post(address(release, "decide/"), {"decision": "refuse", "answer": "", "extension": asked.pk})
    assert (unsaid.status_code, "Say why there is no more time." in words(unsaid)) == (422, True)
    give = {"decision": "give", "answer": "This once.", "extension": asked.pk}
    assert lead.post(address(release, "decide/"), give).status_code == 303
    again = lead.post(address(release, "decide/"), give)
    assert (again.status_code, "approved by Marta Oliveira" in words(again)) == (409, True)

    told = words(visit(world.viewer).get(f"/models/{release.model.slug}/"))
    assert "2.5 business days in brief given" in told
    assert "Budget 7d 4h with 2d 4h more" in told
    assert "Answer: This once." in told


def test_numbers_that_make_no_days_are_named_at_their_field(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    owner = visit(world.engineer)
    for wrong in ("", "many", "0", "-2", "1000", "1e5", "NaN", "0.125"):
        answer = owner.post(address(release), {**ASKED, "days": wrong})
        assert (answer.status_code, value_of(answer, "reason").strip()) == (422, ASKED["reason"])
    assert not Extension.objects.exists()


def test_a_request_is_taken_back_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    owner = visit(world.engineer)
    owner.post(address(release), ASKED)
    asked = Extension.objects.get()
    assert visit(world.viewer).post(address(release, "withdraw/"), {"extension": asked.pk}).status_code == 403
    owner = visit(world.engineer)
    assert "Take back the request?" in words(owner.get(address(release, "withdraw/")))
    assert owner.post(address(release, "withdraw/"), {"extension": asked.pk}).status_code == 303
    assert owner.post(address(release, "withdraw/"), {"extension": asked.pk}).status_code == 409


def test_a_hidden_release_looks_like_none(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    stranger = visit(world.stranger)
    for act in ("", "decide/", "withdraw/"):
        assert stranger.get(address(release, act)).status_code == 404
        assert stranger.post(address(release, act), ASKED).status_code == 404


def test_the_page_tells_the_clock_of_the_stage_and_of_the_vacancy_with_hold_and_hours_apart(
    world: World, visit: Visit
) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    told = words(visit(world.viewer).get(f"/models/{release.model.slug}/"))
    assert "Clock of deployment within its budget Began" in told
    assert "Clock of the vacancy within its budget Began" in told
    assert "Now runs" in told or "Now rests outside hours until" in told
    assert "Waited on" in told
