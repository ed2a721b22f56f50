"""What is stalled, why, whose it is and what it costs, as the stall dashboard reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from governance import deadlines
from governance.acts import holds, ownership, reviews, transitions
from governance.acts.costs import CostFacts, record_cost, reverse_cost
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.policies import draft_policy, publish_policy
from governance.calendar import BusinessCalendar
from governance.errors import NotFound
from governance.policy import DEFAULT_RULES
from models_registry.models import Person, Release, WorkCalendar
from models_registry.vocabulary import CostKind, EvidenceKind, HoldReason, RiskTier, Stage, TeamRole, WaitsOn
from tests.world import MEASURED, World
from tracker.dashboard import (
    GATE,
    NO_OWNER,
    Filters,
    StallPage,
    StallRow,
    Standing,
    ago,
    export_rows,
    one_row,
    past_budget,
    read_page,
)

DAY = 8 * 3600  # the world's business day in seconds


def later(world: World, days: float) -> datetime:
    """So many business days after the world's last act."""
    moment = BusinessCalendar.from_facts("UTC", {day: [("09:00", "17:00")] for day in range(5)}).add(
        world.now, int(days * DAY)
    )
    assert moment is not None
    return moment


def look(world: World, now: datetime, person: Person | None = None, **filters: str) -> StallPage:
    return read_page(person or world.lead, Filters(**filters), now)


def row_of(found: StallPage, release: Release) -> StallRow:
    return next(row for row in found.rows if row.release_id == release.pk)


def names(found: StallPage) -> list[str]:
    return [row.model for row in found.rows]


def on_hold(world: World, release: Release, *, until: datetime, reason: HoldReason = HoldReason.DATA_ACCESS) -> None:
    holds.hold(
        world.engineer,
        release.pk,
        reason_code=reason,
        reason="The grant is open, DP-2291.",
        waits_on=WaitsOn.EXTERNAL,
        expected_end=until,
        at=world.tick(),
    )


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """Rules are remembered by policy id, and rolled-back tests give the same id to different policies."""
    yield
    deadlines._published_rules.cache_clear()


