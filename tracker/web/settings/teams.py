"""Teams and their members."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import permissions
from governance.acts.organisation import TeamFacts, remove_member, save_team, set_member, team_mark
from governance.errors import Conflict, Invalid, NotFound
from governance.models import StageOwnership
from models_registry.models import Membership, Person, Team
from models_registry.vocabulary import TeamRole, choices
from tracker.web.listing import csv_response, filters_of, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.forms import MemberForm, TeamForm
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Team", "Division", "Calendar", "Escalations go to", "Hourly rate", "Currency", "People", "Models")


@require_safe
def teams(request: HttpRequest) -> HttpResponseBase:
    """All teams, with how many people and visible models each has."""
    sought = filters_of(request, "q")
    found = _counted(reader(request))
    if text := sought["q"]:
        found = found.filter(Q(name__icontains=text) | Q(division__icontains=text))
    if request.GET.get("format") == "csv":
        lines = (
            [t.name, t.division, t.calendar.name, t.escalation_contact, t.hourly_rate, t.currency, t.people, t.visible]
            for t in found.iterator(chunk_size=500)
        )
        return csv_response("teams", CSV_HEADER, lines)
    context = {**frame(request, "settings"), "teams": paginate(request, found), "sought": sought}
    return page(request, "settings/teams.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def team(request: HttpRequest, slug: str) -> HttpResponse:
    """One team: its members, and the form that adds one."""
    found = _team(slug)
    if request.method == "POST":
        permissions.lead_team(reader(request), found)
    form = MemberForm(typed(request), team=found)
    if request.method == "POST" and form.is_valid():
        person, role = form.cleaned_data["person"], form.cleaned_data["role"]
        try:
            set_member(reader(request), found, person, role)
        except Invalid as refusal:
            show_problems(form, refusal)
        else:
            message = f"{person} is {TeamRole(role).label.lower()} of {found} now."
            return done(request, to=reverse("settings_team", args=[slug]), message=message)
    context = {
        **frame(request, "settings"),
        "team": found,
        "members": _members(found),
        "roles": choices(TeamRole),
        "may_lead": permissions.allows(permissions.lead_team, reader(request), found),
    }
    return page(request, "settings/team.html", context, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def team_edit(request: HttpRequest, slug: str = "") -> HttpResponse:
    """Create a team, or change one."""
    actor, known = reader(request), _team(slug) if slug else None
    permissions.lead_team(actor, known) if known else permissions.administer(actor)
    form, status = TeamForm(typed(request), initial=_said_of(known)), 200
    now = team_mark(known) if known else ""
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_team(actor, TeamFacts(**form.cleaned_data), team=known, seen=seen)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            return done(request, to=reverse("settings_team", args=[saved.slug]), message=f"{saved} is saved.")
    context = {**frame(request, "settings"), "team": known, "seen": seen}
    return page(request, "settings/team_edit.html", context, form=form, status=status)


@require_POST
def member_role(request: HttpRequest, slug: str, person: int) -> HttpResponse:
    """Change a member's role."""
    found, somebody = _member(slug, person)
    role = request.POST.get("role", "")
    set_member(reader(request), found, somebody, role)
    message = f"{somebody} is {TeamRole(role).label.lower()} of {found} now."
    return done(request, to=reverse("settings_team", args=[slug]), message=message)


@require_http_methods(["GET", "HEAD", "POST"])
def member_remove(request: HttpRequest, slug: str, person: int) -> HttpResponse:
    """Take somebody out of the team, after showing what that leaves without an owner."""
    found, somebody = _member(slug, person)
    permissions.lead_team(reader(request), found)
    owned = StageOwnership.objects.filter(owner=somebody, until__isnull=True, visit__release__model__team=found)
    if request.method == "POST":
        remove_member(reader(request), found, somebody)
        return done(request, to=reverse("settings_team", args=[slug]), message=f"{somebody} is no longer in {found}.")
    # An administrator may own a stage in any team, so leaving one takes nothing from them.
    left = 0 if _stays_owner(somebody) else owned.count()
    context = {**frame(request, "settings"), "team": found, "person": somebody, "owned": left}
    return page(request, "settings/member_remove.html", context)


def _counted(viewer: Person) -> QuerySet[Any]:
    """Teams with two counts, each asked only for the teams that are shown."""
    seen = permissions.visible_models(viewer)
    return Team.objects.select_related("calendar", "escalation_contact").annotate(
        people=_count(Membership.objects.filter(team=OuterRef("pk")), "team"),
        visible=_count(seen.filter(team=OuterRef("pk")), "team"),
    )


def _count(of: QuerySet[Any], by: str) -> Coalesce:
    return Coalesce(Subquery(of.order_by().values(by).annotate(n=Count("pk")).values("n")), 0)


def _members(team: Team) -> list[Membership]:
    """Leads first, then by name."""
    ranks = list(TeamRole)
    return sorted(
        team.memberships.select_related("person").order_by("person__full_name"),
        key=lambda member: ranks.index(TeamRole(member.role)),
    )


def _stays_owner(person: Person) -> bool:
    return permissions.allows(permissions.administer, person)


def _said_of(team: Team | None) -> dict[str, object] | None:
    names = ("name", "division", "calendar", "hourly_rate", "currency", "escalation_contact")
    return {name: getattr(team, name) for name in names} if team else None


def _team(slug: str) -> Team:
    found = Team.objects.select_related("calendar", "escalation_contact").filter(slug=slug).first()
    if found is None:
        raise NotFound
    return found


def _member(slug: str, number: int) -> tuple[Team, Person]:
    found = _team(slug)
    person = Person.objects.filter(pk=number).first()
    if person is None:
        raise NotFound
    if not found.memberships.filter(person=person).exists():
        raise Conflict(f"{person} is no longer in {found}.", remedy="Add them again if that is wrong.")
    return found, person
