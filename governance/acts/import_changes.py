"""What the next edition of a file changes in models that are here already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from governance import deadlines
from governance.acts.calendars import reread_clocks
from governance.acts.imports import (
    BATCH,
    ImportedVisit,
    Revisions,
    RowRecord,
    build_visits,
    departure_between,
    open_spells,
    row_of,
    visits_told,
)
from governance.acts.visits import begin_spell, leave, policy_in_force, previous_owner
from governance.models import AuditEvent, Policy, StageOwnership, StageVisit, Tenure
from governance.trail import append, release_chain
from governance.trail.writers import release_entry
from models_registry.models import ImportedRow, ImportRun, ModelTag, Person, RegisteredModel, Release, Team

FACTS = ("name", "purpose", "risk_tier", "personal_data")


@dataclass(frozen=True)
class KnownModel:
    """A model that was imported before: its release (None when people have started further ones) and open visit,
    with its current spell; the moment before which that visit cannot have begun; and what people did here since.
    `assessed`: the tier rests on signed answers or on an officer's word."""

    row: ImportedRow
    model: RegisteredModel
    release: Release | None
    visit: StageVisit | None
    spell: StageOwnership | None
    not_before: datetime | None
    edited_here: bool
    moved_here: bool
    assessed: bool = False

    @property
    def owned(self) -> bool:
        return self.spell is not None and self.spell.owner_id is not None


@dataclass(frozen=True)
class ImportedChange:
    """What changes in one model: facts by field name, team, tags, and where its release stands."""

    known: KnownModel
    record: RowRecord
    facts: Mapping[str, Any] = field(default_factory=dict)
    team: Team | None = None
    tags: tuple[str, ...] | None = None
    entered_at: datetime | None = None
    estimated: bool = False
    following: tuple[ImportedVisit, ...] = ()
    owner: Person | None = None
    reason_code: str = ""
    reason: str = ""

    @property
    def takes_over(self) -> bool:
        """Whether the file names an owner for a stage that is vacant here and stays open."""
        return self.owner is not None and not self.following and self.known.spell is not None and not self.known.owned

    @property
    def changes_nothing(self) -> bool:
        moved = self.entered_at is not None or self.following or self.takes_over
        return not (self.facts or self.team or self.tags is not None or moved)


def known_models(rows: Sequence[int]) -> dict[int, KnownModel]:
    """The models behind these imported rows, by row id, locked until the transaction ends: release, then visit."""
    found = {
        row.pk: row
        for chunk in _chunks(list(rows))
        for row in ImportedRow.objects.filter(pk__in=chunk)
        .select_related("run", "model__team__calendar")
        .prefetch_related("model__tags")
    }
    models = [row.model_id for row in found.values()]
    releases = _only_releases(models)
    visits, ends = _open_visits([release.pk for release in releases.values()])
    spells = _current_spells([visit.pk for visit in visits.values()])
    edited = _acted(models, "model_id", act="model.edit")
    assessed = _acted(models, "model_id", act__regex=r"^tier\.")
    moved = _acted([release.pk for release in releases.values()], "release_id", act__regex=r"^(stage|release|glass)\.")
    known = {}
    for pk, row in found.items():
        release = releases.get(row.model_id)
        if release is not None:
            release.model = row.model
        visit = visits.get(release.pk) if release else None
        if visit is not None and release is not None:
            visit.release = release
        known[pk] = KnownModel(
            row=row,
            model=row.model,
            release=release,
            visit=visit,
            spell=spells.get(visit.pk) if visit else None,
            not_before=ends.get(release.pk) if release else None,
            edited_here=row.model_id in edited,
            moved_here=release is None or release.pk in moved,
            assessed=row.model_id in assessed,
        )
    return known