def more_time_for_briefs(world: World) -> None:
    """A policy that gives a brief thirty business days."""
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"]["low"]["brief"]["budget_days"] = "30"
    draft = draft_policy(world.admin, rules, "More time for briefs.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())


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


# --- Order, filters, pages --------------------------------------------------------------------------------------------


def test_the_groups_come_in_turn_and_in_each_the_longest_first(world: World) -> None:
    first = world.release_at(Stage.BRIEF, name="b-first")
    second = world.release_at(Stage.BRIEF, name="a-second")
    held = world.release_at(Stage.BRIEF, name="held")
    on_hold(world, held, until=world.now + timedelta(days=90))
    world.now = later(world, 6)
    coming = world.release_at(Stage.BRIEF, name="coming")
    found = look(world, later(world, 4))
    assert [row.release_id for row in found.rows] == [first.pk, second.pk, coming.pk, held.pk]
    assert found.longest is not None
    assert found.longest.release_id == first.pk
    by_name = read_page(world.lead, Filters(), later(world, 4), order="name")
    assert names(by_name) == ["a-second", "b-first", "coming", "held"]
    assert by_name.tally.earliest == found.rows[0].due
    turned = read_page(world.lead, Filters(), later(world, 4), order="overrun")
    assert names(turned) == ["a-second", "b-first", "coming", "held"]
    entered = read_page(world.lead, Filters(), later(world, 4), order="-entered")
    assert names(entered) == ["a-second", "b-first", "coming", "held"]


def test_the_dearest_first_when_asked_for_cost(world: World) -> None:
    cheap, dear = world.release_at(Stage.BRIEF, name="cheap"), world.release_at(Stage.BRIEF, name="dear")
    for release, amount in ((cheap, 10), (dear, 900)):
        cost(world, release, amount, world.now.date())
    assert names(read_page(world.lead, Filters(), later(world, 9), order="-cost")) == ["dear", "cheap"]
    assert names(read_page(world.lead, Filters(), later(world, 9), order="cost")) == ["cheap", "dear"]


def cost(world: World, release: Release, amount: int, day: date, currency: str = "EUR") -> int:
    facts = CostFacts(Stage.BRIEF, CostKind.COMPUTE, day, currency, Decimal(amount))
    return record_cost(world.engineer, release.pk, facts, at=world.now + timedelta(days=60)).pk


def test_each_filter_lets_through_what_fits(world: World) -> None:
    other = world.make_team("Motor claims")
    world.release_at(Stage.BRIEF, name="theirs", team=other, actor=world.admin, tier=RiskTier.HIGH)
    held = world.release_at(Stage.BRIEF, name="held")
    on_hold(world, held, until=world.now + timedelta(days=90))
    world.release_at(Stage.DEPLOYMENT, name="vacant")
    world.release_at(Stage.BRIEF, name="mine")
    now = later(world, 9)

    def fits(person: Person | None = None, **filters: str) -> list[str]:
        return sorted(names(look(world, now, person, **filters)))

    assert fits() == ["held", "mine", "theirs", "vacant"]
    assert fits(team="motor-claims") == ["theirs"]
    assert fits(tier="high") == ["theirs"]
    assert fits(stage="deployment") == ["vacant"]
    assert fits(owner="none") == ["vacant"]
    assert fits(world.engineer, owner="me") == ["held", "mine"]
    assert fits(owner=str(world.admin.pk)) == ["theirs"]
    assert fits(reason="data_access") == ["held"]
    assert fits(reason="no_owner") == ["vacant"]
    assert fits(reason="gate") == ["mine", "theirs"]
    assert fits(q="MIN") == ["mine"]
    assert fits(q="lena") == ["theirs"]
    assert fits(show="held") == ["held"]
    assert fits(team="motor-claims", tier="low") == []


@pytest.mark.parametrize("name", ["tier", "stage", "owner", "reason", "show"])
@pytest.mark.parametrize("value", ["nonsense", "'; DROP TABLE", "²", "99999999999999999999"])
def test_a_filter_that_means_nothing_is_left_out(world: World, name: str, value: str) -> None:
    world.release_at(Stage.BRIEF, name="only")
    assert names(look(world, later(world, 9), None, **{name: value})) == ["only"]


def test_pages_hold_fifty_and_the_last_one_stands_in_for_those_after_it(world: World) -> None:
    for _ in range(3):
        world.release_at(Stage.BRIEF)
    now = later(world, 9)
    first = read_page(world.lead, Filters(), now, size=2)
    last = read_page(world.lead, Filters(), now, number=9, size=2)
    assert (len(first.rows), first.total, last.number, len(last.rows)) == (2, 3, 2, 1)
    assert first.longest is not None
    assert last.longest is None


def test_the_export_holds_every_row_of_every_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.dashboard.stalls._CHUNK", 2)
    for _ in range(5):
        world.release_at(Stage.BRIEF)
    now = later(world, 9)
    exported = [row.release_id for row in export_rows(world.lead, Filters(), now)]
    assert exported == [row.release_id for row in look(world, now).rows]


# --- Figures ----------------------------------------------------------------------------------------------------------


def mixed(world: World) -> datetime:
    """Releases of every standing; returns the moment to look from."""
    for stage in (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE):
        world.release_at(stage)
    live = world.release_at(Stage.LIVE)
    ownership.step_down(world.engineer, live.pk, "Changed teams.", at=world.tick())
    early = world.release_at(Stage.VALIDATION)
    on_hold(world, early, until=world.now + timedelta(days=90))
    vacant = world.release_at(Stage.DEPLOYMENT)
    on_hold(world, vacant, until=world.now + timedelta(days=90))
    world.now = later(world, 9)
    world.release_at(Stage.BRIEF)
    return later(world, 2.5)


def test_every_release_in_flight_is_in_one_age_and_one_standing(world: World) -> None:
    found = look(world, mixed(world))
    tally = found.tally
    assert tally.edges == tuple(range(2, 21, 2))
    assert sum(tally.count(in_flight=True, age=age) for age in range(11)) == tally.in_flight == 6
    assert sum(tally.count(standing, in_flight=True) for standing in Standing) == tally.in_flight
    assert tally.shown == found.total == len(found.rows)


def test_the_frames_count_is_the_dashboards_count(world: World) -> None:
    now = mixed(world)
    for person in (world.lead, world.stranger, world.officer):
        parts = past_budget(person, now)
        assert sum(part.count() for part in parts) == look(world, now, person).tally.past


def test_money_is_summed_by_currency_in_all_and_since_the_budget_ran_out(world: World) -> None:
    late, fine = world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF)
    ran_out = later(world, 4).date()
    now = later(world, 6)
    on_time = row_of(look(world, now), fine)
    assert on_time.due is not None
    cost(world, late, 100, ran_out - timedelta(days=2))
    cost(world, late, 40, now.date())
    cost(world, late, 7, now.date(), "USD")
    wrong = cost(world, late, 999, now.date())
    reverse_cost(world.engineer, wrong, "Booked twice.", at=now)
    found = look(world, now)
    spent = row_of(found, late).spent
    assert spent.total.amounts == (("EUR", Decimal(140)), ("USD", Decimal(7)))
    assert spent.since.amounts == (("EUR", Decimal(40)), ("USD", Decimal(7)))
    assert found.spent == spent
    assert row_of(found, fine).spent.total.main is None


