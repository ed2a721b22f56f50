"""Several workers over one digest, and two clicks at once: each thing happens once."""

from __future__ import annotations

from datetime import time, timedelta

import pytest

from governance.acts.answers import acknowledge
from governance.models import Acknowledgement
from models_registry.models import Release
from tests.tracker.alerts.test_delivering import to
from tests.tracker.alerts.test_timing import stall, waiting, wishes
from tests.tracker.test_stalls_races import at_once
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Bundle
from tracker.alerts.muting import mute

pytestmark = pytest.mark.django_db(transaction=True)


def test_three_workers_send_one_digest_and_two_clicks_answer_and_mute_once(world: World) -> None:
    wishes(world.lead, digest_at=time(8))
    deliver(stall(world, 2))
    (morning,) = set(waiting(world.lead))
    assert morning is not None
    at_once(*[lambda: deliver(morning)] * 3)
    assert len(to(world.lead)) == Bundle.objects.filter(recipient=world.lead).count() == 1
    assert waiting(world.lead) == []

    release = Release.objects.select_related("model__team").order_by("pk")[0]
    expected = world.now + timedelta(days=2)
    at_once(*[lambda: acknowledge(world.engineer, release.pk, "Waiting.", expected, at=world.now)] * 3)
    assert Acknowledgement.objects.count() == 1
    at_once(*[lambda: mute(world.colleague, release.model)] * 3)
    assert world.colleague.mutes.count() == 1
