"""The stall clock: what it counts, when it stands still, and when each rung is reached."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from governance.calendar import BusinessCalendar
from governance.clock import ClockFacts, Pause, due_rungs, next_notice, owed_rungs, reaches, read
from models_registry.vocabulary import Rung
from tests.governance.working_time import HOUR, OFFICE, at, office

MONDAY = at("2026-03-02 09:00")
DAY = 8 * HOUR


def visit(
    *pauses: Pause,
    entered: datetime = MONDAY,
    left: datetime | None = None,
    budget: int | None = 5 * DAY,
    calendar: BusinessCalendar | None = None,
) -> ClockFacts:
    """A visit of Monday, with a budget of a week and office hours in UTC, unless said otherwise."""
    return ClockFacts(entered, left, budget, pauses, calendar or office())


def test_the_clock_runs_in_working_hours_only() -> None:
    reading = read(visit(), at("2026-03-03 11:00"))
    assert (reading.elapsed, reading.remaining, reading.share) == (10 * HOUR, 30 * HOUR, Decimal("0.2500"))
    assert (reading.breached, reading.rung, reading.stalls_at) == (False, None, at("2026-03-06 17:00"))


def test_a_budget_used_up_at_closing_time_is_used_up_then() -> None:
    before, after = at("2026-03-06 16:59:59"), at("2026-03-06 17:00")
    assert not read(visit(), before).breached
    assert read(visit(), after).breached
    assert reaches(visit(), 100, MONDAY) == after


def test_a_share_is_cut_and_never_rounded_up_to_the_budget() -> None:
    reading = read(visit(), at("2026-03-06 16:59:59"))
    assert reading.share == Decimal("0.9999")
    assert reading.rung is Rung.AT_RISK


def test_past_the_budget_the_remaining_time_is_negative() -> None:
    reading = read(visit(), at("2026-03-09 10:00"))
    assert (reading.remaining, reading.overrun, reading.breached) == (-HOUR, HOUR, True)


def test_the_rungs_lie_at_80_100_150_and_200_percent() -> None:
    found = [reaches(visit(), rung.percent, MONDAY) for rung in Rung]
    assert found == [at("2026-03-05 17:00"), at("2026-03-06 17:00"), at("2026-03-11 13:00"), at("2026-03-13 17:00")]


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-03-05 16:59", ()),
        ("2026-03-05 17:00", (Rung.AT_RISK,)),
        ("2026-03-06 17:00", (Rung.AT_RISK, Rung.BREACHED)),
        ("2026-03-11 13:00", (Rung.AT_RISK, Rung.BREACHED, Rung.ESCALATED)),
        ("2027-01-01 00:00", tuple(Rung)),
    ],
)
def test_a_rung_is_due_from_the_second_it_is_reached(now: str, due: tuple[Rung, ...]) -> None:
    assert due_rungs(visit(), at(now)) == due
    assert read(visit(), at(now)).rung == (due[-1] if due else None)


def test_a_hold_stops_the_clock_and_moves_the_deadline_by_just_its_working_time() -> None:
    held = visit(Pause(at("2026-03-03 09:00"), at("2026-03-04 13:00")))
    now = at("2026-03-05 09:00")
    assert read(held, now).elapsed == 24 * HOUR - 12 * HOUR
    assert reaches(held, 100, now) == at("2026-03-10 13:00")


def test_a_hold_outside_working_hours_changes_nothing() -> None:
    held = visit(Pause(at("2026-03-06 17:00"), at("2026-03-09 09:00")))
    now = at("2026-03-10 12:00")
    assert read(held, now).elapsed == read(visit(), now).elapsed
    assert reaches(held, 150, now) == reaches(visit(), 150, now)


def test_overlapping_and_nested_holds_are_counted_once() -> None:
    pauses = (
        Pause(at("2026-03-03 10:00"), at("2026-03-03 14:00")),
        Pause(at("2026-03-03 12:00"), at("2026-03-03 16:00")),
        Pause(at("2026-03-03 12:30"), at("2026-03-03 13:00")),
        Pause(at("2026-03-03 16:00"), at("2026-03-03 17:00")),
    )
    one = visit(Pause(at("2026-03-03 10:00"), at("2026-03-03 17:00")))
    now = at("2026-03-04 12:00")
    assert read(visit(*pauses), now) == read(visit(*reversed(pauses)), now) == read(one, now)


def test_during_a_hold_nothing_stalls_and_nothing_is_to_come() -> None:
    held = visit(Pause(at("2026-03-03 09:00")))
    reading = read(held, at("2026-03-30 12:00"))
    assert (reading.elapsed, reading.paused, reading.stalls_at) == (DAY, True, None)
    assert next_notice(held, at("2026-03-30 12:00"), frozenset()) is None
    assert not reading.running


def test_what_was_reached_before_a_hold_stays_reached() -> None:
    held = visit(Pause(at("2026-03-09 09:00")))
    now = at("2026-03-30 12:00")
    assert read(held, now).stalls_at == at("2026-03-06 17:00")
    assert due_rungs(held, now) == (Rung.AT_RISK, Rung.BREACHED)
    assert reaches(held, 150, now) is None


def test_being_on_hold_and_being_outside_hours_are_two_facts() -> None:
    held = visit(Pause(at("2026-03-03 09:00")))
    evening, noon = at("2026-03-03 20:00"), at("2026-03-03 12:00")
    assert [(r.paused, r.outside_hours) for r in (read(visit(), noon), read(visit(), evening))] == [
        (False, False),
        (False, True),
    ]
    assert [(r.paused, r.outside_hours) for r in (read(held, noon), read(held, evening))] == [
        (True, False),
        (True, True),
    ]


def test_a_visit_that_was_left_stands_still_and_tells_nothing_more() -> None:
    gone = visit(left=at("2026-03-04 09:00"))
    reading = read(gone, at("2026-06-01 12:00"))
    assert (reading.elapsed, reading.closed, reading.running) == (2 * DAY, True, False)
    assert (reading.paused, reading.outside_hours, reading.stalls_at) == (False, False, None)
    assert next_notice(gone, at("2026-06-01 12:00"), frozenset()) is None


def test_a_visit_left_after_the_breach_still_says_when_it_stalled() -> None:
    gone = visit(left=at("2026-03-10 09:00"))
    assert read(gone, at("2026-06-01 12:00")).stalls_at == at("2026-03-06 17:00")
    assert reaches(gone, 150, at("2026-06-01 12:00")) is None


def test_what_lies_after_the_moment_is_not_yet_known() -> None:
    later = visit(Pause(at("2026-03-04 09:00"), at("2026-03-05 09:00")), left=at("2026-03-20 09:00"))
    assert read(later, at("2026-03-03 12:00")) == read(visit(), at("2026-03-03 12:00"))
    during = read(later, at("2026-03-04 12:00"))
    assert (during.paused, during.stalls_at, during.closed) == (True, None, False)


def test_without_a_budget_the_clock_runs_and_never_stalls() -> None:
    endless = visit(budget=None)
    reading = read(endless, at("2026-03-04 09:00"))
    assert (reading.elapsed, reading.remaining, reading.share, reading.rung) == (2 * DAY, None, None, None)
    assert (reading.breached, reading.overrun, reading.stalls_at) == (False, 0, None)
    assert next_notice(endless, MONDAY, frozenset()) is None


def test_a_zero_budget_is_breached_at_entry_even_in_the_night() -> None:
    midnight = at("2026-03-01 00:00")
    at_once = visit(entered=midnight, budget=0)
    reading = read(at_once, midnight)
    assert (reading.breached, reading.stalls_at, reading.share) == (True, midnight, Decimal(2))
    assert due_rungs(at_once, midnight) == tuple(Rung)


def test_before_entry_nothing_has_passed() -> None:
    assert read(visit(), MONDAY - timedelta(days=3)).elapsed == 0


def test_a_calendar_without_hours_never_stalls() -> None:
    never = visit(calendar=BusinessCalendar.from_facts("UTC", {}), budget=24 * HOUR)
    assert read(never, at("2030-01-01 00:00")).stalls_at is None
    assert next_notice(never, MONDAY, frozenset()) is None


def test_the_next_notice_is_the_lowest_rung_not_yet_told() -> None:
    now = at("2026-03-10 12:00")
    assert next_notice(visit(), now, frozenset()) == at("2026-03-05 17:00")
    assert next_notice(visit(), now, frozenset({Rung.AT_RISK})) == at("2026-03-06 17:00")
    assert next_notice(visit(), now, frozenset(Rung)) is None


def test_a_rung_below_one_already_told_is_never_told_afterwards() -> None:
    now, told = at("2026-03-20 12:00"), frozenset({Rung.BREACHED})
    assert owed_rungs(visit(), now, told) == (Rung.ESCALATED, Rung.ESCALATED_AGAIN)
    assert next_notice(visit(), now, told) == at("2026-03-11 13:00")


def test_a_budget_that_is_no_whole_number_of_rungs_is_rounded_to_the_later_second() -> None:
    odd = visit(budget=7)
    assert reaches(odd, 80, MONDAY) == at("2026-03-02 09:00:06")
    assert due_rungs(odd, at("2026-03-02 09:00:05")) == ()


def test_a_deadline_crosses_the_change_of_clocks_in_local_time() -> None:
    berlin = BusinessCalendar.from_facts("Europe/Berlin", OFFICE)
    entered = at("2026-03-27 09:00", "Europe/Berlin")
    assert reaches(visit(entered=entered, budget=2 * DAY, calendar=berlin), 100, entered) == at(
        "2026-03-30 17:00", "Europe/Berlin"
    )
