"""What is done on the way to a decision: judge a control, advise, go on without advice, take an approval back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from governance.acts.assignment import take_review
from governance.acts.ownership import claim
from governance.acts.reviews import give_feedback, judge_control, revoke_approval, stop_feedback
from governance.errors import Conflict, Invalid
from models_registry.vocabulary import Stage, Stance, Verdict, choices
from tracker.review_desk import ReviewPage, review_page
from tracker.web.pages import done, page, show_problems
from tracker.web.releases.moves_forms import LONGEST, reason_field
from tracker.web.releases.subject import posted
from tracker.web.reviews.one import show
from tracker.web.viewer import reader

asked = require_http_methods(["GET", "HEAD", "POST"])


class FeedbackForm(forms.Form):
    """What somebody of a feedback group says, and what of the dossier they saw."""

    group = forms.CharField(max_length=60)
    stance = forms.ChoiceField(
        choices=choices(Stance), error_messages={"required": "Say whether you object: no objection, or a concern."}
    )
    text = forms.CharField(max_length=LONGEST, error_messages={"required": "Say what you looked at."})
    seen_digest = forms.CharField(max_length=80, required=False)


class ReasonForm(forms.Form):
    """Why."""

    reason = reason_field("")


def the_page(request: HttpRequest, pk: int) -> ReviewPage:
    return review_page(reader(request), pk, timezone.now())


@require_POST
def take(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a review from the queue: with its stage where it has one, else by itself."""
    found = the_page(request, pk)
    if found.retrospective or found.visit.stage != Stage.COMPLIANCE_REVIEW:
        take_review(found.person, pk)
    else:
        claim(found.person, found.release.pk)
    return done(request, to=reverse("review", args=[pk]), message=f"The review of {found.release} is yours.")


@require_POST
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of one control whether it holds. What was written is kept where the control changed meanwhile."""
    found, said = the_page(request, pk), request.POST
    code, note = said.get("control", "")[:80], said.get("note", "").replace("\x00", "").strip()[:LONGEST]
    row = next((row for row in found.controls if row.code == code), None)
    try:
        verdict = judge_control(
            found.person, pk, code, said.get("verdict", ""), note, seen_digest=said.get("control_digest", "")
        )
    except (Conflict, Invalid) as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        judged = {"code": code, "note": note, "refusal": refusal}
        return show(request, the_page(request, pk), status=status, judged=judged)
    title = row.state.control.title if row else code
    told = f"{title} is verified." if verdict.verdict == Verdict.VERIFIED else f"A concern about {title} is noted."
    return done(request, to=f"{reverse('review', args=[pk])}#{row.id if row else 'controls'}", message=told)


@require_POST
def feedback(request: HttpRequest, pk: int) -> HttpResponse:
    """Advise for a feedback group."""
    found, form, status = the_page(request, pk), FeedbackForm(request.POST), 422
    if form.is_valid():
        try:
            give_feedback(found.person, pk, **form.cleaned_data)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            show_problems(form, refusal)
            status = 409
        else:
            return done(request, to=f"{reverse('review', args=[pk])}#feedback", message="Your feedback is recorded.")
    return show(request, the_page(request, pk), status=status, advised=form)


@asked
def feedback_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Go on without the feedback that has not come."""
    found, form = the_page(request, pk), ReasonForm(posted(request))

    def act() -> str:
        stop_feedback(found.person, pk, form.cleaned_data["reason"])
        return "The review waits for a decision now."

    return perform(request, "reviews/feedback_stop.html", found, form, act)


@asked
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an approval that was given."""
    found, form = the_page(request, pk), ReasonForm(posted(request))

    def act() -> str:
        revoke_approval(found.person, pk, form.cleaned_data["reason"])
        return f"The approval of {found.release} is revoked."

    return perform(request, "reviews/revoke.html", found, form, act)


def perform(
    request: HttpRequest,
    template: str,
    found: ReviewPage,
    form: forms.Form,
    act: Callable[[], str],
    context: dict[str, Any] | None = None,
    *,
    to: str = "",
) -> HttpResponse:
    """Show the form; when it was sent and is valid, act, and go back to the review. A refusal is told on the form."""
    status = 200
    back = f"{reverse('review', args=[found.review.pk])}{to}"
    if request.method == "POST" and form.is_valid():
        try:
            return done(request, to=back, message=act())
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            show_problems(form, refusal)
            status = 409
    elif request.method == "POST":
        status = 422
    values = {"it": found, "review": found.review, "back": back, **(context or {})}
    return page(request, template, values, form=form, status=status)
