"""The pages that are measured: who reads each, what answers the same by hand, and proof that it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils import timezone

from bench.by_hand import Answer, Row
from bench.comparing import same
from bench.large_dossier import SLUG
from bench.one_review import review
from bench.portfolio import ENGINEER, LEAD, OFFICER
from governance.models import Review
from models_registry.models import Person
from models_registry.vocabulary import ReviewState
from tracker import claims, dashboard, review_desk
from tracker.dashboard import Horizon, Money
from tracker.dashboard.horizon import SOON_DAYS
from tracker.registry import Registry, Search
from tracker.review_desk.urgency import SMALL_UNITS
from tracker.web.context import read_counts

SIZE: Final = 50
LIST_QUERIES: Final = 15
PAGE_QUERIES: Final = 20
BOARD_QUERIES: Final = 24  # it weighs everything that may be claimed, and reads who else could take it
ROLES: Final = {LEAD: "team lead", ENGINEER: "engineer", OFFICER: "officer"}
MEMBER: Final = ("frame", "counts_of_member")
OFFICE: Final = ("frame", "counts_of_officer")


@dataclass(frozen=True)
class Page:
    """One page. `files` of statements answer it by hand; `check` compares that answer with the page's read model.

    `queries`: how many it may send.
    """

    address: str
    reader: str
    files: tuple[str, ...]
    check: Callable[[Person, datetime, Answer], None]
    offset: int = 0
    review: int = 0
    queries: int = LIST_QUERIES
    name: str = ""

    @property
    def title(self) -> str:
        """The address and who reads it."""
        return f"{self.name or self.address} as {ROLES[self.reader]}"


def pages() -> Iterator[Page]:
    """Every page of the promise, the last page that a registry of this size has where it has no fiftieth."""
    yield Page("/stalls/", LEAD, (*MEMBER, "stalls", "dossier"), stalls)
    yield Page("/models/", LEAD, (*MEMBER, "models"), _registry(1))
    deep = _deep_page()
    yield Page(f"/models/?page={deep}", LEAD, (*MEMBER, "models"), _registry(deep), (deep - 1) * SIZE)
    for reader in (LEAD, ENGINEER):
        yield Page("/claims/", reader, (*MEMBER, "claims", "dossier"), board, queries=BOARD_QUERIES)
    yield Page("/reviews/", OFFICER, (*OFFICE, "reviews", "dossier"), desk)
    large = Review.objects.get(release__model__slug=SLUG, state=ReviewState.OPEN).pk
    yield Page(
        f"/reviews/{large}/",
        OFFICER,
        (*OFFICE, "review"),
        review,
        review=large,
        queries=PAGE_QUERIES,
        name="one review",
    )


def _deep_page() -> int:
    """Page 50, or the last one of a smaller registry."""
    total = Registry(Person.objects.get(email=LEAD), Search(), timezone.now()).page(1, SIZE).total
    return min(50, -(-total // SIZE))


def values(page: Page, person: Person, session: str, now: datetime) -> dict[str, object]:
    """What the statements of a page ask for besides each other's answers.

    The moments are business time of the bench's one calendar, which SQL does not know.
    """
    horizon = Horizon.read(now, dashboard.teams_in_sight(person))
    calendar = next(iter(horizon.calendars.values()))
    edges = sorted(dashboard.age_edges(horizon.newest), reverse=True)
    return {
        "person": person.pk,
        "session": session,
        "now": now,
        "soon": calendar.add(now, int(SOON_DAYS * calendar.day_seconds)),
        "ages": [dashboard.ago(calendar, now, days) for days in edges],
        "offset": page.offset,
        "review": page.review,
        "small_units": list(SMALL_UNITS),
    }


def frame(person: Person, now: datetime, found: Answer) -> None:
    counts = read_counts(person, now)
    shown = {
        "past_budget": counts.past_budget,
        "unclaimed": counts.unclaimed,
        "reviews": counts.reviews,
        "unread": counts.unread,
    }
    same("the counts of the frame", found["counts"], [shown])


def stalls(person: Person, now: datetime, found: Answer) -> None:
    shown = dashboard.read_page(person, dashboard.Filters(), now)
    cells = {(cell.standing, cell.stage, cell.vacant, cell.age): cell.count for cell in shown.tally.cells}
    by_hand = {(row["standing"], row["stage"], row["vacant"], row["age"]): row["count"] for row in found["tally"]}
    same("the tally", by_hand, cells)
    same("the rows", [row["release_id"] for row in found["rows"]], [row.release_id for row in shown.rows])
    same("what past rows cost", _money(found["money"]), (_amounts(shown.spent.total), _amounts(shown.spent.since)))
    for row in shown.rows:
        mine = [cell for cell in found["money_of_rows"] if cell["its_release"] == row.release_id]
        same(f"the cost of {row.name}", _money(mine), (_amounts(row.spent.total), _amounts(row.spent.since)))


def _amounts(money: Money) -> dict[str, object]:
    return dict(money.amounts)


def _money(rows: list[Row]) -> tuple[dict[str, object], dict[str, object]]:
    return (
        {row["currency"]: row["total"] for row in rows},
        {row["currency"]: row["since"] for row in rows if row["since"]},
    )


def _registry(number: int) -> Callable[[Person, datetime, Answer], None]:
    def check(person: Person, now: datetime, found: Answer) -> None:
        shown = Registry(person, Search(), now).page(number, SIZE)
        same("the number of models", found["total"], [{"total": shown.total}])
        rows = [
            (row.standing.slug, row.standing.release_id, row.standing.owner, row.standing.stage) for row in shown.rows
        ]
        by_hand = [(row["slug"], row["release_id"], row["owner"] or "", row["stage"]) for row in found["rows"]]
        same("the rows", by_hand, rows)

    return check


def board(person: Person, now: datetime, found: Answer) -> None:
    shown = claims.read_board(person, claims.Filters(), now)
    mine = [row for row in found["tally"] if row["claimable"]]
    totals = (
        sum(row["count"] for row in found["tally"]),
        sum(row["count"] for row in mine),
        sum(row["count"] for row in mine if row["stage"] == "deployment"),
        sum(row["late"] for row in mine),
    )
    tally = shown.tally
    same("the totals", totals, (tally.total, tally.mine, tally.deployments, tally.late))
    same(
        "the vacancies", [row["release_id"] for row in found["vacancies"]], [row.release_id for row in shown.vacancies]
    )
    work = [row["release_id"] for row in found["work"]]
    same("one's own work", work[: claims.WORK_SHOWN], [row.release_id for row in shown.work])
    same("whether there is more", len(work) > claims.WORK_SHOWN, shown.more_work)
    loads = [(load.person_id, load.owned, load.late, load.counted, load.counted_late) for load in shown.loads]
    keys = ("peer_id", "owned", "late", "counted", "counted_late")
    same("who has room", [tuple(row[key] for key in keys) for row in found["loads"]], loads)
    claimed = [(row["slug"], row["owner_id"], row["since"]) for row in found["claimed"]]
    same("what was claimed", claimed, [(one.slug, one.owner_id, one.at) for one in shown.recent])


def desk(person: Person, now: datetime, found: Answer) -> None:
    shown = review_desk.read_desk(person, review_desk.Filters(), now)
    counts = shown.counts
    expected = {
        "open": counts.open,
        "overdue": counts.overdue,
        "retrospective": counts.retrospective,
        "mine": counts.mine,
    }
    same("the counts of the desk", found["counts_of_desk"], [expected])
    rows = [(row.review.pk, row.urgency.points, row.urgency.idle) for row in shown.rows]
    same("the rows", [(row["review_id"], row["urgency"], row["idle"]) for row in found["rows"]], rows)
    same(
        "who is barred",
        [bool(row["bar"]) for row in found["rows"]],
        [row.part.state == "excluded" for row in shown.rows],
    )
    same("what arrives", [row["visit_id"] for row in found["arriving"]], [row.visit.pk for row in shown.arriving])
    closed = [(row["closed_review"], row["by"]) for row in found["lately"]]
    same(
        "what was decided", closed[: len(shown.lately.closed)], [(row.review.pk, row.by) for row in shown.lately.closed]
    )
    same("how many were decided", len(closed), shown.lately.measured)
