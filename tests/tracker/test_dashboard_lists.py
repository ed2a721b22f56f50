"""The stall dashboard's order, filters, pages and figures, and what they cost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from governance.acts import ownership, transitions
from governance.acts.costs import CostFacts, record_cost, reverse_cost
from governance.calendar import BusinessCalendar
from models_registry.models import Person, Release
from models_registry.vocabulary import CostKind, RiskTier, Stage
from tests.tracker.stall_reading import later, look, names, on_hold, row_of
from tests.world import World
from tracker.dashboard import (
    Filters,
    Standing,
    ago,
    export_rows,
    past_budget,
    read_page,
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
    look(world, now)  # what is read once per person is read by now
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


def test_a_hold_past_its_expected_end_is_a_stall_of_its_own(world: World) -> None:
    release, stopped = world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF)
    end = later(world, 2)
    on_hold(world, release, until=end)
    on_hold(world, stopped, until=later(world, 9))
    assert row_of(look(world, end - timedelta(seconds=1)), release).standing is Standing.HELD
    found = look(world, end)
    assert [(row.release_id, row.standing) for row in found.rows] == [
        (release.pk, Standing.OVERDUE),
        (stopped.pk, Standing.HELD),
    ]
    assert (found.tally.overdue, found.tally.past, found.tally.shown) == (1, 0, 2)
    assert [row.release_id for row in look(world, end, show="overdue").rows] == [release.pk]


def test_a_hold_for_which_the_clock_goes_on_is_past_its_budget_like_any_other(world: World) -> None:
    world.publish(pausing=[])
    release = world.release_at(Stage.BRIEF)
    on_hold(world, release, until=later(world, 30))
    assert row_of(look(world, world.now), release).standing is Standing.HELD
    assert row_of(look(world, later(world, 4)), release).standing is Standing.NEXT
    late = later(world, 5)
    row = row_of(look(world, late), release)
    assert (row.standing, row.clock.breached, row.why.code) == (Standing.PAST, True, "data_access")
    assert [part.count() for part in past_budget(world.lead, late)] == [1, 0]
