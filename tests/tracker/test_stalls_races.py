"""Sweeps beside sweeps, and beside people: on SQLite they wait for each other, on PostgreSQL they pass by."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection

from governance.acts import organisation, ownership
from governance.models import StageOwnership
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days
from tests.world import World
from tracker.alerts.models import Alert, Channel, Delivery
from tracker.stalls import notice

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE = 60  # seconds


def at_once(*works: Callable[[], object]) -> None:
    """Run every piece of work in a thread of its own, all starting together; what one raises is raised here."""
    start = threading.Barrier(len(works))
    errors: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(PATIENCE)
            work()
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


def test_four_sweeps_at_once_tell_everything_once(world: World) -> None:
    for _ in range(12):
        world.release_at(Stage.BRIEF)
    world.release_at(Stage.DEPLOYMENT)
    late = business_days(world.now, 5.5)
    at_once(*[lambda: notice(late)] * 4)
    notice(late)  # what one sweep held, another left to this one
    raised = Counter(Alert.objects.values_list("visit_id", "kind", "occasion"))
    assert set(raised.values()) == {1}
    assert Alert.objects.filter(kind=AlertKind.BREACHED).count() == 13
    deliveries = Counter(Delivery.objects.values_list("alert_id", "recipient_id", "channel"))
    assert set(deliveries.values()) == {1}
    breached = Delivery.objects.filter(alert__kind=AlertKind.BREACHED, channel=Channel.EMAIL)
    assert breached.count() == 12 * 2 + 1  # owner and lead, and of the ownerless one the lead


def test_people_who_claim_while_the_sweep_looks_are_not_kept_from_it(world: World) -> None:
    releases = [world.release_at(Stage.DEPLOYMENT) for _ in range(6)]
    late = business_days(world.now, 1)

    def claim_all() -> None:
        for release in releases:
            ownership.claim(world.engineer, release.pk, at=late)

    def sweep_often() -> None:
        for _ in range(8):
            notice(late)

    at_once(claim_all, sweep_often, sweep_often)
    notice(late)
    assert StageOwnership.objects.filter(owner=world.engineer, until__isnull=True).count() == 6
    assert Alert.objects.filter(kind__startswith="vacancy", closed_at__isnull=True).count() == 0


def test_a_person_leaves_while_they_are_being_told(world: World) -> None:
    for _ in range(6):
        world.release_at(Stage.BRIEF)
    late = business_days(world.now, 5.5)
    at_once(
        lambda: notice(late),
        lambda: organisation.deactivate_person(world.admin, world.engineer.pk, at=late),
        lambda: notice(late),
    )
    notice(late)
    assert Alert.objects.filter(kind=AlertKind.BREACHED, closed_at__isnull=True).count() == 6
    assert Alert.objects.filter(kind__startswith="vacancy", closed_at__isnull=True).count() == 6
