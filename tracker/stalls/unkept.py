"""Answers whose time is over while the stall is not: who gave one is told once more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from governance.models import Acknowledgement, Hold
from models_registry.vocabulary import AlertKind, VisitState
from tracker.alerts.endings import Ending
from tracker.alerts.kinds import CLOCK_KINDS
from tracker.alerts.models import Alert

BECAME: Final[Mapping[str, Ending]] = {"answered": Ending.ANSWERED, "held": Ending.HELD, "settled": Ending.RESOLVED}


def unkept(now: datetime, since: datetime) -> QuerySet[Acknowledgement]:
    """The answers that ended between the two moments, that nothing newer replaces, and whose stall goes on."""
    ended = Acknowledgement.objects.filter(
        quiet_until__gt=since, quiet_until__lte=now, visit__left_at__isnull=True, visit__state=VisitState.UNDERWAY
    )
    return ended.filter(~_later("visit", "person", "pk"), _stalls("visit"))


def settled_answers() -> QuerySet[Alert, tuple[int, str]]:
    """The alerts of such answers that hold no more, and what became of them."""
    said = Acknowledgement.objects.filter(pk=OuterRef(OuterRef("occasion")))
    again = Acknowledgement.objects.filter(
        visit=OuterRef("visit"), person=said.values("person")[:1], pk__gt=OuterRef("occasion")
    )
    held = Hold.objects.filter(visit=OuterRef("visit"), ended_at__isnull=True, pauses_clock=True)
    became = Case(
        When(visit__left_at__isnull=False, then=F("visit__departure")),
        When(Exists(again), then=Value("answered")),
        When(Exists(held), then=Value("held")),
        default=Value("settled"),
    )
    over = Q(visit__left_at__isnull=False) | Q(Exists(again)) | ~_stalls("visit")
    alerts = Alert.objects.filter(kind=AlertKind.NOT_MOVED, closed_at__isnull=True).order_by()
    return alerts.filter(over).annotate(became=became).values_list("pk", "became")


def _stalls(visit: str) -> Exists:
    """The visit has an open alert of one of its clocks."""
    return Exists(Alert.objects.filter(visit=OuterRef(visit), kind__in=CLOCK_KINDS, closed_at__isnull=True))


def _later(visit: str, person: str, key: str) -> Exists:
    """The person has answered again."""
    return Exists(Acknowledgement.objects.filter(visit=OuterRef(visit), person=OuterRef(person), pk__gt=OuterRef(key)))
