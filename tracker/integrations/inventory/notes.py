"""What the import has to tell of a row: each repair, estimate and contradiction, by kind to be counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from tracker.integrations.inventory.dates import CellDate, DateFlag


class NoteKind(StrEnum):
    DATE_REPAIRED = "dates repaired"
    DATE_ESTIMATED = "dates estimated"
    DATE_UNREADABLE = "dates that cannot be read"
    DATE_PLACEHOLDER = "dates on the first day of a fiscal year"
    DATE_PLANNED = "dates that are plans"
    DATE_CHOSEN = "cells with several dates, the first used"
    DATE_MISSING = "entries into a stage without a date, taken as known on the day the file speaks of"
    DATE_ORDER = "dates in the wrong order"
    DATE_UNUSED = "dates that the stage contradicts"
    STAGE_MISSING = "stages not given"
    STAGE_GUESSED = "stages read from a sentence or from dates"
    STAGE_UNKNOWN = "stages that cannot be understood"
    STAGE_REVIEW = "releases placed in compliance review by an unfinished assessment"
    SET_ASIDE = "releases that were set aside"
    RISK_MISSING = "risk tiers not given"
    RISK_ASSUMED = "risk tiers read with a reservation"
    NAME_SHORTENED = "names shortened"
    NAME_REPEATED = "names that repeat within a team, numbered"
    OWNER_UNKNOWN = "owners who are not people here"
    DIVISION_FROM_ID = "divisions read from the id"
    ID_REPEATED = "ids that repeat, matched by name instead"
    LINKED = "models registered here by hand, linked to their row"
    OLDER = "rows older than what is here, not applied"
    KEPT = "changes made here that the file does not overwrite"


KIND_OF_FLAG = {
    DateFlag.REPAIRED: NoteKind.DATE_REPAIRED,
    DateFlag.ESTIMATED: NoteKind.DATE_ESTIMATED,
    DateFlag.UNREADABLE: NoteKind.DATE_UNREADABLE,
    DateFlag.PLACEHOLDER: NoteKind.DATE_PLACEHOLDER,
    DateFlag.PLANNED: NoteKind.DATE_PLANNED,
    DateFlag.FIRST_OF_SEVERAL: NoteKind.DATE_CHOSEN,
}


@dataclass(frozen=True)
class Note:
    """One thing to tell of one row."""

    kind: NoteKind
    text: str

    def plain(self) -> dict[str, str]:
        return {"kind": str(self.kind), "text": self.text}


def date_notes(label: str, read: CellDate) -> list[Note]:
    """One note per flag of a date, each with the same explanation."""
    return [Note(KIND_OF_FLAG[flag], f"{label}: {read.note or flag}") for flag in read.flags]


def summary(notes: Iterable[tuple[int, Note]]) -> list[str]:
    """How often each kind occurred, with the first example; in the order of the kinds."""
    counts: Counter[NoteKind] = Counter()
    first: dict[NoteKind, tuple[int, Note]] = {}
    for line, note in notes:
        counts[note.kind] += 1
        first.setdefault(note.kind, (line, note))
    return [
        f"{kind}: {counts[kind]:,} (first on line {first[kind][0]}: {first[kind][1].text})"
        for kind in NoteKind
        if kind in counts
    ]
