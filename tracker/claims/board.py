"""The claim board of one person: a page of vacancies, their own work, hand-overs, and who has room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from governance.clock import Reading
from governance.deadlines import business_calendar, reading
from governance.dossiers import gate_of
from governance.errors import NotFound
from governance.models import HandoverOffer, OfferState, StageOwnership, Tenure
from governance.permissions import may_see
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tracker.claims.ahead import Ahead, early_board
from tracker.claims.load import Load, loads, peers
from tracker.claims.order import in_order
from tracker.claims.rows import (
    Vacancy,
    Work,
    pool_of,
    prepare,
    vacancy_row,
    vacancy_rows,
    with_marks,
    work_row,
    work_rows,
)
from tracker.claims.vacancies import Filters, Tally, claimable, count, ranked, vacancies
from tracker.dashboard import underway

WORK_SHOWN: Final = 12
_PEERS: Final = 12
_OFFERS: Final = 10
_RECENT: Final = 20
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """An open hand-over, with the stage's clock and how far its gate is."""

    offer: HandoverOffer
    clock: Reading
    day: int
    done: int
    checks: int

    @property
    def ticked(self) -> int:
        """Lines of the checklist that are done."""
        return sum(1 for line in self.offer.checklist if line["done"])


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim of lately, and how long the stage had waited for it, in business seconds of a day of `day` seconds."""

    owner_id: int
    owner: str
    model: str
    slug: str
    number: int
    at: datetime
    waited: int
    day: int


@dataclass(frozen=True, slots=True)
class ClaimBoard:
    """One page. `counted` is the stage whose owning `loads` counts; `more_work`: not all of one's own work is shown."""

    vacancies: Sequence[Vacancy]
    ahead: Ahead
    tally: Tally
    number: int
    work: Sequence[Work]
    more_work: bool
    offers_in: Sequence[Offer]
    offers_out: Sequence[Offer]
    loads: Sequence[Load]
    counted: Stage
    recent: Sequence[Claimed]

    @property
    def median_wait(self) -> Claimed | None:
        """The claim that waited longer than half of the others."""
        ranked = sorted(self.recent, key=lambda claimed: claimed.waited)
        return ranked[(len(ranked) - 1) // 2] if ranked else None


def read_board(person: Person, filters: Filters, now: datetime, *, number: int = 1, size: int = 50) -> ClaimBoard:
    """The page `number` of the vacancies, or the last one, with everything else of the board."""
    free = vacancies(person)
    counts = count(free, filters, now)
    number = min(number, max(1, -(-counts.total // size)))
    urgencies = in_order(filters.let(free).filter(claimable(person)), person, now) if counts.mine else {}
    spells = _page(free, person, filters, list(urgencies), begin=(number - 1) * size, size=size)
    work = list(with_marks(own_work(person))[: WORK_SHOWN + 1])
    offers = open_offers(person)
    prepare([*(spell.visit for spell in (*spells, *work)), *(offer.visit for offer in offers)])
    found = [_offer(offer, now) for offer in offers]
    pool = pool_of(spells, now)
    ahead = early_board(person, now)
    people, counted = peers(person)
    return ClaimBoard(
        vacancies=[vacancy_row(spell, person, now, pool, urgencies.get(spell.pk)) for spell in spells],
        ahead=ahead,
        tally=counts,
        number=number,
        work=[work_row(spell, now) for spell in work[:WORK_SHOWN]],
        more_work=len(work) > WORK_SHOWN,
        offers_in=[one for one in found if one.offer.offered_to_id == person.pk],
        offers_out=[one for one in found if one.offer.offered_by_id == person.pk],
        loads=loads(people, counted, now, limit=_PEERS),
        counted=counted,
        recent=recent_claims(person, people) if counted is Stage.DEPLOYMENT else [],
    )


def _page(
    free: QuerySet[StageOwnership], person: Person, filters: Filters, mine: Sequence[int], *, begin: int, size: int
) -> list[Any]:
    """The vacancies of one page: first those that the person may claim, in their order, then all others, by due."""
    shown = list(mine[begin : begin + size])
    if (left := size - len(shown)) > 0:
        others = filters.let(free).exclude(claimable(person))
        start = max(0, begin - len(mine))
        shown += others.values_list("pk", flat=True)[start : start + left]
    place = {key: number for number, key in enumerate(shown)}
    found = with_marks(ranked(StageOwnership.objects.filter(pk__in=shown), person))
    return sorted(found, key=lambda spell: place[spell.pk])


def own_work(person: Person) -> QuerySet[StageOwnership]:
    """What the person owns: what stalls first, then what is on hold, then what is live."""
    mine = underway(person).filter(owner=person)
    return mine.order_by(F("visit__stalls_at").asc(nulls_last=True), "visit__stage", "pk")


def open_offers(person: Person) -> list[HandoverOffer]:
    """The hand-overs that wait for this person's answer, and those that this person waits for."""
    concerned = Q(offered_to=person) | Q(offered_by=person)
    found = HandoverOffer.objects.filter(concerned, may_see(person, "visit__release__model__"), state=OfferState.OPEN)
    with_all = found.select_related(
        "offered_by",
        "offered_to",
        "visit__policy",
        "visit__release__candidate",
        "visit__release__model__team__calendar",
    )
    return list(with_all.order_by("-offered_at", "-pk")[: _OFFERS * 2])


def _offer(offer: HandoverOffer, now: datetime) -> Offer:
    visit = offer.visit
    report = gate_of(visit, owner_name=str(offer.offered_by))
    day = business_calendar(visit.release.model.team.calendar).day_seconds
    return Offer(offer, reading(visit, now), day, report.done_count, len(report.checks))


def recent_claims(person: Person, people: QuerySet[Person]) -> list[Claimed]:
    """The newest claims among these people that still stand, and how long each stage had been vacant before."""
    vacancy = StageOwnership.objects.filter(visit=OuterRef("visit"), owner__isnull=True, until=OuterRef("since"))
    found = (
        underway(person)
        .filter(owner__in=people.values("pk"), began=Tenure.CLAIMED)
        .annotate(waited_from=Subquery(vacancy.order_by("-since").values("since")[:1]))
        .select_related("owner", "visit__release__model__team__calendar")
        .order_by("-since", "-pk")[:_RECENT]
    )
    return [_claimed(spell, spell.waited_from or spell.since) for spell in found]


def _claimed(spell: StageOwnership, since: datetime) -> Claimed:
    release, calendar = spell.visit.release, business_calendar(spell.visit.release.model.team.calendar)
    waited = calendar.business_seconds(since, spell.since)
    assert spell.owner is not None
    return Claimed(
        owner_id=spell.owner.pk,
        owner=str(spell.owner),
        model=release.model.name,
        slug=release.model.slug,
        number=release.number,
        at=spell.since,
        waited=waited,
        day=calendar.day_seconds,
    )


def work_of(person: Person, release_id: int, now: datetime) -> Work:
    """The row of one stage of one's own. Raises `NotFound` when it is no longer."""
    found = work_rows(list(with_marks(underway(person).filter(owner=person, visit__release=release_id))), now)
    if not found:
        raise NotFound
    return found[0]


def every_vacancy(person: Person, filters: Filters, now: datetime) -> Iterator[Vacancy]:
    """All vacancies that the filters let through, a few hundred at a time."""
    free = vacancies(person)
    urgencies = in_order(filters.let(free).filter(claimable(person)), person, now)
    keys = [*urgencies, *filters.let(free).exclude(claimable(person)).values_list("pk", flat=True)]
    for start in range(0, len(keys), _CHUNK):
        wanted = keys[start : start + _CHUNK]
        place = {key: number for number, key in enumerate(wanted)}
        chunk = with_marks(ranked(underway(person).filter(pk__in=wanted), person))
        spells = sorted(chunk, key=lambda spell: place[spell.pk])
        yield from vacancy_rows(spells, person, now, urgencies)


def every_work(person: Person, now: datetime) -> Iterator[Work]:
    """All that the person owns, a few hundred at a time."""
    keys = list(own_work(person).values_list("pk", flat=True))
    for start in range(0, len(keys), _CHUNK):
        chunk = with_marks(own_work(person).filter(pk__in=keys[start : start + _CHUNK]))
        yield from work_rows(list(chunk), now)


def owner_of(person: Person, release_id: int) -> StageOwnership:
    """Who owns a release underway now. Raises `NotFound`."""
    spell = underway(person).filter(visit__release=release_id).select_related("owner", "visit__release__model").first()
    if spell is None:
        raise NotFound
    return spell
