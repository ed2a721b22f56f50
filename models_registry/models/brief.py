"""The brief, and what the deployment commits to: versioned, and fixed once signed."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce, WrittenOnceQuerySet

BRIEF_FIELDS = (
    "serving_mode",
    "latency_percentile",
    "latency_ms",
    "throughput_rps",
    "availability_percent",
    "batch_window_minutes",
    "cpu_cores",
    "memory_gib",
    "gpu",
    "gpu_count",
    "region",
    "monthly_budget",
    "budget_currency",
    "input_schema",
    "output_schema",
    "acceptance_metrics",
    "data_sources",
    "retraining_plan",
    "risk_answers",
)


class Brief(models.Model):
    """One revision of a release's production requirements. A draft may be incomplete; a signed one never changes.

    `content` holds the fields of `BRIEF_FIELDS` as `models_registry.requirements.check_brief` reads them.
    """

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="briefs")
    number = models.PositiveIntegerField()
    content = models.JSONField(default=dict)
    change_reason = models.TextField(blank=True, help_text="Why this revision exists; empty only for the first.")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="briefs_written"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="briefs_signed"
    )
    signed_at = models.DateTimeField(null=True, blank=True)
    digest = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["release_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="brief_number_once"),
            models.UniqueConstraint(
                fields=["release"], condition=Q(signed_at__isnull=True), name="brief_one_draft_per_release"
            ),
            models.CheckConstraint(
                condition=Q(signed_at__isnull=True, signed_by__isnull=True, digest="")
                | (Q(signed_at__isnull=False, signed_by__isnull=False) & ~Q(digest="")),
                name="brief_signature_is_whole",
            ),
            models.CheckConstraint(condition=Q(number=1) | ~Q(change_reason=""), name="brief_amendment_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.release} brief {self.number}"

    @property
    def is_signed(self) -> bool:
        return self.signed_at is not None


class DeploymentSpec(WrittenOnce):
    """How a release runs in production: each save is a new revision. Fields: see `requirements.check_deployment`."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="deployment_specs")
    number = models.PositiveIntegerField()
    content: models.JSONField[Any, Any] = models.JSONField(default=dict)
    service_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="services_owned"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["release_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["release", "number"], name="deployment_spec_number_once")]

    def __str__(self) -> str:
        return f"{self.release} deployment {self.number}"
