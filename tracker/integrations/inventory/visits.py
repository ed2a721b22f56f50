"""From a stage and four dates to the visits that a release has made.

Only what the file says becomes a visit: a stage it gives a date for, and the stage the release is in. A stage without
a date is taken as entered on the day the file speaks of: by then at the latest it was there, so no clock accuses
anybody of a delay that nobody recorded. Whatever is not a plain day is marked as estimated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from models_registry.vocabulary import EndReason, Stage, VisitState
from tracker.integrations.inventory.answers import StageMeaning
from tracker.integrations.inventory.dates import CellDate, DateFlag, Precision
from tracker.integrations.inventory.mapping import Field
from tracker.integrations.inventory.notes import Note, NoteKind

ORDER: Final = tuple(Stage)
LABELS: Final = {
    Field.DATE_INITIATED: "initiated",
    Field.DATE_DEVELOPMENT: "development began",
    Field.DATE_IMPLEMENTED: "implemented",
    Field.DATE_RETIRED: "retired",
}
GUESSES: Final = frozenset({DateFlag.ESTIMATED, DateFlag.PLACEHOLDER, DateFlag.FIRST_OF_SEVERAL})
SURE_BRIEF: Final = StageMeaning(Stage.BRIEF)


@dataclass(frozen=True)
class PlannedVisit:
    """One stay in one stage, underway or set aside; `left` is None for the one where the release is now."""

    stage: Stage
    entered: date
    left: date | None
    estimated: bool
    state: VisitState = VisitState.UNDERWAY


@dataclass(frozen=True)
class Standing:
    """Where a release stands and how it came there. `given`: its stage was said or dated, not assumed."""

    stage: Stage
    outcome: VisitState
    reason: EndReason | None
    visits: tuple[PlannedVisit, ...]
    notes: tuple[Note, ...]
    given: bool = True


@dataclass(frozen=True)
class _Entry:
    stage: Stage
    day: date
    last: date
    estimated: bool


def standing_of(
    meaning: StageMeaning | None, dates: Mapping[Field, CellDate], as_of: date, review: str = ""
) -> Standing:
    """The visits of one row. `review` names the unfinished assessment that the release waits for, if it does."""
    notes: list[Note] = []
    given = meaning is not None or _furthest(dates) is not None
    meaning = _placed(meaning, dates, notes)
    stage = meaning.stage or Stage.BRIEF
    if review and not _fact(dates, Field.DATE_IMPLEMENTED):
        stage = Stage.COMPLIANCE_REVIEW
        notes.append(Note(NoteKind.STAGE_REVIEW, review))
    entries = _entries(stage, dates, as_of, notes)
    visits = [
        PlannedVisit(
            one.stage,
            one.day,
            after.day if after else None,
            one.estimated or bool(after and after.estimated),
        )
        for one, after in zip(entries, [*entries[1:], None], strict=True)
    ]
    if meaning.outcome is not VisitState.UNDERWAY:
        visits = _set_aside(visits, meaning.outcome, as_of)
    return Standing(stage, meaning.outcome, meaning.reason, tuple(visits), tuple(notes), given)


def _set_aside(visits: list[PlannedVisit], outcome: VisitState, as_of: date) -> list[PlannedVisit]:
    """The same visits, ending parked or killed: on which day no inventory says, by the file's own at the latest."""
    last = visits[-1]
    ended = PlannedVisit(last.stage, as_of, None, True, outcome)
    if last.entered >= as_of:
        return [*visits[:-1], ended]
    return [*visits[:-1], replace(last, left=as_of, estimated=True), ended]


def _placed(meaning: StageMeaning | None, dates: Mapping[Field, CellDate], notes: list[Note]) -> StageMeaning:
    """The meaning with a stage in it: from the dates, where the file does not say one."""
    if meaning is not None and meaning.stage is not None:
        return meaning
    reached = _furthest(dates)
    if meaning is None:
        if reached is None:
            return SURE_BRIEF
        notes.append(Note(NoteKind.STAGE_GUESSED, f"stage read from the dates: {reached.label.lower()}"))
        return StageMeaning(reached, sure=False)
    if reached in (Stage.LIVE, Stage.RETIRED) and meaning.outcome is VisitState.KILLED:
        return StageMeaning(Stage.RETIRED, note=meaning.note)
    if reached in (Stage.LIVE, Stage.RETIRED):
        return StageMeaning(reached, note=meaning.note)
    notes.append(Note(NoteKind.SET_ASIDE, meaning.note or str(meaning.outcome)))
    return replace(meaning, stage=reached or Stage.BRIEF)


def _furthest(dates: Mapping[Field, CellDate]) -> Stage | None:
    for wanted, stage in (
        (Field.DATE_RETIRED, Stage.RETIRED),
        (Field.DATE_IMPLEMENTED, Stage.LIVE),
        (Field.DATE_DEVELOPMENT, Stage.VALIDATION),
        (Field.DATE_INITIATED, Stage.BRIEF),
    ):
        if _fact(dates, wanted):
            return stage
    return None


def _fact(dates: Mapping[Field, CellDate], wanted: Field) -> bool:
    return wanted in dates and dates[wanted].is_fact


def _stage_entered(wanted: Field, stage: Stage) -> Stage:
    """Which stage a date begins. 'Implemented' begins the deployment of what is not live yet."""
    if wanted is Field.DATE_IMPLEMENTED:
        return Stage.DEPLOYMENT if stage is Stage.DEPLOYMENT else Stage.LIVE
    return {
        Field.DATE_INITIATED: Stage.BRIEF,
        Field.DATE_DEVELOPMENT: Stage.VALIDATION,
        Field.DATE_RETIRED: Stage.RETIRED,
    }[wanted]


def _entries(stage: Stage, dates: Mapping[Field, CellDate], as_of: date, notes: list[Note]) -> list[_Entry]:
    entries = []
    for wanted, label in LABELS.items():
        read = dates.get(wanted, CellDate())
        if read.value is None or not read.is_fact:
            continue
        entered = _stage_entered(wanted, stage)
        if ORDER.index(entered) > ORDER.index(stage):
            text = f"{label} on {read.value}, and the stage is {stage.label.lower()}: the date is not used"
            notes.append(Note(NoteKind.DATE_UNUSED, text))
            continue
        guessed = read.precision is not Precision.DAY or bool(GUESSES & set(read.flags))
        entries.append(_Entry(entered, read.value, min(read.last or read.value, as_of), guessed))
    if not entries or entries[-1].stage is not stage:
        notes.append(Note(NoteKind.DATE_MISSING, f"{stage.label.lower()} since {as_of} at the latest"))
        entries.append(_Entry(stage, as_of, as_of, estimated=True))
    return _in_order(entries, notes)


def _in_order(entries: list[_Entry], notes: list[Note]) -> list[_Entry]:
    """The same entries, none before the one that precedes it.

    A coarse date moves within what it may mean (a bare year moves to the month that fits). What then still
    contradicts is settled in favour of the later stage: what had begun by then had begun.
    """
    fitted = entries[:1]
    for entry in entries[1:]:
        before = fitted[-1].day
        if entry.day < before <= entry.last:
            entry = replace(entry, day=before, estimated=True)
        fitted.append(entry)
    for position in range(len(fitted) - 2, -1, -1):
        entry, after = fitted[position], fitted[position + 1]
        if entry.day > after.day:
            text = f"{entry.stage.label.lower()} since {entry.day}, after {after.stage.label.lower()} ({after.day})"
            notes.append(Note(NoteKind.DATE_ORDER, f"{text}: the earlier day is used"))
            fitted[position] = replace(entry, day=after.day, estimated=True)
    return fitted
