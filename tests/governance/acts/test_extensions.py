"""More time: asked for and given by two people; the due date moves from the decision on, and alerts follow."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from governance import deadlines
from governance.acts.extensions import ask_extension, decide_extension, withdraw_extension
from governance.acts.holds import hold
from governance.acts.transitions import advance
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent, Extension, StageVisit
from models_registry.models import Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, ending, kinds, told
from tests.world import World
from tracker.stalls import notice

DAY = 8 * 3600


def _ask(world: World, release: Release, days: str = "2") -> Extension:
    return ask_extension(world.engineer, release.pk, Decimal(days), "The data came late.", at=world.tick())


def test_given_time_moves_the_due_date_from_the_decision_on_and_both_dates_are_kept(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    due = world.visit(release).stalls_at
    asked = _ask(world, release)
    assert world.visit(release).stalls_at == due

    given = decide_extension(world.lead, release.pk, give=True, extension=asked.pk, at=world.tick())

    visit = world.visit(release)
    assert (given.stalls_before, given.stalls_after) == (due, visit.stalls_at)
    assert visit.stalls_at == business_days(due, 2) if due else None
    assert (visit.extra_seconds, deadlines.budget_seconds(visit)) == (2 * DAY, 7 * DAY)
    event = AuditEvent.objects.get(act="extension.approve")
    assert (event.detail["days"], event.detail["asked_by"]) == ("2", "Jonas Weber")


def test_refused_or_taken_back_time_changes_nothing(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    due = world.visit(release).stalls_at
    _ask(world, release)
    with pytest.raises(Invalid, match="no more time"):
        decide_extension(world.lead, release.pk, give=False, answer=" ", at=world.tick())
    decide_extension(world.lead, release.pk, give=False, answer="It was said twice.", at=world.tick())
    _ask(world, release)
    withdraw_extension(world.engineer, release.pk, at=world.tick())
    assert (world.visit(release).stalls_at, world.visit(release).extra_seconds) == (due, 0)
    assert sorted(Extension.objects.values_list("state", flat=True)) == ["refused", "withdrawn"]


def test_the_sum_of_what_was_approved_is_what_the_visit_keeps(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    for days, give in (("1", True), ("0.5", True), ("3", False), ("2.25", True)):
        _ask(world, release, days)
        decide_extension(world.lead, release.pk, give=give, answer="So be it.", at=world.tick())
    approved = Extension.objects.filter(state=Extension.State.APPROVED)
    assert world.visit(release).extra_seconds == sum(one.extra_seconds for one in approved) == 3.75 * DAY


def test_who_asks_does_not_decide_and_only_those_who_may_do_either(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    for person in (world.colleague, world.viewer, world.stranger, world.auditor, world.officer):
        with pytest.raises(NotPermitted):
            ask_extension(person, release.pk, Decimal(1), "Please.", at=world.tick())
    ask_extension(world.lead, release.pk, Decimal(1), "Please.", at=world.tick())
    for person in (world.lead, world.engineer, world.officer, world.stranger):
        with pytest.raises(NotPermitted):
            decide_extension(person, release.pk, give=True, at=world.tick())
    assert decide_extension(world.admin, release.pk, give=True, at=world.tick()).decided_by == world.admin


def test_an_officer_decides_in_a_compliance_review_and_its_due_date_moves(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    ask_extension(world.lead, release.pk, Decimal(3), "The board meets later.", at=world.tick())
    decide_extension(world.officer, release.pk, give=True, at=world.tick())
    assert world.open_review(release).due_at == world.visit(release).stalls_at


@pytest.mark.parametrize(("days", "field"), [("0", "days"), ("-1", "days"), ("261", "days"), ("0.125", "days")])
def test_so_many_days_and_a_reason(world: World, days: str, field: str) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Invalid) as refusal:
        ask_extension(world.engineer, release.pk, Decimal(days), " ")
    assert [problem.field for problem in refusal.value.problems] == [field, "reason"]


def test_a_second_request_or_decision_is_told_of_the_first(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    asked = _ask(world, release)
    with pytest.raises(Conflict, match="asked for 2 business days more already"):
        ask_extension(world.lead, release.pk, Decimal(1), "Me too.", at=world.tick())
    decide_extension(world.lead, release.pk, give=True, extension=asked.pk, at=world.tick())
    with pytest.raises(Conflict, match="approved by Marta Oliveira"):
        decide_extension(world.admin, release.pk, give=False, answer="No.", extension=asked.pk, at=world.tick())
    with pytest.raises(Conflict):
        withdraw_extension(world.engineer, release.pk, extension=asked.pk)
    with pytest.raises(NotFound):
        decide_extension(world.admin, release.pk, give=True, extension=999_999)
    assert world.visit(release).extra_seconds == 2 * DAY


def test_a_request_ends_with_the_stage_and_nothing_is_added_to_the_next(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    asked = _ask(world, release)
    world.sign(release)
    advance(world.engineer, release.pk, at=world.tick())
    asked.refresh_from_db()
    assert (asked.state, asked.answer) == ("withdrawn", "the release left the stage")
    with pytest.raises(Conflict, match="withdrawn"):
        decide_extension(world.lead, release.pk, give=True, extension=asked.pk, at=world.tick())


def test_what_was_given_stays_with_the_closed_visit(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    _ask(world, release)
    decide_extension(world.lead, release.pk, give=True, at=world.tick())
    world.sign(release)
    advance(world.engineer, release.pk, at=world.tick())
    over = StageVisit.objects.get(release=release, left_at__isnull=False)
    assert deadlines.reading(over, world.now + timedelta(days=90)).budget == 7 * DAY
    assert deadlines.budget_seconds(world.visit(release)) == 10 * DAY


def test_time_is_given_during_a_hold_too(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    end = world.now + timedelta(days=9)
    why: Any = {"reason_code": "other", "reason": "Wait.", "waits_on": "owner"}
    hold(world.engineer, release.pk, **why, expected_end=end, at=world.tick())
    _ask(world, release)
    given = decide_extension(world.lead, release.pk, give=True, at=world.tick())
    assert (given.stalls_before, given.stalls_after, world.visit(release).stalls_at) == (None, None, None)


def test_where_no_clock_runs_nobody_asks_for_time(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    with pytest.raises(Conflict, match="No clock runs in live"):
        ask_extension(world.lead, release.pk, Decimal(1), "Please.")


def test_the_database_wants_two_people(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    asked = _ask(world, release)
    wrong = {"state": "approved", "decided_by": world.engineer, "decided_at": world.now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.filter(pk=asked.pk).update(**wrong)


def test_who_may_decide_hears_of_the_request_and_who_asked_of_the_answer(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    _ask(world, release)
    notice(world.now)
    assert told(release, AlertKind.EXTENSION_ASKED) == {world.lead}
    decide_extension(world.lead, release.pk, give=True, at=world.tick())
    notice(world.now)
    assert ending(release, AlertKind.EXTENSION_ASKED) == "approved"
    assert told(release, AlertKind.EXTENSION_DECIDED) == {world.engineer}
    assert not notice(world.now + timedelta(minutes=1))


def test_alerts_that_no_longer_hold_end_and_the_ladder_goes_on_from_the_new_date(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    entered = world.now
    _ask(world, release, "5")
    late = business_days(entered, 5)
    notice(late)
    assert "breached" in kinds(release, open_only=True)
    decide_extension(world.lead, release.pk, give=True, at=late + timedelta(minutes=1))
    notice(late + timedelta(minutes=2))
    assert ending(release, AlertKind.BREACHED) == "within its budget again"
    notice(business_days(entered, 10))
    assert "breached" in kinds(release, open_only=True)
