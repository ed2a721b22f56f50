"""What is written down about a model and the requests that hang on it: edit it, start a release, ask for a review."""

from __future__ import annotations

from django import forms
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.intake import edit_model, start_release
from governance.acts.reviews import request_review, withdraw_review
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Review
from governance.permissions import visible_models
from models_registry.models import RegisteredModel
from models_registry.vocabulary import ReviewKind, ReviewState
from tracker.tier_origin import tier_origin
from tracker.web.models.facts_form import FactsForm, said_of
from tracker.web.models.tiers import tier_cards
from tracker.web.pages import done, page, show_problems
from tracker.web.releases.moves_forms import LONGEST, ReasonForm
from tracker.web.releases.subject import (
    CONFLICT,
    came_from,
    expected_state,
    expected_visit,
    page_of,
    perform,
    posted,
    subject_of,
)
from tracker.web.viewer import reader

asked = require_http_methods(["GET", "HEAD", "POST"])


class MessageForm(forms.Form):
    message = forms.CharField(
        label="Message to the reviewers",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea,
        help_text="What changed, and what they should look at first.",
    )


@asked
def model_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Change what the registry says of a model."""
    person, model = reader(request), _model(request, slug)
    permissions.work_on(person, model)
    back = came_from(request, reverse("model", args=[slug]))
    form = FactsForm(posted(request), initial=said_of(model))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_model(person, model.pk, form.facts(), expected=expected_state(request))
        except (Invalid, Conflict) as refusal:
            show_problems(form, refusal)
            status = CONFLICT if isinstance(refusal, Conflict) else 200
        else:
            return done(request, to=back, message=f"{form.cleaned_data['name']} is saved.")
    context = {
        "model": model,
        "back": back,
        "expected": model.updated_at.isoformat(),
        "tiers": tier_cards(least=model.risk_tier),
        "origin": tier_origin(model),
        "may_lower": permissions.allows(permissions.lower_tier, person, model),
        "may_lead": permissions.allows(permissions.lead, person, model),
    }
    return page(request, "releases/model_edit.html", context, form=form, status=status)


@asked
def release_start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a further release, with a brief that copies the newest signed one."""
    person, model = reader(request), _model(request, slug)
    permissions.work_on(person, model)
    form, status = Form(posted(request)), 200
    if request.method == "POST" and form.is_valid():
        try:
            release = start_release(person, model)
        except Conflict as refusal:
            show_problems(form, refusal)
            status = CONFLICT
        else:
            return done(request, to=page_of(release), message=f"Release {release.number} of {model.name} has begun.")
    context = {"model": model, "back": came_from(request, reverse("model", args=[slug]))}
    return page(request, "releases/release_start.html", context, form=form, status=status)


@asked
def review_request(request: HttpRequest, release: int) -> HttpResponse:
    """Ask again for an approval."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    form = MessageForm(posted(request))

    def act() -> str:
        request_review(subject.person, release, form.cleaned_data["message"], expected_visit=expected_visit(request))
        return f"A review of {subject.name} is asked for."

    return perform(request, "releases/review_request.html", subject, form, act)


@asked
def review_withdraw(request: HttpRequest, release: int) -> HttpResponse:
    """Take the open request for an approval back."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    review = Review.objects.filter(release=subject.release, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN).first()
    if review is None:
        raise Conflict("No request for an approval is open.", remedy="It was decided or withdrawn meanwhile.")
    form = ReasonForm(posted(request), hint="So that the officer who was reading knows.")

    def act() -> str:
        withdraw_review(subject.person, review.pk, form.cleaned_data["reason"])
        return f"The request for a review of {subject.name} is withdrawn."

    words = {
        "title": f"Withdraw the review of {subject.name}",
        "sub": "Decisions that were given stay in the trail.",
        "submit": "Withdraw",
        "busy": "Withdrawing…",
    }
    return perform(request, "releases/move_reason.html", subject, form, act, {"words": words})


def _model(request: HttpRequest, slug: str) -> RegisteredModel:
    found = visible_models(reader(request)).filter(slug=slug).select_related("team__calendar").first()
    if found is None:
        raise NotFound
    return found
