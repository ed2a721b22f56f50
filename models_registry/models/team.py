"""Teams, who belongs to them, and the calendar their time is counted in."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models

from models_registry.vocabulary import TeamRole, choices

STANDARD_WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}


def standard_week() -> dict[str, list[list[str]]]:
    """Monday to Friday, nine to five: the week a new calendar starts with."""
    return {day: [list(span) for span in spans] for day, spans in STANDARD_WEEK.items()}


class WorkCalendar(models.Model):
    """When a team works: time zone, hours (`{"0": [["09:00", "17:00"]]}`, Monday is 0), country, own closed days."""

    name = models.CharField(max_length=80, unique=True)
    timezone = models.CharField("time zone", max_length=64, default="UTC")
    hours = models.JSONField("weekly hours", default=standard_week)
    country = models.CharField(
        "public holidays of", max_length=8, blank=True, help_text="ISO 3166 code, for example DE or US"
    )
    closed_days = models.JSONField("own closed days", default=list, blank=True)
    always_open = models.BooleanField("open day and night", default=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CalendarRevision(models.Model):
    """What a calendar said from one moment on. A visit that was left keeps the one its time was counted in."""

    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    timezone = models.CharField(max_length=64)
    hours = models.JSONField()
    country = models.CharField(max_length=8, blank=True)
    closed_days = models.JSONField(default=list, blank=True)
    always_open = models.BooleanField(default=False)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["calendar_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["calendar", "number"], name="calendar_revision_once")]

    def __str__(self) -> str:
        return f"{self.calendar}, revision {self.number}"


class Team(models.Model):
    """People who bring models to production together, with the rate their hours are counted at."""

    slug = models.SlugField(max_length=90, unique=True)
    name = models.CharField(max_length=160)
    division = models.CharField(max_length=160, blank=True)
    calendar = models.ForeignKey(WorkCalendar, on_delete=models.PROTECT, related_name="teams")
    escalation_contact = models.ForeignKey(
        "models_registry.Person", null=True, blank=True, on_delete=models.SET_NULL, related_name="escalations"
    )
    hourly_rate = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal("95.00"), validators=[MinValueValidator(Decimal(0))]
    )
    currency = models.CharField(max_length=3, default="EUR")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(hourly_rate__gte=0), name="team_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One person's part in one team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey("models_registry.Person", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=choices(TeamRole), default=TeamRole.ENGINEER)

    class Meta:
        ordering = ["team_id", "person__full_name"]
        constraints = [models.UniqueConstraint(fields=["team", "person"], name="membership_once_per_team")]

    def __str__(self) -> str:
        return f"{self.person} in {self.team} as {self.role}"
