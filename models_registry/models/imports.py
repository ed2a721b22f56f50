"""Where imported facts came from: each run, and each row as it was found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


class ImportRun(models.Model):
    """One reading of one file, with the counts that account for every row."""

    file_name = models.CharField(max_length=255)
    file_digest = models.CharField(max_length=80)
    map_name = models.CharField(max_length=80)
    as_of = models.DateField(help_text="The day the file speaks of; an older file does not overwrite a newer one.")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    notes = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return f"{self.file_name} on {self.started_at:%Y-%m-%d}"


class ImportedRow(models.Model):
    """The newest raw row behind a model, and the identity that the next edition of the file is matched by."""

    key = models.CharField(max_length=500, unique=True)
    model = models.OneToOneField(
        "models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="imported_row"
    )
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    raw = models.JSONField()
    digest = models.CharField(max_length=80)
    notes = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.key
