"""What an act on a release is about: the release as the person may see it, and where the page came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from governance.dossiers import with_dossier
from governance.errors import Conflict, Invalid, NotFound, Unmet
from governance.models import StageVisit
from governance.permissions import allows, may_read, own_stage, remember_roles
from models_registry.models import Person, RegisteredModel, Release
from models_registry.vocabulary import OrgRole, Stage
from tracker.web.pages import back_address, done, page, show_problems
from tracker.web.viewer import reader

CONFLICT = 409


@dataclass(frozen=True)
class Subject:
    """A release in its open visit, the person who acts, and the address to return to."""

    person: Person
    visit: StageVisit
    back: str

    @property
    def release(self) -> Release:
        return self.visit.release

    @property
    def model(self) -> RegisteredModel:
        return self.visit.release.model

    @property
    def name(self) -> str:
        return f"{self.model.name}, release {self.release.number}"

    @property
    def stage(self) -> Stage:
        return Stage(self.visit.stage)


def page_of(release: Release) -> str:
    """The address of the model's page with this release on it."""
    return f"{reverse('model', args=[release.model.slug])}?release={release.number}"


def subject_of(request: HttpRequest, release_id: int) -> Subject:
    """The release that the address names, with its dossier. Raises `NotFound` for what the person may not see."""
    person = reader(request)
    visits = StageVisit.objects.filter(may_read(person, "release_id"), release_id=release_id, left_at__isnull=True)
    visit = with_dossier(visits).first()
    if visit is None:
        raise NotFound
    return Subject(person, visit, came_from(request, page_of(visit.release)))


def came_from(request: HttpRequest, default: str) -> str:
    """Where to go when the act is done or given up; never the act's own page."""
    back = back_address(request, default)
    return default if urlsplit(back).path == request.path else back


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when that is nothing; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def expected_visit(request: HttpRequest) -> int | None:
    """The visit that the person's page showed."""
    text = request.POST.get("expected_visit", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def expected_state(request: HttpRequest) -> datetime | None:
    """When the thing was changed last, as the person's page showed it."""
    try:
        return parse_datetime(request.POST.get("expected", ""))
    except ValueError:
        return None


def perform(
    request: HttpRequest,
    template: str,
    subject: Subject,
    form: BaseForm,
    act: Callable[[], str],
    context: dict[str, Any] | None = None,
    *,
    refused: Callable[[BaseForm, Invalid], None] = show_problems,
) -> HttpResponse:
    """Show the form; when it was sent and is valid, act. `act` gives the sentence that confirms what happened.

    What was refused is told on the form with all that was typed; a stale page gets 409 and the present state.
    """
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            message = act()
        except Invalid as refusal:
            refused(form, refusal)
        except Unmet as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            show_problems(form, refusal)
            status = CONFLICT
        else:
            return done(request, to=subject.back, message=message)
    values = {"subject": subject, "visit": subject.visit, **(context or {})}
    return page(request, template, values, form=form, status=status)


def may_own(model: RegisteredModel, stage: Stage) -> list[Person]:
    """Everybody who may answer for this stage of the model, by name."""
    if stage == Stage.COMPLIANCE_REVIEW:
        people = Person.objects.filter(is_active=True, role=OrgRole.COMPLIANCE_OFFICER)
    else:
        people = Person.objects.filter(is_active=True, memberships__team=model.team_id)
    found = list(people.order_by("full_name", "pk"))
    remember_roles(found)
    return [person for person in found if allows(own_stage, person, model, stage)]
