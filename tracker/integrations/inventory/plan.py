"""What each row of a table becomes: a planned model with its release and visits, or a refusal with its reason."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Final

from models_registry.requirements import digest_of
from models_registry.vocabulary import EndReason, RiskTier, Stage, VisitState
from tracker.integrations.inventory.answers import StageMeaning, risk_of, spellings, stage_of
from tracker.integrations.inventory.cells import clean, fold, missing, paragraphs, said, yes_no
from tracker.integrations.inventory.dates import CellDate, read_date, short
from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.inventory.identities import Identity, code_in_id, former_name, identity_of
from tracker.integrations.inventory.mapping import Columns, Field, Map
from tracker.integrations.inventory.notes import Note, NoteKind, date_notes
from tracker.integrations.inventory.reading import Row, Table
from tracker.integrations.inventory.visits import LABELS, PlannedVisit, standing_of

NAME_LIMIT: Final = 120
TEAM_LIMIT: Final = 160
TAG_LIMIT: Final = 60
MOST_TAGS: Final = 20
LONGEST_MEMBER: Final = 4  # words of one member of a comma list
EMAIL: Final = re.compile(r"[^\s@<>;,()]+@[^\s@<>;,()]+\.[^\s@<>;,()]+")
BRACKETED: Final = re.compile(r"\s*\([^)]*\)")
UNFINISHED: Final = re.compile(r"(planned or )?in progress\b|planned\b|under way|ongoing|pending")


@dataclass(frozen=True)
class PlannedModel:
    """One row, understood. `digest` covers what it says here, not how the file spells it. `tier_given`, `stage_given`
    and `unit_given` tell an answer from an assumption: an assumption never overwrites what an earlier edition said."""

    line: int
    identity: Identity
    name: str
    team_name: str
    division: str
    purpose: str
    tier: RiskTier
    stage: Stage
    outcome: VisitState
    reason: EndReason | None
    owner: str
    personal_data: bool | None
    tags: tuple[str, ...]
    visits: tuple[PlannedVisit, ...]
    notes: tuple[Note, ...]
    raw: dict[str, str]
    tier_given: bool
    stage_given: bool
    unit_given: bool
    former: str
    digest: str = ""


@dataclass(frozen=True)
class Refusal:
    """A row that is not taken in: on which line it begins, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Plan:
    """A whole file, understood: `models` and `refusals` together are its rows."""

    models: tuple[PlannedModel, ...]
    refusals: tuple[Refusal, ...]
    map: Map
    columns: Columns
    as_of: date

    @property
    def rows(self) -> int:
        return len(self.models) + len(self.refusals)

    def notes(self) -> Iterator[tuple[int, Note]]:
        for model in self.models:
            for note in model.notes:
                yield model.line, note


def plan_table(table: Table, chosen: Map, today: date) -> Plan:
    """Understand every row. `today` bounds the day the file speaks of, and is that day where the map names none.

    Raises `UnreadableFileError` when no column holds names.
    """
    as_of = min(chosen.dates.as_of or today, today)
    chosen = replace(chosen, dates=replace(chosen.dates, as_of=as_of))
    columns = chosen.locate(table.headers)
    if not columns.has(Field.NAME):
        headers = ", ".join(repr(short(header, 40)) for header in table.headers[:20])
        raise UnreadableFileError(
            table.file_name,
            f"no column holds the names of models; the columns are {headers}.",
            "Say which one does in a map file (--map FILE) with `columns: {name: ...}`.",
        )
    models: list[PlannedModel] = []
    refusals: list[Refusal] = []
    first_seen: dict[tuple[str, ...], int] = {}
    for row in table.rows:
        first = first_seen.setdefault(tuple(clean(cell) for cell in row.cells), row.line)
        if first != row.line:
            refusals.append(Refusal(row.line, f"an exact copy of the row on line {first}"))
        elif not said(columns.first(row, Field.NAME)):
            refusals.append(Refusal(row.line, _nameless(columns, row)))
        else:
            models.append(_Reader(table, row, chosen, columns, as_of).planned())
    return Plan(tuple(_numbered(models)), tuple(refusals), chosen, columns, as_of)


