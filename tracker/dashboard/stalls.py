"""The questions of the stall dashboard: the page of rows that is asked for, all of them for an export, or one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from governance.errors import NotFound
from governance.models import HoldReasonEntry, StageOwnership
from governance.permissions import may_see
from models_registry.models import Person, RegisteredModel, Team, WorkCalendar
from models_registry.vocabulary import RiskTier, Stage
from tracker.dashboard.figures import Tally, tally
from tracker.dashboard.horizon import Horizon
from tracker.dashboard.money import Spent, spending
from tracker.dashboard.reasons import GATE, NO_OWNER
from tracker.dashboard.rows import StallRow, rows_of
from tracker.dashboard.standing import SHOWN, Spell, Spells, Standing, placed, underway, with_cost, with_marks
from tracker.keys import among

ORDERS: Final = {"overrun": "-overrun", "cost": "-cost", "name": "name", "entered": "entered"}
"""What the list can be sorted by, and how it is by default. The groups stay apart whatever the order."""
ME: Final = "me"
NOBODY: Final = "none"
_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader wants to see; an empty or unknown value lets everything through.

    `team` is a slug, `owner` a person's id, `me` or `none`, `reason` the code of a reason of holds, `no_owner` or
    `gate`, `show` a standing.
    """

    team: str = ""
    tier: str = ""
    stage: str = ""
    owner: str = ""
    reason: str = ""
    q: str = ""
    show: str = ""

    @property
    def narrows(self) -> bool:
        return self != Filters(show=self.show)

    @property
    def standings(self) -> tuple[Standing, ...]:
        return (Standing(self.show),) if self.show in SHOWN else SHOWN

    def let(self, spells: Spells, person: Person) -> Spells:
        """The spells that every filter but `show` lets through."""
        if self.team:
            spells = spells.filter(visit__release__model__team__slug=self.team)
        if self.tier in set(RiskTier):
            spells = spells.filter(visit__tier=self.tier)
        if self.stage in set(Stage):
            spells = spells.filter(visit__stage=self.stage)
        if self.q:
            spells = spells.filter(
                Q(visit__release__model__name__icontains=self.q) | Q(owner__full_name__icontains=self.q)
            )
        return self._of_reason(self._of_owner(spells, person))

    def _of_owner(self, spells: Spells, person: Person) -> Spells:
        if self.owner == NOBODY:
            return spells.filter(owner__isnull=True)
        if self.owner == ME:
            return spells.filter(owner=person)
        known = self.owner.isascii() and self.owner.isdigit() and len(self.owner) < 19
        return spells.filter(owner=int(self.owner)) if known else spells

    def _of_reason(self, spells: Spells) -> Spells:
        if self.reason in (NO_OWNER, GATE):
            return spells.filter(open_hold__isnull=True, owner__isnull=self.reason == NO_OWNER)
        if self.reason and HoldReasonEntry.objects.filter(code=self.reason).exists():
            return spells.filter(open_hold__reason_code=self.reason)
        return spells


@dataclass(frozen=True, slots=True)
class StallPage:
    """One page of the dashboard with its figures. `total` counts the rows of all pages.

    `longest` is the row that is longest past its budget, known where it comes first; elsewhere `tally.earliest` tells.
    """

    rows: Sequence[StallRow]
    total: int
    number: int
    tally: Tally
    spent: Spent
    longest: StallRow | None
    horizon: Horizon
    teams: Sequence[Team]


def teams_in_sight(person: Person) -> list[Team]:
    """The teams with a model that this person may see, with their calendars; read once per person object."""
    known: list[Team] | None = getattr(person, "_teams_in_sight", None)
    if known is None:
        known = list(_in_sight(person).select_related("calendar").order_by("name", "pk"))
        person._teams_in_sight = known  # type: ignore[attr-defined]  # a cache for the life of this object
    return known


