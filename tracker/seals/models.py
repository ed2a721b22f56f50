"""The letters that carry the head of the trail out of the house."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class SealLetter(models.Model):
    """One day's head to one person, written with the seal and sent when the mail server takes it: at least once."""

    day = models.DateField()
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="seal_letters")
    sequence = models.PositiveBigIntegerField()
    head = models.CharField(max_length=64)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True, help_text="Empty once it was sent or given up.")
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True, help_text="What the mail server last said against it.")

    class Meta:
        ordering = ["-day", "recipient_id"]
        constraints = [models.UniqueConstraint(fields=["day", "recipient"], name="seal_letter_once_a_day")]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="seal_letter_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"the seal of {self.day} to {self.recipient}"
