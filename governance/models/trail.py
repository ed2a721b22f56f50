"""The trail: append-only, hash-chained, and without foreign keys, so that it outlives what it tells of."""

from __future__ import annotations

from django.db import models

from models_registry.models import WrittenOnce, WrittenOnceQuerySet


class AuditEvent(WrittenOnce):
    """One act. `hash` covers every other column and `previous`, the hash of the event before it in the same chain."""

    chain = models.CharField(max_length=40)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=200)
    act = models.CharField(max_length=60)
    subject = models.CharField(
        max_length=60, help_text="Kind and number of the thing acted on, for example release:12."
    )
    subject_name = models.CharField(max_length=300)
    release_id = models.BigIntegerField(null=True)
    model_id = models.BigIntegerField(null=True)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = WrittenOnceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="trail_sequence_once"),
            models.UniqueConstraint(fields=["previous"], name="trail_previous_once"),
        ]
        indexes = [
            models.Index(fields=["-at", "-id"], name="trail_by_time"),
            models.Index(fields=["release_id", "-id"], name="trail_by_release"),
            models.Index(fields=["model_id", "-id"], name="trail_by_model"),
            models.Index(fields=["act", "-id"], name="trail_by_act"),
            # For four eyes, which asks in which releases a person named a candidate.
            models.Index(
                fields=["actor_id", "release_id"],
                condition=models.Q(act="candidate.name"),
                name="trail_who_named_candidates",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.act}"


class ChainHead(models.Model):
    """The newest link of one chain. Locked while a link is added; the seal notes what it has bound.

    `rows` is a digest of the row numbers of all its links, which no hash of theirs can cover.
    """

    chain = models.CharField(max_length=40, primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    rows = models.CharField(max_length=64, blank=True)
    sealed_sequence = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.chain} at {self.sequence}"
