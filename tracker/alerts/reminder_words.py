"""What is said of findings, of approvals that end, of access that expires, and of reviews that wait for somebody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from django.urls import reverse

from governance.models import Finding, Review
from models_registry.models import Evidence
from models_registry.vocabulary import AlertKind, Severity
from tracker import formats
from tracker.alerts.kinds import APPROVAL, ENDED_KINDS
from tracker.alerts.matters import Matter

Said = tuple[str, str, str]
"""The sort in a word, the tone, and the sentence."""

OVERDUE: Final = (AlertKind.FINDING_OVERDUE, AlertKind.FINDING_ESCALATED)


def said(matter: Matter, now: datetime, zone: tzinfo) -> Said:
    """The finding of a kind of `REMINDED_KINDS`. One that no longer holds is told as what it was."""
    match matter.act:
        case Finding():
            return _finding(matter, matter.act, now, zone)
        case Evidence():
            return _grant(matter, matter.act, now, zone)
        case Review():
            return _review(matter, matter.act, now, zone)
    return (matter.kind.label, "", matter.name)


def summary(matter: Matter, now: datetime, zone: tzinfo) -> str:
    """What happened and what follows, in one or two sentences."""
    match matter.act:
        case Finding():
            raised = formats.moment(matter.act.raised_at, now, zone)
            end = " The approval lapses when it is not resolved in time." if matter.act.decision_id else ""
            return f"{matter.act.raised_by} raised it {raised}.{end}"
        case Evidence():
            return "After that it counts no more. Have it renewed, and attach the new grant in place of this one."
        case Review() if matter.kind == AlertKind.FEEDBACK_ASKED:
            asker = matter.act.requested_by
            return f"{asker} asks for a review, and before the decision your group is asked. It advises only."
        case Review() if matter.kind in APPROVAL:
            return "Request a review again in time: what has not changed since is not looked at again."
        case Review() if matter.kind in ENDED_KINDS:
            return f"{matter.act.ended_because} It needs a review again."
        case Review():
            return f"{matter.act.requested_by} asks for a decision on the release as it stands now."
    return ""


def quote(matter: Matter) -> str:
    """The person's own words."""
    match matter.act:
        case Finding():
            return matter.act.text
        case Evidence():
            return matter.act.summary
        case Review() if matter.kind not in ENDED_KINDS | set(APPROVAL):
            return matter.act.message
    return ""


def facts(matter: Matter, now: datetime, zone: tzinfo) -> Iterator[tuple[str, str]]:
    """What the letter lists."""
    match matter.act:
        case Finding():
            yield "Due", formats.moment(matter.act.due_at, now, zone)
            yield "Severity", Severity(matter.act.severity).label
            yield "To be put right by", str(matter.act.owner)
        case Evidence() if matter.act.valid_until:
            yield "Valid until", formats.moment(matter.act.valid_until, now, zone)
        case Review():
            ends = matter.act.expires_at if matter.kind in APPROVAL else matter.act.due_at
            if ends and matter.kind not in ENDED_KINDS:
                yield "Valid until" if matter.kind in APPROVAL else "Due", formats.moment(ends, now, zone)


def path(matter: Matter) -> str:
    """The page that it is about."""
    match matter.act:
        case Finding():
            return reverse("review", args=[matter.act.review_id])
        case Evidence():
            return reverse("evidence", args=[matter.act.pk])
        case Review():
            return reverse("review", args=[matter.act.pk])
    return reverse("model", args=[matter.model.slug])


def action(matter: Matter) -> str:
    """What the link to that page says."""
    return "Open the grant" if isinstance(matter.act, Evidence) else "Open the review"


def _finding(matter: Matter, finding: Finding, now: datetime, zone: tzinfo) -> Said:
    about = f"“{finding.title}” on {matter.name}"
    if matter.alert.closed_at:
        return ("Finding", "", about)
    if matter.kind in OVERDUE:
        still = matter.kind == AlertKind.FINDING_ESCALATED
        late = f"{about}, which {finding.owner} owns, was" if still else f"{about} was"
        word = "Finding still overdue" if still else "Finding overdue"
        return (word, "breach", f"{late} {formats.due(finding.due_at, now, zone)}")
    word, tone = ("Finding", "info") if matter.kind == AlertKind.FINDING_OPENED else ("Finding due", "risk")
    return (word, tone, f"{about}, {formats.due(finding.due_at, now, zone)}")


def _grant(matter: Matter, grant: Evidence, now: datetime, zone: tzinfo) -> Said:
    about = f"“{grant.title}” for {matter.name}"
    if matter.alert.closed_at or grant.valid_until is None:
        return ("Access", "", about)
    end = formats.moment(grant.valid_until, now, zone)
    if matter.kind == AlertKind.GRANT_LAPSED:
        return ("Access lapsed", "breach", f"{about} ended {end}")
    return ("Access expires", "risk", f"{about} ends {end}")


def _review(matter: Matter, review: Review, now: datetime, zone: tzinfo) -> Said:
    over = matter.alert.closed_at is not None
    due = f", {formats.due(review.due_at, now, zone)}" if review.due_at and not over else ""
    if matter.kind == AlertKind.FEEDBACK_ASKED:
        return ("Feedback asked", "info", f"{matter.name} waited for advice" if over else f"{matter.name}{due}")
    if matter.kind == AlertKind.REVIEW_ASSIGNED:
        return ("Review assigned", "info", f"{matter.name}{due}")
    if matter.kind in APPROVAL:
        end = f" ends {formats.moment(review.expires_at, now, zone)}" if review.expires_at and not over else ""
        return ("Approval expires", "" if over else "risk", f"the approval of {matter.name}{end}")
    word, did = ("lapsed", "lapsed") if matter.kind == AlertKind.APPROVAL_LAPSED else ("revoked", "was revoked")
    return (f"Approval {word}", "" if over else "breach", f"the approval of {matter.name} {did}")
