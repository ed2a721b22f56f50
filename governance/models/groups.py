"""Who is asked: groups that approve or advise, and who stands in for whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

PERSON = settings.AUTH_USER_MODEL


class ApproverGroup(models.Model):
    """People whom a policy names together, to approve or to advise.

    `governance.controls.OFFICERS` is not a row here: every compliance officer belongs to it.
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    purpose = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """One person's seat in one group."""

    group = models.ForeignKey(ApproverGroup, on_delete=models.CASCADE, related_name="seats")
    person = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="seats")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["group_id", "person__full_name"]
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="group_seat_once")]

    def __str__(self) -> str:
        return f"{self.person} in {self.group}"


class Delegation(models.Model):
    """Somebody's work, left to a deputy between two moments. In reviews the ties of both count."""

    delegator = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="delegations_given")
    deputy = models.ForeignKey(PERSON, on_delete=models.CASCADE, related_name="delegations_taken")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now)
    ended_early_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_ends_after_start"),
            models.CheckConstraint(condition=~Q(delegator=F("deputy")), name="delegation_to_somebody_else"),
            models.CheckConstraint(condition=~Q(reason=""), name="delegation_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} for {self.delegator}"
