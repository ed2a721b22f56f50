"""Reviews given by rule: fair, to nobody with a tie or away, and one person for stage and review."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from governance.acts.assignment import assign_review, take_review
from governance.acts.delegations import delegate
from governance.acts.organisation import deactivate_person
from governance.acts.ownership import accept_handover, assign, claim, offer_handover, step_down
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.transitions import advance, break_glass
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import AuditEvent, Review, Tenure
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import OrgRole, ReviewKind, Stage, TeamRole
from tests.tracker.test_stalls_races import at_once
from tests.world import World

DAY = timedelta(days=1)


def rule(world: World, name: str) -> None:
    rules: dict[str, Any] = {**deepcopy(DEFAULT_RULES), "assignment": name}
    draft = draft_policy(world.officer, rules, f"Assignment: {name}.", at=world.tick())
    publish_policy(world.admin, draft.pk, at=world.tick())


def given(world: World, release: Release) -> Person | None:
    """Whom the review was given to; the stage has the same owner."""
    review = world.open_review(release)
    assert review.assignee == world.spell(release).owner
    assert (review.assigned_at is None) == (review.assignee is None)
    return review.assignee


def test_without_a_rule_a_review_begins_as_a_vacancy_that_is_seen(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assert given(world, release) is None
    claim(world.officer, release.pk, at=world.tick())
    assert given(world, release) == world.officer


def test_round_robin_gives_to_each_in_turn_and_says_so_on_the_trail(world: World) -> None:
    rule(world, "round_robin")
    releases = [world.release_at(Stage.COMPLIANCE_REVIEW) for _ in range(4)]
    officers = [given(world, release) for release in releases]
    assert officers == [world.second_officer, world.officer, world.second_officer, world.officer]
    spell = world.spell(releases[0])
    assert (spell.began, spell.stalls_at, spell.notice_at) == (Tenure.BY_RULE, None, None)
    event = AuditEvent.objects.get(act="review.assign", release_id=releases[0].pk)
    assert (event.actor_name, event.detail["after"], event.detail["rule"]) == (
        "Throughline",
        "Elena Rossi",
        "round_robin",
    )


def test_the_least_loaded_has_the_fewest_open_reviews(world: World) -> None:
    first, second = (world.release_at(Stage.COMPLIANCE_REVIEW) for _ in range(2))
    for release in (first, second):
        claim(world.second_officer, release.pk, at=world.tick())
    rule(world, "least_loaded")
    assert [given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) for _ in range(2)] == [world.officer] * 2
    assert given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) == world.second_officer


def test_nobody_with_a_tie_is_given_a_review(world: World) -> None:
    Membership.objects.create(team=world.team, person=world.second_officer, role=TeamRole.ENGINEER)
    rule(world, "round_robin")
    assert [given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) for _ in range(2)] == [world.officer] * 2


def test_who_is_away_is_passed_over_unless_somebody_free_stands_in(world: World) -> None:
    rule(world, "round_robin")
    third = world.person("Abel Noor", role=OrgRole.COMPLIANCE_OFFICER)
    delegate(third, world.officer, world.now, world.now + 30 * DAY, "On leave.", at=world.now)
    assert given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) == third
    deactivate_person(world.admin, world.officer.pk, despite=True, at=world.tick())
    later = [given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) for _ in range(2)]
    assert later == [world.second_officer] * 2


def test_a_rule_that_finds_nobody_leaves_the_vacancy(world: World) -> None:
    for officer in (world.officer, world.second_officer):
        Membership.objects.create(team=world.team, person=officer, role=TeamRole.ENGINEER)
    rule(world, "round_robin")
    assert given(world, world.release_at(Stage.COMPLIANCE_REVIEW)) is None


def test_the_review_goes_where_its_stage_goes(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    assign(world.lead, release.pk, world.officer, at=world.tick())
    assert given(world, release) == world.officer
    offer = offer_handover(world.officer, release.pk, world.second_officer, "Please.", at=world.tick())
    accept_handover(world.second_officer, offer.pk, at=world.tick())
    assert given(world, release) == world.second_officer
    step_down(world.second_officer, release.pk, "Too much at once.", at=world.tick())
    assert given(world, release) is None


def looked_back_at(world: World) -> Review:
    """An open review in retrospect, which no stage is owned with."""
    release = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, release.pk, "The backlog cannot wait.", at=world.tick())
    return Review.objects.get(release=release, kind=ReviewKind.RETROSPECTIVE)


def test_a_look_back_is_taken_by_one_officer_and_given_to_another(world: World) -> None:
    review = looked_back_at(world)
    with pytest.raises(NotPermitted):
        take_review(world.lead, review.pk, at=world.tick())
    taken = take_review(world.officer, review.pk, at=world.tick())
    assert take_review(world.officer, review.pk, at=world.tick()).assigned_at == taken.assigned_at
    with pytest.raises(Conflict, match="Samuel Okafor was faster"):
        take_review(world.second_officer, review.pk, at=world.tick())
    with pytest.raises(Conflict, match="Meanwhile Samuel Okafor"):
        assign_review(world.admin, review.pk, world.second_officer, expected_assignee=0, at=world.tick())
    with pytest.raises(Invalid, match="cannot decide it"):
        assign_review(world.admin, review.pk, world.lead, at=world.tick())
    assign_review(world.admin, review.pk, world.second_officer, at=world.tick())
    deactivate_person(world.admin, world.second_officer.pk, despite=True, at=world.tick())
    review.refresh_from_db()
    assert (review.assignee, review.assigned_at) == (None, None)
    acts = AuditEvent.objects.filter(release_id=review.release_id, act__startswith="review.")
    assert [event.act for event in acts][-3:] == ["review.take", "review.assign", "review.give_up"]


def test_a_review_with_a_stage_is_claimed_with_it(world: World) -> None:
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    with pytest.raises(Conflict, match="decided with its stage"):
        take_review(world.officer, review.pk, at=world.tick())


@pytest.mark.django_db(transaction=True)
def test_two_releases_that_enter_at_the_same_moment_go_to_two_officers(world: World) -> None:
    rule(world, "round_robin")
    ready = [world.release_at(Stage.VALIDATION) for _ in range(4)]
    for release in ready:
        world.prove(release)
    moment = world.tick()
    at_once(*[lambda release=release: advance(world.engineer, release.pk, at=moment) for release in ready])
    owners = Counter(given(world, release) for release in ready)
    assert owners == {world.officer: 2, world.second_officer: 2}
