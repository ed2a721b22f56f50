"""The cost ledger: append-only entries, corrected by reversal."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from models_registry.models.immutable import WrittenOnce, WrittenOnceQuerySet
from models_registry.vocabulary import CostKind, Stage, choices


class CostEntry(WrittenOnce):
    """Money spent on a release in a stage. Engineering carries hours and rate; a reversal the negated amount."""

    release = models.ForeignKey("models_registry.Release", on_delete=models.PROTECT, related_name="costs")
    stage = models.CharField(max_length=20, choices=choices(Stage))
    kind = models.CharField(max_length=16, choices=choices(CostKind))
    hours = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    rate = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3)
    incurred_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="costs_entered"
    )
    created_at = models.DateTimeField(default=timezone.now)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    import_key = models.CharField(
        max_length=100, blank=True, help_text="Makes a second upload of the same line a no-op."
    )

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["-incurred_on", "-id"]
        verbose_name_plural = "cost entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
                name="cost_positive_unless_reversal",
            ),
            models.CheckConstraint(
                condition=Q(hours__isnull=True, rate__isnull=True) | Q(hours__isnull=False, rate__isnull=False),
                name="cost_hours_and_rate_together",
            ),
            models.CheckConstraint(
                condition=~Q(kind=CostKind.ENGINEERING) | Q(hours__isnull=False), name="cost_engineering_has_hours"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="cost_currency_is_iso"),
            models.CheckConstraint(condition=~Q(reverses=F("id")), name="cost_does_not_reverse_itself"),
            models.UniqueConstraint(
                fields=["release", "import_key"], condition=~Q(import_key=""), name="cost_import_line_once"
            ),
        ]
        indexes = [models.Index(fields=["release", "incurred_on"], name="cost_by_release")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} for {self.release}"
