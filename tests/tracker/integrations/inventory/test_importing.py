"""An inventory that is imported: every row accounted for, real dates, a trail, and nothing half in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from governance import trail
from governance.acts import imports
from governance.acts.intake import ModelFacts, edit_model, register_model
from governance.acts.ownership import claim
from governance.acts.transitions import park
from governance.errors import Conflict, NotPermitted
from governance.models import AuditEvent, Policy, StageOwnership, StageVisit, Tenure
from models_registry.models import (
    Brief,
    ImportedRow,
    ImportRun,
    Membership,
    Person,
    RegisteredModel,
    Release,
    Team,
    WorkCalendar,
)
from models_registry.vocabulary import OrgRole, RiskTier, Stage, TeamRole, VisitState
from tests.tracker.integrations.inventory.files import (
    CODES_2024,
    NOW,
    bring_in,
    edition,
    row_2024,
    write_csv,
)
from tests.world import World
from tracker.integrations.inventory import importing
from tracker.integrations.inventory.known import Known

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")
LIVE = {
    "stage": "Operation and Maintenance",
    "initiated": "1/5/2022",
    "development": "3/7/2022",
    "implemented": "9/1/2023",
}


def visits_of(name: str) -> list[tuple[str, str, str | None]]:
    return [
        (visit.stage, f"{visit.entered_at:%Y-%m-%d}", f"{visit.left_at:%Y-%m-%d}" if visit.left_at else None)
        for visit in StageVisit.objects.filter(release__model__name=name)
    ]


def facts_of(name: str) -> RegisteredModel:
    return RegisteredModel.objects.select_related("team").get(name=name)


def the_roads_are_whole() -> None:
    """What every release must be, whatever was imported: one open visit, and visits that join without gap."""
    for release in Release.objects.all():
        visits = list(release.visits.order_by("entered_at", "id"))
        assert [visit.left_at is None for visit in visits] == [False] * (len(visits) - 1) + [True]
        for before, after in pairwise(visits):
            assert before.left_at == after.entered_at
        last = visits[-1]
        owed = last.state == VisitState.UNDERWAY and last.stage != Stage.RETIRED
        assert StageOwnership.objects.filter(visit__release=release, until__isnull=True).count() == owed
        assert Brief.objects.filter(release=release).count() == 1


@pytest.fixture
def admin() -> Person:
    return Person.objects.create_user("ada@x.example", full_name="Ada Admin", role=OrgRole.ADMIN)


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
    bring_in(edition(tmp_path / "a.csv", row_2024(name=" A ", initiated="24-Nov", risk="")))
    row = ImportedRow.objects.get()
    assert row.raw["Use Case Name"] == " A "
    assert row.raw["Date Initiated"] == "24-Nov"
    assert {note["kind"] for note in row.notes} == {"dates repaired", "risk tiers not given"}
    assert row.run == ImportRun.objects.get()
    assert (row.run.created, row.run.finished_at) == (1, NOW)


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


def test_the_same_file_again_changes_nothing_and_writes_nothing(tmp_path: Path, admin: Person) -> None:
    rows = [
        row_2024(name="A", **LIVE),
        row_2024(name="A", purpose="Other", **LIVE),
        row_2024(name="B"),
        row_2024(name="B"),
    ]
    path = edition(tmp_path / "a.csv", *rows)
    assert str(bring_in(path)) == "created 3, updated 0, unchanged 0, refused 1"
    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = bring_in(path, actor=admin, now=NOW + timedelta(days=3))
    assert str(report) == "created 0, updated 0, unchanged 3, refused 1"
    assert [query["sql"] for query in queries if query["sql"].lstrip().upper().startswith(WRITES)] == []


def test_the_same_rows_under_other_headers_are_unchanged_and_the_new_raw_row_is_kept(tmp_path: Path) -> None:
    cells = {"name": "Children’s helper", "purpose": "Reads “files”", **LIVE}
    bring_in(edition(tmp_path / "a.csv", row_2024(**cells), headers=CODES_2024))
    plain = {name: cell.replace("’", "'").replace("“", '"').replace("”", '"') for name, cell in cells.items()}
    report = bring_in(edition(tmp_path / "b.csv", row_2024(**plain), encoding="cp1252"))
    assert str(report) == "created 0, updated 0, unchanged 1, refused 0"
    assert ImportedRow.objects.get().raw["Use Case Name"] == "Children's helper"
    assert not AuditEvent.objects.filter(act="model.import_update").exists()


def test_the_next_edition_updates_facts_and_moves_stages_without_a_duplicate(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", initiated="1/5/2022")))
    report = bring_in(edition(tmp_path / "b.csv", row_2024(name="A", risk="Both", pii="No", purpose="Better.", **LIVE)))
    assert str(report) == "created 0, updated 1, unchanged 0, refused 0"
    model = facts_of("A")
    assert (model.risk_tier, model.personal_data, model.purpose) == (RiskTier.HIGH, False, "Better.")
    assert visits_of("A") == [
        ("brief", "2022-01-05", "2022-03-07"),
        ("validation", "2022-03-07", "2023-09-01"),
        ("live", "2023-09-01", None),
    ]
    told = AuditEvent.objects.get(act="model.import_update")
    assert told.detail["before"]["risk_tier"] == "low"
    assert told.detail["after"]["risk_tier"] == "high"
    the_roads_are_whole()
    assert trail.verify().holds


def test_a_better_date_replaces_an_estimate_of_the_open_visit_only(tmp_path: Path) -> None:
    bring_in(
        edition(
            tmp_path / "a.csv",
            row_2024(name="A", stage="Retired"),
            row_2024(name="B", stage="Retired", implemented="9/1/2023"),
        )
    )
    assert visits_of("A") == [("retired", "2024-12-31", None)]
    bring_in(
        edition(
            tmp_path / "b.csv",
            *(row_2024(name=name, stage="Retired", implemented="9/1/2023", retired="5/1/2024") for name in "AB"),
        )
    )
    assert visits_of("A") == [("retired", "2024-05-01", None)]
    assert visits_of("B") == [("live", "2023-09-01", "2024-12-31"), ("retired", "2024-12-31", None)]
    the_roads_are_whole()


def test_an_answer_that_is_missing_takes_nothing_away(tmp_path: Path) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", risk="Both", pii="Yes", topic="Law", **LIVE)))
    bring_in(edition(tmp_path / "b.csv", row_2024(name="A", risk="", stage="", purpose="", pii="N/A")))
    model = facts_of("A")
    assert (model.risk_tier, model.personal_data) == (RiskTier.HIGH, True)
    assert model.purpose == "Sorts reports so that urgent ones are read first."
    assert visits_of("A")[-1] == ("live", "2023-09-01", None)


def test_what_people_changed_here_is_not_overwritten(tmp_path: Path, admin: Person) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="Edited"), row_2024(name="Moved"), row_2024(name="Plain")))
    edit_model(admin, facts_of("Edited").pk, ModelFacts("Edited", "My own words.", RiskTier.HIGH), at=NOW)
    park(admin, facts_of("Moved").releases.get().pk, "no_budget", "Not this year.", at=NOW)
    rows = [row_2024(name=name, risk="Both", purpose="New.", **LIVE) for name in ("Edited", "Moved", "Plain")]
    path = edition(tmp_path / "b.csv", *rows)
    report = bring_in(path, now=NOW + timedelta(days=1))
    assert facts_of("Edited").purpose == "My own words."
    assert [stage for stage, _, _ in visits_of("Edited")] == ["brief", "validation", "live"]
    assert facts_of("Moved").purpose == "New."
    assert StageVisit.objects.get(release__model__name="Moved", left_at=None).state == VisitState.PARKED
    assert facts_of("Plain").purpose == "New."
    assert str(report) == "created 0, updated 3, unchanged 0, refused 0"
    assert any(note.startswith("changes made here that the file does not overwrite: 2") for note in report.notes)
    assert str(bring_in(path)) == "created 0, updated 0, unchanged 3, refused 0"
    the_roads_are_whole()


def test_an_older_edition_does_not_turn_the_time_back(tmp_path: Path) -> None:
    headers = ("Use Case ID", "Use Case Name", "Agency", "Status")
    newer = write_csv(
        tmp_path / "2025.csv", [headers, ["HHS-1", "A", "Department of Health and Human Services", "Deployed"]]
    )
    older = edition(tmp_path / "2024.csv", row_2024(name="A"), row_2024(name="B"))
    bring_in(newer)
    report = bring_in(older)
    assert str(report) == "created 1, updated 0, unchanged 1, refused 0"
    assert visits_of("A") == [("live", "2026-01-28", None)]
    assert any(note.startswith("rows older than what is here, not applied: 1") for note in report.notes)


def test_whoever_claimed_a_stage_still_owns_it_and_keeps_the_team(tmp_path: Path, admin: Person) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="A", initiated="1/5/2022")))
    release = facts_of("A").releases.get()
    claim(admin, release.pk, at=NOW)
    bring_in(edition(tmp_path / "b.csv", row_2024(name="A", initiated="1/5/2022", bureau="NIH")))
    assert facts_of("A").team.name == "HHS FDA"
    assert StageOwnership.objects.get(visit__release=release, until=None).owner == admin
    bring_in(edition(tmp_path / "c.csv", row_2024(name="A", **LIVE)), now=NOW + timedelta(days=2))
    the_roads_are_whole()
    brief = StageVisit.objects.get(release=release, stage=Stage.BRIEF)
    assert brief.left_at == NOW  # not before it was claimed, whatever the file says
    assert not StageOwnership.objects.filter(until__lt=NOW, owner=admin).exists()


OWNED = ("Model", "Team", "Owner", "Status", "Description")


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


def test_an_owner_named_by_the_next_edition_ends_the_vacancy(tmp_path: Path, world: World) -> None:
    row = ["A", "Payments risk", "", "Pilot", "Scores something for the payments people every single day."]
    other = ["B", "Payments risk", "x@y.example", "Pilot", "Scores something else for the very same people at night."]
    bring_in(write_csv(tmp_path / "a.csv", [OWNED, row, other]))
    row[2] = world.engineer.email
    report = bring_in(write_csv(tmp_path / "b.csv", [OWNED, row, other]), now=NOW + timedelta(days=1))
    assert str(report) == "created 0, updated 1, unchanged 1, refused 0"
    spells = StageOwnership.objects.filter(visit__release__model__name="A").order_by("since")
    assert [(spell.owner, spell.until is None) for spell in spells] == [(None, False), (world.engineer, True)]


def test_a_model_registered_by_hand_is_linked_and_not_made_twice(tmp_path: Path, world: World) -> None:
    register_model(world.lead, world.team, ModelFacts("Card Fraud", "By hand.", RiskTier.HIGH), at=NOW)
    rows = [
        OWNED,
        ["card fraud", "payments risk", "", "Retired", "From the file, with quite another opinion of it all."],
    ]
    report = bring_in(write_csv(tmp_path / "a.csv", rows))
    assert str(report) == "created 0, updated 0, unchanged 1, refused 0"
    assert facts_of("Card Fraud").purpose == "By hand."
    assert ImportedRow.objects.get().model == facts_of("Card Fraud")


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
