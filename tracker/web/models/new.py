"""Register a model: its brief comes first, as a draft or signed at once."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from governance.acts.briefs import sign_brief
from governance.acts.intake import register_model
from governance.errors import Invalid, NotPermitted
from models_registry.models import Person, Release
from models_registry.requirements import check_brief
from tracker.brief_words import readiness
from tracker.web.models.brief_form import more_lines, rows_sent, show_brief_problems, typed
from tracker.web.models.facts_form import NewModelForm, teams_of, typed_facts
from tracker.web.models.tiers import tier_cards
from tracker.web.pages import done, page
from tracker.web.releases.subject import page_of
from tracker.web.viewer import reader


@require_http_methods(["GET", "HEAD", "POST"])
def model_new(request: HttpRequest) -> HttpResponse:
    """The form, and what became of it. A button for more lines gives the form back as it was, with the lines."""
    person = reader(request)
    teams = teams_of(person)
    if not teams:
        raise NotPermitted(
            "Only leads and engineers of a team register models.", remedy="Ask a lead to add you to their team."
        )
    content, facts = typed(request.POST), typed_facts(request.POST)
    sent = request.method == "POST" and "add" not in request.POST
    form = NewModelForm(teams, content, facts, sent=sent, rows=rows_sent(request.POST))
    if sent:
        release = _register(person, form, content, sign=request.POST.get("do") == "sign")
        if release is not None:
            return done(request, to=page_of(release), message=_said(release, request.POST.get("do") == "sign"))
    elif lines := more_lines(request, form):
        return lines
    parts = readiness(content)
    context = {
        "parts": parts,
        "keys": [("Ctrl Enter", "save draft")],
        "ready": sum(part.state == "met" for part in parts),
        "tiers": tier_cards(),
        "crumbs": [("Models", reverse("models"))],
    }
    return page(request, "models/new.html", context, form=form)


def _register(person: Person, form: NewModelForm, content: dict[str, Any], *, sign: bool) -> Release | None:
    """The new release, or None when something is to be mended, which the form then says."""
    valid = form.is_valid()
    problems = check_brief(content, complete=sign)
    if problems:
        show_brief_problems(form, Invalid(problems))
    if problems or not valid:
        return None
    try:
        # Registered and signed, or neither: half of it would leave a draft behind that nobody asked for.
        with transaction.atomic():
            release = register_model(person, form.cleaned_data["team"], form.facts(), brief=content)
            if sign:
                sign_brief(person, release.pk)
    except Invalid as refusal:
        show_brief_problems(form, refusal)
        return None
    return release


def _said(release: Release, signed: bool) -> str:
    brief = "its brief is signed" if signed else "its brief is a draft; go on with it when you know more"
    return f"{release.model.name} is registered, and {brief}."
