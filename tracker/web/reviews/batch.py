"""Several decisions of the low tier with one reason. Each is judged by itself, on the dossier that the page showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from governance import permissions
from governance.acts.reviews import decide
from governance.errors import Refused
from governance.models import Outcome, Review
from models_registry.models import Person
from models_registry.vocabulary import RiskTier
from tracker.web.pages import page
from tracker.web.viewer import reader

REASON_LEAST: Final = 20  # characters of a reason: a word is none
MOST: Final = 50  # a page of the queue
OUTCOMES: Final = (
    (Outcome.APPROVE.value, "Approve"),
    (Outcome.REQUEST_CHANGES.value, "Request changes"),
    (Outcome.REJECT.value, "Reject"),
)


class BatchForm(forms.Form):
    """One outcome and one reason for all that were selected; each is sent as `number:digest`."""

    outcome = forms.ChoiceField(choices=OUTCOMES, error_messages={"required": "Choose what to decide."})
    reason = forms.CharField(
        min_length=REASON_LEAST,
        max_length=4000,
        error_messages={
            "required": "Give the reason; it is what the auditor reads.",
            "min_length": f"Say it in at least {REASON_LEAST} characters; it is what the auditor reads.",
        },
    )


@dataclass(frozen=True, slots=True)
class Picked:
    """One review that was selected, and the digest that the page showed for it."""

    review: int
    digest: str


@dataclass(frozen=True, slots=True)
class Told:
    """What happened to one of them; `refused` says why nothing did, and `unchecked` that it is for its controls."""

    review: Review
    done: str = ""
    refused: str = ""
    unchecked: bool = False


@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Decide the selected reviews one by one, and tell of each what happened."""
    form, picked = BatchForm(request.POST), _picked(request)
    if not picked:
        form.add_error(None, "Select at least one review of the low tier.")
    if len(picked) > MOST:
        form.add_error(None, f"Select at most {MOST} reviews at a time.")
    shown = _seen(reader(request), [one.review for one in picked[:MOST]])
    context: dict[str, object] = {"outcomes": OUTCOMES, "least": REASON_LEAST}
    if not form.is_valid():
        chosen = [(shown[one.review], one.digest) for one in picked if one.review in shown]
        return page(request, "reviews/batch.html", {**context, "chosen": chosen}, form=form)
    said = form.cleaned_data
    told = [
        _judged(reader(request), shown[one.review], said["outcome"], said["reason"], one.digest)
        for one in picked
        if one.review in shown
    ]
    context |= {"told": told, "done": sum(not one.refused for one in told), "reason": said["reason"]}
    return page(request, "reviews/batch.html", context)


def _picked(request: HttpRequest) -> Sequence[Picked]:
    found = (one.partition(":") for one in request.POST.getlist("pick"))
    return [
        Picked(int(number), digest)
        for number, _, digest in found
        if number.isascii() and number.isdigit() and len(number) < 19
    ]


def _seen(person: Person, numbers: Sequence[int]) -> dict[int, Review]:
    """The reviews that this person may know of; anything else is as if it had not been selected."""
    reviews = Review.objects.filter(permissions.may_read(person, "release_id"), pk__in=numbers)
    return {review.pk: review for review in reviews.select_related("release__model", "visit")}


def _judged(person: Person, review: Review, outcome: str, reason: str, digest: str) -> Told:
    if review.visit.tier != RiskTier.LOW:
        tier = RiskTier(review.visit.tier).label.lower()
        return Told(review, refused=f"Only the low tier is decided together; this one is {tier} risk. Open it.")
    try:
        decide(person, review.pk, outcome, reason, seen_digest=digest, at=timezone.now())
    except Refused as refusal:
        return Told(review, refused=str(refusal), unchecked=refusal.code == "controls_unchecked")
    return Told(review, done=_done(Review.objects.get(pk=review.pk), outcome))


def _done(review: Review, outcome: str) -> str:
    if outcome == Outcome.APPROVE and review.closed_at is None:
        return "Your approval is recorded; another one is needed"
    return {Outcome.APPROVE: "Approved", Outcome.REQUEST_CHANGES: "Changes requested"}.get(Outcome(outcome), "Rejected")
