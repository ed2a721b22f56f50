"""The clock agrees with a walk over every minute, and its parts agree with each other, whatever the holds."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from governance.clock import ClockFacts, Pause, due_rungs, next_notice, owed_rungs, reaches, read
from models_registry.vocabulary import Rung
from tests.governance.working_time import MINUTE, NIGHT, OFFICE, SPLIT, SUNDAYS, MinuteOracle

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]
CLOCK_CHANGES = ["2027-03-12", "2027-03-26", "2027-04-02", "2027-10-01", "2027-10-29", "2027-11-05", "2028-02-27"]
LONGEST = 5 * 24 * 60

oracles = st.builds(MinuteOracle, st.sampled_from(ZONES), st.sampled_from([OFFICE, SPLIT, NIGHT, SUNDAYS]))
entries = st.sampled_from(CLOCK_CHANGES).map(lambda day: datetime.fromisoformat(day).replace(tzinfo=UTC))
offsets = st.integers(-300, LONGEST)
holds = st.lists(st.tuples(offsets, st.none() | offsets), max_size=4)
budgets = st.integers(0, 40 * 3600)


def facts_of(
    oracle: MinuteOracle, entered: datetime, holds: list[tuple[int, int | None]], budget: int, left: int | None = None
) -> ClockFacts:
    """A visit whose holds are given in minutes after entry, some upside down and some overlapping."""
    pauses = tuple(
        Pause(entered + start * MINUTE, None if end is None else entered + end * MINUTE) for start, end in holds
    )
    leaving = None if left is None else entered + left * MINUTE
    return ClockFacts(entered, leaving, budget, pauses, oracle.compiled())


def walked(oracle: MinuteOracle, facts: ClockFacts, now: datetime) -> int:
    """Business seconds by asking of every minute whether it is worked and not paused."""
    end = now if facts.left_at is None else min(now, facts.left_at)
    count, moment = 0, facts.entered_at
    while moment < end:
        held = any(pause.start <= moment and (pause.end is None or moment < pause.end) for pause in facts.pauses)
        count += not held and oracle.is_open(moment)
        moment += MINUTE
    return count * 60


@settings(max_examples=200, deadline=None)
@given(oracle=oracles, entered=entries, holds=holds, after=offsets, left=st.none() | st.integers(0, LONGEST))
def test_it_counts_what_a_walk_over_every_minute_counts(
    oracle: MinuteOracle, entered: datetime, holds: list[tuple[int, int | None]], after: int, left: int | None
) -> None:
    facts = facts_of(oracle, entered, holds, 3600, left)
    now = entered + after * MINUTE
    assert read(facts, now).elapsed == walked(oracle, facts, now)


@settings(max_examples=200, deadline=None)
@given(oracle=oracles, entered=entries, holds=holds, afters=st.tuples(offsets, offsets))
def test_time_used_never_shrinks(
    oracle: MinuteOracle, entered: datetime, holds: list[tuple[int, int | None]], afters: tuple[int, int]
) -> None:
    facts = facts_of(oracle, entered, holds, 3600)
    earlier, later = (read(facts, entered + minutes * MINUTE) for minutes in sorted(afters))
    assert earlier.elapsed <= later.elapsed


@settings(max_examples=200, deadline=None)
@given(oracle=oracles, entered=entries, holds=holds, budget=budgets, rung=st.sampled_from(Rung))
def test_a_rung_is_reached_at_the_instant_it_says_and_not_a_second_earlier(
    oracle: MinuteOracle, entered: datetime, holds: list[tuple[int, int | None]], budget: int, rung: Rung
) -> None:
    facts = facts_of(oracle, entered, holds, budget)
    now = entered + LONGEST * MINUTE
    reached = reaches(facts, rung.percent, now)
    if reached is None:
        assert any(end is None or entered + end * MINUTE > now for _, end in holds)
        assert read(facts, now).paused
        return
    assert rung in due_rungs(facts, reached)
    if reached > entered:
        assert rung not in due_rungs(facts, reached - timedelta(seconds=1))


@settings(max_examples=200, deadline=None)
@given(
    oracle=oracles,
    entered=entries,
    holds=holds,
    budget=budgets,
    after=offsets,
    done=st.frozensets(st.sampled_from(Rung)),
)
def test_a_notice_is_due_exactly_when_a_rung_is_owed(
    oracle: MinuteOracle,
    entered: datetime,
    holds: list[tuple[int, int | None]],
    budget: int,
    after: int,
    done: frozenset[Rung],
) -> None:
    facts = facts_of(oracle, entered, holds, budget)
    now = max(entered, entered + after * MINUTE)
    notice = next_notice(facts, now, done)
    assert (notice is not None and notice <= now) == bool(owed_rungs(facts, now, done))


@settings(max_examples=200, deadline=None)
@given(oracle=oracles, entered=entries, holds=holds, budget=budgets, after=offsets)
def test_a_reading_agrees_with_itself(
    oracle: MinuteOracle, entered: datetime, holds: list[tuple[int, int | None]], budget: int, after: int
) -> None:
    facts = facts_of(oracle, entered, holds, budget)
    now = max(entered, entered + after * MINUTE)
    reading = read(facts, now)
    assert reading.remaining == budget - reading.elapsed
    assert reading.breached == (reading.stalls_at is not None and reading.stalls_at <= now)
    assert reading.breached == (Rung.BREACHED in due_rungs(facts, now))
    assert reading.running == (not reading.paused and oracle.is_open(now))
