"""Publishing a policy that people can satisfy, and bringing open releases under it."""

from __future__ import annotations

from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.policy_moves import Stayed, move_to_policy
from governance.acts.reviews import decide
from governance.acts.transitions import park
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import ApproverGroup, AuditEvent, Feedback, GroupMember, Policy, PolicyStatus
from governance.policy import DEFAULT_RULES
from governance.trail import verify
from models_registry.models import Membership
from models_registry.vocabulary import RiskTier, Stage, Stance, TeamRole
from tests.world import World


def rules(tier: str = "low", stage: str = "compliance_review", **changes: Any) -> dict[str, Any]:
    """The default rules with this changed in one stage of one tier."""
    changed = deepcopy(DEFAULT_RULES)
    changed["tiers"][tier][stage] |= changes
    return changed


def draft(world: World, raw: dict[str, Any]) -> Policy:
    return draft_policy(world.admin, raw, "Another way.", at=world.tick())


def published(world: World, raw: dict[str, Any]) -> Policy:
    return publish_policy(world.officer, draft(world, raw).pk, at=world.tick())


def group(slug: str, *people: Any) -> ApproverGroup:
    made = ApproverGroup.objects.create(slug=slug, name=slug.capitalize())
    GroupMember.objects.bulk_create([GroupMember(group=made, person=person) for person in people])
    return made


# --- Publishing -----------------------------------------------------------------------------------------------------


def test_a_quorum_larger_than_its_group_is_drafted_and_not_published(world: World) -> None:
    found = draft(world, rules("high", approvals=3))
    with pytest.raises(Invalid) as refused:
        publish_policy(world.officer, found.pk, at=world.tick())
    assert str(refused.value) == (
        "Nobody could ever satisfy this policy. High risk, approvers: 3 people of Compliance officers have to approve, "
        "and it has 2. Add people to it, or ask for 2 at most."
    )
    found.refresh_from_db()
    assert found.status == PolicyStatus.DRAFT
    assert not AuditEvent.objects.filter(act="policy.publish", subject=f"policy:{found.pk}").exists()


def test_a_group_counts_its_people_who_can_still_act(world: World) -> None:
    made = group("legal", world.colleague, world.auditor)
    found = draft(world, rules(approvers=[{"group": "legal", "quorum": 2}]))
    with pytest.raises(Invalid, match="2 people of Legal have to approve, and it has 1"):
        publish_policy(world.officer, found.pk, at=world.tick())
    GroupMember.objects.create(group=made, person=world.admin)
    GroupMember.objects.create(group=made, person=world.stranger)
    assert publish_policy(world.officer, found.pk, at=world.tick()).status == PolicyStatus.PUBLISHED


def test_approvers_who_are_all_of_the_team_are_refused_by_its_name(world: World) -> None:
    world.release_at(Stage.BRIEF)
    for officer in (world.officer, world.second_officer):
        Membership.objects.create(team=world.team, person=officer, role=TeamRole.VIEWER)
    with pytest.raises(Invalid, match="A low-risk release of Payments risk could never be approved"):
        published(world, rules())
    mates = rules(team_mates_may_approve=True)
    assert published(world, mates).status == PolicyStatus.PUBLISHED


# --- Moving ---------------------------------------------------------------------------------------------------------


def test_a_release_keeps_its_version_until_it_is_moved_and_then_its_clock_is_the_new_one(world: World) -> None:
    moved, left = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    entered, due = world.visit(moved).entered_at, world.visit(moved).stalls_at
    policy = published(world, rules(stage="validation", budget_days="2"))
    assert world.visit(moved).stalls_at == due
    outcome = move_to_policy(world.officer, policy.pk, [moved.pk], "The regulator asks for it.", at=world.tick())
    assert (outcome.moved, outcome.stayed) == ((str(moved),), ())
    visit = world.visit(moved)
    assert (visit.policy, visit.entered_at) == (policy, entered)
    assert visit.stalls_at is not None
    assert due is not None
    assert visit.stalls_at < due - timedelta(days=7)
    assert (world.visit(left).policy.version, world.visit(left).stalls_at is not None) == (1, True)
    told = AuditEvent.objects.filter(release_id=moved.pk).latest("sequence")
    assert (told.act, told.actor_name) == ("policy.move", str(world.officer))
    assert told.detail["changed"] == ["Low risk, validation: time budget 10 days → 2 days"]
    assert (told.detail["before"], told.detail["after"]) == (1, 2)
    assert told.detail["reason"] == "The regulator asks for it."
    assert verify().holds


