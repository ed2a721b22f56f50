"""Whose it is not to answer hears no more of a model; whose it is cannot close their ears."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from django.core import mail

from governance.acts import holds, ownership
from governance.errors import NotFound, NotPermitted
from models_registry.models import Person
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, told
from tests.world import World
from tracker.alerts.delivering import deliver
from tracker.alerts.models import Channel, Delivery, DeliveryState, Mute
from tracker.alerts.muting import mute, unmute
from tracker.alerts.raising import SETTLING
from tracker.stalls import notice


def test_who_muted_a_model_hears_no_more_of_its_clocks_and_others_do(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    mute(world.colleague, release.model)
    assert mute(world.colleague, release.model) == Mute.objects.get()
    notice(world.now)
    assert told(release, AlertKind.VACANCY_OPEN, Channel.INBOX) == {world.lead, world.engineer}
    ownership.claim(world.colleague, release.pk, at=world.tick())
    holds.nudge(world.lead, release.pk, at=world.tick())
    notice(business_days(world.now, 5))
    assert told(release, AlertKind.NUDGE) == {world.colleague}  # what is addressed to somebody comes
    assert told(release, AlertKind.BREACHED) == {world.colleague, world.lead}  # and what became theirs to answer


def test_a_mail_that_still_waits_is_called_back(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    mute(world.colleague, release.model)
    deliver(world.now + SETTLING)
    row = Delivery.objects.get(recipient=world.colleague, channel=Channel.EMAIL)
    assert row.state == DeliveryState.CANCELLED
    unmute(world.colleague, Mute.objects.get().pk)
    notice(business_days(world.now, 0.9))
    assert world.colleague in told(release, AlertKind.VACANCY_AT_RISK, Channel.INBOX)


def test_what_is_ones_own_to_answer_cannot_be_muted(world: World) -> None:
    contact = world.person("Ines Moreau")
    world.team.escalation_contact = contact
    world.team.save()
    brief, review = world.release_at(Stage.BRIEF), world.release_at(Stage.COMPLIANCE_REVIEW)
    refused = [
        (world.engineer, brief.model, "You own a stage of"),
        (world.lead, brief.model, "You lead Payments risk"),
        (contact, brief.model, "You are the escalation contact"),
        (world.officer, review.model, "You have a review of"),
    ]
    for person, model, why in refused:
        with pytest.raises(NotPermitted, match=why):
            mute(person, model)
    mute(world.officer, brief.model)
    assert Mute.objects.count() == 1


def test_of_what_is_past_its_budget_somebody_hears_even_when_all_muted_it(world: World) -> None:
    team = world.make_team("Imported bureau")
    release = world.release_at(Stage.BRIEF, team=team, actor=world.admin)
    ownership.step_down(world.admin, release.pk, "Only imported.", at=world.tick())
    mute(world.admin, release.model)
    notice(business_days(world.now, 5))
    assert told(release, AlertKind.BREACHED) == {world.admin}


def test_nobody_mutes_what_they_may_not_see_nor_ends_what_somebody_else_muted(world: World) -> None:
    hidden = world.release_at(Stage.BRIEF, restricted=True).model
    with pytest.raises(NotFound):
        mute(world.stranger, hidden)
    kept = mute(world.colleague, hidden)
    with pytest.raises(NotFound):
        unmute(world.engineer, kept.pk)


def test_mails_lead_to_the_page_that_asks_unless_it_is_theirs(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    deliver(world.now + SETTLING)
    by_person = {message.to[0]: message for message in mail.outbox}
    page = f"http://127.0.0.1:8000/inbox/mute/{release.model.slug}/"
    assert headers(by_person, world.colleague) == f"<{page}>"
    assert page in str(by_person[world.colleague.email].body)
    assert page in str(by_person[world.colleague.email].alternatives[0][0])  # type: ignore[attr-defined]
    assert headers(by_person, world.lead) == "<http://127.0.0.1:8000/settings/alerts/>"
    assert "Mute this model" not in str(by_person[world.lead.email].body)


def headers(messages: Mapping[str, object], person: Person) -> str:
    found: dict[str, str] = getattr(messages[person.email], "extra_headers")  # noqa: B009
    return found["List-Unsubscribe"]
