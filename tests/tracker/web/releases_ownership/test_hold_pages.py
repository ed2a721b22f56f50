"""Holds and nudges: each a page that also opens as a dialog, and works without a script."""

from __future__ import annotations

from datetime import timedelta

import pytest

from governance.acts import holds
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

HOLD = {
    "reason_code": "data_access",
    "waits_on": "external",
    "expected_end": "other",
    "other_day": "2026-09-01",
    "reason": "The grant is open, DP-2291.",
}


def address(release: Release, act: str) -> str:
    return f"/releases/{release.pk}/{act}/"


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
        ({"waits_on": "fate"}, "Select a valid choice"),
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


def test_the_form_says_for_which_reasons_the_clock_stands_still_and_the_rest_goes_on(
    world: World, visit: Visit
) -> None:
    world.publish(pausing=["waiting_vendor"])
    release = world.release_at(Stage.BRIEF)
    client = visit(world.colleague)
    said = words(client.get(address(release, "hold")))
    assert "The policy of this stage decides by the reason" in said
    answer = client.post(address(release, "hold"), {**HOLD, "waits_on": ""}, follow=True)
    assert "is on hold. Its clock goes on; the cost goes on." in words(answer, "body")
    held = world.visit(release).holds.get()
    assert (held.pauses_clock, held.waits_on) == (False, "external")
    shown = words(client.get(f"/models/{release.model.slug}/"))
    assert "the clock goes on" in shown


def test_the_expected_end_is_moved_with_a_reason(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.colleague)
    client.post(address(release, "hold"), HOLD)
    moved = {"expected_end": "other", "other_day": "2026-09-08", "reason": "The vendor is late."}
    assert client.post(address(release, "hold/move"), {**moved, "reason": " "}).status_code == 422
    answer = client.post(address(release, "hold/move"), moved)
    assert answer.status_code == 303
    assert f"{world.visit(release).holds.get().expected_end:%Y-%m-%d}" == "2026-09-08"
    again = client.post(address(release, "hold/move"), moved)
    assert (again.status_code, "the date it has already" in words(again)) == (422, True)
