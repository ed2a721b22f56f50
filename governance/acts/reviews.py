"""Request a review, advise on it, decide it, take it back. An approval binds to exactly what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.conditions import MOST_CONDITIONS, Condition, Signature, condition_problems, raise_all
from governance.acts.deciding import (
    follow,
    groups_spoken_for,
    refuse_barred,
    refuse_closed,
    refuse_unready,
    refuse_unsigned,
    review_rule,
    waiting_groups,
    write_decision,
)
from governance.acts.judging import Judgement, judge_control, judge_controls
from governance.acts.locks import locked_release, locked_review, moment, not_before, open_visit, underway
from governance.acts.steps import close_review, end_approval, open_review
from governance.control_states import ControlState
from governance.dossiers import controls_of, dossier_of
from governance.errors import Conflict, Invalid, invalid
from governance.four_eyes import TEAM, with_bar
from governance.gates import Dossier
from governance.models import (
    APPROVING,
    STANDING,
    Decision,
    Feedback,
    Outcome,
    Review,
    StageVisit,
)
from governance.trail import review_writers as writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import ReviewKind, ReviewState, Stage, Stance

__all__ = [
    "Condition",
    "Judgement",
    "Signature",
    "decide",
    "give_feedback",
    "judge_control",
    "judge_controls",
    "request_review",
    "revoke_approval",
    "stop_feedback",
    "withdraw_review",
]

REVIEWABLE = (Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE)


def request_review(
    actor: Person,
    release_id: int,
    message: str = "",
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Ask again for an approval, after changes were requested, the dossier changed, or an approval ended.

    In deployment and live it is looked at in place: whatever is decided moves nothing. One request is open at a time.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.work_on(actor, release.model)
        if visit.stage not in REVIEWABLE:
            raise Conflict(
                f"A review is requested from compliance review on; this release is in "
                f"{Stage(visit.stage).label.lower()}.",
                remedy="Advance it when its gate is open: that requests the review.",
            )
        standing = Review.objects.filter(release=release, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN).first()
        if standing is not None:
            if standing.requested_by_id == actor.pk and standing.message == message.strip():
                return standing
            raise Conflict(
                f"{standing.requested_by} already asked for this review.", remedy="Wait for it, or withdraw it."
            )
        return open_review(visit, actor, message, at)


def give_feedback(
    actor: Person,
    review_id: int,
    *,
    group: str,
    stance: str,
    text: str,
    seen_digest: str,
    at: datetime | None = None,
) -> Feedback:
    """Advise for a feedback group. The last group that was waited for closes the feedback; later words still count.

    `seen_digest` is the dossier's digest on the page that was read. The same words twice are one.
    """
    at = moment(at)
    with transaction.atomic():
        review, visit = locked_review(review_id)
        if group not in review.feedback_groups:
            raise invalid("group", "Choose one of the groups that were asked for feedback.")
        permissions.advise(actor, review, group, at)
        _refuse_tied(actor, review)
        refuse_closed(review)
        if stance not in set(Stance):
            raise invalid("stance", "Say whether you object: no objection, or a concern.")
        if not text.strip():
            raise invalid("text", "Say what you looked at and what you think of it.")
        digest = _unchanged(visit, seen_digest, at).dossier_digest
        said = {"group": group, "stance": stance, "text": text.strip(), "dossier_digest": digest}
        standing = Feedback.objects.filter(review=review, person=actor, **said).first()
        if standing is not None:
            return standing
        feedback = Feedback.objects.create(
            review=review, person=actor, given_at=not_before(at, review.requested_at), **said
        )
        closes = review.waits_for_feedback and not waiting_groups(review)
        if closes:
            review.feedback_closed_at = feedback.given_at
            review.save(update_fields=["feedback_closed_at"])
        writers.feedback_given(feedback, actor, at, closes=closes)
        return feedback


def stop_feedback(actor: Person, review_id: int, reason: str, *, at: datetime | None = None) -> Review:
    """Go on without the feedback that has not come; an approver's choice, with a reason."""
    at = moment(at)
    with transaction.atomic():
        review, _ = locked_review(review_id)
        permissions.review(actor, review, at)
        refuse_barred(actor, review)
        refuse_closed(review)
        if not review.waits_for_feedback:
            raise Conflict("No feedback is awaited any more.", remedy="Go on with the decision.")
        if not reason.strip():
            raise invalid("reason", "Say why the review does not wait for it.")
        review.feedback_closed_at = not_before(at, review.requested_at)
        review.save(update_fields=["feedback_closed_at"])
        writers.feedback_stopped(review, waiting_groups(review), actor, at, why=reason.strip())
        return review


