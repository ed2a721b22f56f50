"""What Beat starts: every entry of the schedule exists, does its work, and may run twice at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from governance import trail
from governance.models import AuditEvent
from models_registry.vocabulary import Stage
from tests.tracker.alerts.sweeping import business_days
from tests.tracker.test_stalls_races import at_once
from tests.world import World
from tracker import tasks
from tracker.alerts.models import Alert, Channel, Delivery, DeliveryState
from tracker.alerts.raising import SETTLING
from tracker.celery import app


def test_every_entry_of_the_schedule_is_a_task() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert {"tracker.tasks.sweep", "tracker.tasks.deliver", "tracker.tasks.seal"} <= scheduled
    assert scheduled <= set(app.tasks)


def test_from_the_clock_to_the_mail(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="claims-triage")
    late = business_days(world.visit(release).entered_at, 5.5)
    with time_machine.travel(late, tick=False):
        tasks.sweep()
        tasks.deliver()
    assert mail.outbox == []  # a sweep's messages wait until all of them are written
    with time_machine.travel(late + SETTLING, tick=False):
        tasks.deliver()
    assert {message.subject for message in mail.outbox} == {
        "Stalled: claims-triage release 1 is 4h past its brief budget"
    }


def test_the_seal_binds_the_chains_that_moved(world: World) -> None:
    world.release_at(Stage.VALIDATION)
    tasks.seal()
    assert trail.verify().holds
    assert AuditEvent.objects.filter(act="trail.seal").count() == 1
    tasks.seal()
    assert AuditEvent.objects.filter(act="trail.seal").count() == 1  # nothing moved since


@pytest.mark.django_db(transaction=True)
def test_tasks_that_overlap_do_their_work_once(world: World) -> None:
    for _ in range(3):
        world.release_at(Stage.BRIEF)
    late = business_days(world.now + timedelta(days=1), 6)
    with time_machine.travel(late, tick=False):
        at_once(*[tasks.sweep] * 2, *[tasks.seal] * 2)
        tasks.sweep()
    with time_machine.travel(late + SETTLING, tick=False):
        at_once(*[tasks.deliver] * 2)
    assert Alert.objects.filter(closed_at__isnull=True).count() == 3
    sent = Delivery.objects.filter(channel=Channel.EMAIL)
    assert set(sent.values_list("state", "attempts")) == {(DeliveryState.DELIVERED, 1)}
    assert len(mail.outbox) == sent.count()
