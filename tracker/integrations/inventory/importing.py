"""Import a planned inventory: match it with what is here, and have the import acts write the difference.

Up to `ROWS_AT_ONCE` rows are one transaction, so that a file is in or not in. A larger file goes in by parts of that
size; after a kill the same command goes on, because the rows that are in are then unchanged. A file that says nothing
new writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction

from governance import permissions
from governance.acts.import_changes import ImportedChange, KnownModel, change_models, known_models, record_rows
from governance.acts.import_teams import TeamSetting, owners_for, teams_for
from governance.acts.imports import ImportedModel, ImportSource, RowRecord, add_models, close_run, open_run
from governance.acts.policies import install_policy
from governance.errors import Conflict
from governance.policy import DEFAULT_RULES
from models_registry.models import ImportRun, Person, Team
from models_registry.vocabulary import Stage
from tracker.integrations.inventory.comparing import Keys, Names, change_of, ending, imported_visits, record_of
from tracker.integrations.inventory.known import Known
from tracker.integrations.inventory.mapping import Map
from tracker.integrations.inventory.notes import Note, NoteKind, summary
from tracker.integrations.inventory.plan import NAME_LIMIT, Plan, PlannedModel, Refusal, plan_table
from tracker.integrations.inventory.reading import Table

ROWS_AT_ONCE: Final = 5_000
MOST_REFUSALS_KEPT: Final = 1_000

Owners = dict[tuple[str, int, Stage], Person]


@dataclass(frozen=True)
class Report:
    """What an import did, or would do. The four counts add up to the file's rows."""

    created: int
    updated: int
    unchanged: int
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]
    plan: Plan

    @property
    def counts(self) -> dict[str, int]:
        done = {"created": self.created, "updated": self.updated, "unchanged": self.unchanged}
        return done | {"refused": len(self.refusals)}

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in self.counts.items())


def import_table(
    table: Table, chosen: Map, *, now: datetime, actor: Person | None = None, dry_run: bool = False
) -> Report:
    """Import a table with a map; a dry run does the same and keeps nothing. `actor` None: whoever runs commands on
    the server. Raises `Refused`, or `UnreadableFileError` when no column holds names."""
    if actor is not None:
        permissions.administer(actor)
    plan = plan_table(table, chosen, now.date())
    source = ImportSource(table.file_name, table.digest, plan.map.name, plan.as_of)
    try:
        return _Import(plan, source, actor, now, dry_run).run()
    except IntegrityError as clash:
        raise Conflict(
            "Another import of the same models was faster, so this one was not finished.", remedy="Run it again."
        ) from clash


