"""Findings: raised by an approver, resolved by their owner, closed by an approver; the due date is the approver's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.conditions import Condition, condition_problems, raise_all
from governance.acts.deciding import refuse_barred
from governance.acts.locks import locked_release, locked_review, moment, not_before
from governance.dossiers import controls_of, dossier_of
from governance.errors import Conflict, Invalid, NotFound, NotPermitted, invalid
from governance.models import Finding
from governance.trail import review_writers as writers
from models_registry.models import Person
from models_registry.vocabulary import FindingState


def raise_finding(actor: Person, review_id: int, facts: Condition, *, at: datetime | None = None) -> Finding:
    """Note something that has to be put right, whatever is decided; it binds no approval."""
    at = moment(at)
    with transaction.atomic():
        review, visit = locked_review(review_id)
        permissions.review(actor, review, at)
        refuse_barred(actor, review)
        codes = {one.control.code for one in controls_of(visit, dossier_of(visit, at=at))}
        if problems := condition_problems(facts, review, codes, at):
            raise Invalid(problems)
        twin = review.findings.filter(
            title=facts.title.strip(), owner=facts.owner, raised_by=actor, state=FindingState.OPEN, decision=None
        ).first()
        return twin or raise_all([facts], review, None, actor, at)[0]


def resolve_finding(actor: Person, finding_id: int, resolution: str, *, at: datetime | None = None) -> Finding:
    """Say what was done about it. After the due date of a condition that no longer saves the approval."""
    at = moment(at)
    with transaction.atomic():
        finding = _locked_finding(finding_id)
        permissions.resolve(actor, finding)
        if not resolution.strip():
            raise invalid("resolution", "Say what was done and where it can be seen.")
        if finding.state != FindingState.OPEN:
            if finding.resolved_by_id == actor.pk and finding.resolution == resolution.strip():
                return finding
            raise Conflict(f"{finding.resolved_by} resolved it already.", remedy="An approver closes or reopens it.")
        finding.state, finding.resolution = FindingState.RESOLVED, resolution.strip()
        finding.resolved_by, finding.resolved_at = actor, not_before(at, finding.raised_at)
        finding.save(update_fields=["state", "resolution", "resolved_by", "resolved_at"])
        writers.finding_changed("finding.resolve", finding, actor, at, resolution=finding.resolution)
        return finding


def close_finding(actor: Person, finding_id: int, note: str = "", *, at: datetime | None = None) -> Finding:
    """Confirm that a resolved finding is put right. Never its owner."""
    at = moment(at)
    with transaction.atomic():
        finding = _locked_finding(finding_id)
        permissions.review(actor, finding.review, at)
        _refuse_tied(actor, finding)
        if finding.state == FindingState.CLOSED:
            return finding
        if finding.state != FindingState.RESOLVED:
            raise Conflict(f"{finding.owner} has not resolved it yet.", remedy="Wait for that, or move the due date.")
        finding.state, finding.closed_by = FindingState.CLOSED, actor
        finding.closed_at = not_before(at, finding.resolved_at or at)
        finding.save(update_fields=["state", "closed_by", "closed_at"])
        writers.finding_changed("finding.close", finding, actor, at, note=note.strip())
        return finding


def reopen_finding(
    actor: Person, finding_id: int, reason: str, *, due_at: datetime | None = None, at: datetime | None = None
) -> Finding:
    """Send a resolved finding back to its owner. Where its date is over, a new one is needed.

    A condition that was not resolved in time has ended the approval: it keeps its date, and the approval its end.
    """
    at = moment(at)
    with transaction.atomic():
        finding = _locked_finding(finding_id)
        permissions.review(actor, finding.review, at)
        _refuse_tied(actor, finding)
        if not reason.strip():
            raise invalid("reason", "Say what is still wrong.")
        if finding.state == FindingState.OPEN:
            raise Conflict("It is open.", remedy="Its owner resolves it.")
        if finding.state == FindingState.CLOSED:
            raise Conflict(f"{finding.closed_by} closed it.", remedy="Raise a new finding.")
        before = finding.due_at
        if not was_missed(finding, at):
            finding.due_at = due_at or finding.due_at
            if finding.due_at <= at:
                raise invalid("due_at", "Its date is over: choose one that is still ahead.")
        finding.state, finding.resolution = FindingState.OPEN, ""
        finding.resolved_by = finding.resolved_at = None
        finding.save(update_fields=["state", "resolution", "resolved_by", "resolved_at", "due_at"])
        writers.finding_changed(
            "finding.reopen", finding, actor, at, reason=reason.strip(), before=before, after=finding.due_at
        )
        return finding


def move_due(actor: Person, finding_id: int, due_at: datetime, reason: str, *, at: datetime | None = None) -> Finding:
    """Give a finding another due date; an approver only. What was missed already cannot be moved away."""
    at = moment(at)
    with transaction.atomic():
        finding = _locked_finding(finding_id)
        permissions.review(actor, finding.review, at)
        _refuse_tied(actor, finding)
        if finding.state != FindingState.OPEN:
            raise Conflict(f"It is {FindingState(finding.state).label.lower()}.", remedy="Reopen it with a new date.")
        if not reason.strip():
            raise invalid("reason", "Say why it may take longer, or has to be sooner.")
        if due_at <= at:
            raise invalid("due_at", "Choose a date that is still ahead.")
        if was_missed(finding, at):
            raise Conflict(
                "The date is over, and the approval ended with it.", remedy="Ask for a new review of the release."
            )
        if due_at == finding.due_at:
            return finding
        before, finding.due_at = finding.due_at, due_at
        finding.save(update_fields=["due_at"])
        writers.finding_changed(
            "finding.move", finding, actor, at, reason=reason.strip(), before=before, after=finding.due_at
        )
        return finding


def was_missed(finding: Finding, at: datetime) -> bool:
    """Whether this is a condition that was not resolved before its due date."""
    return finding.decision_id is not None and (finding.resolved_at or at) >= finding.due_at


def _locked_finding(finding_id: int) -> Finding:
    found = Finding.objects.filter(pk=finding_id).values_list("release_id", flat=True).first()
    if found is None:
        raise NotFound
    release = locked_release(found)
    finding = (
        Finding.objects.select_for_update(of=("self",))
        .select_related("review", "owner", "resolved_by", "closed_by")
        .get(pk=finding_id)
    )
    finding.release = finding.review.release = release
    return finding


def _refuse_tied(actor: Person, finding: Finding) -> None:
    if finding.owner_id == actor.pk:
        raise NotPermitted("You own this finding; somebody else confirms it and sets its date.", code="four_eyes")
    refuse_barred(actor, finding.review)
