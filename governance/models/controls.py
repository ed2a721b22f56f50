"""What reviewers find control by control: verdicts, findings, waivers, and the advice of others."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from governance.models.review import Decision, Review
from models_registry.models import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import FindingState, Severity, Stance, Verdict, choices

PERSON = settings.AUTH_USER_MODEL


class Feedback(WrittenOnce):
    """What one person of a feedback group says of a release under review. It advises; it does not decide."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="feedback")
    group = models.CharField(max_length=60)
    person = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    stance = models.CharField(max_length=16, choices=choices(Stance))
    text = models.TextField()
    dossier_digest = models.CharField(max_length=80)
    given_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "id"]
        verbose_name_plural = "feedback"
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="feedback_says_something")]

    def __str__(self) -> str:
        return f"{self.person}: {self.stance}"


class ControlVerdict(WrittenOnce):
    """One reviewer's verdict on one control, for the facts under it that `digest` covers.

    It counts in every later review of the release for as long as the control's digest is the same, so that a change
    reopens the controls that it touches and no others. The newest verdict on a digest is the one that counts.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="control_verdicts")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="verdicts")
    control = models.CharField(max_length=80)
    digest = models.CharField(max_length=80)
    verdict = models.CharField(max_length=12, choices=choices(Verdict))
    note = models.TextField(blank=True)
    officer = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["given_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(digest=""), name="verdict_binds_to_a_digest"),
            models.CheckConstraint(condition=Q(verdict="verified") | ~Q(note=""), name="verdict_concern_has_note"),
        ]
        indexes = [models.Index(fields=["release", "control"], name="verdict_by_control")]

    def __str__(self) -> str:
        return f"{self.control}: {self.verdict}"


class Finding(models.Model):
    """Something to be put right, with one owner and a due date. A condition binds an approval: past due, it lapses it.

    Its owner resolves it, an approver closes it or opens it again; the due date moves by an approver only.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="findings")
    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="findings")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="conditions")
    control = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    severity = models.CharField(max_length=8, choices=choices(Severity), default=Severity.MEDIUM)
    owner = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="findings_owned")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=choices(FindingState), default=FindingState.OPEN)
    raised_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="findings_raised")
    raised_at = models.DateTimeField(default=timezone.now)
    resolution = models.TextField(blank=True)
    resolved_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", resolved_at__isnull=True, resolved_by__isnull=True, resolution="")
                | (~Q(state="open") & Q(resolved_at__isnull=False, resolved_by__isnull=False) & ~Q(resolution="")),
                name="finding_resolution_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True, closed_by__isnull=True)),
                name="finding_closing_is_whole",
            ),
            models.CheckConstraint(condition=Q(due_at__gt=F("raised_at")), name="finding_due_is_ahead"),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True) | ~Q(closed_by=F("owner")), name="finding_closed_by_another"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=~Q(state="closed"), name="finding_unclosed_by_due"),
            models.Index(fields=["release", "state"], name="finding_by_release"),
        ]

    def __str__(self) -> str:
        return self.title


class Waiver(models.Model):
    """An officer's word that one check of one release need not be met, why, and until when."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="waivers")
    check_code = models.CharField(max_length=120, help_text="As the gate names it, for example evidence:model_card.")
    reason = models.TextField()
    granted_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="waivers_granted")
    granted_at = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField()
    requested_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-granted_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="waiver_has_reason"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("granted_at")), name="waiver_ends_after_start"),
            models.CheckConstraint(
                condition=Q(requested_by__isnull=True) | ~Q(requested_by=F("granted_by")), name="waiver_four_eyes"
            ),
            models.UniqueConstraint(
                fields=["release", "check_code"], condition=Q(ended_at__isnull=True), name="waiver_one_standing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_code} waived for {self.release}"
