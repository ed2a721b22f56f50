"""Imports: what a file says of many models at once, written as one act.

The facts are dated as the file dates them; the trail says that they were imported, from which file and line. The
caller opens one transaction around everything, so that a file is never half in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.text import slugify

from governance import deadlines, permissions
from governance.acts.calendars import revision_in_force
from governance.acts.visits import policy_in_force
from governance.models import Departure, Policy, StageOwnership, StageVisit, Tenure
from governance.trail import ORGANISATION, Entry, append, open_chains
from governance.trail.writers import release_entry
from models_registry.models import (
    Brief,
    CalendarRevision,
    ImportedRow,
    ImportRun,
    ModelTag,
    Person,
    RegisteredModel,
    Release,
    Team,
    WorkCalendar,
)
from models_registry.vocabulary import Stage, VisitState

BATCH = 500
ORDER = tuple(Stage)


@dataclass(frozen=True)
class ImportSource:
    """The file that is imported, the map that read it, and the day it speaks of."""

    file_name: str
    file_digest: str
    map_name: str
    as_of: date


@dataclass(frozen=True)
class RowRecord:
    """The row as it was found, and the identity by which the next edition finds it again."""

    key: str
    line: int
    raw: Mapping[str, str]
    digest: str
    notes: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class ImportedVisit:
    """One stay as the file tells it. `estimated`: one of its two moments is not a day that the file gives."""

    stage: Stage
    entered_at: datetime
    left_at: datetime | None
    estimated: bool
    state: VisitState = VisitState.UNDERWAY


@dataclass(frozen=True)
class ImportedModel:
    """A model that is not here yet, with its one release. `reason_code` and `reason` are owed for one set aside."""

    record: RowRecord
    team: Team
    name: str
    purpose: str
    risk_tier: str
    personal_data: bool | None
    tags: tuple[str, ...]
    visits: tuple[ImportedVisit, ...]
    owner: Person | None = None
    reason_code: str = ""
    reason: str = ""


@dataclass
class Slugs:
    """Free slugs, one after the other, without asking the database each time."""

    taken: set[str] = field(default_factory=lambda: set(RegisteredModel.objects.values_list("slug", flat=True)))
    last: dict[str, int] = field(default_factory=dict)

    def free(self, name: str) -> str:
        base = slugify(name)[:100].strip("-") or "model"
        slug, number = base, self.last.get(base, 1)
        while slug in self.taken:
            number += 1
            slug = f"{base}-{number}"
        self.last[base] = number
        self.taken.add(slug)
        return slug


@dataclass
class Revisions:
    """The revision of each calendar that visits of a file are counted in, asked for once."""

    known: dict[int, CalendarRevision] = field(default_factory=dict)

    def of(self, calendar: WorkCalendar, at: datetime) -> CalendarRevision:
        if calendar.pk not in self.known:
            self.known[calendar.pk] = revision_in_force(calendar, at)
        return self.known[calendar.pk]


def open_run(actor: Person | None, source: ImportSource, at: datetime) -> ImportRun:
    """Begin an import, inside the caller's transaction. `actor` None: whoever runs commands on the server."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("An import is written in one transaction.")
    if actor is not None:
        permissions.administer(actor)
    return ImportRun.objects.create(
        file_name=source.file_name[:255],
        file_digest=source.file_digest,
        map_name=source.map_name,
        as_of=source.as_of,
        started_by=actor,
        started_at=at,
    )


def close_run(run: ImportRun, counts: Mapping[str, int], notes: Sequence[str], at: datetime) -> None:
    """Account for every row, in the run and on the organisation's chain."""
    for name in ("created", "updated", "unchanged", "refused"):
        setattr(run, name, counts[name])
    run.notes, run.finished_at = list(notes), at
    run.save(update_fields=["created", "updated", "unchanged", "refused", "notes", "finished_at"])
    detail = {"file": run.file_name, "digest": run.file_digest, "map": run.map_name, "as_of": str(run.as_of), **counts}
    entry = Entry("import.run", f"import:{run.pk}", run.file_name, at, actor=run.started_by, detail=detail)
    append(ORGANISATION, [entry])


def add_models(run: ImportRun, models: Sequence[ImportedModel], at: datetime) -> list[Release]:
    """Register models with their releases, visits, owners or vacancies. A constant number of statements per batch."""
    policy = policy_in_force()
    releases: list[Release] = []
    slugs, revisions = Slugs(), Revisions()
    for start in range(0, len(models), BATCH):
        releases += _add_batch(run, models[start : start + BATCH], policy, slugs, revisions, at)
    return releases


def _add_batch(
    run: ImportRun,
    wanted: Sequence[ImportedModel],
    policy: Policy,
    slugs: Slugs,
    revisions: Revisions,
    at: datetime,
) -> list[Release]:
    registered = RegisteredModel.objects.bulk_create(
        [_registered(run, one, slugs.free(one.name), at) for one in wanted]
    )
    ModelTag.objects.bulk_create(
        ModelTag(model=model, name=tag) for model, one in zip(registered, wanted, strict=True) for tag in one.tags
    )
    releases = Release.objects.bulk_create(
        Release(model=model, number=1, created_by=run.started_by, created_at=one.visits[0].entered_at)
        for model, one in zip(registered, wanted, strict=True)
    )
    Brief.objects.bulk_create(
        Brief(release=release, number=1, author=run.started_by, created_at=at, updated_at=at) for release in releases
    )
    visits = [
        visit
        for release, one in zip(releases, wanted, strict=True)
        for visit in build_visits(
            run, release, one.visits, policy, at, (one.reason_code, one.reason), revisions=revisions
        )
    ]
    StageVisit.objects.bulk_create(visits, batch_size=BATCH)
    owners = {release.pk: one.owner for release, one in zip(releases, wanted, strict=True)}
    open_spells([(visit, owners[visit.release_id]) for visit in visits], run.started_by, at)
    ImportedRow.objects.bulk_create(
        row_of(run, model.pk, one.record) for model, one in zip(registered, wanted, strict=True)
    )
    entries = [
        [release_entry(release, "model.import", run.started_by, at, _told(run, one))]
        for release, one in zip(releases, wanted, strict=True)
    ]
    open_chains(releases, entries, at, run.started_by)
    return releases


