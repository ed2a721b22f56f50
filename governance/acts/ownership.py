"""Who answers for a stage: assign, claim, hand over, step down. A race has one winner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from governance import handing_over, permissions
from governance.acts.assignment import follow_owner
from governance.acts.locks import current_spell, locked_release, moment, not_before, open_visit, underway
from governance.acts.visits import begin_spell, withdraw_offers
from governance.candidates import load_of
from governance.deadlines import business_calendar, rules_of
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.groups import answers_for
from governance.models import HandoverOffer, OfferState, StageOwnership, StageVisit, Tenure
from governance.policy import BUDGETED_STAGES, in_seconds
from governance.trail import writers
from models_registry.models import Person, Release
from models_registry.vocabulary import Stage


def claim(
    actor: Person,
    release_id: int,
    *,
    confirmed: bool = True,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> StageOwnership:
    """Take a vacant stage. Of any number of people at once one wins; the others are told who did.

    Claiming what is one's own already (a double click) gives the standing ownership. Who owns as much as their limit
    has to mean it: without `confirmed` that is refused with the code `over_limit`. It goes on the trail.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        permissions.own_stage(actor, release.model, visit.stage)
        spell = _answerable(visit)
        if spell.owner_id == actor.pk:
            return spell
        if spell.owner is not None:
            raise Conflict(
                f"{spell.owner} was faster and owns {_stage(visit)} of {release} since {spell.since:%H:%M:%S} UTC.",
                remedy="Take another one, or ask for a hand-over.",
                code="already_claimed",
            )
        over = _heed_load(actor, visit, confirmed=confirmed)
        return _replace("owner.claim", spell, actor, Tenure.CLAIMED, actor, at, **over)


def assign(
    actor: Person,
    release_id: int,
    owner: Person,
    *,
    note: str = "",
    confirmed: bool = True,
    expected_visit: int | None = None,
    expected_owner: int | None = None,
    at: datetime | None = None,
) -> StageOwnership:
    """Name the owner, in place of nobody or of somebody. `expected_owner`: whom the page showed (0 for a vacancy).

    Somebody who owns as much as their limit has to be meant, as in `claim`.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        permissions.assign(actor, visit)
        spell = _answerable(visit)
        if expected_owner is not None and (spell.owner_id or 0) != expected_owner:
            raise Conflict(
                f"Meanwhile {spell.owner or 'nobody'} owns this stage.", remedy="Decide again if that is wrong."
            )
        _refuse_unfit(owner, release, visit)
        if spell.owner_id == owner.pk:
            return spell
        over = _heed_load(owner, visit, confirmed=confirmed)
        return _replace("owner.assign", spell, owner, Tenure.ASSIGNED, actor, at, note, **over)


def step_down(
    actor: Person, release_id: int, reason: str, *, expected_visit: int | None = None, at: datetime | None = None
) -> StageOwnership:
    """Stop answering for a stage; that opens a vacancy, timed from now."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        spell = _answerable(visit)
        permissions.see(actor, release.model)
        if spell.owner_id != actor.pk:
            raise NotPermitted(
                "You do not own this stage.", remedy="Only its owner can step down; a lead can reassign."
            )
        if not reason.strip():
            raise invalid("reason", "Say why you step down; whoever claims it next should know.")
        return _replace("owner.step_down", spell, None, Tenure.STEPPED_DOWN, actor, at, reason.strip())