def decide(
    actor: Person,
    review_id: int,
    outcome: str,
    reason: str,
    *,
    seen_digest: str,
    conditions: Sequence[Condition] = (),
    signature: Signature | None = None,
    at: datetime | None = None,
) -> Decision:
    """Approve, with conditions or without, request changes, or reject.

    `seen_digest` is the dossier's digest on the page the officer read. The approval that completes the last quorum
    moves the release into deployment at once, so that no approved release waits for a click. Raises `NotPermitted`
    (four eyes, no group), `Conflict` (decided, the dossier changed, controls or feedback open), `Invalid`, and
    `Refused` with the code `signature_needed`.
    """
    at = moment(at)
    with transaction.atomic():
        review, visit = locked_review(review_id)
        permissions.review(actor, review, at)
        refuse_barred(actor, review)
        refuse_closed(review)
        if outcome not in set(Outcome):
            raise invalid("outcome", "Choose approve, request changes, or reject.")
        if not reason.strip():
            raise invalid("reason", "Give the reason; it is what the auditor reads.")
        dossier = _unchanged(visit, seen_digest, at)
        digest, states = dossier.dossier_digest, controls_of(visit, dossier)
        _refuse_unusable(conditions, Outcome(outcome), review, states, at)
        refuse_unsigned(review_rule(visit), signature)
        groups = groups_spoken_for(actor, review, digest, at)
        if outcome in APPROVING:
            refuse_unready(review, groups, states, conditions, at)
        decision = Decision(
            review=review,
            officer=actor,
            outcome=outcome,
            reason=reason.strip(),
            dossier_digest=digest,
            groups=groups,
            controls={one.control.code: one.digest for one in states},
            signature={"method": signature.method, "meaning": signature.meaning.strip()} if signature else {},
        )
        write_decision(decision, visit, actor, at)
        raise_all(conditions, review, decision, actor, decision.decided_at)
        follow(review, visit, decision, actor, at)
        return decision


def withdraw_review(actor: Person, review_id: int, reason: str, *, at: datetime | None = None) -> Review:
    """Take a request back. What broken glass owes cannot be taken back."""
    at = moment(at)
    with transaction.atomic():
        review, _ = locked_review(review_id)
        permissions.work_on(actor, review.release.model)
        if review.kind == ReviewKind.RETROSPECTIVE:
            raise Conflict("A review in retrospect cannot be withdrawn.", remedy="A compliance officer decides it.")
        refuse_closed(review)
        if not reason.strip():
            raise invalid("reason", "Say why, so that the officer who was reading knows.")
        close_review(review, ReviewState.WITHDRAWN, actor, at, why=reason.strip())
        return review


def revoke_approval(actor: Person, review_id: int, reason: str, *, at: datetime | None = None) -> Review:
    """Take back an approval that was given. The release stays where it is, and goes on only with a new one."""
    at = moment(at)
    with transaction.atomic():
        review, _ = locked_review(review_id)
        permissions.review(actor, review, at)
        refuse_barred(actor, review)
        if review.state not in STANDING:
            raise Conflict(f"There is no approval to revoke: {ReviewState(review.state).label.lower()}.")
        if not reason.strip():
            raise invalid("reason", "Say why; it is what the team and the auditor read.")
        end_approval(review, ReviewState.REVOKED, actor, at, at, reason.strip())
        return review


def _unchanged(visit: StageVisit, seen_digest: str, at: datetime) -> Dossier:
    dossier = dossier_of(visit, at=at)
    if seen_digest != dossier.dossier_digest:
        raise Conflict(
            "The dossier changed while you read it, so nothing was decided.",
            remedy="Your reason is kept. Look at what changed, then decide again.",
            code="dossier_changed",
        )
    return dossier


def _refuse_tied(actor: Person, review: Review) -> None:
    """Advice comes from somebody else than those who made the release; team mates may give it."""
    bar = with_bar(Review.objects.filter(pk=review.pk), actor, singly=True).values_list("bar", flat=True).get()
    if bar not in ("", TEAM):
        refuse_barred(actor, review)


def _refuse_unusable(
    conditions: Sequence[Condition], outcome: Outcome, review: Review, states: Sequence[ControlState], at: datetime
) -> None:
    conditional = outcome is Outcome.APPROVE_WITH_CONDITIONS
    if conditional and not conditions:
        raise invalid("conditions", "Name at least one condition, or approve without.")
    if conditions and not conditional:
        raise invalid("conditions", "Conditions go with an approval with conditions: choose that, or leave them out.")
    if len(conditions) > MOST_CONDITIONS:
        raise invalid("conditions", f"At most {MOST_CONDITIONS} conditions: ask for changes instead.")
    controls = {one.control.code for one in states}
    problems: list[FieldProblem] = []
    for place, condition in enumerate(conditions):
        problems += condition_problems(condition, review, controls, at, f"conditions.{place}.")
    if problems:
        raise Invalid(problems)
