"""Evidence: what was seen, measured or agreed, digested and never edited."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import EvidenceKind, choices


class Evidence(WrittenOnce):
    """One immutable record. A later one may supersede it; each may be superseded once.

    `measurements` is a list of `{"code", "value", "unit", "slice"}` as `requirements.check_measurements` reads them.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="evidence")
    version = models.ForeignKey(
        "models_registry.ModelVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    kind = models.CharField(max_length=24, choices=choices(EvidenceKind))
    title = models.CharField(max_length=200)
    source = models.CharField(
        max_length=1000, help_text="Where the original lies: an address, a run or a document number."
    )
    summary = models.TextField(blank=True)
    digest = models.CharField(max_length=80)
    content_digest = models.CharField(max_length=80, blank=True, help_text="Digest of the original, when it has one.")
    measurements = models.JSONField(default=list, blank=True)
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="evidence_added"
    )
    added_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["release_id", "kind", "-added_at", "-id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(supersedes=models.F("id")), name="evidence_does_not_supersede_itself"
            ),
            models.CheckConstraint(condition=~models.Q(digest=""), name="evidence_has_digest"),
        ]
        indexes = [models.Index(fields=["release", "kind"], name="evidence_by_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"
