"""The page on which people say when and how they are told, and where they hear again of what they muted."""

from __future__ import annotations

from datetime import time

import pytest
from django.urls import reverse

from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, told
from tests.tracker.web.visiting import Visit, queries_of, value_of, visit, words
from tests.world import World
from tracker.alerts.models import AlertPreferences, Channel, Delivery, DeliveryState, Mute
from tracker.alerts.muting import mute
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice

__all__ = ["visit"]

ADDRESS = "/settings/alerts/"
NIGHT = {"by_email": "on", "quiet_from": "22:00", "quiet_until": "07:00", "quiet_weekends": "on", "digest_at": "08:30"}


def test_everybody_keeps_their_own_wishes(world: World, visit: Visit) -> None:
    client = visit(world.engineer)
    assert "Escalated comes through" in words(client.get(ADDRESS))
    for _ in range(2):
        assert client.post(ADDRESS, NIGHT).status_code == 303
    kept = AlertPreferences.objects.get()
    assert (kept.person, kept.by_email, kept.quiet_weekends) == (world.engineer, True, True)
    assert (kept.quiet_from, kept.quiet_until, kept.digest_at) == (time(22), time(7), time(8, 30))
    page = client.get(ADDRESS)
    assert [value_of(page, name) for name in ("quiet_from", "digest_at")] == ["22:00", "08:30"]
    assert value_of(visit(world.lead).get(ADDRESS), "quiet_from") == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"quiet_until": ""}, "Give both ends of the quiet hours, or neither."),
        ({"quiet_until": "22:00"}, "From a time to the same time is no time at all"),
        ({"digest_at": "23:00"}, "Choose a time outside the quiet hours."),
        ({"quiet_from": "25:00"}, "Give the time as hours and minutes, such as 07:30."),
    ],
)
def test_what_contradicts_itself_is_named_beside_its_field(
    world: World, visit: Visit, wrong: dict[str, str], said: str
) -> None:
    answer = visit(world.engineer).post(ADDRESS, {**NIGHT, **wrong})
    assert answer.status_code == 422
    assert said in words(answer)
    assert AlertPreferences.objects.count() == 0


def test_without_mail_the_inbox_goes_on_and_only_what_is_escalated_is_mailed(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    start = world.now
    notice(business_days(start, 4))
    visit(world.engineer).post(ADDRESS, {})
    at_risk = Delivery.objects.get(recipient=world.engineer, channel=Channel.EMAIL)
    assert at_risk.state == DeliveryState.CANCELLED  # what waited is not sent either
    notice(business_days(start, 5))
    assert told(release, AlertKind.BREACHED) == {world.lead}
    assert told(release, AlertKind.BREACHED, Channel.INBOX) == {world.engineer, world.lead}
    notice(business_days(start, 7.6))
    assert told(release, AlertKind.ESCALATED) == {world.engineer, world.lead}


def test_new_wishes_hold_for_what_waits(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    late = business_days(world.now, 4)
    notice(late)
    waiting = Delivery.objects.filter(channel=Channel.EMAIL)
    waiting.update(next_attempt_at=late + 9 * SETTLING)
    world.now = late
    visit(world.engineer).post(ADDRESS, NIGHT)
    moved = waiting.get(recipient=world.engineer).next_attempt_at
    assert moved is not None
    assert moved < late + 9 * SETTLING


def test_a_link_to_mute_asks_first_and_the_settings_undo_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    address = reverse("inbox_mute", args=[release.model.slug])
    client = visit(world.colleague)
    assert f"Mute {release.model.name}?" in words(client.get(address))
    assert Mute.objects.count() == 0
    for _ in range(2):
        assert client.post(address).status_code == 303
    kept = Mute.objects.get()
    assert release.model.name in words(client.get(ADDRESS))
    undo = reverse("settings_alerts_unmute", args=[kept.pk])
    assert visit(world.engineer).post(undo).status_code == 404
    assert client.post(undo).status_code == 303
    assert Mute.objects.count() == 0


def test_what_is_theirs_to_answer_is_refused_with_the_reason(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    address = reverse("inbox_mute", args=[release.model.slug])
    client = visit(world.engineer)
    for answer in (client.get(address), client.post(address)):
        assert answer.status_code == 403
        assert "You own a stage of" in words(answer)
    assert visit(world.stranger).get(address).status_code == 404


def test_the_page_costs_the_same_with_many_muted_models(world: World, visit: Visit) -> None:
    client = visit(world.admin)
    mute(world.admin, world.release_at(Stage.DEPLOYMENT).model)
    one = queries_of(client, ADDRESS)
    for _ in range(3):
        mute(world.admin, world.release_at(Stage.BRIEF).model)
    assert queries_of(client, ADDRESS) == one <= 10