def change_models(run: ImportRun, changes: Sequence[ImportedChange], at: datetime) -> None:
    """Apply the changes, each with one entry on its release's chain."""
    policy, revisions = policy_in_force(), Revisions()
    told = {change.known.row.pk: _told(run, change) for change in changes}
    _change_facts(run, changes, at)
    visits: list[StageVisit] = []
    spells: list[tuple[StageVisit, Person | None]] = []
    for change in changes:
        if change.entered_at is not None:
            _redate(change, at)
        elif change.team is not None and not change.following:
            _recount(change, at)
        if change.following:
            new = _move(run, change, policy, revisions, at)
            visits += new
            spells.append((new[-1], _next_owner(change)))
        elif change.takes_over:
            _take_over(run, change, at)
    StageVisit.objects.bulk_create(visits, batch_size=BATCH)
    open_spells(spells, run.started_by, at)
    for change in changes:
        release = change.known.release or change.known.model.releases.order_by("number")[0]
        entry = release_entry(release, "model.import_update", run.started_by, at, told[change.known.row.pk])
        append(release_chain(release.pk), [entry])


def record_rows(run: ImportRun, records: Sequence[tuple[int, RowRecord]]) -> None:
    """Keep the newest raw row of models (by model id) that are here already."""
    ImportedRow.objects.bulk_create(
        [row_of(run, model_id, record) for model_id, record in records],
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["model"],
        update_fields=["key", "run", "line", "raw", "digest", "notes"],
    )


def _change_facts(run: ImportRun, changes: Sequence[ImportedChange], at: datetime) -> None:
    models, dropped, tags = [], [], []
    for change in changes:
        model = change.known.model
        for name, value in change.facts.items():
            setattr(model, name, value)
        model.team = change.team or model.team
        model.source, model.updated_at = run.file_name[:120], at
        models.append(model)
        if change.tags is not None:
            dropped.append(model.pk)
            tags += [ModelTag(model=model, name=tag) for tag in change.tags]
    RegisteredModel.objects.bulk_update(models, [*FACTS, "team", "source", "updated_at"], batch_size=100)
    for chunk in _chunks(dropped):
        ModelTag.objects.filter(model__in=chunk).delete()
    ModelTag.objects.bulk_create(tags, batch_size=BATCH)


def _redate(change: ImportedChange, at: datetime) -> None:
    """Give the open visit the day that the new edition knows; only ever an imported visit's own day."""
    visit = change.known.visit
    if visit is None or change.entered_at is None:
        return
    visit.entered_at, visit.dates_estimated = change.entered_at, change.estimated
    deadlines.hint_visit(visit, at)
    visit.save(update_fields=["entered_at", "dates_estimated", "stalls_at", "notice_at"])


def _recount(change: ImportedChange, at: datetime) -> None:
    """Another team may have another calendar: the open visit and its vacancy get new due dates."""
    if change.known.visit is not None:
        reread_clocks(StageVisit.objects.filter(pk=change.known.visit.pk), at)


def _move(
    run: ImportRun, change: ImportedChange, policy: Policy, revisions: Revisions, at: datetime
) -> list[StageVisit]:
    """Leave the open visit and build those that follow, none of them before it was left."""
    visit, release = change.known.visit, change.known.release
    if visit is None or release is None:
        return []
    left_at = change.following[0].entered_at
    _vacant_since(change.known.spell, left_at)
    departure = departure_between((visit.stage, visit.state), change.following[0])
    left_at = leave(visit, departure, actor=run.started_by, at=left_at)
    following = [_not_before(one, left_at) for one in change.following]
    why = (change.reason_code, change.reason)
    return build_visits(run, release, following, policy, at, why, before=visit, revisions=revisions)


def _take_over(run: ImportRun, change: ImportedChange, at: datetime) -> None:
    """The file names an owner now: the vacancy ends."""
    spell, visit = change.known.spell, change.known.visit
    if spell is None or visit is None:
        return
    at = max(at, spell.since)
    spell.until, spell.stalls_at, spell.notice_at = at, None, None
    spell.save(update_fields=["until", "stalls_at", "notice_at"])
    begin_spell(visit, change.owner, Tenure.IMPORTED, given_by=run.started_by, at=at)


