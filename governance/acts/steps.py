"""Steps that several acts share: into the next stage, and the reviews that open and close on the way.

The callers hold the release's lock and have asked who may; nothing outside this folder calls these.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from governance.acts.assignment import give_by_rule
from governance.acts.locks import not_before
from governance.acts.visits import Arrival, enter, first_owner, leave, tell_appointed
from governance.deadlines import business_calendar, rules_of
from governance.gates import Check
from governance.models import Departure, Review, StageVisit, Tenure
from governance.policy import StageRule
from governance.trail import review_writers, writers
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, Stage


def step_forward(
    visit: StageVisit,
    target: Stage,
    *,
    actor: Person,
    at: datetime,
    owner: Person | None,
    message: str = "",
    broken: bool = False,
    warnings: Sequence[Check] = (),
) -> StageVisit:
    """The move itself; the caller has judged the gate and holds the locks. Opens the review of a review stage.

    `warnings`: what was unmet at a gate that only warns.
    """
    release = visit.release
    at = leave(visit, Departure.ADVANCED, actor=actor, at=at)
    began = Tenure.CARRIED if owner else Tenure.ENTERED
    entered = enter(release, Arrival(target, Departure.ADVANCED), actor=actor, at=at, owner=owner, began=began)
    owner = first_owner(entered)
    warned = {"warnings": writers.unmet_of(warnings)} if warnings else {}
    writers.moved(
        "stage.advance", release, visit, entered, actor, at, owner=str(owner) if owner else None, glass=broken, **warned
    )
    tell_appointed(entered, at)
    if target == Stage.COMPLIANCE_REVIEW:
        open_review(entered, actor, message, at)
    return entered


def open_review(visit: StageVisit, actor: Person, message: str, at: datetime) -> Review:
    """Open the approval review of a visit; the caller holds the release's lock and has asked who may.

    In compliance review it is due when the stage is; elsewhere, where nothing waits for it, after as much time.
    """
    rules = rules_of(visit.policy).stage(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW)
    review = Review.objects.create(
        release=visit.release,
        visit=visit,
        kind=ReviewKind.APPROVAL,
        requested_by=actor,
        requested_at=at,
        message=message.strip(),
        due_at=visit.stalls_at if visit.stage == Stage.COMPLIANCE_REVIEW else _review_time(visit, at),
        **asked_of_review(rules),
    )
    review_writers.review_requested(review, actor, at)
    give_by_rule(review, visit, at)
    return review


def asked_of_review(rules: StageRule) -> dict[str, Any]:
    """What the policy asks of a review, as the review's row keeps it."""
    return {
        "approvals_needed": max(rules.approvals, 1),
        "quorums": [{"group": one.group, "quorum": one.quorum} for one in rules.approvers],
        "feedback_groups": list(rules.feedback),
    }


def _review_time(visit: StageVisit, at: datetime) -> datetime | None:
    calendar = business_calendar(visit.release.model.team.calendar)
    rules = rules_of(visit.policy)
    budget = rules.budget_seconds(RiskTier(visit.tier), Stage.COMPLIANCE_REVIEW, calendar.day_seconds)
    return None if budget is None else calendar.add(at, budget)


def open_retrospective(visit: StageVisit, actor: Person, message: str, at: datetime, due: datetime) -> Review:
    """Open the dated look back that broken glass owes; an older one that is still open is closed in its favour."""
    for older in Review.objects.filter(
        release=visit.release, kind=ReviewKind.RETROSPECTIVE, state=ReviewState.OPEN
    ).select_related("release"):
        close_review(
            older, ReviewState.WITHDRAWN, actor, at, why="glass was broken again; the newer review covers both"
        )
    review = Review.objects.create(
        release=visit.release,
        visit=visit,
        kind=ReviewKind.RETROSPECTIVE,
        requested_by=actor,
        requested_at=at,
        message=message,
        due_at=due,
    )
    review_writers.review_requested(review, actor, at)
    give_by_rule(review, visit, at)
    return review


def close_review(
    review: Review,
    state: ReviewState,
    actor: Person | None,
    at: datetime,
    *,
    why: str,
    expires_at: datetime | None = None,
) -> None:
    """Close a review in this state, whose release the caller has locked. An approval may have an end."""
    review.state, review.closed_at, review.expires_at = state, not_before(at, review.requested_at), expires_at
    review.save(update_fields=["state", "closed_at", "expires_at"])
    review_writers.review_closed(review, actor, at, why=why)


def end_approval(
    review: Review, state: ReviewState, actor: Person | None, at: datetime, ended: datetime, why: str
) -> None:
    """Record that an approval which stood ended at `ended`; without an actor it did so by itself."""
    review.state, review.ended_because = state, why
    review.ended_at = not_before(ended, review.closed_at or ended)
    review.save(update_fields=["state", "ended_at", "ended_because"])
    review_writers.approval_ended(review, actor, at)
