"""Hand-overs: offer, accept, decline, withdraw. Nothing changes until the one who is asked accepts."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from governance.acts import ownership as acts
from governance.errors import NotPermitted
from governance.models import HandoverOffer
from models_registry.models import Person
from tracker.web.releases.ownership import asked, candidates, posted, proposals
from tracker.web.releases.ownership_forms import OfferForm, ReasonForm
from tracker.web.releases.ownership_subject import offered, owned
from tracker.web.releases.subject import expected_visit, perform


@asked
def offer(request: HttpRequest, release: int) -> HttpResponse:
    """Ask one person to take over."""
    subject = owned(request, release, back="claims")
    subject.refuse_others()
    people = candidates(subject)
    form = OfferForm(posted(request), people=people)

    def act() -> str:
        said = form.cleaned_data
        to = Person.objects.get(pk=said["to"])
        acts.offer_handover(subject.person, release, to, said["note"], expected_visit=expected_visit(request))
        return f"{to} is asked to take over {subject.place}."

    context = {"people": proposals(people, subject.stage, request.POST.get("to", ""))}
    return perform(request, "releases/offer.html", subject, form, act, context)


@asked
def accept(request: HttpRequest, offer: int) -> HttpResponse:
    """Take over what was offered."""
    standing, subject = offered(request, offer)
    _refuse_others(standing, subject.person)

    def act() -> str:
        acts.accept_handover(subject.person, offer)
        return f"You own {subject.place} now."

    return perform(request, "releases/accept.html", subject, Form(posted(request)), act, {"offer": standing})


@asked
def decline(request: HttpRequest, offer: int) -> HttpResponse:
    """Say no, with a reason."""
    standing, subject = offered(request, offer)
    _refuse_others(standing, subject.person)
    form = ReasonForm(
        posted(request),
        asked="Say why, so that the owner can find somebody else.",
        hint=f"Goes to {standing.offered_by}, who stays accountable.",
    )

    def act() -> str:
        acts.decline_handover(subject.person, offer, form.cleaned_data["reason"])
        return f"Declined. {standing.offered_by} goes on owning {subject.place}."

    return perform(request, "releases/decline.html", subject, form, act, {"offer": standing})


@asked
def withdraw(request: HttpRequest, offer: int) -> HttpResponse:
    """Take an offer back."""
    standing, subject = offered(request, offer)
    if standing.offered_by_id != subject.person.pk:
        raise NotPermitted("Only the person who offered it can take it back.")

    def act() -> str:
        acts.withdraw_handover(subject.person, offer)
        return f"Withdrawn. You go on owning {subject.place}."

    return perform(request, "releases/withdraw.html", subject, Form(posted(request)), act, {"offer": standing})


def _refuse_others(standing: HandoverOffer, person: Person) -> None:
    if standing.offered_to_id != person.pk:
        raise NotPermitted(f"This hand-over is offered to {standing.offered_to}.", remedy="Only they can answer it.")