def test_a_move_ends_nothing_and_an_open_review_asks_what_the_version_asks(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    claim(world.officer, release.pk, at=world.tick())
    review, visit = world.open_review(release), world.visit(release)
    assert (review.approvals_needed, review.quorums) == (1, [{"group": "compliance-officers", "quorum": 1}])
    group("legal", world.colleague, world.stranger)
    group("works-council", world.viewer)
    asked = [{"group": "compliance-officers", "quorum": 2}, {"group": "legal", "quorum": 1}]
    policy = published(world, rules(approvers=asked, feedback=["works-council"], budget_days="1"))
    move_to_policy(world.officer, policy.pk, [release.pk], "Legal has to see it.", at=world.tick())
    review.refresh_from_db()
    assert (review.approvals_needed, review.quorums, review.feedback_groups) == (2, asked, ["works-council"])
    assert review.waits_for_feedback
    assert world.visit(release).pk == visit.pk
    assert review.due_at == world.visit(release).stalls_at
    assert world.spell(release).owner == world.officer


def test_feedback_that_was_given_is_not_waited_for_again(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    group("works-council", world.viewer)
    group("legal", world.colleague)
    first = published(world, rules(feedback=["works-council", "legal"]))
    move_to_policy(world.officer, first.pk, [release.pk], "Hear them.", at=world.tick())
    review = world.open_review(release)
    Feedback.objects.create(
        review=review, group="legal", person=world.colleague, stance=Stance.NO_OBJECTION, text="Fine.",
        dossier_digest=world.digest(release), given_at=world.tick(),
    )  # fmt: skip
    second = published(world, rules(feedback=["legal"]))
    move_to_policy(world.officer, second.pk, [release.pk], "Legal is enough.", at=world.tick())
    review.refresh_from_db()
    assert (review.feedback_groups, review.waits_for_feedback) == (["legal"], False)


def test_an_approval_of_the_old_version_does_not_count_for_the_new_one(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    review, seen = world.open_review(release), world.digest(release)
    world.verify(release)
    decide(world.officer, review.pk, "approve", "Meets the policy.", seen_digest=seen, at=world.tick())
    policy = published(world, rules("high", validity_months=12))
    move_to_policy(world.second_officer, policy.pk, [release.pk], "It shall lapse.", at=world.tick())
    assert world.digest(release) != seen
    with pytest.raises(Conflict, match="The dossier changed"):
        decide(world.second_officer, review.pk, "approve", "Meets it.", seen_digest=seen, at=world.tick())


def test_who_went_on_meanwhile_stays_and_is_named_and_a_second_time_changes_nothing(world: World) -> None:
    validating, parked, live = (
        world.release_at(Stage.VALIDATION),
        world.release_at(Stage.BRIEF),
        world.release_at(Stage.LIVE),
    )
    park(world.lead, parked.pk, "priority_change", "Other work first.", at=world.tick())
    policy = published(world, rules(stage="validation", budget_days="2"))
    started = world.release_at(Stage.BRIEF)
    chosen = [validating.pk, parked.pk, live.pk, started.pk, 999_999]
    outcome = move_to_policy(world.officer, policy.pk, chosen, "Same for all.", at=world.tick())
    assert outcome.moved == (str(validating),)
    assert outcome.stayed == (
        Stayed(str(parked), "It is parked; when it is reopened, it begins under the version in force then."),
        Stayed(str(live), "It is live, where no policy asks for anything."),
        Stayed(str(started), "It is under version 2 already, in brief."),
        Stayed("Release 999999", "There is no such release."),
    )
    count = AuditEvent.objects.count()
    again = move_to_policy(world.second_officer, policy.pk, [validating.pk], "Same for all.", at=world.tick())
    assert again.moved == ()
    assert again.stayed[0].why == "It is under version 2 already, in validation."
    assert AuditEvent.objects.count() == count


def test_releases_are_moved_to_the_version_in_force_only_and_by_who_writes_policies(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    second = published(world, rules(approvals=2))
    waiting = draft(world, rules())
    with pytest.raises(Conflict, match="is a draft"):
        move_to_policy(world.officer, waiting.pk, [release.pk], "Now.", at=world.tick())
    publish_policy(world.officer, waiting.pk, at=world.tick())
    with pytest.raises(Conflict, match="Policy version 3 is in force now"):
        move_to_policy(world.officer, second.pk, [release.pk], "Now.", at=world.tick())
    for person in (world.lead, world.auditor, world.stranger):
        with pytest.raises(NotPermitted):
            move_to_policy(person, waiting.pk, [release.pk], "Now.", at=world.tick())
    with pytest.raises(Invalid, match="Say why"):
        move_to_policy(world.officer, waiting.pk, [release.pk], " ", at=world.tick())
    assert world.visit(release).policy.version == 1
