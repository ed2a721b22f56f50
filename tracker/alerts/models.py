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
    APPRISE = "apprise", "Chat or pager"
    WEBHOOK = "webhook", "Webhook"


class Destination(models.Model):
    """Somewhere outside that alerts go to: a chat, a pager or a webhook, of one person or of one team.

    `sealed` is the address with whatever secret it holds, and `sealed_key` the key that a webhook is signed with; both
    are encrypted at rest and never shown again. `shown` is what people see of it.
    """

    person = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.CASCADE, related_name="destinations")
    team = models.ForeignKey(
        "models_registry.Team", null=True, blank=True, on_delete=models.CASCADE, related_name="destinations"
    )
    channel = models.CharField(max_length=12, choices=Channel.choices)
    name = models.CharField(max_length=80)
    shown = models.CharField(max_length=200)
    sealed = models.TextField()
    sealed_key = models.TextField(blank=True)
    least = models.CharField(
        max_length=24, blank=True, help_text="The lowest rung of a clock that it hears of; empty: everything."
    )
    is_on = models.BooleanField(default=True)
    created_by = models.ForeignKey(PERSON, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    tested_at = models.DateTimeField(null=True, blank=True)
    tested_answer = models.CharField(max_length=500, blank=True)
    tested_well = models.BooleanField(null=True)
    # How often in a row nobody answered there, and until when nothing is sent.
    failures = models.PositiveSmallIntegerField(default=0)
    resting_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(person__isnull=False, team__isnull=True) | Q(person__isnull=True, team__isnull=False),
                name="destination_of_one",
            ),
            models.CheckConstraint(condition=Q(channel__in=["apprise", "webhook"]), name="destination_leads_outside"),
            models.UniqueConstraint(
                fields=["person", "name"], condition=Q(person__isnull=False), name="destination_name_of_person"
            ),
            models.UniqueConstraint(
                fields=["team", "name"], condition=Q(team__isnull=False), name="destination_name_of_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AlertPreferences(models.Model):
    """When one person wants messages. Without a row everything comes at once, by inbox and e-mail."""

    person = models.OneToOneField(PERSON, primary_key=True, on_delete=models.CASCADE, related_name="alert_preferences")
    by_email = models.BooleanField(default=True)
    quiet_from = models.TimeField(null=True, blank=True, help_text="In the person's time zone.")
    quiet_until = models.TimeField(null=True, blank=True)
    quiet_weekends = models.BooleanField(default=False)
    digest_at = models.TimeField(null=True, blank=True, help_text="Once a day at this time; empty: as they come.")
    digest_sent_on = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "alert preferences"
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="quiet_hours_have_both_ends",
            )
        ]

    def __str__(self) -> str:
        return f"alerts of {self.person}"


class Mute(models.Model):
    """One person hears no more of one model's alerts that are not theirs to answer; `kinds` empty: of none of them."""

    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="mutes")
    model = models.ForeignKey("models_registry.RegisteredModel", on_delete=models.CASCADE, related_name="mutes")
    kinds = models.JSONField(default=list, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [models.UniqueConstraint(fields=["person", "model"], name="mute_once")]

    def __str__(self) -> str:
        return f"{self.person} hears nothing of {self.model_id}"


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
    """Many deliveries to one person (or team's destination) that go out as one message, now and at every retry."""

    recipient = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    destination = models.ForeignKey(Destination, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
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
    """One message of one alert to one recipient over one channel. `key` stays the same through every retry.

    A team's destination has no recipient; a person's own has one.
    """

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(PERSON, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    destination = models.ForeignKey(
        Destination, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    # Kept when a destination is removed, and what makes one row per destination: 0 where there is none.
    destination_number = models.PositiveBigIntegerField(default=0)
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
            models.UniqueConstraint(
                fields=["alert", "recipient", "channel", "destination_number"], name="delivery_once"
            ),
            models.UniqueConstraint(
                fields=["alert", "destination_number"],
                condition=Q(recipient__isnull=True),
                name="delivery_once_to_team",
            ),
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | Q(destination_number__gt=0), name="delivery_has_recipient"
            ),
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
                fields=["destination", "next_attempt_at"],
                condition=Q(state="waiting", destination__isnull=False),
                name="delivery_waiting_at",
            ),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="delivery_given_up"),
            models.Index(
                fields=["recipient", "-id"],
                condition=Q(channel__in=["email", "apprise", "webhook"]),
                name="delivery_sent_to",
            ),
            models.Index(
                fields=["destination_number", "-id"], condition=Q(destination_number__gt=0), name="delivery_sent_at"
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
