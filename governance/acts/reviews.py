"""Request a review, decide it, withdraw it. An approval binds to exactly what was seen."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, not_before, open_visit, underway
from governance.acts.steps import close_review, open_review, step_forward
from governance.dossiers import dossier_of, gate_of
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.four_eyes import bars, brief_author, owner_before_review
from governance.models import Decision, Outcome, Review, StageVisit
from governance.trail import writers
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, Stage

CLOSED_BY = {Outcome.REQUEST_CHANGES: ReviewState.CHANGES_REQUESTED, Outcome.REJECT: ReviewState.REJECTED}


def request_review(
    actor: Person,
    release_id: int,
    message: str = "",
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Review:
    """Ask again for an approval, after changes were requested or the dossier changed. One request is open at a time."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.work_on(actor, release.model)
        if visit.stage != Stage.COMPLIANCE_REVIEW:
            raise Conflict(
                f"A review is requested in compliance review; this release is in {Stage(visit.stage).label.lower()}.",
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


def decide(
    actor: Person,
    review_id: int,
    outcome: str,
    reason: str,
    *,
    seen_digest: str,
    at: datetime | None = None,
) -> Decision:
    """Approve, request changes, or reject. `seen_digest` is the dossier's digest on the page the officer read.

    The approval that completes the number needed moves the release into deployment at once, so that no approved release
    waits for a click. Raises `NotPermitted` (four eyes), `Conflict` (decided, or the dossier changed), `Invalid`.
    """
    at = moment(at)
    with transaction.atomic():
        review, visit = _locked_review(review_id)
        permissions.review(actor, review)
        if barred := bars(actor, review):
            raise NotPermitted(barred, remedy="Ask another compliance officer.", code="four_eyes")
        if review.state != ReviewState.OPEN:
            raise Conflict(f"This review is closed: {ReviewState(review.state).label.lower()}.")
        if outcome not in set(Outcome):
            raise invalid("outcome", "Choose approve, request changes, or reject.")
        if not reason.strip():
            raise invalid("reason", "Give the reason; it is what the auditor reads.")
        digest = dossier_of(visit).dossier_digest
        if seen_digest != digest:
            raise Conflict(
                "The dossier changed while you read it, so nothing was decided.",
                remedy="Your reason is kept. Look at what changed, then decide again.",
                code="dossier_changed",
            )
        decision = _write(review, visit, actor, Outcome(outcome), reason.strip(), digest, at)
        _follow(review, visit, decision, actor, at)
        return decision


def withdraw_review(actor: Person, review_id: int, reason: str, *, at: datetime | None = None) -> Review:
    """Take a request back. What broken glass owes cannot be taken back."""
    at = moment(at)
    with transaction.atomic():
        review, _ = _locked_review(review_id)
        permissions.work_on(actor, review.release.model)
        if review.kind == ReviewKind.RETROSPECTIVE:
            raise Conflict("A review in retrospect cannot be withdrawn.", remedy="A compliance officer decides it.")
        if review.state != ReviewState.OPEN:
            raise Conflict(f"This review is closed: {ReviewState(review.state).label.lower()}.")
        if not reason.strip():
            raise invalid("reason", "Say why, so that the officer who was reading knows.")
        close_review(review, ReviewState.WITHDRAWN, actor, at, why=reason.strip())
        return review


def _locked_review(review_id: int) -> tuple[Review, StageVisit]:
    found = Review.objects.filter(pk=review_id).values_list("release_id", flat=True).first()
    if found is None:
        raise NotFound
    release = locked_release(found)
    visit = open_visit(release)
    review = Review.objects.select_for_update(of=("self",)).select_related("requested_by").get(pk=review_id)
    review.release = release
    return review, visit


def _write(
    review: Review, visit: StageVisit, actor: Person, outcome: Outcome, reason: str, digest: str, at: datetime
) -> Decision:
    decision = Decision(
        review=review,
        officer=actor,
        outcome=outcome,
        reason=reason,
        dossier_digest=digest,
        decided_at=not_before(at, review.requested_at),
        requester_id=review.requested_by_id,
        release_owner=owner_before_review(visit.release),
        brief_author=brief_author(visit.release),
    )
    try:
        with transaction.atomic():
            decision.save()
    except IntegrityError as error:
        raise Conflict("You have already decided on this dossier.", remedy="Another officer has to decide.") from error
    writers.decided(decision, actor, at)
    return decision


def _follow(review: Review, visit: StageVisit, decision: Decision, actor: Person, at: datetime) -> None:
    """What a decision leads to: close, wait for a further approval, or move on."""
    outcome = Outcome(decision.outcome)
    if outcome != Outcome.APPROVE:
        close_review(review, CLOSED_BY[outcome], actor, at, why=decision.reason)
        return
    approvals = Decision.objects.filter(
        review=review, outcome=Outcome.APPROVE, dossier_digest=decision.dossier_digest
    ).count()
    if approvals < review.approvals_needed:
        return
    close_review(review, ReviewState.APPROVED, actor, at, why=decision.reason)
    if review.kind == ReviewKind.APPROVAL and visit.stage == Stage.COMPLIANCE_REVIEW and gate_of(visit, at=at).open:
        step_forward(visit, Stage.DEPLOYMENT, actor=actor, at=at, owner=None)
