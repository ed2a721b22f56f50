"""Stall facts and the messages that tell of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from models_registry.vocabulary import AlertKind, choices

PERSON = settings.AUTH_USER_MODEL


class Channel(models.TextChoices):
    INBOX = "inbox", "Inbox"
    EMAIL = "email", "E-mail"


class Alert(models.Model):
    """One fact to tell, at one rung. `occasion` is the row it is about: a spell without an owner for the vacancy kinds,
    an offer, nudge, hold, review, decision, finding or grant for theirs, and 0 for the stage clock, of which a visit
    has only one. `about_at` is the moment of that row that it is about (when it is due, expires or was given), where
    the row may get another one: of a date that was moved people are told anew, wherever the release is by then.

    Open means that it still holds. An alert whose rung was overtaken before anyone could be told is kept, closed, and
    tells nobody.
    """

    kind = models.CharField(max_length=24, choices=choices(AlertKind))
    visit = models.ForeignKey("governance.StageVisit", on_delete=models.PROTECT, related_name="alerts")
    occasion = models.PositiveBigIntegerField(default=0)
    about_at = models.DateTimeField(null=True, blank=True)
    raised_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "kind", "occasion"], condition=Q(about_at__isnull=True), name="alert_once_per_rung"
            ),
            models.UniqueConstraint(
                fields=["kind", "occasion", "about_at"],
                condition=Q(about_at__isnull=False),
                name="alert_once_per_moment",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, closed_because="")
                | (Q(closed_at__isnull=False) & ~Q(closed_because="")),
                name="alert_end_has_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["visit", "kind"], condition=Q(closed_at__isnull=True), name="alert_open_by_visit"),
            models.Index(fields=["kind", "-occasion"], name="alert_latest_occasion"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for visit {self.visit_id}"


class Bundle(models.Model):
    """Many deliveries to one person over one channel that go out as one message, now and at every retry."""

    recipient = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="+")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"bundle {self.pk} to {self.recipient}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    DELIVERED = "delivered", "Delivered"
    CANCELLED = "cancelled", "No longer needed"
    FAILED = "failed", "Given up"


class Delivery(models.Model):
    """One message of one alert to one recipient over one channel. `key` stays the same through every retry."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    bundle = models.ForeignKey(Bundle, null=True, blank=True, on_delete=models.PROTECT, related_name="deliveries")
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(max_length=12, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    created_at = models.DateTimeField(default=timezone.now)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["alert", "recipient", "channel"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state="waiting", next_attempt_at__isnull=False)
                | (~Q(state="waiting") & Q(next_attempt_at__isnull=True)),
                name="delivery_waiting_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state="delivered") | Q(delivered_at__isnull=False), name="delivery_done_is_dated"
            ),
        ]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(
                fields=["recipient", "channel", "next_attempt_at"],
                condition=Q(state="waiting"),
                name="delivery_waiting_for",
            ),
            models.Index(
                fields=["recipient", "-created_at", "-id"],
                condition=Q(channel="inbox", state="delivered"),
                name="delivery_inbox",
            ),
            models.Index(
                fields=["recipient", "-created_at", "-id"],
                condition=Q(channel="inbox", state="delivered", read_at__isnull=True),
                name="delivery_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} to {self.recipient} by {self.channel}"


class DeliveryAttempt(models.Model):
    """One try of one delivery, with the answer it got."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField(default=timezone.now)
    succeeded = models.BooleanField()
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"try of {self.delivery_id} at {self.at:%Y-%m-%d %H:%M}"
