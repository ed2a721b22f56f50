"""Hand-overs: offer, accept, decline, withdraw. Nothing changes until the one who is asked accepts."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from governance.acts import handovers as acts_on_offers
from governance.acts import ownership as acts
from governance.deadlines import rules_of
from governance.errors import NotFound, NotPermitted
from governance.groups import answers_for
from governance.handing_over import CHECKLISTS
from governance.models import HandoverOffer
from models_registry.models import Person
from tracker.web.pages import done
from tracker.web.releases.ownership import asked, candidates, named, posted, proposals
from tracker.web.releases.ownership_forms import OfferForm, ReasonForm
from tracker.web.releases.ownership_subject import offered, owned
from tracker.web.releases.subject import expected_visit, perform


@asked
def offer(request: HttpRequest, release: int) -> HttpResponse:
    """Ask one person to take over."""
    subject = owned(request, release, back="claims")
    subject.refuse_others()
    people = candidates(subject)
    lines = "\n".join(CHECKLISTS.get(subject.stage, ()))
    form = OfferForm(posted(request), people=named(people), initial={"checklist": lines})

    def act() -> str:
        said = form.cleaned_data
        to = Person.objects.get(pk=said["to"])
        acts.offer_handover(
            subject.person,
            release,
            to,
            said["note"],
            checklist=said["checklist"].splitlines(),
            expected_visit=expected_visit(request),
        )
        return f"{to} is asked to take over {subject.place}."

    context = {
        "people": proposals(people, request.POST.get("to", "")),
        "days": rules_of(subject.visit.policy).handover_days,
    }
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
    if not answers_for(subject.person, standing.offered_by_id, timezone.now()):
        raise NotPermitted("Only the person who offered it can take it back.")

    def act() -> str:
        acts.withdraw_handover(subject.person, offer)
        return f"Withdrawn. You go on owning {subject.place}."

    return perform(request, "releases/withdraw.html", subject, Form(posted(request)), act, {"offer": standing})


@require_POST
def tick(request: HttpRequest, offer: int) -> HttpResponse:
    """Tick a line of the checklist, or take its tick, and go back to where that was."""
    standing, subject = offered(request, offer)
    line = request.POST.get("line", "")
    if not line.isascii() or not line.isdigit() or len(line) > 3:
        raise NotFound
    acts_on_offers.tick(subject.person, standing.pk, int(line), done=request.POST.get("done") == "yes")
    return done(request, to=subject.back)


def _refuse_others(standing: HandoverOffer, person: Person) -> None:
    if standing.offered_to_id != person.pk:
        raise NotPermitted(f"This hand-over is offered to {standing.offered_to}.", remedy="Only they can answer it.")