def _nameless(columns: Columns, row: Row) -> str:
    header = columns.headers[columns.places[Field.NAME][0]]
    cell = clean(columns.cell(row, Field.NAME))
    return f"no name: {header!r} is {f'{short(cell)!r}' if cell else 'empty'}"


def _numbered(models: list[PlannedModel]) -> Iterator[PlannedModel]:
    """Give rows that repeat their identity a number; an id that two rows share identifies neither."""
    ids = Counter(model.identity.external_id for model in models)
    seen: Counter[Identity] = Counter()
    for model in models:
        own, notes = model.identity, model.notes
        if own.external_id and ids[own.external_id] > 1:
            notes = (*notes, Note(NoteKind.ID_REPEATED, f"the id is on {ids[own.external_id]} rows"))
            own = replace(own, external_id="")
        seen[own] += 1
        yield replace(model, identity=replace(own, occurrence=seen[own]), notes=notes)


class _Reader:
    """Reads one row with one map, collecting what has to be told of it."""

    def __init__(self, table: Table, row: Row, chosen: Map, columns: Columns, as_of: date) -> None:
        self.table, self.row, self.map, self.columns, self.as_of = table, row, chosen, columns, as_of
        self.first = partial(columns.first, row)
        self.notes: list[Note] = []

    def planned(self) -> PlannedModel:
        name, rest = self._name()
        external_id = said(self.first(Field.EXTERNAL_ID))
        division, code = self._division(external_id)
        unit = said(self.first(Field.UNIT))
        dates = {wanted: self._date(wanted) for wanted in LABELS if self.columns.has(wanted)}
        tier = self._tier()
        standing = standing_of(self._meaning(), dates, self.as_of, self._review())
        model = PlannedModel(
            line=self.row.line,
            identity=identity_of(external_id, division, code, unit, self.first(Field.NAME)),
            name=name,
            team_name=team_name(division, code, unit),
            division=division[:TEAM_LIMIT],
            purpose=self._purpose(rest),
            tier=tier,
            stage=standing.stage,
            outcome=standing.outcome,
            reason=standing.reason,
            owner=self._owner(),
            personal_data=yes_no(self.first(Field.PERSONAL_DATA)),
            tags=self._tags(),
            visits=standing.visits,
            notes=(*self.notes, *standing.notes),
            raw=self.table.raw(self.row),
            tier_given=not any(note.kind is NoteKind.RISK_MISSING for note in self.notes),
            stage_given=standing.given,
            unit_given=bool(unit),
            former=former_name(self.first(Field.NAME)),
        )
        return replace(model, digest=_digest(model, dates))

    def _name(self) -> tuple[str, str]:
        """The name, and what of it does not fit: the lines after the first, or the end of a long one."""
        cell = self.first(Field.NAME)
        lines = [line for line in map(clean, cell.strip().splitlines()) if line]
        name, rest = lines[0], " ".join(lines[1:])
        if len(name) > NAME_LIMIT:
            cut = name[: NAME_LIMIT - 1].rsplit(" ", 1)[0][: NAME_LIMIT - 1]
            name, rest = cut + "…", f"{clean(cell)}"
        if rest:
            self.notes.append(Note(NoteKind.NAME_SHORTENED, f"the full name is {short(clean(cell))!r}"))
        return name, rest

    def _division(self, external_id: str) -> tuple[str, str]:
        division = said(self.first(Field.DIVISION)) or clean(self.map.division)
        code = said(self.first(Field.DIVISION_CODE))
        if not code and self.map.division_from_id and (found := code_in_id(external_id)):
            code = found
            if not division:
                division = found
                self.notes.append(Note(NoteKind.DIVISION_FROM_ID, f"{found} from {short(external_id)!r}"))
        return division or code, code

    def _date(self, wanted: Field) -> CellDate:
        read = read_date(self.columns.cell(self.row, wanted), self.map.dates)
        self.notes.extend(date_notes(LABELS[wanted], read))
        return read

    def _meaning(self) -> StageMeaning | None:
        cell = self.columns.cell(self.row, Field.STAGE)
        meaning = stage_of(cell, self.map.stages)
        if meaning is None and missing(cell):
            self.notes.append(Note(NoteKind.STAGE_MISSING, "stage not given"))
        elif meaning is None:
            self.notes.append(Note(NoteKind.STAGE_UNKNOWN, f"stage {short(clean(cell))!r} is not understood"))
        elif not meaning.sure:
            self.notes.append(Note(NoteKind.STAGE_GUESSED, f"stage read from {short(clean(cell))!r}"))
        return meaning

    def _tier(self) -> RiskTier:
        cell = self.columns.cell(self.row, Field.RISK)
        meaning = risk_of(cell, self.map.risks)
        if meaning is None:
            said_so = f"risk {short(clean(cell))!r} is not understood" if not missing(cell) else "risk not given"
            self.notes.append(Note(NoteKind.RISK_MISSING, f"{said_so}: taken as medium"))
            return RiskTier.MEDIUM
        if meaning.note:
            self.notes.append(Note(NoteKind.RISK_ASSUMED, f"{meaning.note}: taken as {meaning.tier}"))
        return meaning.tier

    def _review(self) -> str:
        """Why the release waits in compliance review; '' when nothing in the row says so."""
        stage = stage_of(self.columns.cell(self.row, Field.STAGE), self.map.stages)
        if self.map.review_from is None or stage is None or stage.stage is not self.map.review_from:
            return ""
        if self.columns.has(Field.TESTED) and yes_no(self.columns.cell(self.row, Field.TESTED)) is not True:
            return ""
        for header, answer in self.columns.answers(self.row, Field.REVIEWED):
            if any(UNFINISHED.match(words) for words in spellings(answer)):
                return f"{short(header, 60)!r} is answered {short(clean(answer), 40)!r}"
        return ""

    def _owner(self) -> str:
        """The owner's e-mail address, or else the name as it stands."""
        cell = said(self.first(Field.OWNER))
        match = EMAIL.search(cell)
        return match.group().lower().strip(".") if match else cell[:NAME_LIMIT]

    def _tags(self) -> tuple[str, ...]:
        answers = (BRACKETED.sub("", said(answer)) for _, answer in self.columns.answers(self.row, Field.TAGS))
        words = (word for answer in answers for word in _listed(answer))
        tags = (clean(word).strip(" ()[]\"'.").casefold()[:TAG_LIMIT].strip() for word in words)
        return tuple(sorted({tag for tag in tags if tag and not missing(tag) and tag != "other"})[:MOST_TAGS])

    def _purpose(self, rest: str) -> str:
        """Every answer as a paragraph of its own, the rest of a long name first."""
        answers = [paragraphs(answer) for _, answer in self.columns.answers(self.row, Field.PURPOSE)]
        return "\n\n".join(dict.fromkeys(filter(None, [rest, *answers])))


