"""One review: the dossier, and the decision with its reason, bound to what was seen."""

from __future__ import annotations

from typing import Any

from django.forms import BaseFormSet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from governance.acts.reviews import decide
from governance.errors import Conflict, Invalid
from governance.models import APPROVING, STANDING, Decision, Outcome, Review
from models_registry.vocabulary import ReviewKind, Stage
from tracker.formats import count
from tracker.review_desk import ReviewPage, review_page
from tracker.web.pages import done, page
from tracker.web.reviews.decision_form import (
    LEAST,
    DecisionForm,
    conditions_of,
    rows_of,
    show_in_rows,
    with_more_rows,
)
from tracker.web.reviews.finding_acts import finding_rows
from tracker.web.reviews.signing import SignatureForm
from tracker.web.viewer import reader

KEYS = [("A", "approve"), ("C", "request changes"), ("R", "reject"), ("D", "go to the decision")]
MOVES = [("J", "next control"), ("K", "previous")]


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The review; a decision is posted to the same address."""
    found = review_page(reader(request), pk, timezone.now())
    if request.method != "POST":
        return show(request, found, DecisionForm())
    if "more" in request.POST:
        form = DecisionForm(initial={name: request.POST.get(name, "") for name in DecisionForm.base_fields})
        return show(request, found, form, rows=rows_of(found, with_more_rows(request.POST)))
    return _decide(request, found)


def _decide(request: HttpRequest, found: ReviewPage) -> HttpResponse:
    form, rows = DecisionForm(request.POST), rows_of(found, request.POST)
    conditional = request.POST.get("outcome") == Outcome.APPROVE_WITH_CONDITIONS
    whole = form.is_valid() and (not conditional or rows.is_valid())
    signed, signature = None, None
    if found.rule.sign_again:
        signed = SignatureForm(request.POST, second_factor=found.review.second_factor)
        # The secret is looked at last: a slip of the pen elsewhere is no attempt at it.
        signature = signed.signature(request, found.person) if whole else None
        whole = whole and signature is not None
    if not whole:
        return show(request, found, form, rows=rows, signed=signed, status=422)
    said = form.cleaned_data
    try:
        decision = decide(
            found.person,
            found.review.pk,
            said["outcome"],
            said["reason"],
            seen_digest=said["seen_digest"],
            conditions=conditions_of(rows, found.people) if conditional else (),
            signature=signature,
        )
    except Conflict as refusal:
        return _conflict(request, found, form, rows, refusal)
    except Invalid as refusal:
        show_in_rows(form, rows, refusal)
        return show(request, found, form, rows=rows, signed=signed, status=422)
    return done(request, to=reverse("review", args=[found.review.pk]), message=_told(decision))


def _conflict(
    request: HttpRequest, before: ReviewPage, form: DecisionForm, rows: BaseFormSet[Any], refusal: Conflict
) -> HttpResponse:
    """The page as it is now, with what was written, why it was not taken, and what changed in between."""
    found = review_page(before.person, before.review.pk, timezone.now())
    changed = found.changed_since(form.cleaned_data["seen_event"] or 0) if refusal.code == "dossier_changed" else []
    return show(request, found, form, rows=rows, status=409, refusal=refusal, changed=changed)


def show(
    request: HttpRequest,
    found: ReviewPage,
    form: DecisionForm | None = None,
    *,
    rows: BaseFormSet[Any] | None = None,
    signed: SignatureForm | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page of a review with its forms, as they were sent or empty."""
    deciding = found.open and found.part.state == "decide"
    if deciding and found.rule.sign_again and signed is None:
        signed = SignatureForm(second_factor=found.review.second_factor)
    context = {
        "review": found.review,
        "it": found,
        "least": LEAST,
        "rows": (rows or rows_of(found)) if deciding else None,
        "signed": signed,
        "finding_rows": finding_rows(found),
        "keys": [*(KEYS if deciding else []), *MOVES],
        **more,
    }
    return page(request, "reviews/review.html", context, form=form or DecisionForm(), status=status)


def _told(decision: Decision) -> str:
    """What the decision led to."""
    review = Review.objects.select_related("release__model").get(pk=decision.review_id)
    name = str(review.release)
    if decision.outcome == Outcome.REJECT:
        return f"{name} is rejected."
    if decision.outcome not in APPROVING:
        return f"Changes of {name} are requested."
    if review.kind == ReviewKind.RETROSPECTIVE:
        return f"{name} is approved in retrospect."
    if review.state not in STANDING:
        return f"Your approval of {name} is recorded; it takes {count(review.approvals_needed, 'approval')}."
    kept = decision.conditions.count()
    how = f" with {count(kept, 'condition')}" if kept else ""
    moved = review.release.visits.filter(left_at__isnull=True, stage=Stage.DEPLOYMENT).exists()
    return f"{name} is approved{how} and in deployment now." if moved else f"{name} is approved{how}."
