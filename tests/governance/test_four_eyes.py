"""Four eyes is one rule, whether it is asked of one review, of a page of them, or of everybody with a hand in one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.early import claim_early
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.ownership import assign, claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.tiers import lower_tier
from governance.acts.transitions import break_glass
from governance.four_eyes import TIES, barred, bars, sentence, with_bar
from governance.models import Review
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, ModelVersion, Person, RegisteredModel, Release
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, TeamRole
from tests.world import COMPLETE_BRIEF, DIGEST, World


def join_team(world: World, person: Person) -> None:
    Membership.objects.create(team=world.team, person=person, role=TeamRole.ENGINEER)


def leave_team(person: Person) -> None:
    Membership.objects.filter(person=person).delete()


def _owned(world: World) -> Release:
    release = world.release_at(Stage.VALIDATION)
    assign(world.lead, release.pk, world.officer, at=world.tick())
    assign(world.lead, release.pk, world.engineer, at=world.tick())
    world._bring(release, Stage.COMPLIANCE_REVIEW, world.engineer)
    return release


def _ahead(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim_early(world.officer, release.pk, at=world.tick())
    return release


def _named(world: World) -> Release:
    """The officer added the artefact for an earlier release; somebody else names it for this one."""
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    other: dict[str, Any] = {"uri": "models:/other/2", "digest": "sha256:" + "ef" * 32}
    ModelVersion.objects.create(model=release.model, number=7, added_by=world.officer, added_at=world.now, **other)
    name_candidate(world.engineer, release.pk, **other, at=world.tick())
    return release


def _replaced(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    name_candidate(world.officer, release.pk, uri="models:/other/2", digest="sha256:" + "ef" * 32, at=world.tick())
    name_candidate(world.engineer, release.pk, uri="models:/other/3", digest="sha256:" + "f0" * 32, at=world.tick())
    return release


def _chosen_again(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    first: dict[str, Any] = {"uri": f"models:/{release.model.slug}/1", "digest": DIGEST}
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="sha256:" + "ef" * 32, at=world.tick())
    assert name_candidate(world.officer, release.pk, **first, at=world.tick()).added_by == world.engineer
    return release


def _wrote(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    amend_brief(world.officer, release.pk, "Spelling.", at=world.tick())
    save_brief(world.engineer, release.pk, COMPLETE_BRIEF, at=world.tick())
    sign_brief(world.engineer, release.pk, at=world.tick())
    return release


def _signed(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    amend_brief(world.engineer, release.pk, "Spelling.", at=world.tick())
    sign_brief(world.officer, release.pk, at=world.tick())
    return release


def _attached(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    attach_evidence(world.officer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    return release


def _lowered(world: World) -> Release:
    release = world.release_at(Stage.VALIDATION, tier=RiskTier.HIGH)
    lower_tier(world.officer, release.model_id, "low", "Nobody is decided about.", at=world.tick())
    world._bring(release, Stage.COMPLIANCE_REVIEW, world.engineer)
    return release


def _registered(world: World) -> Release:
    # Registering makes an owner of the first stage: set by hand, so that this tie is seen by itself.
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    RegisteredModel.objects.filter(pk=release.model_id).update(created_by=world.officer)
    return release


def _requested(world: World) -> Release:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    break_glass(world.admin, release.pk, "An outage.", at=world.tick())
    return release


HANDS: dict[str, tuple[str, Callable[[World], Release]]] = {
    "owned": ("You owned a stage of this release, so somebody else has to decide.", _owned),
    "ahead": ("You claimed its deployment ahead, so somebody else has to decide.", _ahead),
    "wrote": ("You wrote the brief, so somebody else has to decide.", _wrote),
    "signed": ("You signed the brief, so somebody else has to decide.", _signed),
    "named": ("You added the candidate, so somebody else has to decide.", _named),
    "chose": ("You named a candidate of this release, so somebody else has to decide.", _replaced),
    "chose again": ("You named a candidate of this release, so somebody else has to decide.", _chosen_again),
    "attached": ("You attached evidence to this release, so somebody else has to decide.", _attached),
    "tier": ("You set the risk tier of this model, so somebody else has to decide.", _lowered),
    "registered": ("You registered this model, so somebody else has to decide.", _registered),
}


@pytest.mark.parametrize("hand", HANDS)
def test_whoever_had_a_hand_in_a_release_may_not_decide_on_it(world: World, hand: str) -> None:
    said, walk = HANDS[hand]
    join_team(world, world.officer)
    release = walk(world)
    leave_team(world.officer)
    review = world.open_review(release)
    assert bars(world.officer, review) == said
    assert bars(world.second_officer, review) == ""
    with pytest.raises(IntegrityError, match="Nobody decides on what they had a hand in"), transaction.atomic():
        insert_decision(review, world.officer)
    insert_decision(review, world.second_officer)


def insert_decision(review: Review, officer: Person) -> None:
    """As somebody with the database's password would, and without a word on who owned, wrote or asked."""
    now = "2026-06-08 09:00:00+00:00"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO governance_decision (review_id, officer_id, outcome, reason, dossier_digest, groups, controls,"
            " signature, decided_at) VALUES (%s, %s, 'approve', 'Mine.', 'sha256:0', '[]', '{}', '{}', %s)",
            [review.pk, officer.pk, now],
        )


