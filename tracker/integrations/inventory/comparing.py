"""What a row changes in the model it is about: what the file says now, unless people have said otherwise here.

An answer that is missing changes nothing, and neither does an assumption. What somebody has edited or moved here stays
as it is; the row then only tells that the file sees it differently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from typing import Any

from governance.acts.import_changes import ImportedChange, KnownModel
from governance.acts.imports import ImportedVisit, RowRecord
from governance.tiering import rank
from models_registry.models import Person, RegisteredModel, Team
from models_registry.vocabulary import RiskTier, Stage, VisitState
from tracker.integrations.inventory.cells import identity
from tracker.integrations.inventory.identities import Identity
from tracker.integrations.inventory.moves import Move, OpenVisit, move
from tracker.integrations.inventory.notes import Note, NoteKind
from tracker.integrations.inventory.plan import PlannedModel
from tracker.integrations.inventory.visits import PlannedVisit

NOON = time(12)


def moment_of(day: date, now: datetime) -> datetime:
    """Noon UTC, which is the same day for readers from Hawaii to Sydney; never after `now`."""
    return min(datetime.combine(day, NOON, UTC), now)


def imported_visits(visits: Iterable[PlannedVisit], now: datetime) -> tuple[ImportedVisit, ...]:
    return tuple(
        ImportedVisit(
            stage=visit.stage,
            entered_at=moment_of(visit.entered, now),
            left_at=moment_of(visit.left, now) if visit.left else None,
            estimated=visit.estimated,
            state=visit.state,
        )
        for visit in visits
    )


def record_of(row: PlannedModel, key: str, notes: Iterable[Note] = ()) -> RowRecord:
    told = tuple(note.plain() for note in (*row.notes, *notes))
    return RowRecord(key=key, line=row.line, raw=row.raw, digest=row.digest, notes=told)


def ending(row: PlannedModel) -> tuple[str, str]:
    """The reason code and sentence that a release set aside owes."""
    if row.outcome is VisitState.UNDERWAY:
        return "", ""
    why = next((note.text for note in row.notes if note.kind is NoteKind.SET_ASIDE), "the file says so")
    return str(row.reason or "other"), why[:1].upper() + why[1:] + "."


@dataclass
class Names:
    """Names within a team are told apart by a number, as people must when they register one; a full stop or a dash
    more does not tell two names apart."""

    taken: dict[int, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, teams: Iterable[Team]) -> Names:
        names = cls()
        rows = RegisteredModel.objects.filter(team__in=list(teams)).values_list("team_id", "name")
        for team, name in rows.iterator(chunk_size=2_000):
            names.taken.setdefault(team, set()).add(_told_by(name))
        return names

    def free(self, team: Team, name: str, limit: int) -> str:
        taken = self.taken.setdefault(team.pk, set())
        free, number = name, 1
        while _told_by(free) in taken:
            number += 1
            suffix = f" ({number})"
            free = name[: limit - len(suffix)] + suffix
        taken.add(_told_by(free))
        return free


def _told_by(name: str) -> str:
    return identity(name) or name.casefold()


@dataclass
class Keys:
    """Identities as unique keys: a known model keeps its own, a new one gets the next free number."""

    taken: set[str]

    def free(self, own: Identity) -> str:
        number = 1
        while (key := replace(own, occurrence=number).key) in self.taken:
            number += 1
        self.taken.add(key)
        return key

    def kept(self, known: str, own: Identity) -> str:
        """The key of a known model, enriched by what the new edition adds."""
        before = Identity.parse(known)
        parts = ("external_id", "division", "code", "unit")
        merged = replace(own, **{part: getattr(own, part) or getattr(before, part) for part in parts})
        return known if replace(merged, occurrence=before.occurrence) == before else self.free(merged)


def change_of(
    row: PlannedModel,
    known: KnownModel,
    key: str,
    team: Team,
    now: datetime,
    owner: Person | None,
    free_name: Callable[[Team, str], str],
    kept: list[Note],
) -> ImportedChange:
    """The change that a row makes to its model; it may change nothing. `kept` gathers what stays as it is here."""
    facts = _facts(row, known, team, free_name)
    if known.assessed and rank(facts.get("risk_tier", RiskTier.HIGH)) < rank(known.model.risk_tier):
        kept.append(Note(NoteKind.KEPT, f"tier assessed here: {facts.pop('risk_tier')} in the file does not lower it"))
    tags = _tags(row, known)
    moved_team = team if _changes_team(row, known, team) else None
    if moved_team and "name" not in facts and (name := free_name(team, known.model.name)) != known.model.name:
        facts["name"] = name
    if known.edited_here and (facts or tags is not None or moved_team):
        kept.append(Note(NoteKind.KEPT, f"edited here: {', '.join(sorted(facts)) or 'team and tags'} stay as they are"))
        facts, tags, moved_team = {}, None, None
    step = _step(row, known, kept)
    code, why = ending(row)
    return ImportedChange(
        known=known,
        record=record_of(row, key, kept),
        facts=facts,
        team=moved_team,
        tags=tags,
        entered_at=moment_of(step.entered, now) if step.entered else None,
        estimated=step.estimated,
        following=imported_visits(step.following, now),
        owner=owner,
        reason_code=code,
        reason=why,
    )


def _facts(row: PlannedModel, known: KnownModel, team: Team, free_name: Callable[[Team, str], str]) -> dict[str, Any]:
    model = known.model
    facts: dict[str, Any] = {}
    if Identity.parse(known.row.key).name != row.identity.name:
        facts["name"] = free_name(team, row.name)
    if row.purpose and row.purpose != model.purpose:
        facts["purpose"] = row.purpose
    if row.tier_given and row.tier != model.risk_tier:
        facts["risk_tier"] = str(row.tier)
    if row.personal_data is not None and row.personal_data != model.personal_data:
        facts["personal_data"] = row.personal_data
    return facts


def _tags(row: PlannedModel, known: KnownModel) -> tuple[str, ...] | None:
    if not row.tags or set(row.tags) == {tag.name for tag in known.model.tags.all()}:
        return None
    return row.tags


def _changes_team(row: PlannedModel, known: KnownModel, team: Team) -> bool:
    """Whether the file moves the model to another team: not while somebody of the old one answers for it."""
    return row.unit_given and team.pk != known.model.team_id and not known.owned


def _step(row: PlannedModel, known: KnownModel, kept: list[Note]) -> Move:
    visit = known.visit
    stay = Move(None, visit.dates_estimated if visit else False, ())
    if visit is None or not row.stage_given:
        return stay
    standing = OpenVisit(
        stage=Stage(visit.stage),
        entered=visit.entered_at.astimezone(UTC).date(),
        estimated=visit.dates_estimated,
        not_before=known.not_before.astimezone(UTC).date() if known.not_before else None,
        state=VisitState(visit.state),
    )
    step = move(standing, row.visits)
    if known.moved_here and not step.changes_nothing:
        here = f"{standing.stage.label.lower()} here, {row.stage.label.lower()} in the file"
        kept.append(Note(NoteKind.KEPT, f"moved here: {here}"))
        return stay
    return step
