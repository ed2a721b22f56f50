"""A release against a framework: every clause, the controls that answer it, and how they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance.control_states import ControlState
from governance.coverage import NOT_ASKED, ORDER, ReleaseClause, release_coverage
from governance.dossiers import controls_of, dossier_of
from governance.gates import EvidenceFacts
from tracker.web.frameworks import chooser, framework_of, only_gaps, shown_chooser
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import page
from tracker.web.releases.subject import page_of, subject_of

CSV_HEADER = ("Clause", "What it is about", "About the organisation", "State", "Controls", "Evidence", "Verdicts")
HOLDING: Final = ("verified", "waived")
SAID: Final[Mapping[str, tuple[str, str]]] = {
    "unmet": ("not met", "unmet"),
    "missing": ("evidence missing", "missing"),
    "stale": ("evidence no longer counts", "stale"),
    "concern": ("a reviewer has a concern", "finding"),
    "unchecked": ("not looked at yet", "waiting"),
    "waived": ("waived", "waived"),
    "verified": ("met", "met"),
    NOT_ASKED: ("not asked by the policy", "missing"),
}
"""Each state in words, and the mark that stands for it."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A control with its state in words, and what it was judged by: each piece with the key of its record."""

    state: ControlState
    said: str
    mark: str
    pieces: Sequence[tuple[EvidenceFacts, int]]


@dataclass(frozen=True, slots=True)
class ClauseRow:
    """A clause with its state in words and the controls that answer it."""

    row: ReleaseClause
    said: str
    mark: str
    answers: Sequence[AnswerRow]


@dataclass(frozen=True, slots=True)
class Total:
    """How many clauses about a release stand so."""

    label: str
    clauses: int
    tone: str = ""


@require_safe
def coverage(request: HttpRequest, release: int) -> HttpResponseBase:
    """The newest state of a release; `?show=gaps` leaves the clauses about a release that are not met or waived."""
    subject = subject_of(request, release)
    pack = framework_of(request)
    keys = {piece.digest: piece.pk for piece in subject.release.standing_evidence}  # type: ignore[attr-defined]  # loaded
    rows = release_coverage(pack, controls_of(subject.visit, dossier_of(subject.visit)))
    if request.GET.get("format") == "csv":
        return csv_response(f"{subject.model.slug}-{subject.release.number}-{pack.key}", CSV_HEADER, map(_line, rows))
    about = [row for row in rows if not row.clause.organisation]
    gaps = [row for row in about if row.state not in HOLDING]
    listing = paginate(request, gaps if only_gaps(request) else rows)
    context = {
        "subject": subject,
        "pack": pack,
        "frameworks": chooser(request, pack),
        "shown": shown_chooser(request, len(rows), len(gaps)),
        "listing": listing,
        "clauses": [_clause(row, keys) for row in listing.rows],
        "totals": _totals(about),
        "about": len(about),
        "crumbs": [("Models", reverse("models")), (subject.model.name, page_of(subject.release))],
    }
    return page(request, "releases/coverage.html", context)


def _clause(row: ReleaseClause, keys: Mapping[str, int]) -> ClauseRow:
    return ClauseRow(row, *SAID[row.state], [_answer(one, keys) for one in row.answers])


def _answer(state: ControlState, keys: Mapping[str, int]) -> AnswerRow:
    pieces = [(piece, keys[piece.digest]) for piece in state.evidence] if state.control.evidence else []
    return AnswerRow(state, *SAID[state.state], pieces)


def _totals(about: Sequence[ReleaseClause]) -> list[Total]:
    states = Counter(row.state for row in about)
    open_ones = sum(states[state] for state in ORDER if state not in HOLDING and state != "unchecked")
    return [
        Total("Met", states["verified"], "ok"),
        Total("Waived", states["waived"]),
        Total("Not looked at yet", states["unchecked"]),
        Total("Missing, stale or not met", open_ones, "breach" if open_ones else ""),
        Total("Not asked by the policy", states[NOT_ASKED]),
    ]


def _line(row: ReleaseClause) -> Sequence[object]:
    pieces = dict.fromkeys(piece.title for one in row.answers for piece in one.evidence if one.control.evidence)
    verdicts = [f"{one.control.title}: {one.verdict.officer}" for one in row.answers if one.verdict]
    return [
        row.clause.code,
        row.clause.text or row.clause.part,
        row.clause.organisation,
        SAID[row.state][0],
        "; ".join(f"{one.control.title} ({SAID[one.state][0]})" for one in row.answers),
        "; ".join(pieces),
        "; ".join(verdicts),
    ]
