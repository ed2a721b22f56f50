"""Calendars: a change of one recomputes the due dates of open visits; closed visits never change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import Prefetch, QuerySet

from governance import deadlines, permissions
from governance.acts.locks import moment
from governance.acts.meanwhile import mark, only_one, refuse_stale
from governance.errors import Invalid
from governance.models import StageOwnership, StageVisit
from governance.trail import writers
from models_registry.models import CalendarRevision, Person, WorkCalendar
from models_registry.requirements import FieldProblem

COUNTED: Final = ("timezone", "hours", "country", "closed_days", "always_open")
"""What time is counted by: a change of one of them makes a revision."""
BATCH: Final = 500


def save_calendar(
    actor: Person,
    facts: Mapping[str, Any],
    *,
    calendar: WorkCalendar | None = None,
    seen: str | None = None,
    at: datetime | None = None,
) -> WorkCalendar:
    """Create or change a calendar. Open visits of its teams get new due dates; closed ones never change.

    `facts`: name, timezone, hours, country, closed_days, always_open. `seen` is its `calendar_mark` as the page
    showed it.
    """
    at = moment(at)
    with transaction.atomic():
        permissions.administer(actor)
        known = calendar is not None
        calendar = WorkCalendar.objects.select_for_update().get(pk=calendar.pk) if calendar else WorkCalendar()
        before = _calendar_says(calendar) if known else {}
        if known:
            refuse_stale(seen, before, f"calendar:{calendar.pk}", calendar.name)
        for name in ("name", *COUNTED):
            if name in facts:
                setattr(calendar, name, facts[name])
        _refuse_bad_calendar(calendar)
        with only_one(f"A calendar called {calendar.name} was added a moment ago."):
            calendar.save()
        _keep(calendar, at)
        if known:
            reread_clocks(StageVisit.objects.filter(release__model__team__calendar=calendar), at)
        writers.calendar_changed(calendar, before, _calendar_says(calendar), actor, at)
        return calendar


def reread_clocks(visits: QuerySet[StageVisit], at: datetime) -> None:
    """Recompute the hints of open visits and vacancies whose calendar changed.

    Each is locked first: one that is left meanwhile keeps its time, and one that is held meanwhile its hold.
    """
    ids = list(visits.filter(left_at__isnull=True).order_by("release_id").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        chunk = StageVisit.objects.select_for_update(of=("self",)).filter(pk__in=ids[start : start + BATCH])
        loaded = chunk.filter(left_at__isnull=True).select_related("policy", "release__model__team__calendar")
        vacancies = StageOwnership.objects.filter(until__isnull=True, owner__isnull=True)
        prefetched = loaded.prefetch_related("holds", Prefetch("ownerships", vacancies, to_attr="vacancies"))
        for visit in prefetched.order_by("release_id"):
            deadlines.refresh(visit, at)
            for spell in visit.vacancies:
                deadlines.hint_vacancy(spell, visit, at)
                spell.save(update_fields=["stalls_at", "notice_at"])


def revision_in_force(calendar: WorkCalendar, at: datetime) -> CalendarRevision:
    """What the calendar says now, as a visit that is left keeps it; made for a calendar that has none yet."""
    latest = CalendarRevision.objects.filter(calendar=calendar).order_by("-number").first()
    if latest is not None:
        return latest
    facts = {name: getattr(calendar, name) for name in COUNTED}
    return CalendarRevision.objects.get_or_create(calendar=calendar, number=1, defaults={"made_at": at, **facts})[0]


def _keep(calendar: WorkCalendar, at: datetime) -> None:
    """Write a revision of a locked calendar, unless time is counted in it as before."""
    latest = revision_in_force(calendar, at)
    says = {name: getattr(calendar, name) for name in COUNTED}
    if mark(says) != mark({name: getattr(latest, name) for name in COUNTED}):
        CalendarRevision.objects.create(calendar=calendar, number=latest.number + 1, made_at=at, **says)


def _refuse_bad_calendar(calendar: WorkCalendar) -> None:
    problems = []
    if not calendar.name.strip():
        problems.append(FieldProblem("name", "Give the calendar a name."))
    elif WorkCalendar.objects.filter(name__iexact=calendar.name).exclude(pk=calendar.pk).exists():
        problems.append(FieldProblem("name", "There is a calendar of this name."))
    if calendar.timezone not in available_timezones():
        problems.append(
            FieldProblem("timezone", f"“{calendar.timezone}” is no time zone; write for example Europe/Berlin.")
        )
    if not problems:
        try:
            deadlines.compile_calendar(calendar)
        except (ValueError, TypeError, NotImplementedError) as error:
            problems.append(FieldProblem("hours", f"These hours make no calendar: {error}"))
    if problems:
        raise Invalid(problems)


def calendar_mark(calendar: WorkCalendar) -> str:
    """What a page remembers of a calendar, for `save_calendar` to compare."""
    return mark(_calendar_says(calendar))


def _calendar_says(calendar: WorkCalendar) -> dict[str, Any]:
    return {name: getattr(calendar, name) for name in ("name", *COUNTED)}
