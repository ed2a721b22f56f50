"""Calendars: when a team works."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts.calendars import calendar_mark, save_calendar
from governance.deadlines import business_calendar
from governance.errors import Conflict, Invalid, NotFound
from models_registry.models import WorkCalendar
from models_registry.requirements import FieldProblem
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.choosing import country_name
from tracker.web.settings.forms import DAYS, CalendarForm
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Calendar", "Time zone", "Hours", "Public holidays of", "Own closed days", "Teams")


@dataclass(frozen=True)
class CalendarRow:
    """A calendar in words, and whether its clock runs at this moment."""

    calendar: WorkCalendar
    hours: str
    country: str
    teams: int
    open: bool


@require_safe
def calendars(request: HttpRequest) -> HttpResponseBase:
    """All calendars, in words."""
    found = WorkCalendar.objects.annotate(team_count=Count("teams")).order_by("name")
    if request.GET.get("format") == "csv":
        lines = (
            [c.name, c.timezone, in_words(c), country_name(c.country), " ".join(c.closed_days), c.team_count]
            for c in found.iterator(chunk_size=500)
        )
        return csv_response("calendars", CSV_HEADER, lines)
    listing, now = paginate(request, found), timezone.now()
    rows = [
        CalendarRow(c, in_words(c), country_name(c.country), c.team_count, business_calendar(c).is_open(now))
        for c in listing.rows
    ]
    shown = Listing(rows, listing.number, listing.total, listing.size)
    return page(request, "settings/calendars.html", {**frame(request, "settings_calendars"), "listing": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_edit(request: HttpRequest, calendar: int = 0) -> HttpResponse:
    """Create a calendar, or change one."""
    permissions.administer(reader(request))
    known = WorkCalendar.objects.filter(pk=calendar).first()
    if calendar and known is None:
        raise NotFound
    form, status = CalendarForm(typed(request), calendar=known), 200
    now = calendar_mark(known) if known else ""
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_calendar(reader(request), form.facts(), calendar=known, seen=seen)
        except Invalid as refusal:
            show_problems(form, Invalid([_at_its_day(problem) for problem in refusal.problems]))
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            what = " The open releases of its teams have new due times." if known else ""
            return done(request, to=reverse("settings_calendars"), message=f"{saved} is saved.{what}")
    context = {**frame(request, "settings_calendars"), "calendar": known, "seen": seen}
    return page(request, "settings/calendar_edit.html", context, form=form, status=status)


def in_words(calendar: WorkCalendar) -> str:
    """The weekly hours as a person says them: `Mon–Fri 09:00–17:00`."""
    if calendar.always_open:
        return "day and night"
    groups: list[tuple[int, int, str]] = []
    for number in range(7):
        spans = ", ".join(f"{start}–{end}" for start, end in calendar.hours.get(str(number), []))
        if not spans:
            continue
        if groups and groups[-1][1] == number - 1 and groups[-1][2] == spans:
            groups[-1] = (groups[-1][0], number, spans)
        else:
            groups.append((number, number, spans))
    named = [
        f"{DAYS[first][:3]}–{DAYS[last][:3]} {spans}" if last > first else f"{DAYS[first][:3]} {spans}"
        for first, last, spans in groups
    ]
    return "; ".join(named) or "never open"


def _at_its_day(problem: FieldProblem) -> FieldProblem:
    """The law names the weekday in its message; the form has a field for each."""
    for number, day in enumerate(DAYS):
        _, found, after = problem.message.partition(f"{day}: ")
        if found:
            return FieldProblem(f"day_{number}", after)
    return problem
