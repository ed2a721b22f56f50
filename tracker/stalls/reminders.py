"""Remind of what is due or comes to an end: once for each moment and rung, and only while it holds.

The rows themselves say what is owed. A run that was missed loses nothing, and one that is repeated tells nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final

from django.db import transaction
from django.db.models import Case, CharField, Exists, OuterRef, Q, Subquery, Value, When

from governance.groups import deputies
from governance.models import StageOwnership
from models_registry.vocabulary import AlertKind
from tracker.alerts.audience import Roster, within_sight
from tracker.alerts.endings import FOR_NOW, Ending
from tracker.alerts.kinds import REMINDED_KINDS
from tracker.alerts.models import Alert
from tracker.alerts.raising import Raising, close_alerts, raise_alerts, reopen_alerts
from tracker.stalls.batches import in_batches
from tracker.stalls.sorts import SORTS, Around, Sort, with_work

AT_ONCE: Final = 500  # of each sort in one sweep
ENOUGH: Final = 5_000
URGENT: Final = frozenset(
    {
        AlertKind.FINDING_OVERDUE,
        AlertKind.FINDING_ESCALATED,
        AlertKind.APPROVAL_LAPSED,
        AlertKind.APPROVAL_REVOKED,
        AlertKind.GRANT_LAPSED,
    }
)
"""Somebody has to hear of these: where nobody else may, the administrators do."""
ASKED_KINDS: Final = frozenset({AlertKind.FEEDBACK_ASKED, AlertKind.REVIEW_ASSIGNED})
"""Those that tell whom a review asks, of its release whatever team they belong to."""


@dataclass(frozen=True, slots=True)
class Owed:
    """One alert that holds now and is not open: to be raised, or opened again if `closed` is the one there was."""

    sort: Sort
    kind: AlertKind
    row: Any
    closed: int | None

    @property
    def about_at(self) -> datetime | None:
        return getattr(self.row, self.sort.about) if self.sort.about else None

    @property
    def known(self) -> bool:
        """Whether people knew already, when the row was made, that this rung was reached."""
        if not self.sort.born or self.about_at is None:
            return False
        born: datetime = getattr(self.row, self.sort.born)
        before = self.sort.ladder[self.kind]
        return before > timedelta(0) and self.about_at - before <= born


def remind(now: datetime) -> int:
    """Raise the alerts of every rung that is reached, and open again what holds again. Returns how many."""
    owed = [one for sort in SORTS for one in _owed(sort, now)]
    return in_batches(owed, lambda batch: _tell(batch, now))


def close_reminders(now: datetime) -> int:
    """Close what holds no more: put right, replaced, moved, or overtaken by the next rung."""
    open_ones = Alert.objects.filter(kind__in=REMINDED_KINDS, closed_at__isnull=True).order_by()
    kinds = set(open_ones.values_list("kind", flat=True).distinct())
    asked = [sort for sort in SORTS if not kinds.isdisjoint(sort.ladder)]
    over = {pk: ending for sort in asked for pk, ending in _over(sort, now).items()}

    def close(batch: Sequence[tuple[int, Ending]]) -> int:
        with transaction.atomic():
            return close_alerts(dict(batch), now)

    return in_batches(list(over.items()), close)


def _owed(sort: Sort, now: datetime) -> list[Owed]:
    rows = sort.rows().annotate(rung=_rung(sort, now))
    if sort.dated:
        rows = rows.filter(**{f"{sort.about}__lte": now + sort.first})
        if sort.last > timedelta(0):  # what follows then is an act, and has an alert of its own
            rows = rows.filter(**{f"{sort.about}__gt": now})
    same = Alert.objects.filter(kind=OuterRef("rung"), occasion=OuterRef("pk"), **sort.moment()).order_by()
    rows = rows.filter(~Exists(same.exclude(closed_because__in=[ending.value for ending in FOR_NOW])))
    found = rows.annotate(closed=Subquery(same.values("pk")[:1])).order_by(*([sort.about] if sort.about else []), "pk")
    return [Owed(sort, AlertKind(row.rung), row, row.closed) for row in found[:AT_ONCE]]


def _rung(sort: Sort, now: datetime) -> Case:
    """The rung that a row is at: the last of the ladder whose range has begun."""
    kinds = list(sort.ladder.items())
    begun = [When(**{f"{sort.about}__lte": now + before}, then=Value(kind.value)) for kind, before in kinds[:0:-1]]
    return Case(*begun, default=Value(kinds[0][0].value), output_field=CharField())


def _tell(owed: Sequence[Owed], now: datetime) -> int:
    with transaction.atomic():
        again = [one.closed for one in owed if one.closed is not None]
        fresh = [one for one in owed if one.closed is None]
        return reopen_alerts(again, now) + raise_alerts(list(_raisings(fresh, now)), now)


def _raisings(owed: Sequence[Owed], now: datetime) -> Iterator[Raising]:
    """The alerts with whom they tell; nine queries, whatever their number."""
    if not owed:
        return
    for sort in {id(one.sort): one.sort for one in owed}.values():
        sort.also([one.row for one in owed if one.sort is sort])
    here = _here({one.row.release_id for one in owed})
    away = {person: one.deputy_id for person, one in deputies(now).items()}
    mentioned = {person for one in owed for person in _mentioned(one.row)}
    mentioned |= {spell.owner_id for spell in here.values() if spell.owner_id}
    roster = Roster.read({spell.visit.release.model.team for spell in here.values()}, {*mentioned, *away.values()})
    for one in owed:
        spell = here.get(one.row.release_id)
        if spell is not None:
            yield _raising(one, spell, roster, away)


def _raising(one: Owed, spell: StageOwnership, roster: Roster, away: Mapping[int, int]) -> Raising:
    model = spell.visit.release.model
    around = Around(spell.owner_id, roster.leads.get(model.team_id, ()), away)
    named = () if one.known else one.sort.told(one.kind, one.row, around)
    told = within_sight(named, model, roster, asked=one.kind in ASKED_KINDS)
    if not told and one.kind in URGENT:
        told = within_sight(roster.admins, model, roster)
    return Raising(
        one.kind,
        one.sort.visit(one.row) or spell.visit_id,
        one.row.pk,
        tuple(told),
        Ending.KNOWN if one.known else None,
        one.about_at,
    )


def _here(releases: Collection[int]) -> dict[int, StageOwnership]:
    """By release, the current spell of ownership or vacancy, with its visit, model and team."""
    spells = StageOwnership.objects.filter(
        visit__release__in=releases, visit__left_at__isnull=True, until__isnull=True
    ).select_related("visit__release__model__team")
    return {spell.visit.release_id: spell for spell in spells}


def _mentioned(row: Any) -> Iterator[int]:
    for column in ("owner_id", "raised_by_id", "requested_by_id", "assignee_id"):
        if person := getattr(row, column, None):
            yield person
    yield from getattr(row, "advisers", ())


def _over(sort: Sort, now: datetime) -> dict[int, Ending]:
    """The open alerts of a sort that hold no more, and why."""
    standing = sort.rows().filter(pk=OuterRef("occasion"), **sort.same_moment())
    overtaken = Q(pk__in=[])
    for (kind, _), (_, before) in pairwise(sort.ladder.items()):
        overtaken |= Q(kind=kind, about_at__lte=now + before)
    alerts = Alert.objects.filter(kind__in=list(sort.ladder), closed_at__isnull=True).order_by()
    found = alerts.annotate(holds=Exists(standing)).filter(Q(holds=False) | overtaken)
    over = list(found.values_list("pk", "occasion", "holds")[:ENOUGH])
    gone = {occasion for _, occasion, holds in over if not holds}
    rows = with_work(sort.rows().model._default_manager.all()).in_bulk(gone) if gone else {}
    return {
        pk: Ending.OVERTAKEN if holds else sort.ended(rows[occasion])
        for pk, occasion, holds in over
        if holds or occasion in rows
    }
