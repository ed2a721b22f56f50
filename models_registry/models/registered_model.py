"""The registry: what the organisation wants a model for, its trained versions and its releases."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import RiskTier, choices


class RegisteredModel(models.Model):
    """An entry of the registry. `restricted` hides it from everyone outside the team and the organisation roles."""

    slug = models.SlugField(max_length=120, unique=True)
    name = models.CharField(max_length=250)
    team = models.ForeignKey("models_registry.Team", on_delete=models.PROTECT, related_name="models")
    purpose = models.TextField(blank=True)
    risk_tier = models.CharField(max_length=8, choices=choices(RiskTier), default=RiskTier.MEDIUM)
    restricted = models.BooleanField(default=False)
    personal_data = models.BooleanField(null=True, blank=True, help_text="Empty means that nobody has said yet.")
    source = models.CharField(max_length=120, blank=True, help_text="Where an import found it; empty when made here.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="models_created"
    )
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]
        indexes = [
            models.Index(fields=["name", "id"], name="model_by_name"),
            models.Index(fields=["-updated_at", "-id"], name="model_by_change"),
            models.Index(fields=["team", "name", "id"], name="model_by_team"),
            models.Index(fields=["risk_tier", "name", "id"], name="model_by_tier"),
        ]

    def __str__(self) -> str:
        return self.name


class ModelTag(models.Model):
    """A word to find a model by."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["model", "name"], name="model_tag_once")]
        indexes = [models.Index(fields=["name", "model"], name="tag_by_name")]

    def __str__(self) -> str:
        return self.name


class ModelVersion(WrittenOnce):
    """One trained artefact: where it lies, its digest and the run that made it. Never edited."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    uri = models.CharField("artefact URI", max_length=500)
    digest = models.CharField(max_length=80)
    source_run = models.CharField(max_length=250, blank=True)
    signature = models.JSONField(default=dict, blank=True)
    metrics = models.JSONField(default=dict, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="versions_added"
    )
    added_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["model_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="version_number_once")]

    def __str__(self) -> str:
        return f"v{self.number}"


class Release(models.Model):
    """One trip of a model from brief to live. Where it stands is the open visit's business, not this row's."""

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="releases")
    number = models.PositiveIntegerField()
    candidate = models.ForeignKey(
        ModelVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="candidate_of"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="releases_created"
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["model_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["model", "number"], name="release_number_once")]

    def __str__(self) -> str:
        return f"{self.model} release {self.number}"


class RiskAssessment(WrittenOnce):
    """How a model came to its risk tier: the answers, the tier they lead to, and the tier that was set.

    `answers` as `governance.tiering.assess` reads them. A tier below the computed one has a reason, always.
    """

    model = models.ForeignKey(RegisteredModel, on_delete=models.PROTECT, related_name="risk_assessments")
    release = models.ForeignKey(
        Release, null=True, blank=True, on_delete=models.PROTECT, related_name="risk_assessments"
    )
    answers = models.JSONField(default=dict)
    computed = models.CharField(max_length=8, choices=choices(RiskTier))
    tier = models.CharField(max_length=8, choices=choices(RiskTier))
    reason = models.TextField(blank=True)
    assessed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    assessed_at = models.DateTimeField(default=timezone.now)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["model_id", "-assessed_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(tier=models.F("computed")) | ~models.Q(reason=""),
                name="risk_deviation_has_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model}: {self.tier}"
