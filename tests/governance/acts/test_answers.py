"""Who is told of a stall answers it: with a reason and a date, or for some hours; once, however often it is sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from governance.acts.answers import acknowledge, snooze
from governance.acts.holds import hold
from governance.acts.ownership import claim, step_down
from governance.acts.transitions import park
from governance.answers import answer_of, covers
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import Acknowledgement, AuditEvent, Delegation, Hold
from models_registry.models import Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days
from tests.world import World

WHY = "The vendor answers on Thursday."
DAY = timedelta(days=1)


def late(world: World, days: float = 5.2, *, restricted: bool = False) -> tuple[Release, datetime]:
    """A release past its budget in the brief, and the moment."""
    release = world.release_at(Stage.BRIEF, restricted=restricted)
    return release, business_days(world.now, days)


def test_an_answer_keeps_reason_date_and_rung_and_is_on_the_trail(world: World) -> None:
    release, now = late(world)
    said = acknowledge(world.engineer, release.pk, f"  {WHY} ", now + 3 * DAY, at=now)
    assert (said.person, said.reason, said.expected_at, said.rung) == (world.engineer, WHY, now + 3 * DAY, "breached")
    assert said.quiet_until == said.expected_at
    event = AuditEvent.objects.get(act="stall.acknowledge")
    assert (event.detail["reason"], event.detail["rung"]) == (WHY, "breached")
    assert answer_of(world.visit(release), now + DAY) == said
    assert answer_of(world.visit(release), now + 3 * DAY) is None


def test_saying_it_twice_says_it_once_and_saying_something_else_replaces_it(world: World) -> None:
    release, now = late(world)
    first = acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now)
    assert acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now + timedelta(seconds=1)) == first
    put_off = snooze(world.engineer, release.pk, WHY, 4, at=now + timedelta(seconds=2))
    assert snooze(world.engineer, release.pk, WHY, 4, at=now + timedelta(seconds=3)) == put_off
    assert Acknowledgement.objects.count() == AuditEvent.objects.filter(act__startswith="stall.").count() == 2


def test_the_policy_says_for_how_long_it_may_be_put_off(world: World) -> None:
    release, now = late(world)
    for hours in (0, 49):
        with pytest.raises(Invalid, match="1 to 48 hours"):
            snooze(world.engineer, release.pk, WHY, hours, at=now)
    said = snooze(world.engineer, release.pk, WHY, 48, at=now)
    assert (said.expected_at, said.quiet_until) == (None, now + timedelta(hours=48))


@pytest.mark.parametrize(
    ("reason", "days", "field"), [("  ", 1, "reason"), (WHY, 0, "expected_at"), (WHY, 91, "expected_at")]
)
def test_an_answer_needs_a_reason_and_a_day_that_lies_ahead(world: World, reason: str, days: int, field: str) -> None:
    release, now = late(world)
    with pytest.raises(Invalid) as refusal:
        acknowledge(world.engineer, release.pk, reason, now + days * DAY, at=now)
    assert refusal.value.field == field


def test_who_is_told_answers_and_nobody_else(world: World) -> None:
    contact, deputy = world.person("Ines Moreau"), world.person("Tomas Novak")
    world.team.escalation_contact = contact
    world.team.save()
    release, now = late(world)
    Delegation.objects.create(
        delegator=world.lead, deputy=deputy, starts_at=now - DAY, ends_at=now + DAY, reason="On leave."
    )
    for person in (world.engineer, world.lead, world.colleague, contact, deputy, world.admin):
        acknowledge(person, release.pk, WHY, now + DAY, at=now)
    for person in (world.viewer, world.stranger, world.auditor, world.officer):
        with pytest.raises(NotPermitted):
            acknowledge(person, release.pk, WHY, now + DAY, at=now)
    assert Acknowledgement.objects.count() == 6
    in_review = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert acknowledge(world.officer, in_review.pk, WHY, world.now + DAY, at=world.now).rung == "vacancy_open"


def test_what_is_hidden_is_as_missing_as_what_is_not_there(world: World) -> None:
    release, now = late(world, restricted=True)
    with pytest.raises(NotFound):
        snooze(world.stranger, release.pk, WHY, 4, at=now)


def test_there_has_to_be_something_to_answer(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Conflict, match="within its time"):
        acknowledge(world.engineer, release.pk, WHY, world.now + 9 * DAY, at=world.now)
    now = business_days(world.now, 5.2)
    seen = world.visit(release).pk
    hold(world.engineer, release.pk, reason_code="other", reason="x", waits_on="owner", expected_end=now + DAY, at=now)
    with pytest.raises(Conflict, match="within its time"):
        acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now)
    park(world.lead, release.pk, "no_budget", "Paused.", at=now)
    with pytest.raises(Conflict, match="parked"):
        acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now)
    with pytest.raises(Conflict, match="out of date"):
        acknowledge(world.engineer, release.pk, WHY, now + DAY, expected_visit=seen, at=now)


def test_a_hold_that_does_not_stop_the_clock_leaves_the_stall_to_be_answered(world: World) -> None:
    release, now = late(world)
    facts = {"reason_code": "other", "reason": "Waiting.", "waits_on": "owner", "expected_end": now + DAY}
    Hold.objects.create(visit=world.visit(release), started_at=now, started_by=world.lead, pauses_clock=False, **facts)
    assert acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now).rung == "breached"


def test_an_answer_covers_its_rung_and_what_lies_below_but_no_later_vacancy(world: World) -> None:
    release, now = late(world)
    said = acknowledge(world.engineer, release.pk, WHY, now + 9 * DAY, at=now)
    assert covers(said, AlertKind.AT_RISK, None)
    assert covers(said, AlertKind.BREACHED, None)
    assert not covers(said, AlertKind.ESCALATED, None)
    step_down(world.engineer, release.pk, "On leave.", at=now + DAY)
    assert not covers(said, AlertKind.VACANCY_OPEN, world.spell(release).since)
    assert covers(said, AlertKind.VACANCY_BREACHED, now)
    assert not covers(said, AlertKind.NUDGE, None)


def test_a_vacancy_is_answered_from_its_first_second_and_covers_no_stage_clock(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    said = snooze(world.colleague, release.pk, "I take it tomorrow.", 24, at=world.tick())
    assert said.rung == "vacancy_open"
    assert covers(said, AlertKind.VACANCY_OPEN, world.spell(release).since)
    assert not covers(said, AlertKind.VACANCY_AT_RISK, world.spell(release).since)
    assert not covers(said, AlertKind.AT_RISK, None)
    claim(world.colleague, release.pk, at=world.tick())
    with pytest.raises(Conflict):
        snooze(world.colleague, release.pk, "I took it.", 24, at=world.tick())
