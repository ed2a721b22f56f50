"""Reviews, their decisions, and broken glass."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from governance.controls import OFFICERS, GroupQuorum
from models_registry.models import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import ReviewKind, ReviewState, Stage, choices

PERSON = settings.AUTH_USER_MODEL
CLOSING = (ReviewState.LAPSED, ReviewState.REVOKED)
"""How an approval ends that was given once."""
STANDING = (ReviewState.APPROVED, ReviewState.APPROVED_WITH_CONDITIONS)
"""The states of a review whose approval holds, unless its time is over."""


class Outcome(models.TextChoices):
    """What an officer may decide."""

    APPROVE = "approve", "Approve"
    APPROVE_WITH_CONDITIONS = "approve_with_conditions", "Approve with conditions"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"


APPROVING = (Outcome.APPROVE, Outcome.APPROVE_WITH_CONDITIONS)
"""The outcomes that count towards a quorum."""


class Review(models.Model):
    """The request to approve one release as it stands before its deployment; after broken glass, in retrospect.

    An open review waits for the feedback of `feedback_groups` until each has spoken or somebody stopped waiting, which
    is when `feedback_closed_at` is set, and from then on for a decision. `quorums` is what the policy asked when the
    review began, `{"group", "quorum"}` each. An approval stands until `expires_at`; when it ended earlier than that,
    `ended_at` and `ended_because` say when and why. `assignee` is who was given it at `assigned_at`, by rule or by
    hand; in compliance review the owner of the stage answers as well.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="reviews")
    visit = models.ForeignKey("governance.StageVisit", on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=16, choices=choices(ReviewKind), default=ReviewKind.APPROVAL)
    state = models.CharField(max_length=24, choices=choices(ReviewState), default=ReviewState.OPEN)
    requested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="reviews_requested")
    requested_at = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    approvals_needed = models.PositiveSmallIntegerField(default=1)
    quorums = models.JSONField(default=list, blank=True)
    feedback_groups = models.JSONField(default=list, blank=True)
    feedback_closed_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="reviews_assigned"
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "kind"], condition=Q(state="open"), name="review_one_open_per_kind"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="review_end_is_dated",
            ),
            models.CheckConstraint(
                condition=(Q(state__in=CLOSING, ended_at__isnull=False) & ~Q(ended_because=""))
                | (~Q(state__in=CLOSING) & Q(ended_at__isnull=True, ended_because="")),
                name="review_lapse_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(assignee__isnull=True, assigned_at__isnull=True)
                | Q(assignee__isnull=False, assigned_at__isnull=False),
                name="review_assignment_is_dated",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="review_queue"),
            models.Index(
                fields=["expires_at"],
                condition=Q(state__in=["approved", "approved_with_conditions"], expires_at__isnull=False),
                name="review_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk} of {self.release}"

    @property
    def asked(self) -> tuple[GroupQuorum, ...]:
        """Who has to approve; a review from before there were groups asks so many compliance officers."""
        if not self.quorums:
            return (GroupQuorum(OFFICERS, self.approvals_needed),)
        return tuple(GroupQuorum(one["group"], one["quorum"]) for one in self.quorums)

    @property
    def waits_for_feedback(self) -> bool:
        """Whether an open review still waits for those who advise; else it waits for a decision."""
        return self.state == ReviewState.OPEN and bool(self.feedback_groups) and self.feedback_closed_at is None


class Decision(WrittenOnce):
    """One officer's word on one review, bound to the digest of what was seen. Written once.

    The people who may not decide are copied beside the officer, so that the table itself refuses a second hat.
    `groups` are the approver groups that the officer spoke for. `controls` holds the digest of each control as it was
    seen, so that a later change shows which of them it touched. `signature` is empty, or `{"method", "meaning"}` where
    the policy asked for the password or the second factor again.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    officer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=24, choices=Outcome.choices)
    reason = models.TextField()
    dossier_digest = models.CharField(max_length=80)
    groups = models.JSONField(default=list, blank=True)
    controls: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    signature: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    decided_at = models.DateTimeField(default=timezone.now)
    requester = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    release_owner = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    brief_author = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["decided_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "officer", "dossier_digest"], name="decision_once_per_officer_and_dossier"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="decision_has_reason"),
            models.CheckConstraint(
                condition=(Q(requester__isnull=True) | ~Q(officer=F("requester")))
                & (Q(release_owner__isnull=True) | ~Q(officer=F("release_owner")))
                & (Q(brief_author__isnull=True) | ~Q(officer=F("brief_author"))),
                name="decision_four_eyes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.officer}: {self.outcome}"


class BreakGlass(WrittenOnce):
    """A gate passed with unmet reasons, by whom and why, and the review that looks at it afterwards."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="broken_glass")
    visit = models.ForeignKey("governance.StageVisit", on_delete=models.PROTECT, related_name="broken_glass")
    target = models.CharField(max_length=20, choices=choices(Stage))
    reason = models.TextField()
    unmet = models.JSONField(default=list)
    broken_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    broken_at = models.DateTimeField(default=timezone.now)
    review = models.OneToOneField(Review, on_delete=models.PROTECT, related_name="broken_glass")

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-broken_at", "-id"]
        verbose_name_plural = "broken glass"
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="glass_has_reason")]

    def __str__(self) -> str:
        return f"glass broken for {self.release} into {self.target}"
