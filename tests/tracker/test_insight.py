"""The insights as they are read: cohorts, funnel, time in stage, money lost; from acts, on both databases."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.acts.costs import CostFacts, record_cost, reverse_cost
from governance.acts.holds import hold, resume
from governance.acts.imports import ImportedModel, ImportedVisit, ImportSource, RowRecord, add_models, open_run
from governance.acts.intake import start_release
from governance.acts.transitions import advance, kill, park, reopen, send_back
from governance.attribution import Whom
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import CostKind, RiskTier, Stage, TeamRole
from tests.world import World
from tracker.insight import Arrivals, Cohort, Quarter, Scope, arrivals, losses, scope_of, stage_times, waits, wilson
from tracker.insight.calendar_sql import Weekdays

NOW = datetime(2026, 8, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def scope(world: World, person: Person | None = None, now: datetime = NOW, **asked: str) -> Scope:
    return scope_of(person or world.auditor, now=now, **asked)


def outcomes(found: Arrivals) -> dict[str, tuple[int, int, int]]:
    return {one.label: (one.live, one.flight, one.never) for one in found.cohorts if one.total}


def give_up(world: World, release: Release, reason: str = "no_value") -> None:
    kill(world.lead, release.pk, reason, "It adds nothing.", at=world.tick())


# --- The rate -------------------------------------------------------------------------------------------------------


def test_the_interval_is_wilsons() -> None:
    # Both bounds solve (share - p)² = z² p (1 - p) / n, which is how the interval is defined.
    for successes, total in ((33, 91), (1, 3), (0, 5), (7, 7)):
        for bound in wilson(successes, total):
            deviation = (successes / total - bound) ** 2
            assert math.isclose(deviation, 1.959963984540054**2 * bound * (1 - bound) / total, abs_tol=1e-12)
    assert [round(bound, 4) for bound in wilson(33, 91)] == [0.2713, 0.4651]
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 5000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_stays_a_share(counted: tuple[int, int]) -> None:
    successes, total = counted
    low, high = wilson(successes, total)
    assert 0 <= low <= successes / total <= high <= 1
    assert (low, high) != (0, 1) or total < 4


@given(st.datetimes(datetime(1990, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # bounds
def test_a_moment_lies_in_its_quarter(at: datetime) -> None:
    quarter = Quarter.of(at)
    following = Quarter.of(quarter.start + 100 * DAY)
    assert quarter.start <= at < following.start
    assert (following.before, following.index - quarter.index) == (quarter, 1)


def test_a_model_counts_once_by_the_best_of_its_releases(world: World) -> None:
    live = world.release_at(Stage.LIVE)
    second = start_release(world.engineer, live.model, at=world.tick())
    give_up(world, second)
    world.release_at(Stage.RETIRED)
    give_up(world, world.release_at(Stage.VALIDATION))
    parked = world.release_at(Stage.DEPLOYMENT)
    park(world.lead, parked.pk, "no_budget", "No money.", at=world.tick())
    reopened = world.release_at(Stage.BRIEF)
    give_up(world, reopened)
    reopen(world.lead, reopened.pk, "It matters again.", at=world.tick())
    once_live = world.release_at(Stage.LIVE)
    send_back(world.lead, once_live.pk, Stage.DEPLOYMENT, "A fault.", at=world.tick())
    half = world.release_at(Stage.VALIDATION)
    give_up(world, half)
    start_release(world.engineer, half.model, at=world.tick())
    found = arrivals(scope(world))
    assert outcomes(found) == {"Q2 ’26": (3, 2, 2)}
    assert (found.all.live, found.all.flight, found.all.never) == (3, 2, 2)


def test_a_quarter_begins_at_midnight_utc(world: World) -> None:
    for moment in (
        datetime(2026, 3, 31, 23, 59, 59, 999_999, UTC),
        datetime(2026, 4, 1, tzinfo=UTC),
        datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 7, 1, tzinfo=UTC),
    ):
        world.now = moment - timedelta(hours=1)
        world.release_at(Stage.BRIEF)
    assert outcomes(arrivals(scope(world))) == {"Q1 ’26": (0, 1, 0), "Q2 ’26": (0, 2, 0), "Q3 ’26": (0, 1, 0)}


def test_a_quarter_is_decided_at_nine_of_ten_and_only_then_in_the_headline() -> None:
    quarter = Quarter(2026, 1)
    assert Cohort(quarter, 4, 1, 5).decided
    assert not Cohort(quarter, 4, 2, 5).decided
    assert not Cohort(quarter, 0, 0, 0).decided


def test_the_headline_leaves_undecided_quarters_out(world: World) -> None:
    world.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    world.release_at(Stage.LIVE)
    give_up(world, world.release_at(Stage.VALIDATION))
    world.now = datetime(2026, 7, 6, 9, tzinfo=UTC)
    world.release_at(Stage.BRIEF)
    world.release_at(Stage.LIVE)
    found = arrivals(scope(world))
    assert [(one.label, one.decided) for one in found.cohorts if one.total] == [("Q1 ’26", True), ("Q3 ’26", False)]
    assert (found.rate.live, found.rate.total) == (1, 2)
    assert dict(found.funnel) == {
        Stage.BRIEF: 2,
        Stage.VALIDATION: 2,
        Stage.COMPLIANCE_REVIEW: 1,
        Stage.DEPLOYMENT: 1,
        Stage.LIVE: 1,
    }


def test_the_funnel_remembers_the_furthest_stage_though_a_release_was_sent_back(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    send_back(world.lead, release.pk, Stage.BRIEF, "Begin again.", at=world.tick())
    give_up(world, release)
    assert dict(arrivals(scope(world)).funnel)[Stage.COMPLIANCE_REVIEW] == 1


def test_what_a_reader_may_not_see_is_not_counted_for_them(world: World) -> None:
    give_up(world, world.release_at(Stage.VALIDATION, restricted=True))
    world.release_at(Stage.LIVE)
    assert arrivals(scope(world, world.viewer)).all.total == 2
    stranger = scope(world, world.stranger)
    assert arrivals(stranger).all.total == 1
    assert losses(stranger).releases == 0
    gone = scope(world, world.stranger)
    gone.person.is_active = False
    assert (arrivals(gone).all.total, stage_times(gone).stages, losses(gone).releases) == (0, [], 0)


def test_filters_by_team_tier_and_period(world: World) -> None:
    other = world.make_team("Motor claims")
    Membership.objects.create(team=other, person=world.engineer, role=TeamRole.ENGINEER)
    world.now = datetime(2025, 2, 3, 9, tzinfo=UTC)
    world.release_at(Stage.BRIEF, team=other)
    world.now = datetime(2026, 7, 6, 9, tzinfo=UTC)
    world.release_at(Stage.BRIEF, tier=RiskTier.HIGH)
    world.release_at(Stage.BRIEF)
    assert arrivals(scope(world)).all.total == 3
    assert arrivals(scope(world, team="motor-claims")).all.total == 1
    assert arrivals(scope(world, tier="high")).all.total == 1
    assert arrivals(scope(world, period="1y")).all.total == 2
    assert arrivals(scope(world, period="nonsense", tier="nonsense")).all.total == 3
    everything = arrivals(scope(world, now=datetime(2040, 1, 1, tzinfo=UTC), period="all"))
    assert (everything.cohorts[0].label, everything.cohorts[0].total) == ("earlier", 3)
    assert arrivals(scope(world, now=datetime(2040, 1, 1, tzinfo=UTC), period="3y")).all.total == 0


def test_teams_are_told_apart_and_the_small_ones_put_together(world: World) -> None:
    for number in range(7):
        team = world.make_team(f"Team {number}")
        ended = world.release_at(Stage.BRIEF, team=team, actor=world.admin)
        kill(world.admin, ended.pk, "no_value", "It adds nothing.", at=world.tick())
    world.release_at(Stage.LIVE)
    world.release_at(Stage.LIVE)
    teams = arrivals(scope(world)).teams
    assert [(name, rate.live, rate.total) for name, rate in teams] == [
        ("Payments risk", 2, 2),
        ("Team 0", 0, 1),
        ("Team 1", 0, 1),
        ("Team 2", 0, 1),
        ("4 other teams", 0, 4),
    ]


# --- Imports --------------------------------------------------------------------------------------------------------


def bring_in(world: World, name: str, *visits: ImportedVisit) -> None:
    source = ImportSource("inventory.csv", "sha256:0", "guessed", date(2026, 7, 1))
    with transaction.atomic():
        run = open_run(world.admin, source, NOW)
        record = RowRecord(name, 1, {"name": name}, "sha256:0")
        model = ImportedModel(record, world.team, name, "", RiskTier.LOW, None, (), visits)
        add_models(run, [model], NOW)


def stay(stage: Stage, start: datetime, end: datetime | None, *, estimated: bool = False) -> ImportedVisit:
    return ImportedVisit(stage, start, end, estimated)


def test_models_without_a_dated_brief_are_left_out_and_counted(world: World) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    bring_in(world, "live already", stay(Stage.LIVE, start, None))
    bring_in(
        world, "guessed", stay(Stage.BRIEF, start, start + DAY, estimated=True), stay(Stage.LIVE, start + DAY, None)
    )
    bring_in(world, "dated", stay(Stage.BRIEF, start, start + DAY), stay(Stage.LIVE, start + DAY, None))
    found = arrivals(scope(world))
    assert outcomes(found) == {"Q1 ’26": (1, 0, 0)}
    assert (found.unbriefed, found.estimated) == (1, 1)


def test_estimated_stays_are_not_in_the_times_and_are_counted(world: World) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    bring_in(
        world, "guessed", stay(Stage.BRIEF, start, start + 90 * DAY, estimated=True), stay(Stage.LIVE, start, None)
    )
    bring_in(world, "dated", stay(Stage.BRIEF, start, start + DAY), stay(Stage.LIVE, start + DAY, None))
    found = stage_times(scope(world))
    assert [(one.stage, one.stays, one.median) for one in found.stages] == [(Stage.BRIEF, 1, 1.0)]
    assert found.estimated == 1


# --- Time in stage --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds
    hours=st.integers(0, 24 * 60),
)
def test_weekdays_are_counted_alike_by_the_database_and_by_hand(start: datetime, hours: int) -> None:
    person, _ = Person.objects.get_or_create(email="a@team.example")
    ends = []
    for moment in (start, start + timedelta(hours=hours)):
        Person.objects.filter(pk=person.pk).update(joined_at=moment)
        ends.append(Person.objects.values_list(Weekdays("joined_at"), flat=True).get(pk=person.pk))
    assert math.isclose(ends[1] - ends[0], weekdays(start, start + timedelta(hours=hours)), abs_tol=1e-4)


def weekdays(start: datetime, end: datetime) -> float:
    """The same by walking the days."""
    seconds, at = 0.0, start
    while at < end:
        midnight = datetime(at.year, at.month, at.day, tzinfo=UTC) + DAY
        seconds += (min(midnight, end) - at).total_seconds() if at.weekday() < 5 else 0
        at = midnight
    return seconds / 86_400


@pytest.mark.slow
def test_percentiles_are_those_of_the_nearest_rank(world: World) -> None:
    spent = [1, 1, 2, 3, 5, 8, 8, 9, 12, 20, 20, 21, 30]
    for days in spent:
        world.now = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
        release = world.release_at(Stage.BRIEF)
        entered = world.visit(release).entered_at
        world.sign(release)
        leaves = entered + timedelta(weeks=days // 5, days=days % 5)
        advance(world.engineer, release.pk, at=leaves)
    found = {one.stage: one for one in stage_times(scope(world)).stages}[Stage.BRIEF]
    ranks = [sorted(spent)[math.ceil(len(spent) * percent / 100) - 1] for percent in (50, 85, 95)]
    assert ([found.median, found.upper, found.top], found.stays) == (ranks, len(spent))
    assert (found.budget, found.strain) == (Decimal(5), found.upper / 5)


def test_a_stay_counts_when_it_ends_and_not_while_it_is_set_aside(world: World) -> None:
    assert stage_times(scope(world)).stages == []
    release = world.release_at(Stage.VALIDATION)
    park(world.lead, release.pk, "no_budget", "No money.", at=world.tick(7 * DAY))
    reopen(world.lead, release.pk, "Money.", at=world.tick(70 * DAY))
    stays = {one.stage: (one.stays, one.median) for one in stage_times(scope(world)).stages}
    assert stays[Stage.VALIDATION] == (1, 5.0)
    assert stays[Stage.BRIEF][0] == 1


def test_only_stays_that_ended_in_the_period_count(world: World) -> None:
    world.now = datetime(2024, 1, 8, 9, tzinfo=UTC)
    world.release_at(Stage.VALIDATION)
    assert stage_times(scope(world)).stages == []
    assert [one.stage for one in stage_times(scope(world, period="all")).stages] == [Stage.BRIEF]


# --- Money ----------------------------------------------------------------------------------------------------------


def spend(world: World, release: Release, amount: str, currency: str = "EUR") -> int:
    facts = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), currency, Decimal(amount))
    return record_cost(world.engineer, release.pk, facts, at=world.tick()).pk


def test_money_is_counted_by_last_stage_and_reason_with_currencies_apart(world: World) -> None:
    for stage, amount, reason in (
        (Stage.VALIDATION, "100.10", "no_value"),
        (Stage.VALIDATION, "300.20", "no_budget"),
        (Stage.VALIDATION, "200.30", "no_value"),
        (Stage.DEPLOYMENT, "5000", "no_value"),
    ):
        release = world.release_at(stage)
        spend(world, release, amount)
        give_up(world, release, reason)
    dollars = world.release_at(Stage.DEPLOYMENT)
    spend(world, dollars, "70", "USD")
    wrong = spend(world, dollars, "900")
    reverse_cost(world.engineer, wrong, "Typed twice.", at=world.tick())
    park(world.lead, dollars.pk, "no_budget", "No money.", at=world.tick())
    give_up(world, world.release_at(Stage.BRIEF))
    found = losses(scope(world))
    assert (found.releases, found.totals, found.currency) == (
        6,
        [("EUR", Decimal("5600.60")), ("USD", Decimal("70.00"))],
        "EUR",
    )
    by_stage = {loss.name: loss for loss in found.stages}
    assert list(by_stage) == ["brief", "validation", "deployment"]
    validation, deployment = by_stage["validation"], by_stage["deployment"]
    assert (validation.amounts, validation.medians["EUR"]) == ({"EUR": Decimal("600.60")}, Decimal("200.30"))
    assert (deployment.killed, deployment.parked, deployment.amounts["USD"]) == (1, 1, Decimal("70.00"))
    assert (by_stage["brief"].releases, dict(by_stage["brief"].amounts)) == (1, {})
    assert [(loss.name, loss.releases, loss.amounts.get("EUR")) for loss in found.reasons] == [
        ("no_value", 4, Decimal("5300.40")),
        ("no_budget", 2, Decimal("300.20")),
    ]


def test_what_is_in_flight_or_ever_was_live_is_no_loss(world: World) -> None:
    for stage in (Stage.VALIDATION, Stage.LIVE):
        spend(world, world.release_at(stage), "100")
    once_live = world.release_at(Stage.LIVE)
    spend(world, once_live, "100")
    send_back(world.lead, once_live.pk, Stage.DEPLOYMENT, "A fault.", at=world.tick())
    give_up(world, once_live)
    assert losses(scope(world)) == losses(scope(world, tier="high"))
    assert losses(scope(world)).releases == 0


def test_only_what_ended_in_the_period_is_counted(world: World) -> None:
    world.now = datetime(2023, 5, 2, 9, tzinfo=UTC)
    release = world.release_at(Stage.VALIDATION)
    spend(world, release, "100")
    give_up(world, release)
    assert losses(scope(world)).totals == []
    assert losses(scope(world, period="all")).totals == [("EUR", Decimal("100.00"))]


# --- Whom it waited on ----------------------------------------------------------------------------------------------


def test_the_time_and_the_money_of_a_stage_are_split_by_whom_it_waited_on(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)  # on a Monday, after three hours of brief
    spend(world, release, "90")
    end = world.now + timedelta(days=20)
    why: Any = {"reason_code": "waiting_vendor", "reason": "The vendor.", "waits_on": "external", "expected_end": end}
    hold(world.engineer, release.pk, **why, at=world.tick())
    resume(world.engineer, release.pk, at=world.tick(timedelta(days=2)))
    give_up(world, release)
    found = waits(scope(world))
    by_stage = {one.stage: one for one in found.stages}
    validation = by_stage[Stage.VALIDATION]
    assert (found.stays, found.capped, found.currency) == (2, False, "EUR")
    assert validation.days[Whom.EXTERNAL] == 2
    assert sum(validation.amounts.values()) == Decimal(90)
    assert validation.amounts[Whom.EXTERNAL] > validation.amounts[Whom.OWNER] > 0
    assert by_stage[Stage.BRIEF].days[Whom.OWNER] == by_stage[Stage.BRIEF].total > 0
    assert waits(scope(world, world.stranger, period="1y")).stays == 2
    assert waits(scope(world, team="nobody")).stages == []


# --- What it costs --------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_depend_on_the_number_of_models(world: World) -> None:
    def cost() -> int:
        asked = scope(world)
        with CaptureQueriesContext(connection) as queries:
            arrivals(asked), stage_times(asked), losses(asked), waits(asked)
        return len(queries)

    release = world.release_at(Stage.VALIDATION)
    spend(world, release, "100")
    give_up(world, release)
    cost()
    before = cost()
    for stage in (Stage.BRIEF, Stage.LIVE, Stage.DEPLOYMENT, Stage.RETIRED):
        world.release_at(stage)
    cost()  # a process keeps the revisions of calendars that it has read
    assert (cost(), before) == (11, 11)
