"""An answered stall leaves the person who answered in peace, until it goes higher or the day passes; once each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core import mail

from governance.acts import holds, ownership, transitions
from governance.acts.answers import acknowledge, snooze
from models_registry.models import Person, Release
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, ending, kinds, told
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Channel, Delivery, DeliveryState
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice

WHY = "The vendor answers on Thursday."
DAY = timedelta(days=1)


def breached(world: World) -> tuple[Release, datetime]:
    release = world.release_at(Stage.BRIEF)
    now = business_days(world.now, 5.1)
    notice(now)
    return release, now


def mails_to(person: Person) -> list[Any]:
    return [message for message in mail.outbox if message.to == [person.email]]


def test_a_mail_that_still_waits_is_not_sent_to_whoever_answered_meanwhile(world: World) -> None:
    release, now = breached(world)
    acknowledge(world.engineer, release.pk, WHY, now + 3 * DAY, at=now)
    deliver(now + SETTLING)
    assert (len(mails_to(world.engineer)), len(mails_to(world.lead))) == (0, 1)
    assert f"by {world.engineer}, to move by" in str(mails_to(world.lead)[0].body)
    assert Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL).state == DeliveryState.CANCELLED


def test_a_higher_rung_reaches_whoever_answered_a_lower_one(world: World) -> None:
    release, now = breached(world)
    acknowledge(world.engineer, release.pk, WHY, now + 60 * DAY, at=now)
    notice(business_days(world.now, 7.6))
    assert told(release, AlertKind.ESCALATED) == {world.engineer, world.lead}


def test_a_vacancy_no_higher_than_what_was_answered_is_not_told_again(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    snooze(world.colleague, release.pk, "Busy until noon.", 48, at=world.now)
    ownership.claim(world.engineer, release.pk, at=world.tick())
    ownership.step_down(world.engineer, release.pk, "Too much.", at=world.tick())
    notice(world.now)
    assert kinds(release, about="vacancy") == ["vacancy_open", "vacancy_open"]
    later = Delivery.objects.filter(alert__occasion=world.spell(release).pk, channel=Channel.INBOX)
    assert world.colleague.pk in set(later.values_list("recipient", flat=True))  # another vacancy is news


def test_when_the_day_passes_without_a_move_who_answered_is_told_once_more(world: World) -> None:
    release, now = breached(world)
    said = acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now)
    notice(now + DAY - timedelta(minutes=1))
    assert told(release, AlertKind.NOT_MOVED) == set()
    for minutes in (0, 1, 2):
        notice(now + DAY + timedelta(minutes=minutes))
    assert told(release, AlertKind.NOT_MOVED) == told(release, AlertKind.NOT_MOVED, Channel.INBOX) == {world.engineer}
    assert kinds(release).count("not_moved") == 1
    deliver(now + DAY + timedelta(minutes=3))
    (message,) = [m for m in mails_to(world.engineer) if m.subject.startswith("Not moved")]
    assert "was expected to move by" in message.subject
    assert said.reason in str(message.body)
    assert message.extra_headers["References"].startswith(f"<visit-{said.visit_id}@")


def test_a_new_answer_takes_the_place_of_the_old_and_closes_its_reminder(world: World) -> None:
    release, now = breached(world)
    acknowledge(world.engineer, release.pk, WHY, now + DAY, at=now)
    notice(now + DAY)
    acknowledge(world.engineer, release.pk, "Now on Friday.", now + 3 * DAY, at=now + DAY)
    notice(now + DAY + timedelta(minutes=1))
    assert ending(release, AlertKind.NOT_MOVED) == "answered again"
    snooze(world.engineer, release.pk, "Until tomorrow.", 24, at=now + DAY + timedelta(minutes=2))
    notice(now + 3 * DAY)
    assert kinds(release).count("not_moved") == 2  # for the snooze; the answer before it was replaced


def test_nothing_is_said_of_an_answer_when_the_release_moved_in_time_or_stands_still(world: World) -> None:
    moved, now = breached(world)
    acknowledge(world.engineer, moved.pk, WHY, now + DAY, at=now)
    world.now = now
    world.sign(moved)
    transitions.advance(world.engineer, moved.pk, at=world.tick())
    held = world.release_at(Stage.BRIEF)
    late = business_days(world.now, 5.1)
    notice(late)
    acknowledge(world.engineer, held.pk, WHY, late + DAY, at=late)
    end = late + 9 * DAY
    holds.hold(
        world.engineer, held.pk, reason_code="other", reason="x", waits_on="owner", expected_end=end, at=late + DAY / 2
    )
    notice(late + DAY / 2)
    notice(late + DAY)
    assert told(moved, AlertKind.NOT_MOVED) == told(held, AlertKind.NOT_MOVED) == set()


def test_an_answer_of_a_person_who_left_tells_nobody(world: World) -> None:
    release, now = breached(world)
    acknowledge(world.colleague, release.pk, WHY, now + DAY, at=now)
    world.colleague.is_active = False
    world.colleague.save()
    notice(now + DAY)
    assert told(release, AlertKind.NOT_MOVED, Channel.INBOX) == set()
