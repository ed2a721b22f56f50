"""What an approval may be given under: conditions, which become findings, and the meaning of a signature."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from governance import permissions
from governance.models import Decision, Finding, Review
from governance.trail import review_writers as writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import Severity

MOST_CONDITIONS = 50


@dataclass(frozen=True)
class Condition:
    """What has to be put right, by whom and until when. `control`: the code of the one it is about, or empty."""

    title: str
    text: str
    control: str
    severity: str
    owner: Person
    due_at: datetime


@dataclass(frozen=True)
class Signature:
    """How an officer proved once more who they are (such as `password`), and what the signature means."""

    method: str
    meaning: str


def condition_problems(
    condition: Condition, review: Review, controls: Collection[str], at: datetime, path: str = ""
) -> list[FieldProblem]:
    """Everything that is wrong with a condition; fields read `conditions.0.title` where `path` says so."""
    found = []
    if not condition.title.strip() or len(condition.title) > 200:
        found.append(FieldProblem(f"{path}title", "Say in a title of at most 200 characters what has to be put right."))
    if condition.control and condition.control not in controls:
        found.append(FieldProblem(f"{path}control", "Choose one of the controls of this review, or none."))
    if condition.severity not in set(Severity):
        found.append(FieldProblem(f"{path}severity", "Choose low, medium, high or critical."))
    if not condition.owner.is_active or not permissions.allows(permissions.see, condition.owner, review.release.model):
        found.append(FieldProblem(f"{path}owner", f"{condition.owner} cannot see this model: choose somebody who can."))
    if condition.due_at <= at:
        found.append(FieldProblem(f"{path}due_at", "Choose a date that is still ahead."))
    return found


def raise_all(
    conditions: Sequence[Condition], review: Review, decision: Decision | None, actor: Person, at: datetime
) -> list[Finding]:
    """Write the findings, of a decision where they are its conditions; the caller holds the release's lock."""
    findings = []
    for condition in conditions:
        finding = Finding.objects.create(
            release=review.release,
            review=review,
            decision=decision,
            control=condition.control,
            title=condition.title.strip(),
            text=condition.text.strip(),
            severity=condition.severity,
            owner=condition.owner,
            due_at=condition.due_at,
            raised_by=actor,
            raised_at=at,
        )
        writers.finding_raised(finding, actor, at)
        findings.append(finding)
    return findings
