"""Whose turn a review is: the advisers', the deciders', the requester's, or that of whoever stands in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance.acts.ownership import claim
from governance.acts.reviews import decide
from governance.models import ApproverGroup, Delegation, Feedback, GroupMember, Review
from governance.turns import Turn, TurnKind, whose_turn
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tests.world import World


def group(name: str, *people: Person) -> ApproverGroup:
    made = ApproverGroup.objects.create(slug=name.lower(), name=name)
    for person in people:
        GroupMember.objects.create(group=made, person=person)
    return made


def turn_of(review: Review, world: World) -> Turn:
    found = Review.objects.select_related("requested_by", "assignee").get(pk=review.pk)
    return whose_turn([found], world.now)[review.pk]


def waiting(world: World, **changes: Any) -> Review:
    """A review in the state that the given columns make of it."""
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    Review.objects.filter(pk=review.pk).update(**changes)
    return Review.objects.get(pk=review.pk)


def test_a_review_that_nobody_took_waits_for_any_officer(world: World) -> None:
    assert turn_of(waiting(world), world) == Turn(
        TurnKind.FREE,
        "Waiting for a decision of a compliance officer",
        (world.second_officer, world.officer),
        ("compliance-officers",),
    )


def test_the_owner_of_the_stage_is_named_before_the_others_that_the_quorum_asks_for(world: World) -> None:
    group("Legal", world.stranger)
    quorums = [{"group": "compliance-officers", "quorum": 2}, {"group": "legal", "quorum": 1}]
    review = waiting(world, quorums=quorums)
    claim(world.officer, review.release_id, at=world.tick())
    turn = turn_of(review, world)
    assert turn.words == "Waiting for a decision of Samuel Okafor, one more compliance officer and 1 of Legal"
    assert (turn.kind, turn.people) == (TurnKind.TAKEN, (world.officer,))
    digest = world.digest(review.release)
    world.verify(review.release)
    decide(world.officer, review.pk, "approve", "Holds.", seen_digest=digest, at=world.tick())
    if world.visit(review.release).stage == Stage.COMPLIANCE_REVIEW:
        after = turn_of(review, world)
        assert after.words == "Waiting for a decision of a compliance officer and 1 of Legal"
        assert after.people == (world.second_officer, world.stranger)


def test_advisers_who_have_not_spoken_come_first(world: World) -> None:
    group("Legal", world.stranger, world.auditor)
    group("Privacy", world.colleague)
    review = waiting(world, feedback_groups=["legal", "privacy"])
    assert turn_of(review, world).words == "Waiting for feedback of Legal and Privacy"
    Feedback.objects.create(
        review=review, group="legal", person=world.stranger, stance="concern", text="One clause.", dossier_digest="x"
    )
    turn = turn_of(review, world)
    assert turn == Turn(TurnKind.FEEDBACK, "Waiting for feedback of Privacy", (world.colleague,), ("privacy",))


def test_after_changes_were_asked_for_it_is_the_requesters_turn(world: World) -> None:
    review = waiting(world)
    digest = world.digest(review.release)
    world.verify(review.release)
    decide(world.officer, review.pk, "request_changes", "The card is thin.", seen_digest=digest, at=world.tick())
    turn = turn_of(review, world)
    assert (turn.kind, turn.people) == (TurnKind.REQUESTER, (world.engineer,))


def test_who_is_away_is_stood_in_for_between_the_dates_only(world: World) -> None:
    review = waiting(world)
    claim(world.officer, review.release_id, at=world.tick())
    Delegation.objects.create(
        delegator=world.officer,
        deputy=world.second_officer,
        starts_at=world.now + timedelta(days=1),
        ends_at=world.now + timedelta(days=8),
        reason="On leave.",
    )
    assert turn_of(review, world).people == (world.officer,)
    world.tick(timedelta(days=2))
    turn = turn_of(review, world)
    assert turn.words == "Waiting for a decision of Elena Rossi for Samuel Okafor"
    assert turn.people == (world.second_officer,)
    world.tick(timedelta(days=7))
    assert turn_of(review, world).people == (world.officer,)


@pytest.mark.parametrize("count", [1, 6])
def test_a_page_of_reviews_costs_the_same_as_one(world: World, django_assert_max_num_queries: Any, count: int) -> None:
    group("Legal", world.stranger)
    for number in range(count):
        waiting(world, feedback_groups=["legal"] if number % 2 else [])
    reviews = list(Review.objects.select_related("requested_by", "assignee"))
    with django_assert_max_num_queries(6):
        assert len(whose_turn(reviews, world.now)) == count
