"""People: who may sign in, and as what."""

from __future__ import annotations

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions, quorums
from governance.acts.organisation import deactivate_person, person_mark, reactivate_person, save_person
from governance.errors import Conflict, Invalid, NotFound
from governance.models import StageOwnership
from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, TeamRole, choices
from tracker.web.listing import csv_response, filters_of, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.abilities import editable
from tracker.web.settings.forms import PersonForm
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Name", "E-mail", "Role", "May sign in", "Teams", "Skills", "Owned at most", "Time zone")


@require_safe
def people(request: HttpRequest) -> HttpResponseBase:
    """Everyone, with their teams."""
    sought = filters_of(request, "q", "role")
    memberships = Membership.objects.select_related("team").order_by("team__name")
    found = Person.objects.prefetch_related(Prefetch("memberships", memberships))
    if text := sought["q"]:
        found = found.filter(Q(full_name__icontains=text) | Q(email__icontains=text))
    if sought["role"] in set(OrgRole):
        found = found.filter(role=sought["role"])
    if request.GET.get("format") == "csv":
        return csv_response("people", CSV_HEADER, map(_line, found.iterator(chunk_size=500)))
    listing = paginate(request, found)
    context = {
        **frame(request, "settings_people"),
        "people": listing,
        "editable": editable(reader(request), listing.rows),
        "roles": choices(OrgRole),
        "sought": sought,
    }
    return page(request, "settings/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def person_edit(request: HttpRequest, person: int = 0) -> HttpResponse:
    """Add a person, or change one."""
    actor = reader(request)
    permissions.administer(actor)
    known = _person(person) if person else None
    form, status = PersonForm(typed(request), initial=_said_of(known)), 200
    now = person_mark(known) if known else ""
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_person(actor, person=known, seen=seen, **form.cleaned_data)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            how = "is saved." if known else "is added. They choose a password through “Forgot your password?”."
            return done(request, to=reverse("settings_people"), message=f"{saved} {how}")
    context = {**frame(request, "settings_people"), "person": known, "seen": seen}
    return page(request, "settings/person_edit.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person_deactivate(request: HttpRequest, person: int) -> HttpResponse:
    """End a person's access, after showing what that leaves without an owner."""
    actor, known = reader(request), _person(person)
    permissions.administer(actor)
    owned = StageOwnership.objects.filter(owner=known, until__isnull=True).count()
    status = 200
    if request.method == "POST":
        try:
            deactivate_person(actor, known.pk, despite=request.POST.get("despite") == "yes")
        except Conflict:
            status = 409  # the page says what would be missing, and asks whether that is meant
        else:
            what = " What they owned waits for a new owner." if owned else ""
            return done(request, to=reverse("settings_people"), message=f"{known} can no longer sign in.{what}")
    context = {
        **frame(request, "settings_people"),
        "person": known,
        "owned": owned,
        "is_me": known == actor,
        "loss": quorums.loss(known) if known.is_active else None,
    }
    return page(request, "settings/person_deactivate.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def person_reactivate(request: HttpRequest, person: int) -> HttpResponse:
    """Let a person sign in again."""
    actor, known = reader(request), _person(person)
    permissions.administer(actor)
    if request.method == "POST":
        reactivate_person(actor, known.pk)
        return done(request, to=reverse("settings_people"), message=f"{known} may sign in again.")
    return page(request, "settings/person_reactivate.html", {**frame(request, "settings_people"), "person": known})


def _line(person: Person) -> list[object]:
    teams = "; ".join(f"{one.team.name} ({TeamRole(one.role).label.lower()})" for one in person.memberships.all())
    role = OrgRole(person.role).label
    skills, limit = ", ".join(person.skills), "" if person.load_limit is None else person.load_limit
    return [person.full_name, person.email, role, person.is_active, teams, skills, limit, person.timezone]


def _said_of(person: Person | None) -> dict[str, object] | None:
    return {name: getattr(person, name) for name in ("full_name", "email", "role", "timezone")} if person else None


def _person(number: int) -> Person:
    found = Person.objects.filter(pk=number).first()
    if found is None:
        raise NotFound
    return found
