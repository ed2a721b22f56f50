"""Bring open releases under the version in force; one that is left alone keeps the version its stage began with."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance import deadlines, permissions
from governance.acts.locks import current_spell, locked_release, moment, not_before, open_visit
from governance.acts.steps import asked_of_review
from governance.acts.visits import policy_in_force
from governance.approvers import group_names
from governance.deadlines import rules_of
from governance.errors import Conflict, NotFound, invalid
from governance.models import Feedback, Policy, PolicyStatus, Review, StageVisit
from governance.policy import BUDGETED_STAGES
from governance.policy_difference import stage_differences
from governance.trail import writers
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, Stage, VisitState


@dataclass(frozen=True, slots=True)
class Stayed:
    """A release that was not moved, and why."""

    release: str
    why: str


@dataclass(frozen=True, slots=True)
class Moves:
    """What came of it: the releases that went over, and those that stayed."""

    moved: tuple[str, ...]
    stayed: tuple[Stayed, ...]


def move_to_policy(
    actor: Person, policy_id: int, release_ids: Collection[int], reason: str, *, at: datetime | None = None
) -> Moves:
    """Judge the open visits of these releases by the version in force from now on. Ends and begins nothing.

    Their clocks are counted anew and an open review asks what the version asks; approvals bind to a version and have to
    be given again. Each release is a transaction of its own, so that many never hold up the others: what is done twice
    or was cut short does the rest, and a release that went on meanwhile stays, and says so.
    """
    at = moment(at)
    permissions.write_policy(actor)
    if not reason.strip():
        raise invalid("reason", "Say why; it is on the trail of every release that is moved.")
    policy = _in_force(policy_id)
    names, moved, stayed = group_names(), [], []
    for release_id in sorted(set(release_ids)):
        with transaction.atomic():
            visit, why = _locked(release_id, policy)
            if visit is None or why:
                stayed.append(Stayed(str(visit.release) if visit else f"Release {release_id}", why))
                continue
            before, visit.policy = visit.policy, policy
            visit.save(update_fields=["policy"])
            _count_anew(visit, not_before(at, visit.entered_at))
            place = RiskTier(visit.tier), Stage(visit.stage)
            changed = stage_differences(*place, rules_of(before), rules_of(policy), names)
            writers.policy_taken(visit, before, reason.strip(), [str(one) for one in changed], actor, at)
            moved.append(str(visit.release))
    return Moves(tuple(moved), tuple(stayed))


def _in_force(policy_id: int) -> Policy:
    policy = Policy.objects.filter(pk=policy_id).first()
    if policy is None:
        raise NotFound
    if policy.status != PolicyStatus.PUBLISHED:
        raise Conflict(f"{policy} is a draft.", remedy="A second person publishes it first.")
    if (newest := policy_in_force()) != policy:
        raise Conflict(f"{newest} is in force now.", remedy="Move the releases to that one.")
    return policy


def _locked(release_id: int, policy: Policy) -> tuple[StageVisit | None, str]:
    """The open visit, locked, and why it stays where it is; no reason where it can go over."""
    try:
        visit = open_visit(locked_release(release_id))
    except NotFound:
        return None, "There is no such release."
    if visit.state != VisitState.UNDERWAY:
        return visit, f"It is {visit.state}; when it is reopened, it begins under the version in force then."
    if Stage(visit.stage) not in BUDGETED_STAGES:
        return visit, f"It is {Stage(visit.stage).label.lower()}, where no policy asks for anything."
    if visit.policy_id == policy.pk:
        return visit, f"It is under version {policy.version} already, in {Stage(visit.stage).label.lower()}."
    if visit.policy.version > policy.version:
        return visit, f"It went on meanwhile, under version {visit.policy.version}."
    return visit, ""


def _count_anew(visit: StageVisit, at: datetime) -> None:
    """The clocks of stage and vacancy, and what an open review asks, by the visit's policy."""
    deadlines.refresh(visit, at)
    spell = current_spell(visit)
    if spell is not None and spell.owner_id is None:
        deadlines.hint_vacancy(spell, visit, at)
        spell.save(update_fields=["stalls_at", "notice_at"])
    review = (
        Review.objects.select_for_update().filter(visit=visit, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN).first()
    )
    if review is not None:
        _ask_anew(review, visit, at)


def _ask_anew(review: Review, visit: StageVisit, at: datetime) -> None:
    asked = asked_of_review(rules_of(visit.policy).stage(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW))
    heard = set(Feedback.objects.filter(review=review).values_list("group", flat=True))
    waited_for = set(asked["feedback_groups"]) - set(review.feedback_groups)
    if waited_for - heard:
        review.feedback_closed_at = None  # a group that was not asked before has not spoken
    elif review.waits_for_feedback and set(asked["feedback_groups"]) <= heard:
        review.feedback_closed_at = not_before(at, review.requested_at)
    for name, value in asked.items():
        setattr(review, name, value)
    if visit.stage == Stage.COMPLIANCE_REVIEW:
        review.due_at = visit.stalls_at
    review.save(update_fields=[*asked, "feedback_closed_at", "due_at"])
