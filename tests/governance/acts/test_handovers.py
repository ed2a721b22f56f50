"""An offered hand-over: its checklist, its end, and who stands in for the owner meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance.acts.delegations import delegate
from governance.acts.handovers import expire_due, tick
from governance.acts.holds import hold, resume
from governance.acts.ownership import accept_handover, decline_handover, offer_handover, step_down, withdraw_handover
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.handing_over import CHECKLISTS, checklist
from governance.models import AuditEvent, HandoverOffer, OfferState
from models_registry.models import Person, Release
from models_registry.vocabulary import Stage
from tests.governance.test_races import at_once
from tests.world import World
from tracker.trail_words import told

LINES = ["Access is granted", "  Access   is granted ", "", "The runbook is current"]


def offered(world: World) -> tuple[Release, HandoverOffer]:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Half done.", checklist=LINES, at=world.tick())
    return release, offer


def test_every_stage_that_is_owned_has_a_checklist_that_fits() -> None:
    assert set(CHECKLISTS) == set(Stage) - {Stage.RETIRED}
    assert all(len(checklist(lines)) == len(lines) >= 3 for lines in CHECKLISTS.values())


def test_the_checklist_is_kept_with_the_offer_and_ticked_by_the_owner(world: World) -> None:
    _, offer = offered(world)
    assert offer.checklist == [
        {"text": "Access is granted", "done": False},
        {"text": "The runbook is current", "done": False},
    ]
    tick(world.engineer, offer.pk, 1, done=True, at=world.tick())
    tick(world.engineer, offer.pk, 1, done=True, at=world.tick())
    offer.refresh_from_db()
    assert [line["done"] for line in offer.checklist] == [False, True]
    event = AuditEvent.objects.get(act="handover.tick")
    assert told(event).did == "ticked off “The runbook is current” of the hand-over"
    tick(world.engineer, offer.pk, 1, done=False, at=world.tick())
    for who, refusal in ((world.colleague, NotPermitted), (world.lead, NotPermitted)):
        with pytest.raises(refusal):
            tick(who, offer.pk, 0, done=True, at=world.tick())
    with pytest.raises(Invalid):
        tick(world.engineer, offer.pk, 2, done=True, at=world.tick())
    with pytest.raises(NotFound):
        tick(world.engineer, 9999, 0, done=True, at=world.tick())


def test_a_checklist_has_its_bounds(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    for lines, said in (([f"Line {n}" for n in range(21)], "to 20 lines"), (["fine", "x" * 201], "line 2")):
        with pytest.raises(Invalid, match=said) as refusal:
            offer_handover(world.engineer, release.pk, world.colleague, "Note.", checklist=lines, at=world.tick())
        assert refusal.value.field == "checklist"


def test_what_ended_by_itself_is_neither_accepted_nor_ticked(world: World) -> None:
    release, offer = offered(world)
    assert offer.expires_at is not None
    with pytest.raises(Conflict, match="This offer ended on"):
        accept_handover(world.colleague, offer.pk, at=offer.expires_at)
    assert expire_due(offer.expires_at - timedelta(seconds=1)) == 0
    assert [expire_due(offer.expires_at) for _ in range(2)] == [1, 0]
    for act in (
        lambda: accept_handover(world.colleague, offer.pk, at=world.tick()),
        lambda: decline_handover(world.colleague, offer.pk, "No.", at=world.tick()),
        lambda: tick(world.engineer, offer.pk, 0, done=True, at=world.tick()),
    ):
        with pytest.raises(Conflict, match="no longer open: it was expired"):
            act()
    assert world.spell(release).owner == world.engineer
    again = offer_handover(world.engineer, release.pk, world.colleague, "Half done.", at=world.tick())
    assert again.state == OfferState.OPEN


@pytest.mark.django_db(transaction=True)
def test_an_answer_at_the_very_end_is_one_or_the_other() -> None:
    world = World()
    release, offer = offered(world)
    assert offer.expires_at is not None
    at = offer.expires_at
    before = at - timedelta(seconds=1)
    at_once([lambda: accept_handover(world.colleague, offer.pk, at=before), *[lambda: expire_due(at)] * 3])
    offer.refresh_from_db()
    owner = {OfferState.ACCEPTED: world.colleague, OfferState.EXPIRED: world.engineer}[OfferState(offer.state)]
    assert world.spell(release).owner == owner
    acts = AuditEvent.objects.filter(act__in=["handover.accept", "handover.expire"])
    assert acts.count() == 1


# --- Deputies ---------------------------------------------------------------------------------------------------------


def away(world: World, person: Person, deputy: Person) -> None:
    delegate(person, deputy, world.now, world.now + timedelta(days=10), "On leave.", at=world.now)


def test_a_deputy_of_the_owner_holds_resumes_and_offers_a_hand_over(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    why: dict[str, Any] = {"reason_code": "other", "reason": "Wait.", "waits_on": "external"}
    until = world.now + timedelta(days=5)
    with pytest.raises(NotPermitted):
        hold(world.stranger, release.pk, **why, expected_end=until, at=world.tick())
    away(world, world.engineer, world.stranger)
    deputy = Person.objects.get(pk=world.stranger.pk)
    hold(deputy, release.pk, **why, expected_end=until, at=world.tick())
    resume(deputy, release.pk, at=world.tick())
    offer = offer_handover(deputy, release.pk, world.colleague, "He is away.", at=world.tick())
    assert (offer.offered_by, world.spell(release).owner) == (world.engineer, world.engineer)
    assert AuditEvent.objects.get(act="handover.offer").actor_name == "Yusuf Demir"
    withdraw_handover(deputy, offer.pk, at=world.tick())
    with pytest.raises(NotPermitted):
        step_down(deputy, release.pk, "He is away.", at=world.tick())


def test_a_deputy_is_one_no_longer_than_the_absence_lasts(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    away(world, world.engineer, world.stranger)
    deputy = Person.objects.get(pk=world.stranger.pk)
    with pytest.raises(NotPermitted):
        offer_handover(deputy, release.pk, world.colleague, "Late.", at=world.now + timedelta(days=11))


@pytest.mark.parametrize("who", ["viewer", "stranger", "auditor"])
def test_who_owns_nothing_and_reviews_nothing_names_no_deputy(world: World, who: str) -> None:
    with pytest.raises(NotPermitted):
        away(world, getattr(world, who), world.lead)
