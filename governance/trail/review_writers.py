"""What reviews leave on the trail: requests, advice, verdicts, decisions, findings and waivers."""

from __future__ import annotations

from datetime import datetime

from governance.models import ControlVerdict, Decision, Feedback, Finding, Review, Waiver
from governance.trail.writers import on_release
from models_registry.models import Person


def review_requested(review: Review, actor: Person, at: datetime) -> None:
    on_release(
        review.release,
        "review.request",
        actor,
        at,
        review=review.pk,
        kind=review.kind,
        message=review.message,
        due=review.due_at,
        approvals_needed=review.approvals_needed,
        quorums=review.quorums,
        feedback_groups=review.feedback_groups,
    )


def review_closed(review: Review, actor: Person | None, at: datetime, why: str) -> None:
    on_release(
        review.release,
        "review.close",
        actor,
        at,
        review=review.pk,
        state=review.state,
        why=why,
        expires=review.expires_at,
    )


def approval_ended(review: Review, actor: Person | None, at: datetime) -> None:
    """An approval that stood and does so no longer: it lapsed by itself, or somebody revoked it."""
    on_release(
        review.release,
        "review.lapse" if actor is None else "review.revoke",
        actor,
        at,
        review=review.pk,
        state=review.state,
        ended=review.ended_at,
        why=review.ended_because,
    )


def feedback_given(feedback: Feedback, actor: Person, at: datetime, *, closes: bool) -> None:
    on_release(
        feedback.review.release,
        "review.feedback",
        actor,
        at,
        review=feedback.review_id,
        group=feedback.group,
        stance=feedback.stance,
        text=feedback.text,
        dossier=feedback.dossier_digest,
        closes=closes,
    )


def feedback_stopped(review: Review, waiting: list[str], actor: Person, at: datetime, why: str) -> None:
    on_release(review.release, "review.stop_feedback", actor, at, review=review.pk, without=waiting, why=why)


def control_judged(verdict: ControlVerdict, title: str, actor: Person, at: datetime) -> None:
    on_release(
        verdict.release,
        "review.judge",
        actor,
        at,
        review=verdict.review_id,
        control=verdict.control,
        title=title,
        verdict=verdict.verdict,
        note=verdict.note,
        facts=verdict.digest,
    )


def decided(decision: Decision, actor: Person, at: datetime) -> None:
    on_release(
        decision.review.release,
        "review.decide",
        actor,
        at,
        review=decision.review_id,
        outcome=decision.outcome,
        reason=decision.reason,
        dossier=decision.dossier_digest,
        groups=decision.groups,
        controls=decision.controls,
        signature=decision.signature,
    )


def finding_raised(finding: Finding, actor: Person, at: datetime) -> None:
    on_release(
        finding.release,
        "finding.raise",
        actor,
        at,
        finding=finding.pk,
        review=finding.review_id,
        condition=finding.decision_id is not None,
        control=finding.control,
        title=finding.title,
        text=finding.text,
        severity=finding.severity,
        owner=str(finding.owner),
        due=finding.due_at,
    )


def finding_changed(act: str, finding: Finding, actor: Person, at: datetime, **detail: object) -> None:
    """Resolved, closed, opened again, or given another due date."""
    on_release(finding.release, act, actor, at, finding=finding.pk, title=finding.title, state=finding.state, **detail)


def waiver_granted(waiver: Waiver, actor: Person, at: datetime) -> None:
    on_release(
        waiver.release,
        "waiver.grant",
        actor,
        at,
        waiver=waiver.pk,
        check=waiver.check_code,
        reason=waiver.reason,
        until=waiver.valid_until,
        requested_by=str(waiver.requested_by) if waiver.requested_by else None,
    )


def waiver_ended(waiver: Waiver, actor: Person, at: datetime, why: str) -> None:
    on_release(waiver.release, "waiver.end", actor, at, waiver=waiver.pk, check=waiver.check_code, why=why)
