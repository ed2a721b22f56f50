"""Nothing comes at night, a digest comes once a day, and a storm is folded; and nothing of it is lost."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core import mail

from governance.models import StageVisit
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tests.tracker.alerts.sweeping import Killed, business_days, killed_at
from tests.tracker.alerts.test_delivering import copies, to
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import AlertPreferences, Bundle, Channel, Delivery, DeliveryState
from tracker.alerts.parcels import LEASE, claim, due
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def stall(world: World, count: int) -> datetime:
    """So many releases just past their budget, found at once; the moment at which their messages may go out."""
    for _ in range(count):
        world.release_at(Stage.BRIEF)
    world.now = business_days(world.now, 5.2)
    notice(world.now)
    return world.now + SETTLING


def wishes(person: Person, **said: Any) -> AlertPreferences:
    """What somebody wishes, in UTC."""
    Person.objects.filter(pk=person.pk).update(timezone="UTC")
    return AlertPreferences.objects.create(person=person, **said)


def waiting(person: Person) -> list[datetime | None]:
    rows = Delivery.objects.filter(recipient=person, channel=Channel.EMAIL, state=DeliveryState.WAITING)
    return list(rows.order_by("pk").values_list("next_attempt_at", flat=True))


def drizzle(world: World, count: int) -> datetime:
    """So many releases past their budget, found and sent one after the other, a minute apart."""
    release = world.release_at(Stage.BRIEF)
    copies(world, release.pk, count - 1)
    now = business_days(world.now, 5.2)
    visits = list(StageVisit.objects.order_by("pk").values_list("pk", flat=True))
    StageVisit.objects.update(notice_at=now + timedelta(days=9))
    for pk in visits:
        StageVisit.objects.filter(pk=pk).update(notice_at=now)
        notice(now)
        deliver(now + SETTLING)
        now += MINUTE
    return now


def test_quiet_hours_hold_mail_back_until_they_end(world: World) -> None:
    wishes(world.lead, quiet_from=time(8, 30), quiet_until=time(8))
    at = stall(world, 2)
    deliver(at)
    assert (len(to(world.lead)), len(to(world.engineer))) == (0, 2)
    (morning,) = set(waiting(world.lead))
    assert morning is not None
    assert (morning.hour, morning.minute) == (8, 0)
    deliver(morning - MINUTE)
    assert to(world.lead) == []
    deliver(morning)
    assert len(to(world.lead)) == 2


def test_what_is_escalated_comes_at_night_and_wakes_nothing_else(world: World) -> None:
    wishes(world.lead, quiet_from=time(0), quiet_until=time(23, 59))
    deliver(stall(world, 2))
    now = business_days(world.now, 2.6)
    notice(now)
    deliver(now + SETTLING)
    assert {message.subject.split(":")[0] for message in to(world.lead)} == {"Still stalled"}


def test_a_message_that_failed_in_the_evening_is_not_tried_at_night(world: World) -> None:
    at = stall(world, 1)
    Delivery.objects.filter(recipient=world.lead, channel=Channel.EMAIL).update(attempts=1)
    wishes(world.lead, quiet_from=time(0), quiet_until=time(23, 59))
    deliver(at)
    assert to(world.lead) == []
    assert waiting(world.lead)[0] > at  # type: ignore[operator]  # what waits is dated


def test_a_digest_comes_once_a_day_with_everything_since_the_last(world: World) -> None:
    kept = wishes(world.lead, digest_at=time(8))
    at = stall(world, 2)
    deliver(at)
    assert to(world.lead) == []
    (morning,) = set(waiting(world.lead))
    assert morning is not None
    assert (morning.hour, morning.minute) == (8, 0)
    for minutes in range(3):
        deliver(morning + minutes * MINUTE)
    (message,) = to(world.lead)
    assert "2 releases are past their budget" in message.subject
    kept.refresh_from_db()
    assert kept.digest_sent_on == morning.date()
    bundled = Delivery.objects.filter(recipient=world.lead, channel=Channel.EMAIL)
    assert bundled.filter(bundle__isnull=False, state=DeliveryState.DELIVERED).count() == 2
    # What came too late for it, but was dated before it, waits for the next one.
    row = bundled.first()
    assert row is not None
    bundled.filter(pk=row.pk).update(
        state=DeliveryState.WAITING, delivered_at=None, attempts=0, bundle=None, next_attempt_at=morning + HOUR
    )
    deliver(morning + HOUR)
    assert waiting(world.lead) == [morning + timedelta(days=1)]


def test_one_alert_alone_makes_a_digest_too(world: World) -> None:
    wishes(world.lead, digest_at=time(8))
    deliver(stall(world, 1))
    (morning,) = waiting(world.lead)
    assert morning is not None
    deliver(morning)
    assert [message.subject for message in to(world.lead)] == ["Stalled: 1 release is past its budget"]


@pytest.mark.parametrize("statement", range(2, 14, 3))
def test_a_worker_that_dies_over_a_digest_sends_it_once_all_the_same(world: World, statement: int) -> None:
    wishes(world.lead, digest_at=time(8))
    at = stall(world, 2)
    deliver(at)
    (morning,) = set(waiting(world.lead))
    assert morning is not None
    mail.outbox.clear()
    try:
        with killed_at(statement):
            deliver(morning)
    except Killed:
        pass
    for later in (MINUTE, LEASE + MINUTE, 2 * LEASE + MINUTE):
        deliver(morning + later)
    assert len({message.extra_headers["Message-ID"] for message in to(world.lead)}) == 1
    assert waiting(world.lead) == []


def test_the_second_of_two_workers_finds_nothing_left_of_a_digest(world: World) -> None:
    wishes(world.lead, digest_at=time(8))
    deliver(stall(world, 2))
    (morning,) = set(waiting(world.lead))
    assert morning is not None
    first = due(Channel.EMAIL, morning)
    assert first is not None
    parcel = claim(first, morning)
    assert parcel is not None
    assert len(parcel.deliveries) == 2
    assert claim(first, morning) is None


def test_more_than_so_many_an_hour_become_one(world: World) -> None:
    now = drizzle(world, 12)
    assert len(to(world.lead)) == len(to(world.engineer)) == 5
    (until,) = set(waiting(world.lead))
    assert until is not None
    assert now < until <= now + HOUR
    deliver(until)
    deliver(until + MINUTE)
    assert len(to(world.lead)) == 6
    assert "7 releases are past their budget" in to(world.lead)[-1].subject
    rows = Delivery.objects.filter(recipient=world.lead, channel=Channel.EMAIL)
    assert rows.filter(state=DeliveryState.DELIVERED).count() == 12
    (bundle,) = Bundle.objects.filter(recipient=world.lead)
    assert rows.filter(bundle=bundle).count() == 7


def test_an_import_of_a_hundred_stalled_models_is_one_mail_and_every_row_names_its_bundle(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    copies(world, release.pk, 99)
    now = business_days(world.now, 5.5)
    notice(now)
    for minutes in range(4):
        deliver(now + SETTLING + minutes * MINUTE)
    assert (len(to(world.lead)), len(to(world.engineer))) == (1, 1)
    rows = Delivery.objects.filter(channel=Channel.EMAIL)
    assert rows.filter(state=DeliveryState.DELIVERED, bundle__isnull=False).count() == rows.count() == 200
    assert Delivery.objects.filter(channel=Channel.INBOX, recipient=world.lead).count() == 100


def test_a_limit_of_none_lets_everything_through(world: World, settings: object) -> None:
    settings.ALERTS_PER_HOUR = 0  # type: ignore[attr-defined]
    drizzle(world, 7)
    assert len(to(world.lead)) == 7
