"""Which visits the sweep has to look at. Index look-ups only: a sweep that finds nothing has to be cheap."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Exists, F, OuterRef, Q

from governance.models import Hold, StageOwnership, StageVisit
from models_registry.vocabulary import AlertKind
from tracker.alerts.kinds import CLOCK_KINDS, STAGE_KINDS, VACANCY_KINDS
from tracker.alerts.models import Alert

AT_ONCE: Final = 20_000  # of each sort in one sweep; the next sweep is half a minute away


def visits_to_settle(now: datetime) -> list[int]:
    """The visits whose stage clock or vacancy reaches a rung, or whose open alerts may no longer hold."""
    return sorted({*_at_a_rung(now), *_vacant_at_a_rung(now), *_with_stale_alerts(now)})


def _at_a_rung(now: datetime) -> list[int]:
    due = StageVisit.objects.filter(left_at__isnull=True, notice_at__lte=now).order_by("notice_at")
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def _vacant_at_a_rung(now: datetime) -> list[int]:
    due = StageOwnership.objects.filter(until__isnull=True, notice_at__lte=now).order_by("notice_at")
    return list(due.values_list("visit_id", flat=True)[:AT_ONCE])


def _with_stale_alerts(now: datetime) -> list[int]:
    """Left, put on hold, filled, or given back time by a change of the calendar. Only open alerts are looked at."""
    held = Hold.objects.filter(visit=OuterRef("visit"), ended_at__isnull=True, pauses_clock=True)
    vacant = StageOwnership.objects.filter(pk=OuterRef("occasion"), until__isnull=True, owner__isnull=True)
    past = Q(kind__in=STAGE_KINDS - {AlertKind.AT_RISK}, visit__stalls_at__gt=now)
    early = Q(kind=AlertKind.AT_RISK, visit__stalls_at__gt=F("visit__notice_at"))
    stale = Alert.objects.filter(
        Q(visit__left_at__isnull=False)
        | Q(Exists(held), kind__in=STAGE_KINDS)
        | Q(~Exists(vacant), kind__in=VACANCY_KINDS)
        | Q(past | early, visit__notice_at__gt=now),
        closed_at__isnull=True,
        kind__in=CLOCK_KINDS,
    )
    return list(stale.order_by().values_list("visit_id", flat=True).distinct()[:AT_ONCE])
