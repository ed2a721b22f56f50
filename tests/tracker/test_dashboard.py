"""What stalls, why, and who may act on it, as the stall dashboard reads it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from governance.acts import holds, ownership, reviews, transitions
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.errors import NotFound
from models_registry.models import Person, Release, WorkCalendar
from models_registry.vocabulary import EvidenceKind, Stage, TeamRole
from tests.tracker.stall_reading import DAY, later, look, more_time_for_briefs, names, on_hold, row_of
from tests.world import MEASURED, World
from tracker.dashboard import (
    GATE,
    NO_OWNER,
    Standing,
    one_row,
)

# --- Standing ---------------------------------------------------------------------------------------------------------


def test_a_release_within_its_budget_is_counted_and_not_listed(world: World) -> None:
    world.release_at(Stage.BRIEF)
    found = look(world, later(world, 1))
    assert (names(found), found.total, found.tally.in_flight) == ([], 0, 1)


def test_past_its_budget_it_is_listed_with_how_far(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    row = row_of(look(world, later(world, 7)), release)
    assert (row.standing, row.clock.overrun, row.day) == (Standing.PAST, 2 * DAY, DAY)
    assert (row.owner, row.of_vacancy, row.budget_days) == ("Jonas Weber", False, Decimal(5))


@pytest.mark.parametrize(
    ("days", "listed"), [(2.9, []), (3, [Standing.NEXT]), (4.9, [Standing.NEXT]), (5, [Standing.PAST])]
)
def test_a_budget_that_ends_within_two_business_days_stalls_next(
    world: World, days: float, listed: list[Standing]
) -> None:
    world.release_at(Stage.BRIEF)
    assert [row.standing for row in look(world, later(world, days)).rows] == listed


@pytest.mark.parametrize(("days", "listed"), [(23.9, []), (24, [Standing.NEXT])])
def test_of_a_long_budget_four_fifths_used_are_enough(world: World, days: float, listed: list[Standing]) -> None:
    more_time_for_briefs(world)
    world.release_at(Stage.BRIEF)
    assert [row.standing for row in look(world, later(world, days)).rows] == listed


def test_a_visit_keeps_the_policy_it_began_under(world: World) -> None:
    world.release_at(Stage.BRIEF)
    more_time_for_briefs(world)
    assert [row.standing for row in look(world, later(world, 6)).rows] == [Standing.PAST]


def test_each_calendar_counts_its_own_days(world: World) -> None:
    always = WorkCalendar.objects.create(name="Round the clock", timezone="UTC", always_open=True)
    team = world.make_team("Night shift")
    team.calendar = always
    team.save()
    world.person("Nora Night", team_role=TeamRole.LEAD, team=team)
    night = world.release_at(Stage.BRIEF, team=team, actor=world.admin)
    day = world.release_at(Stage.BRIEF)
    now = world.now + timedelta(days=4)  # Friday to Tuesday and a night team past the weekend
    found = look(world, now)
    assert {row.release_id: row.standing for row in found.rows} == {night.pk: Standing.NEXT, day.pk: Standing.NEXT}
    assert row_of(found, night).day == 24 * 3600


def test_a_hold_before_the_end_of_the_budget_keeps_it_out_of_the_past(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    on_hold(world, release, until=world.now + timedelta(days=30))
    row = row_of(look(world, later(world, 20)), release)
    assert (row.standing, row.clock.breached, row.clock.paused) == (Standing.HELD, False, True)
    assert row.hold is not None
    assert row.hold.reason == "The grant is open, DP-2291."


def test_a_hold_after_the_end_of_the_budget_moves_it_to_those_on_hold(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.now = later(world, 7)
    on_hold(world, release, until=world.now + timedelta(days=30))
    found = look(world, later(world, 3))
    row = row_of(found, release)
    assert (row.standing, row.clock.breached, found.tally.past, found.tally.held) == (Standing.HELD, True, 0, 1)


def test_resumed_it_goes_on_from_where_it_stopped(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    on_hold(world, release, until=world.now + timedelta(days=30))
    world.now = later(world, 20)
    holds.resume(world.engineer, release.pk, at=world.now)
    assert look(world, later(world, 1)).rows == []
    assert row_of(look(world, later(world, 5)), release).clock.overrun < DAY


# --- Vacancies --------------------------------------------------------------------------------------------------------


def test_a_vacancy_stalls_by_its_own_clock_before_the_stage_does(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    row = row_of(look(world, later(world, 2)), release)
    assert (row.standing, row.of_vacancy, row.owner, row.clock.overrun) == (Standing.PAST, True, "", DAY)
    assert row.clock.budget == DAY


def test_once_the_stage_is_past_its_budget_its_clock_is_the_one_to_show(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    row = row_of(look(world, later(world, 7)), release)
    assert (row.of_vacancy, row.clock.overrun) == (False, 2 * DAY)
    assert row.vacancy is not None
    assert row.vacancy.overrun == 6 * DAY


def test_a_hold_does_not_stop_the_clock_of_a_vacancy(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    on_hold(world, release, until=world.now + timedelta(days=30))
    row = row_of(look(world, later(world, 3)), release)
    assert (row.standing, row.of_vacancy, row.why.title) == (Standing.PAST, True, "Access to data.")


def test_a_live_release_that_nobody_serves_stalls(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    assert look(world, later(world, 100)).rows == []
    ownership.step_down(world.engineer, release.pk, "Changed teams.", at=world.tick())
    found = look(world, later(world, 2))
    row = row_of(found, release)
    assert (row.standing, row.of_vacancy, row.why.detail) == (
        Standing.PAST,
        True,
        "Jonas Weber stepped down: Changed teams.",
    )
    assert (found.tally.in_flight, found.tally.past) == (0, 1)


def test_what_is_set_aside_or_retired_never_stalls(world: World) -> None:
    parked, killed = world.release_at(Stage.VALIDATION), world.release_at(Stage.DEPLOYMENT)
    world.release_at(Stage.RETIRED)
    transitions.park(world.lead, parked.pk, "no_budget", "Next quarter.", at=world.tick())
    transitions.kill(world.lead, killed.pk, "no_value", "Not better than the rules.", at=world.tick())
    found = look(world, later(world, 200))
    assert (found.rows, found.tally.in_flight) == ([], 0)


# --- Who sees it ------------------------------------------------------------------------------------------------------


def test_a_stranger_sees_nothing_of_a_restricted_model_and_cannot_count_it(world: World) -> None:
    world.release_at(Stage.BRIEF, name="hidden-one", restricted=True)
    world.release_at(Stage.BRIEF, name="open-one")
    now = later(world, 9)
    found = look(world, now, world.stranger)
    assert (names(found), found.total, found.tally.in_flight) == (["open-one"], 1, 1)
    assert names(look(world, now, world.viewer)) == ["hidden-one", "open-one"]
    assert names(look(world, now, world.auditor)) == ["hidden-one", "open-one"]


def test_a_team_of_restricted_models_alone_is_not_named_to_strangers(world: World) -> None:
    secret = world.make_team("Secret team")
    world.release_at(Stage.BRIEF, team=secret, restricted=True, actor=world.admin)
    world.release_at(Stage.BRIEF)
    now = later(world, 9)
    assert [team.name for team in look(world, now, world.stranger).teams] == ["Payments risk"]
    assert [team.name for team in look(world, now, world.admin).teams] == ["Payments risk", "Secret team"]


def test_one_row_of_a_hidden_release_is_the_same_as_of_a_missing_one(world: World) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    for number in (release.pk, release.pk + 999):
        with pytest.raises(NotFound):
            one_row(world.stranger, number, world.now)
    assert one_row(world.viewer, release.pk, world.now).standing is Standing.FINE


def test_the_row_offers_what_the_person_may_do(world: World) -> None:
    owned, vacant = world.release_at(Stage.BRIEF), world.release_at(Stage.DEPLOYMENT)
    now = later(world, 9)

    def acts(person: Person, release: Release) -> dict[str, bool]:
        may = row_of(look(world, now, person), release).may
        return {"nudge": may.nudge, "assign": may.assign, "claim": may.claim, "hold": may.hold}

    everything = {"nudge": True, "assign": True, "claim": False, "hold": True}
    nothing = dict.fromkeys(everything, False)
    assert acts(world.lead, owned) == everything
    assert acts(world.engineer, owned) == {**nothing, "hold": True}  # the owner nudges nobody
    assert acts(world.colleague, owned) == {**nothing, "nudge": True, "hold": True}
    assert acts(world.lead, vacant) == {"nudge": False, "assign": True, "claim": True, "hold": True}
    assert acts(world.colleague, vacant) == {**nothing, "claim": True, "hold": True}
    for person in (world.viewer, world.auditor, world.officer, world.stranger):
        assert acts(person, owned) == acts(person, vacant) == nothing


def test_the_officer_acts_on_compliance_reviews_and_holds_nothing_that_has_no_clock(world: World) -> None:
    review, live = world.release_at(Stage.COMPLIANCE_REVIEW), world.release_at(Stage.LIVE)
    ownership.step_down(world.engineer, live.pk, "Changed teams.", at=world.tick())
    now = later(world, 9)
    may = row_of(look(world, now, world.officer), review).may
    assert (may.assign, may.claim, may.hold) == (True, True, True)
    assert row_of(look(world, now), live).may.hold is False


def test_a_nudge_rests_for_four_business_hours(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.now = later(world, 7)
    holds.nudge(world.lead, release.pk, at=world.now)
    row = row_of(look(world, later(world, 0.4)), release)
    assert (row.cooling, row.may.nudge, row.nudged_at) == (True, False, world.now)
    assert row_of(look(world, later(world, 0.5)), release).may.nudge


# --- Why --------------------------------------------------------------------------------------------------------------


def test_nobody_having_claimed_it_is_the_reason(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    why = row_of(look(world, later(world, 2)), release).why
    assert (why.code, why.title, why.waits_on) == (NO_OWNER, "No owner.", "Payments risk")
    assert why.detail == "Nobody has claimed it since it came to deployment."


def test_a_value_that_fails_is_told_before_what_is_only_missing(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    now = later(world, 11)
    why = row_of(look(world, now), release).why
    assert (why.code, why.title, why.waits_on) == (GATE, "No candidate.", "Jonas Weber")
    slow = [{**row, "value": "184"} if row["code"] == "latency_p95" else row for row in MEASURED]
    facts = EvidenceFacts(EvidenceKind.BENCHMARK, "Load test", "runs/9", measurements=slow)
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    why = row_of(look(world, now), release).why
    assert why.title == "Requirement not met."
    assert "184" in why.detail
    assert "120" in why.detail


def test_an_open_gate_says_that_only_the_move_is_left(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    why = row_of(look(world, later(world, 9)), release).why
    assert (why.title, why.waits_on) == ("Ready to move.", "Jonas Weber")


def test_changes_that_an_officer_asked_for_are_told_in_the_officers_words(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    ownership.claim(world.officer, release.pk, at=world.tick())
    waiting = row_of(look(world, later(world, 9)), release).why
    assert (waiting.title, waiting.waits_on) == ("Approval open.", "an officer")
    reviews.decide(
        world.officer,
        world.open_review(release).pk,
        "request_changes",
        "The model card names no limits.",
        seen_digest=world.digest(release),
        at=world.tick(),
    )
    why = row_of(look(world, later(world, 9)), release).why
    assert (why.title, why.detail, why.waits_on) == (
        "Changes requested.",
        "The model card names no limits.",
        "Payments risk",
    )
