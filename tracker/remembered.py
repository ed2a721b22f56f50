"""What was answered to a request with an `Idempotency-Key`, so that the same request again changes nothing more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.utils import timezone

KEPT_FOR: Final = timedelta(hours=24)
LONGEST_KEY: Final = 200


class RememberedAnswer(models.Model):
    """One answer. It is written in the transaction of what it tells of: both are there, or neither."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=LONGEST_KEY)
    asked = models.CharField(max_length=64, help_text="Digest of method, address and body.")
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="answer_remembered_once")]

    def __str__(self) -> str:
        return f"{self.key} of {self.person_id}"


def forget_old(now: datetime) -> int:
    """Drop what is older than a day. Returns how many there were."""
    return RememberedAnswer.objects.filter(at__lt=now - KEPT_FOR).delete()[0]
