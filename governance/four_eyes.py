"""Nobody approves what they own, made or requested (invariant 5), nor for their team where the policy forbids it."""

from __future__ import annotations

from governance import permissions
from governance.deadlines import rules_of
from governance.models import Review, StageOwnership
from models_registry.models import Brief, Evidence, Person, Release
from models_registry.vocabulary import Stage


def bars(person: Person, review: Review) -> str:
    """Why this person may not decide this review; empty when they may."""
    release = review.release
    if review.requested_by_id == person.pk:
        return "You requested this review, so somebody else has to decide it."
    if _has_owned(person, release):
        return "You own or owned a stage of this release, so somebody else has to decide it."
    if made := _has_made(person, release):
        return f"You {made}, so somebody else has to decide."
    rules = rules_of(review.visit.policy)
    if rules.approver_outside_team and permissions.team_role(person, release.model.team_id) is not None:
        return f"You belong to {release.model.team}; the policy wants a decision from outside the team."
    return ""


def owner_before_review(release: Release) -> Person | None:
    """The last owner of the work itself; the review's own owner is an officer and does not count."""
    spell = (
        StageOwnership.objects.filter(visit__release=release, owner__isnull=False)
        .exclude(visit__stage=Stage.COMPLIANCE_REVIEW)
        .select_related("owner")
        .order_by("-since", "-id")
        .first()
    )
    return spell.owner if spell else None


def brief_author(release: Release) -> Person | None:
    """The author of the newest signed brief."""
    brief = (
        Brief.objects.filter(release=release, signed_at__isnull=False)
        .select_related("author")
        .order_by("-number")
        .first()
    )
    return brief.author if brief else None


def _has_owned(person: Person, release: Release) -> bool:
    spells = StageOwnership.objects.filter(visit__release=release, owner=person)
    return spells.exclude(visit__stage=Stage.COMPLIANCE_REVIEW).exists()


def _has_made(person: Person, release: Release) -> str:
    if release.model.created_by_id == person.pk:
        return "registered this model"
    if Brief.objects.filter(release=release, author=person).exists():
        return "wrote the brief"
    if Brief.objects.filter(release=release, signed_by=person).exists():
        return "signed the brief"
    if release.candidate and release.candidate.added_by_id == person.pk:
        return "added the candidate"
    if Evidence.objects.filter(release=release, added_by=person).exists():
        return "attached evidence to this release"
    return ""
