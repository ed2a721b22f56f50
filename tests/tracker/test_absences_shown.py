"""An owner who is away is shown with the deputy: on the stall dashboard, the pipeline, the registry and their page."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from governance.models import Delegation, StageVisit
from models_registry.vocabulary import Stage
from tests.world import World
from tracker import formats
from tracker.dashboard import one_row
from tracker.model_page import model_page
from tracker.standing import standing_of, with_standing


def test_an_owner_who_is_away_is_shown_with_the_deputy(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    now = timezone.now()
    start, end = now - timedelta(hours=1), now + timedelta(days=9)
    about = {"starts_at": start, "ends_at": end, "reason": "On leave."}
    Delegation.objects.create(delegator=world.engineer, deputy=world.lead, **about)
    last = (end - timedelta(seconds=1)).date()
    expected = f"away until {formats.day_of(last, now.date())}, deputy Marta Oliveira"
    assert one_row(world.lead, release.pk, now).away == expected
    [visit] = with_standing(StageVisit.objects.filter(left_at__isnull=True))
    assert standing_of(visit, now).away == expected
    assert model_page(world.lead, release.model.slug, None, now).away == expected
    world.lead.is_active = False
    world.lead.save()
    assert one_row(world.admin, release.pk, now).away.endswith("the deputy has left")
    assert model_page(world.admin, release.model.slug, None, now).away.endswith("the deputy has left")


def test_who_is_here_is_shown_as_before(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    now = timezone.now()
    about = {"starts_at": now - timedelta(days=9), "ends_at": now - timedelta(hours=1), "reason": "On leave."}
    Delegation.objects.create(delegator=world.engineer, deputy=world.lead, **about)
    assert one_row(world.lead, release.pk, now).away == ""
    assert model_page(world.lead, release.model.slug, None, now).away == ""
