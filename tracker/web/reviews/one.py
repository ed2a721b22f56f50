"""One review: the dossier, and the decision with its reason, bound to what was seen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance.acts.reviews import decide
from governance.errors import Conflict, Invalid
from governance.models import Decision, Outcome, Review
from models_registry.vocabulary import ReviewKind, ReviewState, Stage
from tracker.formats import count
from tracker.review_desk import ReviewPage, review_page
from tracker.web.pages import done, page, show_problems
from tracker.web.viewer import reader

LEAST = 20  # characters of a reason: a word is none


class DecisionForm(forms.Form):
    """An outcome with its reason, and what of the dossier the officer saw."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": "Choose approve, request changes, or reject."}
    )
    reason = forms.CharField(
        min_length=LEAST,
        max_length=4000,
        error_messages={
            "required": "Give the reason; it is what the auditor reads.",
            "min_length": f"Say it in at least {LEAST} characters; it is what the auditor reads.",
        },
    )
    seen_digest = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    seen_event = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The review; a decision is posted to the same address."""
    found = review_page(reader(request), pk, timezone.now())
    if request.method != "POST":
        return _page(request, found, DecisionForm())
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    said = form.cleaned_data
    try:
        decision = decide(
            reader(request), pk, said["outcome"], said["reason"], seen_digest=said["seen_digest"], at=None
        )
    except Conflict as refusal:
        return _conflict(request, pk, form, refusal)
    except Invalid as refusal:
        show_problems(form, refusal)
        return _page(request, found, form)
    return done(request, to=reverse("review", args=[pk]), message=_told(decision))


def _conflict(request: HttpRequest, pk: int, form: DecisionForm, refusal: Conflict) -> HttpResponse:
    """The page as it is now, with what was written, why it was not taken, and what changed in between."""
    found = review_page(reader(request), pk, timezone.now())
    changed = found.changed_since(form.cleaned_data["seen_event"] or 0) if refusal.code == "dossier_changed" else []
    return _page(request, found, form, status=409, refusal=refusal, changed=changed)


def _page(
    request: HttpRequest, found: ReviewPage, form: DecisionForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "review": found.review,
        "it": found,
        "least": LEAST,
        "keys": [("D", "go to the decision")] if found.open and found.part.state == "decide" else [],
        **more,
    }
    return page(request, "reviews/review.html", context, form=form, status=status)


def _told(decision: Decision) -> str:
    """What the decision led to."""
    review = Review.objects.select_related("release__model").get(pk=decision.review_id)
    name = str(review.release)
    if decision.outcome == Outcome.REJECT:
        return f"{name} is rejected."
    if decision.outcome == Outcome.REQUEST_CHANGES:
        return f"Changes of {name} are requested."
    if review.kind == ReviewKind.RETROSPECTIVE:
        return f"{name} is approved in retrospect."
    if review.state != ReviewState.APPROVED:
        return f"Your approval of {name} is recorded; it takes {count(review.approvals_needed, 'approval')}."
    moved = review.release.visits.filter(left_at__isnull=True, stage=Stage.DEPLOYMENT).exists()
    return f"{name} is approved and in deployment now." if moved else f"{name} is approved."
