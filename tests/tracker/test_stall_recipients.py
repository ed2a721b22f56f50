"""Who is told of a rung is what the policy says that was in force when the release entered the stage."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from governance.acts import holds, ownership
from governance.acts.delegations import delegate
from governance.acts.groups import add_to_group, make_group
from governance.acts.policies import draft_policy, publish_policy
from governance.models import Delegation
from governance.policy import DEFAULT_RULES
from models_registry.models import Person
from models_registry.vocabulary import AlertKind, Stage
from tests.tracker.alerts.sweeping import business_days, told
from tests.world import World
from tracker.alerts.models import Channel
from tracker.stalls import notice


def publish(world: World, alerts: dict[str, Any], **more: Any) -> None:
    draft = draft_policy(world.admin, {**DEFAULT_RULES, "alerts": alerts, **more}, "Who is told.", at=world.tick())
    publish_policy(world.officer, draft.pk, at=world.tick())


def away(world: World, person: Person, deputy: Person) -> None:
    start = world.now
    delegate(person, deputy, start, start + timedelta(days=60), "On leave.", at=start)


def test_each_rung_goes_to_whom_the_policy_names(world: World) -> None:
    world.team.escalation_contact = world.stranger
    world.team.save()
    publish(
        world,
        {
            "stage": {
                "at_risk": [],
                "breached": ["owner", "contact"],
                "escalated": ["able"],
                "escalated_again": ["lead"],
            }
        },
    )
    release = world.release_at(Stage.BRIEF)
    for days in (4, 5, 7.5, 10):
        notice(business_days(world.now, days))
    assert told(release, AlertKind.AT_RISK, Channel.INBOX) == set()
    assert told(release, AlertKind.BREACHED) == {world.engineer, world.stranger}
    assert told(release, AlertKind.ESCALATED) == {world.engineer, world.lead, world.colleague}
    assert told(release, AlertKind.ESCALATED_AGAIN) == {world.lead}


def test_a_vacancy_goes_to_whom_the_policy_names(world: World) -> None:
    publish(world, {"vacancy": {"open": ["lead"], "at_risk": [], "breached": ["admin"]}})
    release = world.release_at(Stage.DEPLOYMENT)
    notice(world.now)
    notice(business_days(world.now, 1))
    assert told(release, AlertKind.VACANCY_OPEN) == {world.lead}
    assert told(release, AlertKind.VACANCY_BREACHED) == {world.admin}


def test_a_visit_keeps_the_recipients_of_the_policy_it_began_under(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    publish(world, {"stage": {"breached": ["admin"]}})
    late = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 5.2))
    assert told(release, AlertKind.BREACHED) == {world.engineer, world.lead}
    assert told(late, AlertKind.BREACHED) == {world.admin}


def test_where_the_policy_names_nobody_who_is_there_the_administrators_hear_of_it(world: World) -> None:
    publish(world, {"stage": {"breached": ["contact"]}})
    release = world.release_at(Stage.BRIEF)
    notice(business_days(world.now, 5))
    assert told(release, AlertKind.BREACHED) == {world.admin}


def test_whoever_stands_in_for_the_absent_is_told_too(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    ownership.claim(world.officer, release.pk, at=world.tick())
    away(world, world.officer, world.second_officer)
    holds.nudge(world.lead, release.pk, at=world.tick())
    notice(business_days(world.now, 7.9))
    assert told(release, AlertKind.AT_RISK) == {world.officer, world.second_officer}
    assert told(release, AlertKind.NUDGE) == {world.officer, world.second_officer}


def test_a_deputy_who_may_not_see_the_model_is_not_told(world: World) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    Delegation.objects.create(
        delegator=world.engineer,
        deputy=world.stranger,
        starts_at=world.now,
        ends_at=world.now + timedelta(days=60),
        reason="On leave.",
    )
    notice(business_days(world.now, 5))
    assert told(release, AlertKind.BREACHED) == {world.engineer, world.lead}


def test_a_requested_review_is_told_to_those_whose_turn_it_is_and_to_their_deputies(world: World) -> None:
    lawyer, deputy = world.person("Ines Moreau"), world.person("Tomas Novak")
    add_to_group(world.officer, make_group(world.officer, "Legal", at=world.tick()).pk, lawyer, at=world.tick())
    tiers = deepcopy(DEFAULT_RULES["tiers"])
    tiers["low"]["compliance_review"]["approvers"] = [{"group": "legal", "quorum": 1}]
    publish(world, {}, tiers=tiers)
    away(world, lawyer, deputy)
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    notice(world.now)
    assert told(release, AlertKind.REVIEW_REQUESTED) == {lawyer, deputy}