def _registered(run: ImportRun, one: ImportedModel, slug: str, at: datetime) -> RegisteredModel:
    return RegisteredModel(
        slug=slug,
        name=one.name,
        team=one.team,
        purpose=one.purpose,
        risk_tier=one.risk_tier,
        personal_data=one.personal_data,
        source=run.file_name[:120],
        created_by=run.started_by,
        created_at=at,
        updated_at=at,
    )


def build_visits(
    run: ImportRun,
    release: Release,
    visits: Sequence[ImportedVisit],
    policy: Policy,
    at: datetime,
    why: tuple[str, str],
    before: StageVisit | None = None,
    *,
    revisions: Revisions,
) -> list[StageVisit]:
    """Unsaved visits in a row, the open one with its clock; `before` is the visit that the first of them follows.

    `revisions` remembers from call to call in which revision of a calendar closed visits are counted.
    """
    built: list[StageVisit] = []
    previous: tuple[str, str] | None = (before.stage, before.state) if before else None
    for number, visit in enumerate(visits):
        arrived = departure_between(previous, visit) if previous else ""
        after = visits[number + 1] if number + 1 < len(visits) else None
        row = StageVisit(
            release=release,
            stage=visit.stage,
            state=visit.state,
            tier=release.model.risk_tier,
            policy=policy,
            entered_at=visit.entered_at,
            entered_by=run.started_by,
            arrived_by=arrived,
            reason_code=why[0] if visit.state != VisitState.UNDERWAY else "",
            reason=_reason(run, visit, arrived, why[1]),
            dates_estimated=visit.estimated,
            left_at=visit.left_at,
            departure=departure_between((visit.stage, visit.state), after) if after else "",
        )
        if visit.left_at is None:
            deadlines.hint_visit(row, at)
        else:
            row.calendar_revision = revisions.of(release.model.team.calendar, at)
        built.append(row)
        previous = (visit.stage, visit.state)
    return built


def departure_between(before: tuple[str, str], after: ImportedVisit) -> Departure:
    """How a release went from one visit (its stage and state) to the next, as far as a file can tell."""
    stage, state = before
    if after.state == VisitState.KILLED:
        return Departure.KILLED
    if after.state == VisitState.PARKED:
        return Departure.PARKED
    if state != VisitState.UNDERWAY:
        return Departure.REOPENED
    if after.stage == Stage.RETIRED:
        return Departure.RETIRED
    forward = ORDER.index(after.stage) > ORDER.index(Stage(stage))
    return Departure.ADVANCED if forward else Departure.CORRECTED


def open_spells(visits: Iterable[tuple[StageVisit, Person | None]], actor: Person | None, at: datetime) -> None:
    """A spell of ownership, or of vacancy, for each open visit that somebody has to answer for.

    A vacancy is timed from the import: that nobody in this house answers for it is known since then.
    """
    spells = []
    for visit, owner in visits:
        if visit.is_underway and visit.stage != Stage.RETIRED:
            spell = StageOwnership(visit=visit, owner=owner, since=at, began=Tenure.IMPORTED, given_by=actor)
            deadlines.hint_vacancy(spell, visit, at)
            spells.append(spell)
    StageOwnership.objects.bulk_create(spells, batch_size=BATCH)


def row_of(run: ImportRun, model_id: int, record: RowRecord) -> ImportedRow:
    return ImportedRow(
        key=record.key,
        model_id=model_id,
        run=run,
        line=record.line,
        raw=dict(record.raw),
        digest=record.digest,
        notes=list(record.notes),
    )


def _reason(run: ImportRun, visit: ImportedVisit, arrived: str, why: str) -> str:
    if visit.state != VisitState.UNDERWAY:
        return why or f"So says {run.file_name}."
    return f"Retired, according to {run.file_name}." if arrived == Departure.RETIRED else ""


def _told(run: ImportRun, one: ImportedModel) -> dict[str, Any]:
    """What the trail keeps of an imported model: where it comes from, and everything that was decided about it."""
    return {
        "file": run.file_name,
        "line": one.record.line,
        "map": run.map_name,
        "import": run.pk,
        "row_digest": one.record.digest,
        "team": one.team.name,
        "risk_tier": one.risk_tier,
        "owner": str(one.owner) if one.owner else None,
        "visits": visits_told(one.visits),
        "notes": list(dict.fromkeys(note["text"] for note in one.record.notes)),
    }


def visits_told(visits: Sequence[ImportedVisit]) -> list[dict[str, Any]]:
    return [
        {
            "stage": visit.stage,
            "state": visit.state,
            "entered": visit.entered_at,
            "left": visit.left_at,
            "estimated": visit.estimated,
        }
        for visit in visits
    ]
