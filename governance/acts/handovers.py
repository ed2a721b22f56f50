"""What happens to an offered hand-over while it waits: its checklist is ticked, and unanswered it ends by itself."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, not_before
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.groups import answers_for
from governance.models import HandoverOffer, OfferState
from governance.trail import writers
from models_registry.models import Person, Release

logger = logging.getLogger(__name__)


def tick(actor: Person, offer_id: int, line: int, *, done: bool, at: datetime | None = None) -> HandoverOffer:
    """Tick a line of the checklist (the first is 0), or take its tick: whoever answers for the stage until then.

    The same again changes nothing.
    """
    at = moment(at)
    with transaction.atomic():
        found = HandoverOffer.objects.filter(pk=offer_id).values_list("visit__release_id", flat=True).first()
        if found is None:
            raise NotFound
        release = locked_release(found)
        permissions.see(actor, release.model)
        offer = _locked(offer_id)
        if offer.state != OfferState.OPEN:
            raise Conflict(f"This offer is no longer open: it was {OfferState(offer.state).label.lower()}.")
        if not answers_for(actor, offer.offered_by_id, at):
            raise NotPermitted(f"Only {offer.offered_by}, who answers for the stage, ticks the checklist.")
        if not 0 <= line < len(offer.checklist):
            raise invalid("line", "The checklist has no such line.")
        if offer.checklist[line]["done"] == done:
            return offer
        offer.checklist[line]["done"] = done
        offer.save(update_fields=["checklist"])
        writers.checklist_ticked(offer, release, offer.checklist[line]["text"], actor, at, done=done)
        return offer


def expire_due(now: datetime) -> int:
    """End every offer that nobody answered in time; returns how many. Safe to repeat, to overlap and to be killed.

    Each is a transaction of its own; one that cannot be ended is logged, and does not hold up the others.
    """
    due = HandoverOffer.objects.filter(state=OfferState.OPEN, expires_at__lte=now).order_by("pk")
    ended = 0
    for offer_id, release_id in due.values_list("pk", "visit__release_id"):
        try:
            ended += _expire(offer_id, release_id, now)
        except Exception:
            logger.exception("The hand-over %s could not be ended.", offer_id)
    return ended


def _expire(offer_id: int, release_id: int, now: datetime) -> bool:
    with transaction.atomic():
        # Whoever holds the release may be answering it: the next run comes back for it.
        release = Release.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=release_id).first()
        if release is None:
            return False
        offer = _locked(offer_id)
        if offer.state != OfferState.OPEN or offer.expires_at is None or offer.expires_at > now:
            return False
        offer.state, offer.answer = OfferState.EXPIRED, "not answered in time"
        offer.answered_at = not_before(offer.expires_at, offer.offered_at)
        offer.save(update_fields=["state", "answer", "answered_at"])
        writers.offer_changed("handover.expire", offer, release, None, now)
        return True


def _locked(offer_id: int) -> HandoverOffer:
    rows = HandoverOffer.objects.select_for_update(of=("self",)).select_related("offered_by", "offered_to", "visit")
    return rows.get(pk=offer_id)