def first_calendar(person: Person) -> WorkCalendar | None:
    """The oldest calendar of the teams in sight, else of all: the clock of somebody who belongs to no team."""
    known: list[Team] = getattr(person, "_teams_in_sight", [])
    if known:
        return min((team.calendar for team in known), key=lambda calendar: calendar.pk)
    in_sight = Exists(_in_sight(person).filter(calendar=OuterRef("pk")))
    return WorkCalendar.objects.annotate(in_sight=in_sight).order_by("-in_sight", "pk").first()


def _in_sight(person: Person) -> QuerySet[Team]:
    return Team.objects.filter(Exists(RegisteredModel.objects.filter(may_see(person), team=OuterRef("pk"))))


def read_page(
    person: Person, filters: Filters, now: datetime, *, order: str = ORDERS["overrun"], number: int = 1, size: int = 50
) -> StallPage:
    """The page `number`, or the last one; `order` is a value of `ORDERS`, turned round by a minus or its absence."""
    teams = teams_in_sight(person)
    horizon = Horizon.read(now, teams)
    spells = filters.let(placed(underway(person), horizon), person)
    counts = tally(spells, horizon)
    total = sum(counts.count(standing) for standing in filters.standings)
    number = min(number, max(1, -(-total // size)))
    begin = (number - 1) * size
    keys = listed(spells, filters, order)[begin : begin + size].values("pk")
    found = _loaded(among("pk", keys), horizon, order, person) if total else []
    money = spending(spells, [spell.pk for spell in found], now)
    rows = rows_of(found, person, now, money.rows)
    leads = number == 1 and order == ORDERS["overrun"] and rows and rows[0].standing is Standing.PAST
    return StallPage(rows, total, number, counts, money.past, rows[0] if leads else None, horizon, teams)


def listed(spells: Spells, filters: Filters, order: str) -> Spells:
    """Placed spells of the groups that the filters show, in order."""
    return in_order(spells.filter(standing__in=filters.standings), order)


def in_order(spells: Spells, order: str) -> Spells:
    """Placed spells group by group, in each by the order asked for."""
    key, turned = order.removeprefix("-"), order.startswith("-")
    # The longest past its budget is the one whose budget ran out first.
    column = {"overrun": "due", "cost": "cost", "name": "name", "entered": "visit__entered_at"}[key]
    if key == "cost":
        spells = with_cost(spells)
    if key == "name":
        spells = spells.annotate(name=Lower("visit__release__model__name"))
    descending = turned != (key == "overrun")
    by = F(column).desc(nulls_last=True) if descending else F(column).asc(nulls_last=True)
    return spells.order_by("rank", by, "pk")


def _loaded(few: Q, horizon: Horizon, order: str, person: Person) -> list[Spell]:
    """What rows show is joined to the few that are shown, never to all that were sorted to find them."""
    spells = placed(StageOwnership.objects.filter(few), horizon)
    return list(with_marks(in_order(spells, order), person, horizon.now))


def export_rows(
    person: Person, filters: Filters, now: datetime, *, order: str = ORDERS["overrun"]
) -> Iterator[StallRow]:
    """All rows that the filters let through, a few hundred at a time."""
    horizon = Horizon.read(now, teams_in_sight(person))
    spells = filters.let(placed(underway(person), horizon), person)
    keys = list(listed(spells, filters, order).values_list("pk", flat=True))
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        money = spending(spells.filter(pk__in=chunk), chunk, now)
        yield from rows_of(_loaded(Q(pk__in=chunk), horizon, order, person), person, now, money.rows)


def one_row(person: Person, release_id: int, now: datetime) -> StallRow:
    """The row of one release underway. Raises `NotFound` for one that is hidden, missing or set aside."""
    horizon = Horizon.read(now, teams_in_sight(person))
    spells = placed(underway(person), horizon).filter(visit__release=release_id)
    found = list(with_marks(spells, person, now))
    if not found:
        raise NotFound
    return rows_of(found, person, now, spending(spells, [found[0].pk], now).rows)[0]
