"""The claim board, and one's own work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.models import Person
from models_registry.vocabulary import RiskTier, Stage, choices
from tracker import formats
from tracker.claims import (
    ROOM,
    ClaimBoard,
    Filters,
    Load,
    Vacancy,
    Work,
    every_vacancy,
    every_work,
    own_work,
    read_board,
    with_marks,
    work_rows,
)
from tracker.claims.order import EXPLAINED
from tracker.web.claims.steps import Step, step_of
from tracker.web.claims.words import lede
from tracker.web.listing import Listing, csv_response, filters_of, page_number, paginate
from tracker.web.pages import page
from tracker.web.viewer import reader

KEYS: Final = [("J", "down"), ("K", "up"), ("C", "claim"), ("Enter", "open"), ("H", "hand over")]
STAGES: Final = (Stage.DEPLOYMENT, Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.LIVE)
_RECENT: Final = 4


@dataclass(frozen=True, slots=True)
class Slots:
    """One person's load, as boxes: `x` of each, and whether it is taken, by something late, or free."""

    load: Load
    me: bool
    boxes: tuple[tuple[str, str], ...]


@require_safe
def claims(request: HttpRequest) -> HttpResponseBase:
    """What nobody owns, what is mine, hand-overs and who has room. `?format=csv`: every vacancy."""
    person, now = reader(request), timezone.now()
    filters = Filters(**filters_of(request, "team", "stage", "tier"))
    if request.GET.get("format") == "csv":
        return csv_response("unclaimed", VACANCY_HEADER, vacancy_cells(every_vacancy(person, filters, now)))
    board = read_board(person, filters, now, number=page_number(request))
    return page(request, "claims/board.html", _context(request, board, filters, person))


@require_safe
def work(request: HttpRequest) -> HttpResponseBase:
    """All that the reader owns, each with its next step."""
    person, now = reader(request), timezone.now()
    if request.GET.get("format") == "csv":
        return csv_response("my-work", WORK_HEADER, work_cells(every_work(person, now)))
    listing = paginate(request, with_marks(own_work(person)))
    rows = [(one, step_of(one)) for one in work_rows(listing.rows, now)]
    keys = [key for key in KEYS if key[0] != "C"]
    return page(request, "claims/work.html", {"listing": listing, "rows": rows, "keys": keys})


def _context(request: HttpRequest, board: ClaimBoard, filters: Filters, person: Person) -> dict[str, object]:
    mine = next((load for load in board.loads if load.person_id == person.pk), None)
    return {
        "board": board,
        "lede": lede(board, mine),
        "listing": Listing(board.vacancies, board.number, board.tally.total),
        "work": [(one, step_of(one)) for one in board.work],
        "slots": [slots(load, load.person_id == person.pk) for load in board.loads],
        "room": ROOM,
        "explained": EXPLAINED,
        "recent": board.recent[:_RECENT],
        "filters": filters,
        "filtered": filters.narrows,
        "teams": board.tally.teams,
        "stages": [(stage.value, stage.label) for stage in STAGES],
        "tiers": choices(RiskTier),
        "keys": KEYS,
        "here": request.get_full_path(),
    }


def slots(load: Load, me: bool) -> Slots:
    """As many boxes as one person should carry, or more where somebody carries more than that."""
    late = load.counted_late
    kinds = ["breach"] * late + ["el"] * (load.counted - late) + ["no"] * max(0, ROOM - load.counted)
    return Slots(load, me, tuple((f"{place * 26 + 0.5:g}", kind) for place, kind in enumerate(kinds[:ROOM])))


VACANCY_HEADER: Final = (
    "Model", "Release", "Team", "Risk tier", "Stage", "Without an owner since", "Without an owner (business hours)",
    "Stage used (business hours)", "Stage past budget (business hours)", "How it fell vacant", "Who may claim it",
    "Gate checks met", "Gate checks", "Requirements", "Skills that it takes", "Skills that you lack", "Spent so far",
    "Currency", "Points",
)  # fmt: skip
WORK_HEADER: Final = (
    "Model", "Release", "Team", "Risk tier", "Stage", "Owned since", "Used (business hours)",
    "Past budget (business hours)", "Next step", "Why", "Gate checks met", "Gate checks", "On hold until",
)  # fmt: skip


def vacancy_cells(rows: Iterable[Vacancy]) -> Iterator[Sequence[object]]:
    """The cells of each vacancy, in the order of `VACANCY_HEADER`."""
    for row in rows:
        stage = row.clock if row.of_stage else None
        yield (
            row.model, row.number, row.team, row.tier, row.stage.value, row.since, _hours(row.vacancy.elapsed),
            _hours(stage.elapsed) if stage else "", _hours(stage.overrun) if stage else "", row.why.detail,
            row.refusal or "you", row.done, row.checks, " · ".join(row.asks),
            ", ".join(need.skill.value for need in row.skills), ", ".join(row.fit.lacks),
            row.urgency.idle.amount if row.urgency else "", row.urgency.idle.currency if row.urgency else "",
            row.urgency.points if row.urgency else "",
        )  # fmt: skip


def work_cells(rows: Iterable[Work]) -> Iterator[Sequence[object]]:
    """The cells of each stage of one's own, in the order of `WORK_HEADER`."""
    for row in rows:
        step: Step = step_of(row)
        yield (
            row.model, row.number, row.team, row.tier, row.stage.value, row.since, _hours(row.clock.elapsed),
            _hours(row.clock.overrun), step.title, step.detail, row.done, row.checks,
            row.hold.expected_end if row.hold else "",
        )  # fmt: skip


def _hours(seconds: int) -> float:
    return round(seconds / formats.HOUR, 1)
