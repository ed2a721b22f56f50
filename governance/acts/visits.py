"""The two steps that every move is made of: leave one visit, enter the next. Only acts call these."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from governance import deadlines, permissions
from governance.acts.appointing import EARLY_STAGES, Appointed, appoint, end_early
from governance.acts.calendars import revision_in_force
from governance.acts.locks import not_before
from governance.errors import Conflict
from governance.models import (
    Departure,
    Extension,
    HandoverOffer,
    Hold,
    OfferState,
    Policy,
    PolicyStatus,
    Review,
    StageOwnership,
    StageVisit,
    Tenure,
)
from governance.trail import review_writers, writers
from models_registry.models import Person, RegisteredModel, Release
from models_registry.vocabulary import ReviewKind, ReviewState, Stage, VisitState


@dataclass(frozen=True)
class Arrival:
    """How and where a release arrives: the stage, its state, and the reason where one is owed."""

    stage: Stage
    arrived_by: str = ""
    state: VisitState = VisitState.UNDERWAY
    reason_code: str = ""
    reason: str = ""


def policy_in_force() -> Policy:
    """The newest published policy. Raises `Conflict` when none was ever published."""
    policy = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by("-version").first()
    if policy is None:
        raise Conflict("No policy is published yet.", remedy="An administrator publishes one under Settings, Policies.")
    return policy


def enter(
    release: Release,
    arrival: Arrival,
    *,
    actor: Person | None,
    at: datetime,
    owner: Person | None = None,
    began: Tenure = Tenure.ENTERED,
) -> StageVisit:
    """Open a visit, its clock, and its first spell of ownership or vacancy.

    Without a named owner, whoever claimed the stage ahead answers for it, or whom the policy's rule gives it to. Ask
    `first_owner` who that is, and tell the trail by `tell_appointed`.
    """
    visit = StageVisit(
        release=release,
        stage=arrival.stage,
        state=arrival.state,
        tier=release.model.risk_tier,
        policy=policy_in_force(),
        entered_at=at,
        entered_by=actor,
        arrived_by=arrival.arrived_by,
        reason_code=arrival.reason_code,
        reason=arrival.reason,
    )
    visit.save()
    # The registry can be ordered by the last change, and a move is one.
    RegisteredModel.objects.filter(pk=release.model_id, updated_at__lt=at).update(updated_at=at)
    if arrival.state == VisitState.UNDERWAY and arrival.stage != Stage.RETIRED:
        first = appoint(visit, owner, began if owner else Tenure.ENTERED, at)
        by = None if first.by_rule else actor
        visit.appointed = first  # type: ignore[attr-defined]  # for the caller, while the act goes on
        visit.first_spell = begin_spell(  # type: ignore[attr-defined]  # as above
            visit, first.owner, first.began, given_by=by, at=at, note=first.why
        )
    deadlines.refresh(visit, at)
    return visit


def first_owner(visit: StageVisit) -> Person | None:
    """Who answers for a visit that `enter` has just opened."""
    first: Appointed | None = getattr(visit, "appointed", None)
    return first.owner if first else None


def tell_appointed(visit: StageVisit, at: datetime) -> None:
    """Write to the trail that the stage went to somebody whom nobody named now; after the move has been written."""
    first: Appointed | None = getattr(visit, "appointed", None)
    if first is not None and first.by_rule:
        act = "owner.begin_early" if first.began == Tenure.EARLY else "owner.by_rule"
        spell: StageOwnership = visit.first_spell  # type: ignore[attr-defined]  # set by `enter`
        writers.owner_changed(act, visit.release, spell, None, None, at)


def leave(visit: StageVisit, departure: Departure, *, actor: Person | None, at: datetime) -> datetime:
    """Close a visit and all that hangs on it: its spell, hold, hand-over offer, request for more time, approval review.

    Returns the moment it was left, which is never before anything that it closes began.
    """
    spells = StageOwnership.objects.filter(visit=visit, until__isnull=True)
    hold = Hold.objects.filter(visit=visit, ended_at__isnull=True).first()
    began = [visit.entered_at, *spells.values_list("since", flat=True), *([hold.started_at] if hold else [])]
    at = not_before(at, max(began))
    spells.update(until=at, stalls_at=None, notice_at=None)
    if hold:
        hold.ended_at, hold.ended_by = at, actor
        hold.save(update_fields=["ended_at", "ended_by"])
        writers.resumed(hold, visit.release, actor, at, why="left the stage")
    withdraw_offers(visit, at, why="the release left the stage")
    if departure in (Departure.KILLED, Departure.RETIRED):
        for stage in EARLY_STAGES:
            end_early(visit.release, stage, at, because=f"the release was {Departure(departure).label.lower()}")
    _withdraw_review(visit, departure, actor, at)
    waiting = Extension.objects.filter(visit=visit, state=Extension.State.ASKED)
    waiting.update(state=Extension.State.WITHDRAWN, decided_at=at, answer="the release left the stage")
    visit.left_at, visit.departure = at, departure
    visit.calendar_revision = revision_in_force(visit.release.model.team.calendar, at)
    visit.stalls_at = visit.notice_at = None
    visit.save(update_fields=["left_at", "departure", "calendar_revision", "stalls_at", "notice_at"])
    return at


def begin_spell(
    visit: StageVisit, owner: Person | None, began: Tenure, *, given_by: Person | None, at: datetime, note: str = ""
) -> StageOwnership:
    """Open a spell of ownership, or of vacancy when `owner` is None, with the vacancy's own clock."""
    spell = StageOwnership(visit=visit, owner=owner, since=at, began=began, given_by=given_by, note=note)
    deadlines.hint_vacancy(spell, visit, at)
    spell.save()
    return spell


def withdraw_offers(visit: StageVisit, at: datetime, *, why: str) -> None:
    """End the open hand-over offer of a visit, if there is one."""
    HandoverOffer.objects.filter(visit=visit, state=OfferState.OPEN).update(
        state=OfferState.WITHDRAWN, answered_at=at, answer=why
    )


def previous_owner(release: Release, stage: Stage | str) -> Person | None:
    """Who answered last for this stage of the release and still may."""
    spell = (
        StageOwnership.objects.filter(visit__release=release, visit__stage=stage, owner__isnull=False)
        .select_related("owner")
        .order_by("-since", "-id")
        .first()
    )
    owner = spell.owner if spell else None
    return owner if owner and permissions.allows(permissions.own_stage, owner, release.model, stage) else None


def _withdraw_review(visit: StageVisit, departure: Departure, actor: Person | None, at: datetime) -> None:
    for review in Review.objects.filter(visit=visit, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN):
        review.state, review.closed_at = ReviewState.WITHDRAWN, at
        review.save(update_fields=["state", "closed_at"])
        review_writers.review_closed(review, actor, at, why=f"the release was {Departure(departure).label.lower()}")
