"""What somebody promised and can keep no longer: stages claimed ahead, and hand-overs that wait for their answer."""

from __future__ import annotations

from datetime import datetime

from governance import permissions
from governance.acts.early import drop
from governance.acts.locks import locked_release, not_before, open_visit
from governance.models import EarlyClaim, HandoverOffer, OfferState
from governance.trail import writers
from models_registry.models import Person


def end_promises(person: Person, actor: Person, at: datetime, *, unfit_only: bool = False) -> None:
    """End the claims ahead of a person who left, and the offers to them. With `unfit_only` only where they may own no
    longer: after a change of role or team. What they offered themselves ends with what they owned.
    """
    for release_id in _releases(person):
        release = locked_release(release_id)
        visit = open_visit(release)
        claims = EarlyClaim.objects.select_for_update(of=("self",)).select_related("person")
        for claim in claims.filter(release=release, person=person, until__isnull=True):
            # The person as read now: the caller's copy may be older.
            fit = permissions.allows(permissions.own_stage, claim.person, release.model, claim.stage)
            if not (unfit_only and fit):
                drop(claim, release, visit, actor, at, _why(claim.person))
        offers = HandoverOffer.objects.select_for_update(of=("self",)).select_related("offered_by", "offered_to")
        for offer in offers.filter(visit=visit, offered_to=person, state=OfferState.OPEN):
            fit = permissions.allows(permissions.own_stage, offer.offered_to, release.model, visit.stage)
            if unfit_only and fit:
                continue
            offer.state, offer.answer = OfferState.WITHDRAWN, _why(offer.offered_to)
            offer.answered_at = not_before(at, offer.offered_at)
            offer.save(update_fields=["state", "answer", "answered_at"])
            writers.offer_changed("handover.withdraw", offer, release, actor, at)


def _why(person: Person) -> str:
    return f"{person} left the organisation" if not person.is_active else f"{person} may own it no longer"


def _releases(person: Person) -> list[int]:
    """The releases with such a promise, in the order in which all acts lock them."""
    ahead = EarlyClaim.objects.filter(person=person, until__isnull=True).values_list("release_id", flat=True)
    asked = HandoverOffer.objects.filter(offered_to=person, state=OfferState.OPEN, visit__left_at__isnull=True)
    return sorted({*ahead, *asked.values_list("visit__release_id", flat=True)})
