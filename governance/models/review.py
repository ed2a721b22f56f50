"""Reviews, their decisions, and broken glass."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from models_registry.models import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import ReviewKind, ReviewState, Stage, choices

PERSON = settings.AUTH_USER_MODEL


class Outcome(models.TextChoices):
    """What an officer may decide."""

    APPROVE = "approve", "Approve"
    REQUEST_CHANGES = "request_changes", "Request changes"
    REJECT = "reject", "Reject"


class Review(models.Model):
    """The request to approve one release as it stands before its deployment; after broken glass, in retrospect."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="reviews")
    visit = models.ForeignKey("governance.StageVisit", on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=16, choices=choices(ReviewKind), default=ReviewKind.APPROVAL)
    state = models.CharField(max_length=20, choices=choices(ReviewState), default=ReviewState.OPEN)
    requested_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="reviews_requested")
    requested_at = models.DateTimeField(default=timezone.now)
    message = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    approvals_needed = models.PositiveSmallIntegerField(default=1)
    closed_at = models.DateTimeField(null=True, blank=True)

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
        ]
        indexes = [models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="review_queue")]

    def __str__(self) -> str:
        return f"review {self.pk} of {self.release}"


class Decision(WrittenOnce):
    """One officer's word on one review, bound to the digest of what was seen. Written once.

    The people who may not decide are copied beside the officer, so that the table itself refuses a second hat.
    """

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="decisions")
    officer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="decisions")
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    reason = models.TextField()
    dossier_digest = models.CharField(max_length=80)
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
