"""What the acts on ownership, holds and nudges are about: a release, and who answers for its stage."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from governance.errors import Conflict, NotFound, NotPermitted
from governance.groups import answers_for
from governance.models import HandoverOffer, Hold, OfferState, StageOwnership
from governance.permissions import may_see
from tracker.web.releases.subject import Subject, came_from, subject_of
from tracker.web.viewer import reader


@dataclass(frozen=True)
class Owned(Subject):
    """A subject with the current spell of ownership, or of vacancy, of its stage."""

    spell: StageOwnership

    @property
    def place(self) -> str:
        """`deployment of claims-triage, release 1`."""
        return f"{self.stage.label.lower()} of {self.name}"

    @property
    def open_hold(self) -> Hold | None:
        return next((hold for hold in self.visit.holds.all() if hold.ended_at is None), None)

    def refuse_others(self) -> None:
        """Only the owner gives a stage up or away, or for the latter who stands in; the acts tell the two apart."""
        if not answers_for(self.person, self.spell.owner_id, timezone.now()):
            raise NotPermitted(
                "You do not own this stage.", remedy="Only its owner gives it up; a lead can reassign it."
            )


def owned(request: HttpRequest, release_id: int, *, back: str = "") -> Owned:
    """The subject of an act. `back`: the name of the page to return to where none is given; else the model's page.

    Raises `NotFound` for what the person may not see, and `Conflict` where nobody has to answer any more.
    """
    subject = subject_of(request, release_id)
    spell = next((spell for spell in subject.visit.ownerships.all() if spell.until is None), None)
    if spell is None:
        place = subject.stage.label.lower() if subject.visit.is_underway else subject.visit.state
        raise Conflict(f"{subject.name} is {place}: nobody has to answer for it any more.", remedy="Reopen it first.")
    spell.visit = subject.visit
    return Owned(subject.person, subject.visit, came_from(request, reverse(back)) if back else subject.back, spell)


def offered(request: HttpRequest, offer_id: int) -> tuple[HandoverOffer, Owned]:
    """An open hand-over offer and what it is about, for whoever may see the model."""
    offer = (
        HandoverOffer.objects.filter(may_see(reader(request), "visit__release__model__"), pk=offer_id)
        .select_related("visit", "offered_by", "offered_to")
        .first()
    )
    if offer is None:
        raise NotFound
    if offer.state != OfferState.OPEN:
        raise Conflict(f"This offer is no longer open: it was {OfferState(offer.state).label.lower()}.")
    return offer, owned(request, offer.visit.release_id, back="claims")
