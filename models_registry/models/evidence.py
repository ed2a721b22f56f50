"""Evidence: what was seen, measured or agreed, digested and never edited."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import EvidenceKind, choices


class EvidenceFile(WrittenOnce):
    """An uploaded original. The bytes lie in the default storage under `stored_as`; `digest` is their SHA-256."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="files")
    name = models.CharField(max_length=255, help_text="As the person's machine called it, for the download.")
    media_type = models.CharField(max_length=120, help_text="As sniffed from the bytes, not as the browser said.")
    size = models.PositiveBigIntegerField(help_text="In bytes.")
    digest = models.CharField(max_length=80)
    stored_as = models.CharField(max_length=255)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["release_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["release", "digest"], name="evidence_file_once_per_release"),
            models.CheckConstraint(condition=~models.Q(digest=""), name="evidence_file_has_digest"),
        ]

    def __str__(self) -> str:
        return self.name


class Evidence(WrittenOnce):
    """One immutable record. A later one may supersede it; each may be superseded once.

    `measurements` is a list of `{"code", "value", "unit", "slice"}` as `requirements.check_measurements` reads them.
    `detail` is what its kind has beyond that, as `requirements.check_detail` reads it: the inputs of a training run,
    the columns of a dataset, what an access grant covers. `valid_until` is when it stops to count; empty for never.
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
    detail: models.JSONField[Any, Any] = models.JSONField(default=dict, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    file = models.ForeignKey(EvidenceFile, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence")
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
        indexes = [
            models.Index(fields=["release", "kind"], name="evidence_by_kind"),
            models.Index(
                fields=["valid_until"], condition=models.Q(valid_until__isnull=False), name="evidence_by_expiry"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.title}"