def _vacant_since(spell: StageOwnership | None, left_at: datetime) -> None:
    """A vacancy is timed from its import; of a visit that ended before that, it lasted no time at all."""
    if spell is not None and spell.owner_id is None and spell.began == Tenure.IMPORTED and spell.since > left_at:
        spell.since = left_at
        spell.save(update_fields=["since"])


def _not_before(visit: ImportedVisit, floor: datetime) -> ImportedVisit:
    left = visit.left_at and max(visit.left_at, floor)
    return replace(visit, entered_at=max(visit.entered_at, floor), left_at=left)


def _next_owner(change: ImportedChange) -> Person | None:
    """Whom the file names; else whoever owned that stage of the release before."""
    last = change.following[-1]
    return change.owner or (previous_owner(change.known.release, last.stage) if change.known.release else None)


def _only_releases(models: Sequence[int]) -> dict[int, Release]:
    """The releases of models that have exactly one, locked in order; with several, people manage them here."""
    releases: dict[int, list[Release]] = {}
    for chunk in _chunks(sorted(models)):
        for release in Release.objects.select_for_update().filter(model__in=chunk).order_by("pk"):
            releases.setdefault(release.model_id, []).append(release)
    return {model: found[0] for model, found in releases.items() if len(found) == 1}


def _open_visits(releases: Sequence[int]) -> tuple[dict[int, StageVisit], dict[int, datetime]]:
    """The open visit of each release, locked, and when the last closed one was left."""
    visits: dict[int, StageVisit] = {}
    ends: dict[int, datetime] = {}
    for chunk in _chunks(sorted(releases)):
        rows = StageVisit.objects.select_for_update(of=("self",)).select_related("policy").prefetch_related("holds")
        for visit in rows.filter(release__in=chunk).order_by("release_id", "id"):
            if visit.left_at is None:
                visits[visit.release_id] = visit
            else:
                ends[visit.release_id] = max(visit.left_at, ends.get(visit.release_id, visit.left_at))
    return visits, ends


def _current_spells(visits: Sequence[int]) -> dict[int, StageOwnership]:
    return {
        spell.visit_id: spell
        for chunk in _chunks(sorted(visits))
        for spell in StageOwnership.objects.select_for_update(of=("self",)).filter(visit__in=chunk, until__isnull=True)
    }


def _acted(ids: Sequence[int], column: str, **condition: str) -> set[int]:
    """Those of the ids on which somebody has acted here; the trail knows."""
    return {
        found
        for chunk in _chunks(list(ids))
        for found in AuditEvent.objects.filter(**{f"{column}__in": chunk}, **condition).values_list(column, flat=True)
    }


def _told(run: ImportRun, change: ImportedChange) -> dict[str, Any]:
    model, visit = change.known.model, change.known.visit
    told: dict[str, Any] = {"file": run.file_name, "line": change.record.line, "map": run.map_name, "import": run.pk}
    before = {name: getattr(model, name) for name in change.facts}
    after = dict(change.facts)
    if change.team is not None:
        before["team"], after["team"] = model.team.name, change.team.name
    if change.tags is not None:
        after["tags"] = sorted(change.tags)
    if change.entered_at is not None and visit is not None:
        before["entered"], after["entered"] = visit.entered_at, change.entered_at
    if change.takes_over:
        before["owner"], after["owner"] = None, str(change.owner)
    if change.following and visit is not None:
        before["stage"], after["visits"] = visit.stage, visits_told(change.following)
    return told | {
        "before": before,
        "after": after,
        "notes": list(dict.fromkeys(note["text"] for note in change.record.notes)),
    }


def _chunks(values: Sequence[int], size: int = 500) -> list[Sequence[int]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
