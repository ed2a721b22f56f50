"""What people owe each other: alerts found in the rows that acts wrote. Those rows are the outbox, polled here.

A row is told once its alert exists, so nothing is lost by an outage and nothing is told twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import structlog
from django.db import transaction
from django.db.models import BigIntegerField, Exists, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from governance import four_eyes, permissions
from governance.groups import deputies, rosters
from governance.models import Decision, Extension, HandoverOffer, Hold, Nudge, OfferState, Review, StageVisit, Tenure
from governance.turns import asked_of
from models_registry.vocabulary import AlertKind, ReviewState, Stage
from tracker.alerts.audience import Roster, within_sight
from tracker.alerts.departures import first_of_departures, leads_of, told_spells
from tracker.alerts.endings import DEPARTED, Ending
from tracker.alerts.models import Alert
from tracker.alerts.raising import Raising, raise_alerts
from tracker.stalls.batches import in_batches
from tracker.stalls.unkept import unkept

logger = structlog.get_logger(__name__)

AT_ONCE: Final = 500
# Row numbers are given before their transactions end, so a lower one may appear later; by so many it never does.
OVERLAP: Final = 1_000

STALE: Final = timedelta(
    days=14
)  # news older than this, as an import or a sample brings it, is kept and told to nobody

Act = TypeVar("Act", bound=Model)


def tell_acts(now: datetime) -> int:
    """Raise the alert of every nudge, offer, review, decision, hold, answer and change of owner that has none."""
    sources: tuple[Callable[[datetime], Iterable[Raising]], ...] = (
        _nudges,
        _offers,
        _reviews,
        _decisions,
        _holds,
        _answers,
        _expired,
        _given,
        _left,
        _asked_extensions,
        _decided_extensions,
    )
    found = [raising for source in sources for raising in source(now)]
    return in_batches(found, lambda batch: _write(batch, now))


def _write(raisings: Sequence[Raising], now: datetime) -> int:
    with transaction.atomic():
        return raise_alerts(raisings, now)


def _nudges(now: datetime) -> Iterator[Raising]:
    recent = _recent(Nudge.objects.prefetch_related("visit__ownerships"), AlertKind.NUDGE)
    rows = _untold(recent, AlertKind.NUDGE)
    return _each(
        AlertKind.NUDGE, rows, lambda nudge: [nudge.sent_to_id], lambda nudge: _of_nudge(nudge, now), stands_in=now
    )


def _offers(now: datetime) -> Iterator[Raising]:
    rows = _untold(HandoverOffer.objects.filter(state=OfferState.OPEN), AlertKind.HANDOVER_OFFERED)
    return _each(AlertKind.HANDOVER_OFFERED, rows, lambda offer: [offer.offered_to_id])


def _holds(now: datetime) -> Iterator[Raising]:
    """Told once for each expected end: of a date that was moved anew. The lead hears of it too."""
    overdue = Hold.objects.filter(ended_at__isnull=True, expected_end__lte=now).prefetch_related("visit__ownerships")
    same = Q(about_at=OuterRef("expected_end")) | Q(about_at__isnull=True)
    told = Alert.objects.filter(same, kind=AlertKind.HOLD_OVERDUE, occasion=OuterRef("pk"))
    rows = list(
        overdue.filter(~Exists(told)).select_related("visit__release__model__team").order_by("expected_end")[:AT_ONCE]
    )
    leads = Roster.read({hold.visit.release.model.team for hold in rows}).leads if rows else {}

    def concerned(hold: Hold) -> list[int | None]:
        return [hold.started_by_id, _owner(hold.visit), *leads.get(hold.visit.release.model.team_id, ())]

    ends = {hold.pk: hold.expected_end for hold in rows}
    for raising in _each(AlertKind.HOLD_OVERDUE, rows, concerned, stands_in=now):
        yield replace(raising, about_at=ends[raising.occasion])


def _asked_extensions(now: datetime) -> Iterator[Raising]:
    """To whoever may decide: the leads, of a compliance review the officers too; where there are none, to the
    administrators.
    """
    waiting = Extension.objects.filter(state=Extension.State.ASKED)
    rows = _untold(waiting, AlertKind.EXTENSION_ASKED)
    if not rows:
        return
    roster = Roster.read({one.visit.release.model.team for one in rows})

    def deciders(asked: Extension) -> list[int | None]:
        officers = roster.officers if asked.visit.stage == Stage.COMPLIANCE_REVIEW else ()
        may = (*roster.leads.get(asked.visit.release.model.team_id, ()), *officers)
        others = [one for one in may if one != asked.asked_by_id]
        return list(others or (one for one in roster.admins if one != asked.asked_by_id))

    yield from _each(AlertKind.EXTENSION_ASKED, rows, deciders, stands_in=now)


def _decided_extensions(now: datetime) -> Iterator[Raising]:
    """To whoever asked, and to the owner; not to who decided."""
    decided = Extension.objects.filter(state__in=[Extension.State.APPROVED, Extension.State.REFUSED])
    recent = decided.filter(decided_at__gt=now - STALE).prefetch_related("visit__ownerships")
    rows = _untold(recent, AlertKind.EXTENSION_DECIDED)

    def concerned(one: Extension) -> list[int | None]:
        return [person for person in (one.asked_by_id, _owner(one.visit)) if person != one.decided_by_id]

    yield from _each(AlertKind.EXTENSION_DECIDED, rows, concerned, lambda one: Ending.NEWS)


def _answers(now: datetime) -> Iterator[Raising]:
    rows = _untold(unkept(now, now - STALE), AlertKind.NOT_MOVED)
    return _each(AlertKind.NOT_MOVED, rows, lambda answer: [answer.person_id])


def _expired(now: datetime) -> Iterator[Raising]:
    """Offers that nobody answered in time: both people are told."""
    ended = _recent(HandoverOffer.objects.filter(state=OfferState.EXPIRED), AlertKind.HANDOVER_EXPIRED)
    return _each(
        AlertKind.HANDOVER_EXPIRED,
        _untold(ended, AlertKind.HANDOVER_EXPIRED),
        lambda offer: [offer.offered_by_id, offer.offered_to_id],
        lambda offer: _news(offer.answered_at, now),
    )


def _given(now: datetime) -> Iterator[Raising]:
    """Stages that began with an owner whom nobody named then; a review given by rule is told as one."""
    begun = told_spells().filter(began__in=[Tenure.BY_RULE, Tenure.EARLY]).exclude(visit__stage=Stage.COMPLIANCE_REVIEW)
    rows = _untold(_recent(begun, AlertKind.OWNER_GIVEN), AlertKind.OWNER_GIVEN)
    return _each(AlertKind.OWNER_GIVEN, rows, lambda spell: [spell.owner_id], lambda spell: _news(spell.since, now))


def _left(now: datetime) -> Iterator[Raising]:
    """Of everything in a team that fell vacant when somebody left, one alert to its leads, or to administrators."""
    rows = _untold(_recent(first_of_departures(), AlertKind.OWNER_LEFT), AlertKind.OWNER_LEFT)
    leads = leads_of({spell.visit.release.model.team_id for spell in rows})
    return _each(
        AlertKind.OWNER_LEFT,
        rows,
        lambda spell: [*leads[spell.visit.release.model.team_id]],
        lambda spell: _news(spell.since, now),
    )


def _news(at: datetime, now: datetime) -> Ending:
    return Ending.NEWS if at > now - STALE else Ending.STALE


def _reviews(now: datetime) -> Iterator[Raising]:
    """One in retrospect outlives the visit that it looks back at."""
    rows = _untold(Review.objects.filter(state=ReviewState.OPEN), AlertKind.REVIEW_REQUESTED)
    free = _free_deciders(rows, now)
    return _each(AlertKind.REVIEW_REQUESTED, rows, lambda review: free[review.pk])


def _free_deciders(reviews: Sequence[Review], now: datetime) -> dict[int, list[int | None]]:
    """By review, those of the groups asked whom four eyes leave free to decide it, and their deputies: one query each.

    Whom it was given to hears of that instead.
    """
    free: dict[int, list[int | None]] = {review.pk: [] for review in reviews}
    asked = {review.pk: asked_of(review) for review in reviews}
    people = rosters({group for groups in asked.values() for group in groups})
    members = {person.pk: person for group in people.members.values() for person in group}
    given = {review.pk: review.assignee_id for review in reviews}
    for key, person in sorted(members.items()):
        groups = {group for group in people.members if person in people.of(group)}
        mine = [review for review in free if groups & asked[review].keys() and given[review] != key]
        unbarred = four_eyes.with_bar(Review.objects.filter(pk__in=mine), person).filter(bar="")
        for review in unbarred.values_list("pk", flat=True) if mine else ():
            free[review].append(key)
    _add_deputies(free, reviews, now)
    return free


def _add_deputies(free: dict[int, list[int | None]], reviews: Sequence[Review], now: datetime) -> None:
    """Tell whoever stands in for somebody who is away too, unless four eyes keep them from it; a query for each."""
    people = {person for group in free.values() for person in group if person}
    rows = {review.pk: review for review in reviews}
    for key, absence in deputies(now, people).items() if people else ():
        deputy = absence.deputy
        mine = [review for review, told in free.items() if key in told and deputy.pk not in told]
        unbarred = four_eyes.with_bar(Review.objects.filter(pk__in=mine), deputy).filter(bar="")
        for review in unbarred.values_list("pk", flat=True) if mine else ():
            if permissions.allows(permissions.review, deputy, rows[review], now):
                free[review].append(deputy.pk)


def _decisions(now: datetime) -> Iterator[Raising]:
    recent = _recent(Decision.objects.select_related("review"), AlertKind.REVIEW_DECIDED)
    rows = _untold(recent, AlertKind.REVIEW_DECIDED, path="review__visit")
    fresh = now - STALE
    ending = {True: Ending.NEWS, False: Ending.STALE}
    return _each(AlertKind.REVIEW_DECIDED, rows, _concerned, lambda decision: ending[decision.decided_at > fresh])


def _concerned(decision: Decision) -> list[int | None]:
    """Who asked, and who answers for the work; not who decided."""
    owner = four_eyes.owner_before_review(decision.review.visit.release)
    concerned = (decision.review.requested_by_id, owner.pk if owner else None)
    return [person for person in concerned if person != decision.officer_id]


def _of_nudge(nudge: Nudge, now: datetime) -> Ending | None:
    """Why a nudge is not told any more: too late, or to somebody whom it no longer concerns."""
    if nudge.visit.left_at is not None:
        return DEPARTED[nudge.visit.departure]
    if _owner(nudge.visit) != nudge.sent_to_id:
        return Ending.OWNER_CHANGED
    return Ending.STALE if nudge.sent_at <= now - STALE else None


def _each(
    kind: AlertKind,
    rows: Sequence[Act],
    addressees: Callable[[Any], list[int | None]],
    ending: Callable[[Any], Ending | None] = lambda row: None,
    *,
    stands_in: datetime | None = None,
) -> Iterator[Raising]:
    """The alert of each row. With an ending it is closed from the beginning, and tells nobody unless it is news.

    With `stands_in`, it goes to the deputies of that moment too: where they can answer in the other's place.
    """
    told: dict[int, list[int | None]] = {}
    for row in rows:
        try:
            told[row.pk] = addressees(row) if ending(row) in (None, Ending.NEWS) else []
        except Exception:  # one row that cannot be read does not hold up the others
            logger.exception("act_untold", kind=kind, row=row.pk)
    if not told:
        return
    people = {person for group in told.values() for person in group if person}
    roster = Roster.read({_visit(row).release.model.team for row in rows}, also=people, at=stands_in)
    for row in rows:
        if row.pk in told:
            visit = _visit(row)
            seeing = within_sight(roster.present(told[row.pk]), visit.release.model, roster)
            yield Raising(kind, visit.pk, row.pk, tuple(seeing), ending(row))


def _visit(row: Any) -> StageVisit:
    visit: StageVisit = row.review.visit if isinstance(row, Decision) else row.visit
    return visit


def _owner(visit: StageVisit) -> int | None:
    return next((spell.owner_id for spell in visit.ownerships.all() if spell.until is None), None)


def _recent(rows: QuerySet[Act], kind: AlertKind) -> QuerySet[Act]:
    """Only rows newer than the newest one told, and the few before it that may have appeared late."""
    newest = Alert.objects.filter(kind=kind).order_by("-occasion").values("occasion")[:1]
    return rows.filter(pk__gt=Coalesce(Subquery(newest), Value(0), output_field=BigIntegerField()) - OVERLAP)


def _untold(rows: QuerySet[Act], kind: AlertKind, *, path: str = "visit") -> list[Act]:
    """The oldest of the rows without an alert, with what everybody asks of their visits."""
    told = Alert.objects.filter(visit=OuterRef(path), kind=kind, occasion=OuterRef("pk"))
    found = rows.filter(~Exists(told)).select_related(f"{path}__release__model__team")
    return list(found.order_by("pk")[:AT_ONCE])