def team_name(division: str, code: str, unit: str) -> str:
    """One readable name per division and unit; a unit's short name alone ('OCIO') is in ten divisions."""
    place = code or division
    if not unit or not place or place.casefold() in unit.casefold().split("/")[0].split():
        return (unit or division or "Imported")[:TEAM_LIMIT]
    return f"{place} {unit}"[:TEAM_LIMIT] if code else f"{unit} ({place})"[:TEAM_LIMIT]


def _listed(answer: str) -> list[str]:
    """The members of a comma list; a topic that merely has commas in it ('rules, processes, and people') is one."""
    parts = [part.strip() for part in re.split(r"[,;]", answer)]
    is_list = all(len(part.split()) <= LONGEST_MEMBER and not part.casefold().startswith("and ") for part in parts)
    return parts if is_list else [answer]


def _digest(model: PlannedModel, dates: dict[Field, CellDate]) -> str:
    facts = {
        "identity": list(vars(model.identity).values()),
        "purpose": fold(model.purpose),
        "tier": str(model.tier),
        "stage": [str(model.stage), str(model.outcome), str(model.reason or "")],
        "owner": model.owner,
        "personal_data": model.personal_data,
        "tags": list(model.tags),
        "dates": {str(wanted): [str(read.value or ""), str(read.precision or "")] for wanted, read in dates.items()},
    }
    return digest_of(facts)
