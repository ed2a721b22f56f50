"""The stage clock pauses and goes on; the vacancy clock does not pause; nudges have a cool-down."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from governance import deadlines
from governance.acts.holds import hold, move_hold, nudge, resume
from governance.acts.ownership import step_down
from governance.acts.transitions import advance
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import AuditEvent, Hold, Nudge
from models_registry.models import Release
from models_registry.vocabulary import Stage, WaitsOn
from tests.world import World


def _hold(world: World, release: Release, at: datetime | None = None, **changes: Any) -> Hold:
    facts: dict[str, Any] = {
        "reason_code": "data_access",
        "reason": "The grant is with data protection.",
        "waits_on": WaitsOn.EXTERNAL,
        "expected_end": world.now + timedelta(days=20),
        **changes,
    }
    return hold(world.engineer, release.pk, at=at or world.tick(), **facts)


def test_a_hold_stops_the_stage_clock_and_resuming_moves_the_due_moment(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    due = world.visit(release).stalls_at
    assert due is not None
    _hold(world, release)
    assert (world.visit(release).stalls_at, world.visit(release).notice_at) == (None, None)

    resume(world.engineer, release.pk, at=world.tick(timedelta(days=7)))

    # The hold lasted a calendar week, which is five business days, wherever in the week it began.
    assert world.visit(release).stalls_at == due + timedelta(days=7)


def test_a_hold_does_not_stop_the_vacancy_clock(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    step_down(world.engineer, release.pk, "On leave.", at=world.tick())
    due = world.spell(release).stalls_at
    hold(
        world.lead,
        release.pk,
        reason_code="people_absent",
        reason="Nobody is in.",
        waits_on=WaitsOn.OWNER,
        expected_end=world.now + timedelta(days=3),
        at=world.tick(),
    )
    assert world.spell(release).stalls_at == due


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reason_code", "bored"),
        ("reason", "  "),
        ("waits_on", "fate"),
        ("expected_end", "past"),
        ("expected_end", "far"),
    ],
)
def test_a_hold_says_why_on_whom_and_until_when(world: World, field: str, value: object) -> None:
    release = world.release_at(Stage.VALIDATION)
    moments = {"past": world.now - timedelta(days=1), "far": world.now + timedelta(days=900)}
    wrong: dict[str, Any] = {field: moments.get(str(value), value)}
    with pytest.raises(Invalid) as refusal:
        _hold(world, release, **wrong)
    assert [problem.field for problem in refusal.value.problems] == [field]
    assert not Hold.objects.exists()


def test_a_hold_is_not_put_on_a_hold_and_nothing_resumes_twice(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    _hold(world, release)
    with pytest.raises(Conflict, match="already put this on hold"):
        _hold(world, release)
    resume(world.engineer, release.pk, at=world.tick())
    with pytest.raises(Conflict, match="not on hold"):
        resume(world.engineer, release.pk, at=world.tick())


def test_where_no_clock_runs_there_is_nothing_to_hold(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    with pytest.raises(Conflict):
        _hold(world, release)


def test_moving_on_ends_the_hold(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    held = _hold(world, release)
    advance(world.engineer, release.pk, at=world.tick())
    held.refresh_from_db()
    assert held.ended_at == world.now


def test_a_hold_after_the_budget_ran_out_does_not_unstall(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    breach = world.visit(release).stalls_at
    assert breach is not None
    _hold(world, release, at=breach + timedelta(hours=4), expected_end=breach + timedelta(days=9))
    visit = world.visit(release)
    reading = deadlines.reading(visit, breach + timedelta(days=2))
    assert (visit.stalls_at, reading.breached, reading.paused) == (breach, True, True)


def test_the_policy_in_force_at_entry_says_whether_the_clock_stands_still(world: World) -> None:
    before = world.release_at(Stage.VALIDATION)
    world.publish(pausing=["waiting_vendor"])
    after = world.release_at(Stage.VALIDATION)
    due = world.visit(after).stalls_at
    assert (_hold(world, before).pauses_clock, _hold(world, after).pauses_clock) == (True, False)
    visit = world.visit(after)
    reading = deadlines.reading(visit, world.now)
    assert (visit.stalls_at, reading.paused, reading.stalls_at) == (due, False, due)
    assert deadlines.reading(world.visit(before), world.now).paused
    # What a later policy says changes nothing of a hold that began.
    world.publish(pausing=["data_access"])
    assert deadlines.reading(world.visit(after), world.now).stalls_at == due


def test_a_hold_waits_on_whom_its_reason_names_where_nobody_says_otherwise(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    assert _hold(world, release, reason_code="missing_evidence", waits_on="").waits_on == WaitsOn.OWNER


def test_the_expected_end_is_moved_with_a_reason_and_told_on_the_trail(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    held = _hold(world, release)
    later = held.expected_end + timedelta(days=3)
    moved = move_hold(world.lead, release.pk, later, "The vendor is late.", at=world.tick())
    assert moved.expected_end == later
    event = AuditEvent.objects.filter(act="hold.move").get()
    assert (event.detail["reason"], event.detail["reason_label"]) == ("The vendor is late.", "Access to data")
    for end, why, field in (
        (later, "Again.", "expected_end"),
        (world.now, "Now.", "expected_end"),
        (later + timedelta(days=1), " ", "reason"),
    ):
        with pytest.raises(Invalid) as refusal:
            move_hold(world.lead, release.pk, end, why, at=world.now)
        assert [problem.field for problem in refusal.value.problems] == [field]
    with pytest.raises(NotPermitted):
        move_hold(world.stranger, release.pk, later + timedelta(days=1), "Please.", at=world.tick())
    resume(world.engineer, release.pk, at=world.tick())
    with pytest.raises(Conflict, match="not on hold"):
        move_hold(world.lead, release.pk, later + timedelta(days=1), "Late.", at=world.tick())


def test_a_nudge_reaches_the_owner_once_in_the_cool_down(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.now = world.now.replace(hour=9) + timedelta(days=1)
    sent = nudge(world.lead, release.pk, "Any news?", at=world.now)
    assert sent.sent_to == world.engineer
    with pytest.raises(Conflict) as refusal:
        nudge(world.lead, release.pk, at=world.now + timedelta(hours=3))
    assert refusal.value.code == "nudged_lately"
    nudge(world.lead, release.pk, at=world.now + timedelta(hours=4))
    assert Nudge.objects.count() == 2


def test_nobody_nudges_a_vacancy_or_themselves(world: World) -> None:
    vacant, owned = world.release_at(Stage.DEPLOYMENT), world.release_at(Stage.VALIDATION)
    with pytest.raises(Conflict, match="Nobody owns"):
        nudge(world.lead, vacant.pk)
    with pytest.raises(NotPermitted, match="yourself"):
        nudge(world.engineer, owned.pk)
    with pytest.raises(NotPermitted):
        nudge(world.stranger, owned.pk)