def offer_handover(
    actor: Person,
    release_id: int,
    to: Person,
    note: str,
    *,
    checklist: Sequence[str] = (),
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> HandoverOffer:
    """Ask one person to take over: the owner, or who stands in for them. Nothing changes until that person accepts.

    Unanswered it ends after so many business days as the policy says. `checklist`: a line for each thing to see to.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        spell = _answerable(visit)
        permissions.see(actor, release.model)
        owner = spell.owner
        if owner is None or not answers_for(actor, owner.pk, at):
            raise NotPermitted("You do not own this stage.", remedy="Only its owner offers a hand-over.")
        if not note.strip():
            raise invalid("note", "Write what the next owner needs to know: what is done, what is open.")
        if wrong := handing_over.problem(checklist):
            raise invalid("checklist", wrong)
        if to.pk == owner.pk:
            whose = "you own" if owner.pk == actor.pk else f"{owner} owns"
            raise invalid("to", f"Choose somebody else; {whose} it already.")
        _refuse_unfit(to, release, visit, field="to")
        standing = HandoverOffer.objects.filter(visit=visit, state=OfferState.OPEN).first()
        if standing is not None:
            if standing.offered_to_id == to.pk and standing.note == note.strip():
                return standing
            raise Conflict(f"It is already offered to {standing.offered_to}.", remedy="Withdraw that offer first.")
        offer = HandoverOffer.objects.create(
            visit=visit,
            offered_by=owner,
            offered_to=to,
            note=note.strip(),
            checklist=handing_over.checklist(checklist),
            offered_at=at,
            expires_at=_expiry(visit, at),
        )
        writers.offer_changed("handover.offer", offer, release, actor, at)
        return offer


def accept_handover(actor: Person, offer_id: int, *, at: datetime | None = None) -> StageOwnership:
    """Take over what was offered."""
    at = moment(at)
    with transaction.atomic():
        offer, release, visit = _open_offer(offer_id)
        if offer.offered_to_id != actor.pk:
            raise NotPermitted("This hand-over is offered to somebody else.")
        _refuse_late(offer, at)
        permissions.own_stage(actor, release.model, visit.stage)
        spell = _answerable(visit)
        _answer(offer, OfferState.ACCEPTED, "", at)
        writers.offer_changed("handover.accept", offer, release, actor, at)
        return _replace("owner.hand_over", spell, actor, Tenure.HANDED_OVER, actor, at, offer.note)


def decline_handover(actor: Person, offer_id: int, reason: str, *, at: datetime | None = None) -> HandoverOffer:
    """Say no, with a reason; the old owner goes on answering."""
    at = moment(at)
    with transaction.atomic():
        offer, release, _ = _open_offer(offer_id)
        if offer.offered_to_id != actor.pk:
            raise NotPermitted("This hand-over is offered to somebody else.")
        if not reason.strip():
            raise invalid("reason", "Say why, so that the owner can find somebody else.")
        _answer(offer, OfferState.DECLINED, reason.strip(), at)
        writers.offer_changed("handover.decline", offer, release, actor, at)
        return offer


def withdraw_handover(actor: Person, offer_id: int, *, at: datetime | None = None) -> HandoverOffer:
    """Take an offer back."""
    at = moment(at)
    with transaction.atomic():
        offer, release, _ = _open_offer(offer_id)
        if not answers_for(actor, offer.offered_by_id, at):
            raise NotPermitted("Only the person who offered it can take it back.")
        _answer(offer, OfferState.WITHDRAWN, "withdrawn", at)
        writers.offer_changed("handover.withdraw", offer, release, actor, at)
        return offer


def vacate(
    spell: StageOwnership,
    release: Release,
    actor: Person,
    at: datetime,
    *,
    began: Tenure = Tenure.DEACTIVATED,
    why: str = "left the organisation",
) -> StageOwnership:
    """Open a vacancy because the owner left, or may own the stage no longer. The release is locked by the caller."""
    return _replace("owner.leave", spell, None, began, actor, at, why)


def _answerable(visit: StageVisit) -> StageOwnership:
    underway(visit)
    spell = current_spell(visit)
    if spell is None:
        raise Conflict(f"{visit.release} is {Stage(visit.stage).label.lower()}: nobody has to answer for it any more.")
    spell.visit = visit
    return spell


def _replace(
    act: str,
    spell: StageOwnership,
    owner: Person | None,
    began: Tenure,
    actor: Person,
    at: datetime,
    note: str = "",
    **more: str,
) -> StageOwnership:
    """End one spell and begin the next at the same moment; an open hand-over offer ends with the owner who made it."""
    before, visit = spell.owner, spell.visit
    at = not_before(at, spell.since)
    changed = StageOwnership.objects.filter(pk=spell.pk, until__isnull=True).update(
        until=at, stalls_at=None, notice_at=None
    )
    if not changed:
        raise Conflict("Somebody else changed the owner at the same moment.", remedy="Look again.")
    withdraw_offers(visit, at, why="the owner changed")
    following = begin_spell(visit, owner, began, given_by=actor, at=at, note=note)
    follow_owner(visit, owner, at)
    writers.owner_changed(act, visit.release, following, before, actor, at, **more)
    return following


def _heed_load(person: Person, visit: StageVisit, *, confirmed: bool) -> dict[str, str]:
    """What the trail keeps of a limit that is passed over; refused where nobody said that this is meant."""
    load = load_of(person, rules_of(visit.policy))
    if visit.stage not in BUDGETED_STAGES or not load.full:
        return {}
    if not confirmed:
        raise Conflict(
            f"{person} owns {load.owned} of {load.limit} stages already.",
            remedy="Say that you mean it, or choose somebody who has room.",
            code="over_limit",
        )
    return {"over_limit": f"owns {load.owned} already, limit {load.limit}"}


def _refuse_unfit(person: Person, release: Release, visit: StageVisit, *, field: str = "owner") -> None:
    try:
        permissions.own_stage(person, release.model, visit.stage)
    except NotFound:
        raise invalid(field, f"{person} cannot see this model.") from None
    except NotPermitted as refusal:
        raise invalid(field, str(refusal)) from None


def _open_offer(offer_id: int) -> tuple[HandoverOffer, Release, StageVisit]:
    found = HandoverOffer.objects.select_related("visit").filter(pk=offer_id).first()
    if found is None:
        raise NotFound
    release = locked_release(found.visit.release_id)
    visit = open_visit(release)
    offer = (
        HandoverOffer.objects.select_for_update(of=("self",))
        .select_related("offered_by", "offered_to")
        .get(pk=offer_id)
    )
    if offer.state != OfferState.OPEN or offer.visit_id != visit.pk:
        raise Conflict(f"This offer is no longer open: it was {OfferState(offer.state).label.lower()}.")
    return offer, release, visit


def _refuse_late(offer: HandoverOffer, at: datetime) -> None:
    """An offer ends at its moment, whether or not that has been recorded yet."""
    if offer.expires_at is not None and offer.expires_at <= at:
        raise Conflict(
            f"This offer ended on {offer.expires_at:%d %B %Y}, since nobody had answered it.",
            remedy=f"Ask {offer.offered_by} to offer it again.",
        )


def _expiry(visit: StageVisit, at: datetime) -> datetime | None:
    """When an unanswered offer ends; never where the policy gives it no days."""
    calendar = business_calendar(visit.release.model.team.calendar)
    seconds = in_seconds(rules_of(visit.policy).handover_days, calendar.day_seconds)
    return calendar.add(at, seconds) if seconds else None


def _answer(offer: HandoverOffer, state: OfferState, answer: str, at: datetime) -> None:
    offer.state, offer.answer, offer.answered_at = state, answer, not_before(at, offer.offered_at)
    offer.save(update_fields=["state", "answer", "answered_at"])


def _stage(visit: StageVisit) -> str:
    return Stage(visit.stage).label.lower()