def test_money_of_what_only_stalls_next_is_on_its_row_and_not_in_the_sum(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    cost(world, release, 100, world.now.date())
    found = look(world, later(world, 4))
    assert row_of(found, release).spent.total.main == ("EUR", Decimal(100))
    assert not found.spent.total


def test_broken_glass_and_estimated_dates_are_marked(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    transitions.break_glass(world.lead, release.pk, "The regulator waits for a figure today.", at=world.tick())
    assert row_of(look(world, later(world, 11)), release).glass_broken


# --- Cost -------------------------------------------------------------------------------------------------------------


def test_fifty_rows_cost_as_many_queries_as_one(world: World) -> None:
    world.release_at(Stage.BRIEF)
    for stage in (Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.VALIDATION):
        ownership_of(world, world.release_at(stage))
    now = later(world, 30)
    one = queries(lambda: look(world, now, stage="brief"))
    for _ in range(50):
        world.release_at(Stage.BRIEF)
    found = look(world, now + timedelta(days=60))
    assert len(found.rows) == 50
    assert queries(lambda: look(world, now + timedelta(days=60))) == one == 10


def ownership_of(world: World, release: Release) -> None:
    """Give it an owner, so that its gate is read."""
    spell = world.spell(release)
    if spell.owner_id is None:
        fit = world.officer if world.visit(release).stage == Stage.COMPLIANCE_REVIEW else world.engineer
        ownership.claim(fit, release.pk, at=world.tick())


def queries(read: Callable[[], object]) -> int:
    read()
    with CaptureQueriesContext(connection) as found:
        read()
    return len(found)


# --- Business time ----------------------------------------------------------------------------------------------------

SOME_DAY = datetime(2020, 1, 1, tzinfo=UTC)
WEEKDAYS = BusinessCalendar.from_facts("Europe/Berlin", {day: [("09:00", "17:00")] for day in range(5)})


@given(
    now=st.integers(0, 10 * 365 * 24 * 3600).map(lambda second: SOME_DAY + timedelta(seconds=second)),
    days=st.integers(1, 400),
)
def test_so_many_business_days_ago_is_the_latest_such_instant(now: datetime, days: int) -> None:
    then = ago(WEEKDAYS, now, days)
    assert WEEKDAYS.business_seconds(then, now) >= days * WEEKDAYS.day_seconds
    assert WEEKDAYS.business_seconds(then + timedelta(seconds=2), now) < days * WEEKDAYS.day_seconds


def test_a_calendar_that_never_opens_is_looked_through_for_ten_years_and_no_longer() -> None:
    shut = BusinessCalendar.from_facts("UTC", {})
    now = datetime(2026, 6, 1, tzinfo=shut.zone)
    assert now - ago(shut, now, 3) == timedelta(days=3660)
