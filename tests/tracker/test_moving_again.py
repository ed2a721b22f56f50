"""Who was told that something is past its time is told once that it moves again, in the same thread."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import mail

from governance.acts import holds, ownership, transitions
from governance.models import StageVisit
from models_registry.models import Person, Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, told
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Alert, AlertPreferences, Channel, Delivery
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice

DAY = timedelta(days=1)


def mails_to(person: Person, word: str) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.email] and message.subject.startswith(word)]


def sent(now: datetime) -> None:
    notice(now)
    deliver(now + SETTLING)


def stalled(world: World) -> tuple[Release, StageVisit]:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    world.now = business_days(world.now, 5.1)
    sent(world.now)
    return release, world.visit(release)


def advanced(world: World, release: Release, actor: Person) -> None:
    world.sign(release, actor)
    transitions.advance(actor, release.pk, at=world.tick())
    for minute in range(3):
        sent(world.now + timedelta(minutes=minute))


def test_advancing_closes_the_thread_for_all_but_who_moved_it(world: World) -> None:
    release, visit = stalled(world)
    advanced(world, release, world.engineer)
    (message,) = mails_to(world.lead, "Moving again")
    assert message.subject == "Moving again: claims-triage release 1 has moved on from the brief"
    (breach,) = mails_to(world.lead, "Stalled")
    assert message.extra_headers["References"] == breach.extra_headers["References"]
    assert message.extra_headers["References"].startswith(f"<visit-{visit.pk}@")
    assert mails_to(world.engineer, "Moving again") == []
    assert Alert.objects.filter(kind=AlertKind.MOVING_AGAIN).count() == 1
    assert told(release, AlertKind.MOVING_AGAIN, Channel.INBOX) == set()


def test_both_parts_say_it_in_words(world: World) -> None:
    release, _ = stalled(world)
    advanced(world, release, world.engineer)
    (message,) = mails_to(world.lead, "Moving again")
    html = str(message.alternatives[0][0])
    for part in (str(message.body), html):
        assert "claims-triage release 1 has moved on from the brief" in part
        assert "there is nothing left for you to do" in part
        assert "because you were told that it stalled" in part
        assert "moving_again" not in part


def test_who_was_not_reached_before_it_moved_hears_of_neither(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.1)
    notice(world.now)  # raised, and not sent yet
    advanced(world, release, world.engineer)
    assert mails_to(world.lead, "Moving again") == []
    assert Alert.objects.filter(kind=AlertKind.MOVING_AGAIN).count() == 0


def test_a_vacancy_that_got_an_owner_says_who_and_how_late_the_stage_still_is(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT, name="claims-triage")
    world.now = business_days(world.visit(release).entered_at, 2)
    sent(world.now)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    sent(world.now)
    (message,) = mails_to(world.lead, "Moving again")
    assert message.subject == "Moving again: Jonas Weber owns deployment of claims-triage release 1 now"
    assert mails_to(world.engineer, "Moving again") == []


def test_what_was_told_before_its_time_was_over_needs_no_end(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    sent(world.now)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    sent(world.now)
    assert told(release, AlertKind.MOVING_AGAIN) == set()


def test_a_hold_that_outlasted_its_end_and_was_resumed(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    end = world.now + DAY
    holds.hold(
        world.lead, release.pk, reason_code="other", reason="x", waits_on="owner", expected_end=end, at=world.tick()
    )
    sent(end)
    world.now = end
    holds.resume(world.engineer, release.pk, at=world.tick())
    sent(world.now)
    (message,) = mails_to(world.lead, "Moving again")
    assert "goes on after its hold in the brief" in message.subject
    assert mails_to(world.engineer, "Moving again") == []


def test_parked_and_held_are_no_moves(world: World) -> None:
    release, _ = stalled(world)
    transitions.park(world.lead, release.pk, "no_budget", "Paused.", at=world.tick())
    sent(world.now)
    assert told(release, AlertKind.MOVING_AGAIN) == set()


def test_who_turned_mail_off_meanwhile_gets_no_end_by_mail(world: World) -> None:
    release, _ = stalled(world)
    AlertPreferences.objects.create(person=world.lead, by_email=False)
    advanced(world, release, world.engineer)
    assert Delivery.objects.filter(alert__kind=AlertKind.MOVING_AGAIN, recipient=world.lead).count() == 0
