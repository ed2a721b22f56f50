"""Who answers for a stage, and how that changes."""

from datetime import timedelta

import pytest

from governance.acts.ownership import (
    accept_handover,
    assign,
    claim,
    decline_handover,
    offer_handover,
    step_down,
    withdraw_handover,
)
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent, OfferState, StageOwnership, Tenure
from models_registry.vocabulary import Stage
from tests.world import World


def test_a_claimed_stage_has_one_owner_and_the_vacancy_ends_at_the_same_moment(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    vacancy = world.spell(release)

    spell = claim(world.colleague, release.pk, at=world.tick())

    vacancy.refresh_from_db()
    assert (vacancy.owner, vacancy.until, spell.since) == (None, world.now, world.now)
    assert (world.spell(release).owner, world.spell(release).began) == (world.colleague, Tenure.CLAIMED)


def test_a_claim_that_came_late_names_the_winner_and_changes_nothing(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    claim(world.colleague, release.pk, at=world.tick())

    with pytest.raises(Conflict, match="Priya Raman was faster") as refusal:
        claim(world.engineer, release.pk, at=world.tick())

    assert refusal.value.code == "already_claimed"
    assert world.spell(release).owner == world.colleague


def test_claiming_twice_is_one_claim(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    first = claim(world.colleague, release.pk, at=world.tick())
    acts = AuditEvent.objects.count()

    assert claim(world.colleague, release.pk, at=world.tick()) == first
    assert AuditEvent.objects.count() == acts


def test_a_claim_does_not_restart_the_stage_clock(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    before = world.visit(release).stalls_at
    claim(world.colleague, release.pk, at=world.tick(timedelta(days=2)))
    assert world.visit(release).stalls_at == before


@pytest.mark.parametrize("who", ["viewer", "auditor", "officer", "stranger"])
def test_only_those_who_may_own_a_stage_claim_it(world: World, who: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    with pytest.raises(NotPermitted):
        claim(getattr(world, who), release.pk)
    assert world.spell(release).owner is None


def test_a_compliance_review_is_claimed_by_an_officer_only(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    with pytest.raises(NotPermitted):
        claim(world.lead, release.pk)
    assert claim(world.officer, release.pk).owner == world.officer


def test_a_hidden_release_is_missing_for_a_stranger(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT, restricted=True, name="secret-plan")
    with pytest.raises(NotFound) as hidden:
        claim(world.stranger, release.pk)
    with pytest.raises(NotFound) as missing:
        claim(world.stranger, 999_999)
    assert str(hidden.value) == str(missing.value)


def test_a_lead_assigns_and_the_page_that_showed_another_owner_is_refused(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    assign(world.lead, release.pk, world.engineer, expected_owner=0, at=world.tick())
    with pytest.raises(Conflict, match="Jonas Weber"):
        assign(world.lead, release.pk, world.colleague, expected_owner=0, at=world.tick())
    assert world.spell(release).owner == world.engineer


def test_nobody_is_assigned_who_could_not_own_the_stage(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    for unfit in (world.viewer, world.auditor, world.stranger):
        with pytest.raises(Invalid) as refusal:
            assign(world.lead, release.pk, unfit)
        assert refusal.value.problems[0].field == "owner"
    assert world.spell(release).owner is None


def test_an_engineer_does_not_assign(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    with pytest.raises(NotPermitted):
        assign(world.engineer, release.pk, world.colleague)


def test_stepping_down_needs_a_reason_and_opens_a_vacancy_with_its_own_clock(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(Invalid):
        step_down(world.engineer, release.pk, "  ")

    vacancy = step_down(world.engineer, release.pk, "On leave.", at=world.tick())

    assert (vacancy.owner, vacancy.since, vacancy.note) == (None, world.now, "On leave.")
    assert vacancy.notice_at == world.now
    # One business day of eight hours, from wherever in the day it began.
    assert vacancy.stalls_at == world.now + timedelta(days=1)


def test_only_the_owner_steps_down(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    with pytest.raises(NotPermitted):
        step_down(world.lead, release.pk, "He is away.")


def test_a_handover_changes_nothing_until_it_is_accepted(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Runbook is done.", at=world.tick())
    assert world.spell(release).owner == world.engineer

    accept_handover(world.colleague, offer.pk, at=world.tick())

    offer.refresh_from_db()
    assert offer.state == OfferState.ACCEPTED
    assert (world.spell(release).owner, world.spell(release).began) == (world.colleague, Tenure.HANDED_OVER)


def test_a_declined_handover_says_why_and_leaves_the_owner(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    with pytest.raises(Invalid):
        decline_handover(world.colleague, offer.pk, "")
    decline_handover(world.colleague, offer.pk, "No room before July.", at=world.tick())
    offer.refresh_from_db()
    assert (offer.state, offer.answer) == (OfferState.DECLINED, "No room before July.")
    assert world.spell(release).owner == world.engineer


def test_an_answered_offer_cannot_be_answered_again(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    withdraw_handover(world.engineer, offer.pk, at=world.tick())
    with pytest.raises(Conflict, match="withdrawn"):
        accept_handover(world.colleague, offer.pk)
    assert world.spell(release).owner == world.engineer


def test_only_the_person_asked_answers(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    for other in (world.lead, world.engineer):
        with pytest.raises(NotPermitted):
            accept_handover(other, offer.pk)


def test_a_reassignment_ends_the_offer_of_the_owner_before(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    assign(world.lead, release.pk, world.lead, at=world.tick())
    offer.refresh_from_db()
    assert offer.state == OfferState.WITHDRAWN
    with pytest.raises(Conflict):
        accept_handover(world.colleague, offer.pk)


def test_a_second_offer_waits_for_the_first(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    first = offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
    assert offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick()) == first
    with pytest.raises(Conflict, match="already offered to Priya Raman"):
        offer_handover(world.engineer, release.pk, world.lead, "Please.", at=world.tick())


def test_the_spells_of_a_visit_have_neither_gap_nor_overlap(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    claim(world.colleague, release.pk, at=world.tick())
    step_down(world.colleague, release.pk, "On leave.", at=world.tick())
    assign(world.lead, release.pk, world.engineer, at=world.tick())
    spells = list(StageOwnership.objects.filter(visit=world.visit(release)).order_by("since", "id"))
    assert spells[0].since == world.visit(release).entered_at
    assert [spell.until for spell in spells[:-1]] == [spell.since for spell in spells[1:]]
    assert [spell.owner for spell in spells] == [None, world.colleague, None, world.engineer]


def test_a_clock_set_back_does_not_end_a_spell_before_it_began(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    claim(world.colleague, release.pk, at=world.tick())
    spell = step_down(world.colleague, release.pk, "On leave.", at=world.now - timedelta(hours=3))
    assert spell.since == world.now
