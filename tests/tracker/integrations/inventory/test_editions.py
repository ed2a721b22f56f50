"""The same inventory again, and its next edition: updated and moved, never doubled, never against people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance import trail
from governance.acts.briefs import save_brief, sign_brief
from governance.acts.intake import ModelFacts, edit_model, register_model
from governance.acts.ownership import claim
from governance.acts.transitions import park
from governance.models import AuditEvent, StageOwnership, StageVisit
from models_registry.models import (
    ImportedRow,
    Person,
)
from models_registry.vocabulary import RiskTier, Stage, VisitState
from tests.tracker.integrations.inventory.files import (
    CODES_2024,
    NOW,
    bring_in,
    edition,
    row_2024,
    write_csv,
)
from tests.tracker.integrations.inventory.imported import LIVE, OWNED, facts_of, the_roads_are_whole, visits_of
from tests.world import COMPLETE_BRIEF, World

pytestmark = pytest.mark.django_db

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE")


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


def test_a_file_lowers_a_tier_only_while_nobody_here_has_assessed_it(tmp_path: Path, admin: Person) -> None:
    bring_in(edition(tmp_path / "a.csv", row_2024(name="Plain", risk="Both"), row_2024(name="Assessed", risk="Both")))
    release = facts_of("Assessed").releases.get()
    answers = {**COMPLETE_BRIEF["risk_answers"], "domain": "services"}
    save_brief(admin, release.pk, {**COMPLETE_BRIEF, "risk_answers": answers}, at=NOW)
    sign_brief(admin, release.pk, at=NOW)
    rows = [row_2024(name=name, risk="Neither") for name in ("Plain", "Assessed")]
    report = bring_in(edition(tmp_path / "b.csv", *rows), now=NOW + timedelta(days=1))
    assert (facts_of("Plain").risk_tier, facts_of("Assessed").risk_tier) == (RiskTier.LOW, RiskTier.HIGH)
    assert any("tier assessed here: low in the file does not lower it" in note for note in report.notes)


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
