"""People hear of what they answer for without having been named, of who left, and of offers that nobody answered."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.early import claim_early
from governance.acts.organisation import deactivate_person
from governance.acts.ownership import offer_handover
from governance.acts.policies import draft_policy, publish_policy
from governance.models import HandoverOffer, OfferState
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, Person
from models_registry.vocabulary import AlertKind, RiskTier, Stage
from tests.tracker.alerts.sweeping import business_days
from tests.world import World
from tracker.alerts.finding import finding, thing
from tracker.alerts.letters import letter
from tracker.alerts.matters import Matter, matters_of, with_matters
from tracker.models import Alert, Delivery
from tracker.stalls import notice


def news(world: World, kind: AlertKind) -> list[tuple[str, set[Person]]]:
    """The sentence of each alert of this kind, and who is told."""
    matters = matters_of(list(with_matters(Alert.objects.filter(kind=kind).order_by("pk"))), world.now)
    return [(finding(one, world.now, world.now.tzinfo).sentence, people(one)) for one in matters]  # type: ignore[arg-type]


def people(matter: Matter) -> set[Person]:
    found = Delivery.objects.filter(alert=matter.alert).select_related("recipient")
    return {one.recipient for one in found if one.recipient}


def test_whoever_is_given_a_stage_by_rule_hears_of_it_once(world: World) -> None:
    rules: dict[str, Any] = deepcopy(DEFAULT_RULES)
    for tier in RiskTier:
        rules["tiers"][tier][Stage.DEPLOYMENT]["owner"] = "round_robin"
    draft = draft_policy(world.officer, rules, "Owners in turn.", at=world.tick())
    publish_policy(world.admin, draft.pk, at=world.tick())
    world.release_at(Stage.DEPLOYMENT, name="scorer")
    for _ in range(2):
        notice(world.tick())
    said = "scorer release 1 falls to you in deployment, as the policy says"
    assert news(world, AlertKind.OWNER_GIVEN) == [(said, {world.engineer})]
    [matter] = matters_of(list(with_matters(Alert.objects.filter(kind=AlertKind.OWNER_GIVEN))), world.now)
    assert "round robin: Jonas Weber" in letter(matter, world.engineer, world.now, world.now.tzinfo).quote  # type: ignore[arg-type]


def test_who_claimed_ahead_hears_when_it_begins(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, name="scorer")
    claim_early(world.colleague, release.pk, at=world.tick())
    world.approve(release)
    notice(world.tick())
    said = "scorer release 1 has come to deployment, which you claimed ahead"
    assert news(world, AlertKind.OWNER_GIVEN) == [(said, {world.colleague})]


def test_the_leads_hear_once_of_all_that_somebody_left_behind(world: World) -> None:
    theirs = world.make_team("Motor claims")
    Membership.objects.create(team=theirs, person=world.engineer, role="engineer")
    for number in range(7):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    world.release_at(Stage.BRIEF, name="other", team=theirs)
    deactivate_person(world.admin, world.engineer.pk, at=world.tick())
    for _ in range(2):
        notice(world.tick())
    ours = "m-0 r1 in brief, m-1 r1 in brief, m-2 r1 in brief, m-3 r1 in brief, m-4 r1 in brief and 2 more"
    assert news(world, AlertKind.OWNER_LEFT) == [
        (f"Jonas Weber left, and 7 stages have no owner: {ours}", {world.lead}),
        ("Jonas Weber left, and 1 stage has no owner: other r1 in brief", {world.admin}),
    ]
    [matter, _] = matters_of(
        list(with_matters(Alert.objects.filter(kind=AlertKind.OWNER_LEFT).order_by("pk"))), world.now
    )
    assert thing(matter) == "/claims/"


def test_many_departures_are_read_in_as_many_queries_as_one(world: World) -> None:
    def cost() -> int:
        alerts = list(with_matters(Alert.objects.filter(kind=AlertKind.OWNER_LEFT)))
        with CaptureQueriesContext(connection) as found:
            matters_of(alerts, world.now)
        return len(found)

    for count, person in enumerate((world.engineer, world.colleague)):
        world.release_at(Stage.BRIEF, actor=person)
        deactivate_person(world.admin, person.pk, at=world.tick())
        notice(world.tick())
        assert Alert.objects.filter(kind=AlertKind.OWNER_LEFT).count() == count + 1
        assert cost() == 2


def test_an_offer_that_nobody_answers_ends_and_both_are_told(world: World) -> None:
    release = world.release_at(Stage.VALIDATION, name="scorer")
    offer = offer_handover(world.engineer, release.pk, world.colleague, "Half done.", at=world.tick())
    assert offer.expires_at == business_days(world.now, 3)
    notice(offer.expires_at - timedelta(seconds=1))
    assert HandoverOffer.objects.get().state == OfferState.OPEN
    world.now = offer.expires_at
    for _ in range(2):
        notice(world.tick())
    assert HandoverOffer.objects.get().state == OfferState.EXPIRED
    assert world.spell(release).owner == world.engineer
    said = "Priya Raman did not answer Jonas Weber, who goes on owning validation of scorer release 1"
    assert news(world, AlertKind.HANDOVER_EXPIRED) == [(said, {world.engineer, world.colleague})]
    asked = Alert.objects.get(kind=AlertKind.HANDOVER_OFFERED)
    assert asked.closed_because == "not answered in time"


def test_old_news_is_kept_and_told_to_nobody(world: World) -> None:
    world.release_at(Stage.BRIEF)
    deactivate_person(world.admin, world.engineer.pk, at=world.tick())
    notice(world.tick(timedelta(days=15)))
    assert [told for _, told in news(world, AlertKind.OWNER_LEFT)] == [set()]