class _Import:
    """One import. Everything that is matched is matched before the first write; each part is one transaction."""

    def __init__(self, plan: Plan, source: ImportSource, actor: Person | None, now: datetime, dry_run: bool) -> None:
        self.plan, self.source, self.actor, self.now, self.dry_run = plan, source, actor, now, dry_run
        self.known = Known.of(plan.models)
        self.keys = Keys(set(self.known.keys))
        self.counts: Counter[str] = Counter(created=0, updated=0, unchanged=0, refused=len(plan.refusals))
        self.notes: list[tuple[int, Note]] = list(plan.notes())
        self.started: ImportRun | None = None

    def run(self) -> Report:
        rows = range(len(self.plan.models))
        parts = [rows[start : start + ROWS_AT_ONCE] for start in range(0, len(rows), ROWS_AT_ONCE)] or [rows]
        for part in parts:
            with transaction.atomic():
                self._write(part)
                if part is parts[-1] and self.started is not None:
                    close_run(self.started, self.counts, self._told(), self.now)
                if self.dry_run:
                    transaction.set_rollback(True)
                    self.started = None
        return Report(
            created=self.counts["created"],
            updated=self.counts["updated"],
            unchanged=self.counts["unchanged"],
            refusals=self.plan.refusals,
            notes=tuple(summary(self.notes)),
            plan=self.plan,
        )

    def _told(self) -> list[str]:
        """What the run keeps: the summary, and the refused rows, which no model can keep for it."""
        refused = [f"refused line {one.line}: {one.reason}" for one in self.plan.refusals[:MOST_REFUSALS_KEPT]]
        return summary(self.notes) + refused

    def _write(self, part: Sequence[int]) -> None:
        models = self.plan.models
        there = known_models([self.known.rows[place] for place in part if place in self.known.rows])
        new = [models[place] for place in part if place not in self.known.rows and place not in self.known.by_hand]
        by_hand = [(self.known.by_hand[place], models[place]) for place in part if place in self.known.by_hand]
        pairs = [(models[place], there[self.known.rows[place]]) for place in part if place in self.known.rows]
        older = [row for row, known in pairs if self.plan.as_of < known.row.run.as_of]
        pairs = [(row, known) for row, known in pairs if self.plan.as_of >= known.row.run.as_of]
        stale = [(row, known) for row, known in pairs if row.digest != known.row.digest]
        respelt = [(row, known) for row, known in pairs if row.digest == known.row.digest and row.raw != known.row.raw]
        self.notes += [(row.line, Note(NoteKind.OLDER, "a newer file has spoken of this model")) for row in older]
        self.counts["unchanged"] += len(older) + len(pairs) - len(stale) + len(by_hand)
        if not (new or by_hand or stale or respelt):
            return
        if self.started is None:
            install_policy(DEFAULT_RULES, "The policy that Throughline starts with.", at=self.now)
            self.started = open_run(self.actor, self.source, self.now)
        teams = self._teams(self.started, [*new, *(row for row, known in stale if _names_other_team(row, known))])
        others = [self._team(teams, row, known.model.team) for row, known in stale]
        names = Names.of([self._team(teams, row) for row in new] + others)
        self._add(self.started, new, teams, names)
        changed = self._change(self.started, stale, teams, names)
        linked = [(model, self._linked(row)) for model, row in by_hand]
        kept = [(known.model.pk, record_of(row, self._kept_key(row, known))) for row, known in respelt]
        record_rows(self.started, [*changed, *linked, *kept])

    def _add(self, run: ImportRun, rows: Sequence[PlannedModel], teams: dict[str, Team], names: Names) -> None:
        placed = [(row, self._team(teams, row)) for row in rows]
        owners = owners_for(run, [(r.owner, team, r.stage) for r, team in placed if r.owner], self.now)
        add_models(run, [self._new(row, team, owners, names) for row, team in placed], self.now)
        self.counts["created"] += len(rows)

    def _new(self, row: PlannedModel, team: Team, owners: Owners, names: Names) -> ImportedModel:
        name, notes = names.free(team, row.name, NAME_LIMIT), []
        if name != row.name:
            notes.append(Note(NoteKind.NAME_REPEATED, f"called {name!r} in {team.name}"))
        owner = self._owner(row, team, owners, notes)
        self.notes += [(row.line, note) for note in notes]
        code, why = ending(row)
        return ImportedModel(
            record=record_of(row, self.keys.free(row.identity), notes),
            team=team,
            name=name,
            purpose=row.purpose,
            risk_tier=row.tier,
            personal_data=row.personal_data,
            tags=row.tags,
            visits=imported_visits(row.visits, self.now),
            owner=owner,
            reason_code=code,
            reason=why,
        )

    def _change(
        self, run: ImportRun, stale: Sequence[tuple[PlannedModel, KnownModel]], teams: dict[str, Team], names: Names
    ) -> list[tuple[int, RowRecord]]:
        """Apply what the stale rows change; the records to keep, by model."""
        placed = [(row, known, self._team(teams, row, known.model.team)) for row, known in stale]
        asked = [(r.owner, team, r.stage) for r, known, team in placed if r.owner and not known.owned]
        owners = owners_for(run, asked, self.now)
        changes = [self._changed(row, known, team, owners, names) for row, known, team in placed]
        wanted = [change for change in changes if not change.changes_nothing]
        change_models(run, wanted, self.now)
        self.counts["updated"] += len(wanted)
        self.counts["unchanged"] += len(changes) - len(wanted)
        return [(change.known.model.pk, change.record) for change in changes]

    def _changed(
        self, row: PlannedModel, known: KnownModel, team: Team, owners: Owners, names: Names
    ) -> ImportedChange:
        key = self._kept_key(row, known)
        notes: list[Note] = []
        owner = None if known.owned or known.moved_here else self._owner(row, team, owners, notes)
        change = change_of(row, known, key, team, self.now, owner, partial(names.free, limit=NAME_LIMIT), notes)
        self.notes += [(row.line, note) for note in notes]
        return change

    def _kept_key(self, row: PlannedModel, known: KnownModel) -> str:
        return self.keys.kept(known.row.key, row.identity)

    def _owner(self, row: PlannedModel, team: Team, owners: Owners, notes: list[Note]) -> Person | None:
        owner = owners.get((row.owner, team.pk, row.stage))
        if row.owner and owner is None:
            notes.append(Note(NoteKind.OWNER_UNKNOWN, f"{row.owner} cannot own {row.stage.label.lower()} here"))
        return owner

    def _linked(self, row: PlannedModel) -> RowRecord:
        note = Note(NoteKind.LINKED, f"{row.name!r} was registered here before; it stays as it is")
        self.notes.append((row.line, note))
        return record_of(row, self.keys.free(row.identity), [note])

    def _teams(self, run: ImportRun, rows: Sequence[PlannedModel]) -> dict[str, Team]:
        own = self.plan.map
        setting = TeamSetting(own.country, own.currency, own.timezone)
        wanted = [(row.team_name, self.known.division_of(row)) for row in rows]
        return teams_for(run, wanted, setting, self.now)

    def _team(self, teams: dict[str, Team], row: PlannedModel, otherwise: Team | None = None) -> Team:
        team = teams.get(row.team_name.casefold(), otherwise)
        if team is None:
            raise LookupError(f"No team was made for {row.team_name!r}.")
        return team


def _names_other_team(row: PlannedModel, known: KnownModel) -> bool:
    return row.unit_given and row.team_name.casefold() != known.model.team.name.casefold() and not known.owned