def test_every_tie_is_tried_above() -> None:
    """The database has the ties in words of its own, so a new one needs its line there."""
    assert {hand.removesuffix(" again") for hand in HANDS} == {tie.code for tie in TIES} - {"requested"}


def test_the_guard_that_reads_other_tables_steps_aside_while_they_are_migrated(world: World) -> None:
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    emit_pre_migrate_signal(0, False, connection.alias)
    with transaction.atomic():
        insert_decision(review, world.engineer)
        transaction.set_rollback(True)
    for _ in range(2):
        emit_post_migrate_signal(0, False, connection.alias)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_decision(review, world.engineer)


def test_a_request_after_broken_glass_bars_whoever_broke_it(world: World) -> None:
    review = world.open_review(_requested(world))
    assert bars(world.admin, review) == "You requested this review, so somebody else has to decide."
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_decision(review, world.admin)
    assert bars(world.officer, review) == ""


def test_a_member_of_the_team_may_decide_only_where_the_policy_allows_it(world: World) -> None:
    strict = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    lenient_rules: dict[str, Any] = {**DEFAULT_RULES, "approver_outside_team": False}
    publish_policy(
        world.officer, draft_policy(world.admin, lenient_rules, "Trust.", at=world.tick()).pk, at=world.tick()
    )
    lenient = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    join_team(world, world.officer)
    assert (
        bars(world.officer, strict) == "You belong to Payments risk; the policy wants a decision from outside the team."
    )
    assert bars(world.officer, lenient) == ""


def test_a_policy_that_does_not_speak_of_teams_forbids_its_own_members(world: World) -> None:
    silent = {key: value for key, value in DEFAULT_RULES.items() if key != "approver_outside_team"}
    publish_policy(world.officer, draft_policy(world.admin, silent, "Short.", at=world.tick()).pk, at=world.tick())
    review = world.open_review(world.release_at(Stage.COMPLIANCE_REVIEW))
    join_team(world, world.officer)
    assert bars(world.officer, review).startswith("You belong to Payments risk")


def test_owning_the_review_itself_is_no_bar(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim(world.officer, release.pk, at=world.tick())
    assert bars(world.officer, world.open_review(release)) == ""


def test_one_query_answers_for_a_page_of_reviews_as_each_alone(world: World) -> None:
    join_team(world, world.officer)
    for walk in (_owned, _named, _attached, _requested):
        walk(world)
    leave_team(world.officer)
    world.release_at(Stage.COMPLIANCE_REVIEW)
    for person in (world.officer, world.second_officer, world.engineer, world.admin):
        with CaptureQueriesContext(connection) as captured:
            together = {row.pk: row.bar for row in with_bar(Review.objects.all(), person)}
        assert len(captured) == 1
        alone = {review.pk: bars(person, review) for review in Review.objects.select_related("release__model__team")}
        assert {key: sentence(bar, "Payments risk") for key, bar in together.items()} == alone


def test_everybody_with_a_hand_is_named_once_with_their_first_tie(world: World) -> None:
    join_team(world, world.officer)
    review = world.open_review(_attached(world))
    assert [(found.person, found.did) for found in barred(review)] == [
        (world.engineer, "requested this review"),
        (world.officer, "attached evidence to this release"),
    ]


def test_the_list_of_barred_people_is_the_rule_itself(world: World) -> None:
    join_team(world, world.officer)
    for walk in (_owned, _named, _attached, _requested):
        review = world.open_review(walk(world))
        named = {found.person.pk for found in barred(review)}
        leave_team(world.officer)
        held_back = {person.pk for person in Person.objects.all() if bars(person, review) and _is_tied(person, review)}
        join_team(world, world.officer)
        assert named == held_back


def _is_tied(person: Person, review: Review) -> bool:
    found = with_bar(Review.objects.filter(pk=review.pk), person).get()
    return found.bar in {tie.code for tie in TIES}
