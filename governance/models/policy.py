"""Policies: time budgets, evidence and approvals per risk tier and stage; fixed once published."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from governance.policy import PolicyRules, parse


class PolicyStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Policy(models.Model):
    """One version of the rules. Visits keep the version that was in force when they began."""

    version = models.PositiveIntegerField(unique=True)
    note = models.CharField(max_length=300, blank=True, help_text="What this version changes.")
    status = models.CharField(max_length=12, choices=PolicyStatus.choices, default=PolicyStatus.DRAFT)
    rules = models.JSONField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-version"]
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(status=PolicyStatus.DRAFT, published_at__isnull=True)
                | Q(status=PolicyStatus.PUBLISHED, published_at__isnull=False),
                name="policy_published_is_dated",
            ),
            models.UniqueConstraint(fields=["status"], condition=Q(status=PolicyStatus.DRAFT), name="policy_one_draft"),
        ]

    def __str__(self) -> str:
        return f"Policy version {self.version}"

    def parsed(self) -> PolicyRules:
        """The rules as the law reads them. Raises `PolicyProblem` when a draft does not parse."""
        return parse(self.rules)
