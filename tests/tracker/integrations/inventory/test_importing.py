"""An inventory that is imported: every row accounted for, real dates, a trail, and nothing half in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from governance import trail
from governance.acts import imports
from governance.errors import Conflict, NotPermitted
from governance.models import AuditEvent, Policy, StageOwnership, StageVisit, Tenure
from models_registry.models import (
    ImportedRow,
    ImportRun,
    Membership,
    Person,
    RegisteredModel,
    Release,
    Team,
    WorkCalendar,
)
from models_registry.vocabulary import RiskTier, TeamRole, VisitState
from tests.tracker.integrations.inventory.files import (
    NOW,
    bring_in,
    edition,
    row_2024,
    write_csv,
)
from tests.tracker.integrations.inventory.imported import LIVE, OWNED, facts_of, the_roads_are_whole, visits_of
from tests.world import World
from tracker.integrations.inventory import importing
from tracker.integrations.inventory.known import Known

pytestmark = pytest.mark.django_db


def test_rows_become_models_releases_and_visits_with_their_real_dates(tmp_path: Path, admin: Person) -> None:
    path = edition(
        tmp_path / "a.csv",
        row_2024(name="Live one", risk="Both", pii="Yes", topic="Health & Medical", **LIVE),
        row_2024(name="New one", bureau="", initiated="TBD"),
        row_2024(name=""),
    )
    report = bring_in(path, actor=admin)
    assert str(report) == "created 2, updated 0, unchanged 0, refused 1"
    model = facts_of("Live one")
    assert (model.team.name, model.team.division) == ("HHS FDA", "Department of Health and Human Services")
    assert (model.risk_tier, model.personal_data, model.source) == (RiskTier.HIGH, True, "a.csv")
    assert [tag.name for tag in model.tags.all()] == ["health & medical"]
    assert visits_of("Live one") == [
        ("brief", "2022-01-05", "2022-03-07"),
        ("validation", "2022-03-07", "2023-09-01"),
        ("live", "2023-09-01", None),
    ]
    assert visits_of("New one") == [("brief", "2024-12-31", None)]
    assert model.releases.get().created_at == datetime(2022, 1, 5, 12, tzinfo=UTC)
    the_roads_are_whole()


def test_the_trail_says_what_was_imported_from_where_and_holds(tmp_path: Path, admin: Person) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", **LIVE), row_2024(name="B")), actor=admin)
    told = AuditEvent.objects.get(act="model.import", subject_name__startswith="A ")
    assert (told.actor_name, told.detail["file"], told.detail["line"]) == ("Ada Admin", "a.csv", 2)
    assert [visit["stage"] for visit in told.detail["visits"]] == ["brief", "validation", "live"]
    run = AuditEvent.objects.get(act="import.run")
    assert {name: run.detail[name] for name in ("created", "updated", "unchanged", "refused")} == {
        "created": 2, "updated": 0, "unchanged": 0, "refused": 0,
    }  # fmt: skip
    assert trail.verify().holds


def test_the_raw_row_and_what_was_decided_about_it_are_kept(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name=" A ", initiated="24-Nov", risk=""), row_2024(name="")))
    row = ImportedRow.objects.get()
    assert row.raw["Use Case Name"] == " A "
    assert row.raw["Date Initiated"] == "24-Nov"
    assert {note["kind"] for note in row.notes} == {"dates repaired", "risk tiers not given"}
    assert row.run == ImportRun.objects.get()
    assert (row.run.created, row.run.finished_at) == (1, NOW)
    assert row.run.notes[-1] == "refused line 3: no name: 'Use Case Name' is empty"


def test_the_stall_clock_runs_in_the_team_s_calendar_from_the_day_of_entry(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", initiated="1/5/2022"), row_2024(name="B", **LIVE)))
    calendar = WorkCalendar.objects.get()
    assert (calendar.timezone, calendar.country) == ("America/New_York", "US")
    stuck = StageVisit.objects.get(release__model__name="A")
    assert stuck.stalls_at is not None
    assert stuck.notice_at is not None
    assert datetime(2022, 1, 5, tzinfo=UTC) < stuck.notice_at < stuck.stalls_at < datetime(2022, 4, 1, tzinfo=UTC)
    assert StageVisit.objects.get(release__model__name="B", left_at=None).stalls_at is None
    assert Policy.objects.get().version == 1


def test_nobody_owns_it_until_the_import_says_so_and_the_vacancy_is_timed_from_there(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", initiated="1/5/2022")))
    spell = StageOwnership.objects.get()
    assert (spell.owner, spell.began, spell.since, spell.notice_at) == (None, Tenure.IMPORTED, NOW, NOW)
    assert spell.stalls_at is not None
    assert spell.stalls_at > NOW


def test_an_owner_whom_the_file_names_and_who_is_here_owns_the_stage(tmp_path: Path, world: World) -> None:
    rows = [
        OWNED,
        [
            "By mail",
            "Payments risk",
            "Priya.Raman@team.example",
            "Pilot",
            "Scores something for the payments people every day.",
        ],
        [
            "By name",
            "Payments risk",
            "Jonas Weber",
            "Pilot",
            "Scores something else for the payments people every night.",
        ],
        [
            "Stranger",
            "New team",
            world.stranger.email,
            "Pilot",
            "Reads forms that come in by post and types them in for us.",
        ],
        [
            "Nobody",
            "New team",
            "who@else.example",
            "Pilot",
            "Finds duplicates among the records of the last ten years.",
        ],
        [
            "Auditor",
            "New team",
            world.auditor.email,
            "Pilot",
            "Sorts the incoming mail into baskets by what it is about.",
        ],
    ]
    report = bring_in(write_csv(tmp_path / "a.csv", rows))
    owners = {spell.visit.release.model.name: spell.owner for spell in StageOwnership.objects.filter(until=None)}
    assert owners == {
        "By mail": world.colleague,
        "By name": world.engineer,
        "Stranger": world.stranger,
        "Nobody": None,
        "Auditor": None,
    }
    assert Team.objects.filter(name="Payments risk").count() == 1
    joined = Membership.objects.get(person=world.stranger)
    assert (joined.team.name, joined.role) == ("New team", TeamRole.ENGINEER)
    assert any(note.startswith("owners who are not people here: 2") for note in report.notes)


def test_names_that_repeat_in_a_team_are_numbered_as_people_must_too(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", *(row_2024(name="Usage", purpose=purpose) for purpose in ("x", "y", "z"))))
    assert sorted(RegisteredModel.objects.values_list("name", "slug")) == [
        ("Usage", "usage"), ("Usage (2)", "usage-2"), ("Usage (3)", "usage-3"),
    ]  # fmt: skip


def test_a_release_set_aside_says_why(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", stage="Research or  Administrative Action Complete")))
    visit = StageVisit.objects.get()
    assert (visit.state, visit.reason_code) == (VisitState.KILLED, "other")
    assert visit.reason == "The work is complete and nothing of it goes to production."


def test_a_dry_run_tells_the_same_and_keeps_nothing(tmp_path: Path) -> None:
    path = edition(tmp_path / "a.csv", row_2024(name="A", **LIVE), row_2024(name=""))
    assert str(bring_in(path, dry_run=True)) == "created 1, updated 0, unchanged 0, refused 1"
    for table in (RegisteredModel, Release, StageVisit, Team, WorkCalendar, ImportRun, ImportedRow, AuditEvent, Policy):
        assert table.objects.count() == 0


def test_only_an_administrator_imports(tmp_path: Path, world: World) -> None:
    path = edition(tmp_path / "a.csv", row_2024(name="A"))
    for person in (world.lead, world.officer, world.auditor):
        with pytest.raises(NotPermitted):
            bring_in(path, actor=person)
    assert not RegisteredModel.objects.exists()
    bring_in(path, actor=world.admin)


def test_an_import_that_fails_at_its_end_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(importing, "close_run", broken)
    with pytest.raises(RuntimeError, match="the disk is full"):
        bring_in(edition(tmp_path / "a.csv", row_2024(name="A"), row_2024(name="B")))
    assert (RegisteredModel.objects.count(), AuditEvent.objects.count(), ImportRun.objects.count()) == (0, 0, 0)


def test_a_large_file_goes_in_by_parts_and_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ROWS_AT_ONCE", 4)
    path = edition(tmp_path / "a.csv", *(row_2024(name=f"M{n}") for n in range(10)))
    add = imports.add_models
    calls: list[object] = []

    def stopped(*args: object) -> object:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return add(*args)  # type: ignore[arg-type]  # passed through as they came

    monkeypatch.setattr(importing, "add_models", stopped)
    with pytest.raises(KeyboardInterrupt):
        bring_in(path)
    assert RegisteredModel.objects.count() == 4
    assert str(bring_in(path)) == "created 6, updated 0, unchanged 4, refused 0"
    assert RegisteredModel.objects.count() == 10
    assert ImportRun.objects.filter(finished_at=None).count() == 1
    the_roads_are_whole()
    assert trail.verify().holds


def test_two_imports_of_one_file_at_once_make_no_duplicate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = edition(tmp_path / "a.csv", row_2024(name="A"))
    matched: Callable[..., Known] = Known.of
    once = iter([True])

    def overtaken(*args: object) -> Known:
        found = matched(*args)
        if next(once, False):
            bring_in(path)  # somebody else's, after this one has looked and before it writes
        return found

    monkeypatch.setattr(Known, "of", overtaken)
    with pytest.raises(Conflict, match="Another import of the same models was faster"):
        bring_in(path)
    assert RegisteredModel.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_import_outside_a_transaction_is_an_error_of_the_program() -> None:
    source = imports.ImportSource("a.csv", "sha256:0", "m", NOW.date())
    with pytest.raises(TransactionManagementError, match="in one transaction"):
        imports.open_run(None, source, NOW)


def test_two_thousand_rows_cost_a_bounded_number_of_statements(tmp_path: Path) -> None:
    def statements(count: int) -> int:
        path = edition(tmp_path / f"{count}.csv", *(row_2024(name=f"M{count}-{n}", **LIVE) for n in range(count)))
        with CaptureQueriesContext(connection) as queries:
            assert str(bring_in(path)) == f"created {count}, updated 0, unchanged 0, refused 0"
        return len(queries)

    few, many = statements(100), statements(400)
    assert many - few <= 30  # the rows of one statement, not the rows of the file, set their number
