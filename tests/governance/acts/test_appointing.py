"""Who answers when a stage begins and nobody was named: by the rule of the policy, or who claimed it ahead."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from governance.acts.abilities import say_skills
from governance.acts.delegations import delegate
from governance.acts.early import assign_early, claim_early, release_early
from governance.acts.organisation import deactivate_person, remove_member, set_member
from governance.acts.ownership import accept_handover, assign, claim, offer_handover, step_down
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.transitions import advance, break_glass, kill, send_back
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent, EarlyClaim, HandoverOffer, OfferState, Tenure
from governance.policy import DEFAULT_RULES
from models_registry.models import Person, Release
from models_registry.vocabulary import OwnerRule, RiskTier, Stage, TeamRole
from tests.governance.test_races import at_once
from tests.world import World
from tracker.trail_words import told

DAY = timedelta(days=1)


def rule(world: World, name: str, *, stage: Stage = Stage.DEPLOYMENT, skills: tuple[str, ...] = ()) -> None:
    rules: dict[str, Any] = deepcopy(DEFAULT_RULES)
    for tier in RiskTier:
        rules["tiers"][tier][stage] |= {"owner": name, "skills": list(skills)}
    draft = draft_policy(world.officer, rules, f"Owners: {name}.", at=world.tick())
    publish_policy(world.admin, draft.pk, at=world.tick())


def owner(world: World, release: Release) -> Person | None:
    return world.spell(release).owner


def test_without_a_rule_a_deployment_begins_as_a_vacancy(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    spell = world.spell(release)
    assert (spell.owner, spell.began, spell.note) == (None, Tenure.ENTERED, "")


def test_in_turn_each_gets_one_and_leads_come_after_the_others(world: World) -> None:
    rule(world, "round_robin")
    owners = [owner(world, world.release_at(Stage.DEPLOYMENT)) for _ in range(4)]
    # Whoever has room and brings as much comes first: the lead's turn comes when nobody else is left.
    assert owners == [world.engineer, world.colleague, world.engineer, world.colleague]


def test_the_reason_is_said_on_the_spell_and_on_the_trail(world: World) -> None:
    say_skills(world.colleague, world.colleague.pk, ["serving"], 4, at=world.tick())
    rule(world, "least_loaded", skills=("serving",))
    release = world.release_at(Stage.DEPLOYMENT)
    spell = world.spell(release)
    assert (spell.owner, spell.began, spell.given_by) == (world.colleague, Tenure.BY_RULE, None)
    assert (spell.stalls_at, spell.notice_at) == (None, None)
    assert spell.note == (
        "By the policy's rule, least loaded: Priya Raman brings serving, lacks retraining, owns 0 of 4. "
        "It takes serving and retraining."
    )
    event = AuditEvent.objects.get(act="owner.by_rule")
    assert told(event).did == "gave deployment to Priya Raman by the policy's rule"
    assert (event.actor_name, event.detail["note"]) == ("Throughline", spell.note)
    moved = AuditEvent.objects.filter(act="stage.advance", release_id=release.pk).latest("sequence")
    assert (moved.detail["owner"], moved.sequence) == ("Priya Raman", event.sequence - 1)


def test_the_least_loaded_gets_it_and_whoever_has_no_room_comes_last(world: World) -> None:
    rule(world, "least_loaded")
    for _ in range(2):
        claim(world.engineer, _vacant(world).pk, at=world.tick())
    assert owner(world, world.release_at(Stage.DEPLOYMENT)) == world.colleague
    say_skills(world.lead, world.colleague.pk, [], 1, at=world.tick())
    say_skills(world.lead, world.engineer.pk, [], 2, at=world.tick())
    assert owner(world, world.release_at(Stage.DEPLOYMENT)) == world.lead


def _vacant(world: World) -> Release:
    release = world.release_at(Stage.BRIEF)
    step_down(world.engineer, release.pk, "On leave.", at=world.tick())
    return release


def test_whoever_is_away_left_or_only_reads_is_passed_over(world: World) -> None:
    rule(world, "round_robin")
    delegate(world.officer, world.second_officer, world.now, world.now + DAY, "On leave.", at=world.now)
    _away(world, world.engineer)
    assert owner(world, world.release_at(Stage.DEPLOYMENT, actor=world.colleague)) == world.colleague
    deactivate_person(world.admin, world.colleague.pk, at=world.tick())
    set_member(world.admin, world.team, world.auditor, TeamRole.ENGINEER, at=world.tick())
    assert owner(world, world.release_at(Stage.DEPLOYMENT, actor=world.lead)) == world.lead


def _away(world: World, person: Person) -> None:
    from governance.models import Delegation

    Delegation.objects.create(
        delegator=person,
        deputy=world.lead,
        starts_at=world.now - DAY,
        ends_at=world.now + 30 * DAY,
        reason="On leave.",
        created_at=world.now,
    )


def test_where_nobody_is_left_it_begins_as_a_vacancy(world: World) -> None:
    rule(world, "least_loaded")
    theirs = world.make_team("Motor claims")
    assert owner(world, world.release_at(Stage.DEPLOYMENT, team=theirs, actor=world.admin)) is None


def test_the_previous_owner_gets_it_back_in_this_release_or_the_next(world: World) -> None:
    rule(world, "previous_owner")
    release = world.release_at(Stage.DEPLOYMENT)
    assert owner(world, release) is None
    claim(world.colleague, release.pk, at=world.tick())
    send_back(world.lead, release.pk, Stage.COMPLIANCE_REVIEW, "Look again.", at=world.tick())
    advance(world.lead, release.pk, at=world.tick())
    assert (owner(world, release), world.spell(release).began) == (world.colleague, Tenure.BY_RULE)


def test_whoever_is_named_goes_before_the_rule(world: World) -> None:
    rule(world, "round_robin")
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    break_glass(world.lead, release.pk, "An outage.", next_owner=world.lead, at=world.tick())
    assert (owner(world, release), world.spell(release).began) == (world.lead, Tenure.CARRIED)


@pytest.mark.parametrize("name", ["round_robin", "least_loaded"])
def test_the_rule_of_the_review_stage_goes_before_the_general_one(world: World, name: str) -> None:
    rule(world, name, stage=Stage.COMPLIANCE_REVIEW)
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert owner(world, release) == world.second_officer == world.open_review(release).assignee


def test_a_review_goes_to_whoever_reviewed_the_model_last(world: World) -> None:
    rule(world, OwnerRule.PREVIOUS_OWNER, stage=Stage.COMPLIANCE_REVIEW)
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert owner(world, release) is None
    claim(world.second_officer, release.pk, at=world.tick())
    send_back(world.second_officer, release.pk, Stage.VALIDATION, "Measure again.", at=world.tick())
    advance(world.lead, release.pk, message="Again.", at=world.tick())
    assert owner(world, release) == world.second_officer == world.open_review(release).assignee


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["round_robin", "least_loaded"])
def test_stages_that_begin_at_once_are_shared_out_evenly(name: str) -> None:
    world = World()
    rule(world, name)
    releases = [world.release_at(Stage.COMPLIANCE_REVIEW) for _ in range(4)]
    for release in releases:
        assign(world.admin, release.pk, world.officer, at=world.tick())
    at = world.tick()
    # Those who brought the work so far own nothing of it any more: the compliance stage is with the officer.
    results = at_once([partial(break_glass, world.admin, one.pk, "An outage.", at=at) for one in releases])
    assert not [one for one in results if isinstance(one, Exception)]
    assert Counter(owner(world, one) for one in releases) == {world.engineer: 2, world.colleague: 2}


# --- Claimed ahead ----------------------------------------------------------------------------------------------------


def test_a_deployment_is_claimed_from_the_brief_on_and_begins_with_its_owner(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    made = claim_early(world.colleague, release.pk, at=world.tick())
    assert claim_early(world.colleague, release.pk, at=world.tick()) == made
    for stage in (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT):
        world._bring(release, stage, world.engineer)
    spell = world.spell(release)
    assert (spell.owner, spell.began) == (world.colleague, Tenure.EARLY)
    made.refresh_from_db()
    assert (made.until, made.ended_because) == (spell.since, "the stage began")
    acts = AuditEvent.objects.filter(release_id=release.pk, act__startswith="owner.").order_by("sequence")
    assert [told(one).did for one in acts] == [
        "claimed deployment before it begins",
        "made Priya Raman the owner of deployment, who had claimed it ahead",
    ]


def test_who_came_late_is_told_who_has_it(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    claim_early(world.colleague, release.pk, at=world.tick())
    with pytest.raises(Conflict, match="Priya Raman was faster") as refusal:
        claim_early(world.engineer, release.pk, at=world.tick())
    assert refusal.value.code == "already_claimed"
    assert EarlyClaim.objects.get().person == world.colleague


@pytest.mark.parametrize("who", ["viewer", "officer", "auditor", "stranger"])
def test_only_who_may_own_a_deployment_claims_it_ahead(world: World, who: str) -> None:
    release = world.release_at(Stage.BRIEF, restricted=who == "stranger")
    with pytest.raises((NotPermitted, NotFound)):
        claim_early(getattr(world, who), release.pk, at=world.tick())
    with pytest.raises((NotPermitted, NotFound)):
        assign_early(getattr(world, who), release.pk, world.engineer, at=world.tick())
    assert not EarlyClaim.objects.exists()


def test_what_has_begun_is_not_claimed_ahead(world: World) -> None:
    for stage in (Stage.DEPLOYMENT, Stage.LIVE):
        release = world.release_at(stage)
        with pytest.raises(Conflict, match="does not lie ahead"):
            claim_early(world.colleague, release.pk, at=world.tick())
    release = world.release_at(Stage.BRIEF)
    with pytest.raises(Invalid, match="Only deployment is claimed before it begins"):
        claim_early(world.colleague, release.pk, Stage.VALIDATION, at=world.tick())


def test_a_lead_names_who_answers_in_place_of_somebody(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    claim_early(world.colleague, release.pk, at=world.tick())
    with pytest.raises(Conflict, match="Meanwhile Priya Raman answers for it"):
        assign_early(world.lead, release.pk, world.engineer, expected_owner=0, at=world.tick())
    with pytest.raises(Invalid, match="is not a lead or engineer"):
        assign_early(world.lead, release.pk, world.viewer, at=world.tick())
    assign_early(
        world.lead, release.pk, world.engineer, note="Knows it.", expected_owner=world.colleague.pk, at=world.tick()
    )
    first, second = EarlyClaim.objects.order_by("pk")
    assert (first.ended_because, second.person, second.until) == (
        "Marta Oliveira named Jonas Weber",
        world.engineer,
        None,
    )


def test_it_is_given_back_with_a_reason_by_who_has_it_or_a_lead(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    claim_early(world.colleague, release.pk, at=world.tick())
    with pytest.raises(NotPermitted):
        release_early(world.engineer, release.pk, "Mine.", at=world.tick())
    with pytest.raises(Invalid, match="Say why"):
        release_early(world.colleague, release.pk, " ", at=world.tick())
    release_early(world.colleague, release.pk, "On leave then.", at=world.tick())
    assert EarlyClaim.objects.get().ended_because == "On leave then."
    with pytest.raises(Conflict, match="Nobody has claimed"):
        release_early(world.colleague, release.pk, "Again.", at=world.tick())
    claim_early(world.engineer, release.pk, at=world.tick())
    release_early(world.lead, release.pk, "Has too much.", at=world.tick())
    assert AuditEvent.objects.filter(act="owner.release_early").count() == 2


def test_who_may_own_it_no_longer_leaves_a_vacancy_that_says_so(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim_early(world.colleague, release.pk, at=world.tick())
    # Taken out of the team behind the acts' back, as an import of people could.
    world.colleague.memberships.all().delete()
    world.approve(release)
    spell = world.spell(release)
    assert (spell.owner, spell.began, spell.note) == (None, Tenure.UNFIT, "Priya Raman had claimed it ahead")


def test_a_named_owner_goes_before_the_claim(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim_early(world.colleague, release.pk, at=world.tick())
    break_glass(world.lead, release.pk, "An outage.", next_owner=world.engineer, at=world.tick())
    assert owner(world, release) == world.engineer
    assert EarlyClaim.objects.get().ended_because == "the stage began, and Jonas Weber was named"


def test_a_killed_release_holds_nobody_to_it(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    claim_early(world.colleague, release.pk, at=world.tick())
    kill(world.lead, release.pk, "no_value", "Not worth it.", at=world.tick())
    assert EarlyClaim.objects.get().ended_because == "the release was killed"


@pytest.mark.parametrize("how", ["leaves the organisation", "leaves the team"])
def test_who_leaves_is_let_out_of_what_they_promised(world: World, how: str) -> None:
    ahead, offered = world.release_at(Stage.BRIEF), world.release_at(Stage.VALIDATION)
    claim_early(world.colleague, ahead.pk, at=world.tick())
    offer = offer_handover(world.engineer, offered.pk, world.colleague, "Half done.", at=world.tick())
    if how == "leaves the team":
        remove_member(world.lead, world.team, world.colleague, at=world.tick())
        why = "Priya Raman may own it no longer"
    else:
        deactivate_person(world.admin, world.colleague.pk, at=world.tick())
        why = "Priya Raman left the organisation"
    offer.refresh_from_db()
    assert (offer.state, offer.answer) == (OfferState.WITHDRAWN, why)
    assert EarlyClaim.objects.get().ended_because == why
    assert owner(world, offered) == world.engineer
    with pytest.raises(Conflict):
        accept_handover(world.colleague, offer.pk, at=world.tick())
    assert HandoverOffer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_who_claim_ahead_at_once_one_wins() -> None:
    world = World()
    people = [world.person(f"Engineer {number}", team_role=TeamRole.ENGINEER) for number in range(20)]
    release, at = world.release_at(Stage.BRIEF), world.tick()
    results = at_once([partial(claim_early, one, release.pk, at=at) for one in people])
    winners = [one for one in results if isinstance(one, EarlyClaim)]
    losers = [one for one in results if isinstance(one, Conflict)]
    assert (len(winners), len(losers)) == (1, 19)
    assert all(str(winners[0].person) in loser.message for loser in losers)
    assert AuditEvent.objects.filter(act="owner.claim_early").count() == 1
