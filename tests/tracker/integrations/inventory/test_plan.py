"""What each row becomes: a planned model, or a refusal with its line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models_registry.vocabulary import RiskTier, Stage
from tests.tracker.integrations.inventory.files import CODES_2024, edition, plan_at, row_2024, write_csv
from tracker.integrations.inventory.identities import Identity, division_identity, former_name, identity_of
from tracker.integrations.inventory.notes import NoteKind
from tracker.integrations.inventory.plan import Refusal, team_name


def test_every_row_is_planned_or_refused(tmp_path: Path) -> None:
    path = edition(
        tmp_path / "a.csv",
        row_2024(name="A", purpose="one\ntwo"),
        row_2024(name="A", purpose="one\ntwo"),
        row_2024(name="N/A"),
        row_2024(name=""),
        row_2024(name="B"),
    )
    plan = plan_at(path)
    assert [(model.name, model.line) for model in plan.models] == [("A", 2), ("B", 8)]
    assert plan.refusals == (
        Refusal(4, "an exact copy of the row on line 2"),
        Refusal(6, "no name: 'Use Case Name' is 'N/A'"),
        Refusal(7, "no name: 'Use Case Name' is empty"),
    )
    assert plan.rows == 5


def test_rows_that_share_name_and_place_are_different_models_with_a_number(tmp_path: Path) -> None:
    path = edition(
        tmp_path / "a.csv", *(row_2024(name="Generative AI usage", purpose=purpose) for purpose in ("x", "y", "z"))
    )
    assert [model.identity.occurrence for model in plan_at(path).models] == [1, 2, 3]


def test_the_next_edition_keeps_identity_and_digest_whatever_its_headers_quotes_and_encoding(tmp_path: Path) -> None:
    first = edition(
        tmp_path / "a.csv",
        row_2024(name="Children’s  helper – “v2”", purpose="Reads\nthe child’s file"),
        headers=CODES_2024,
        encoding="utf-8-sig",
    )
    second = edition(
        tmp_path / "b.csv",
        row_2024(name='Children\'s helper - "v2" ', purpose="Reads the child's file", bureau=" FDA"),
        encoding="cp1252",
    )
    before, after = plan_at(first).models[0], plan_at(second).models[0]
    assert before.identity == after.identity
    assert before.digest == after.digest
    assert before.raw != after.raw


@pytest.mark.parametrize(
    "changes",
    [
        {"stage": "Retired"}, {"risk": "Both"}, {"purpose": "Another."}, {"pii": "Yes"}, {"topic": "Law"},
        {"initiated": "1/5/2022"}, {"bureau": "NIH"},
    ],
)  # fmt: skip
def test_a_change_of_what_a_row_says_changes_its_digest(tmp_path: Path, changes: dict[str, str]) -> None:
    before = plan_at(edition(tmp_path / "a.csv", row_2024(name="A"))).models[0]
    after = plan_at(edition(tmp_path / "b.csv", row_2024(name="A", **changes))).models[0]
    assert before.digest != after.digest


def test_a_long_name_is_cut_at_a_word_and_kept_whole_in_the_purpose(tmp_path: Path) -> None:
    long = "Assessment of " + "many things " * 20
    model = plan_at(edition(tmp_path / "a.csv", row_2024(name=long))).models[0]
    assert len(model.name) <= 120
    assert model.name.endswith("…")
    assert model.purpose.startswith(long.strip())
    assert [note.kind for note in model.notes if note.kind is NoteKind.NAME_SHORTENED] == [NoteKind.NAME_SHORTENED]


def test_an_assumption_is_told_from_an_answer(tmp_path: Path) -> None:
    plan = plan_at(edition(tmp_path / "a.csv", row_2024(name="A", stage="", risk="", bureau=""), row_2024(name="B")))
    assumed, answered = plan.models
    assert (assumed.tier, assumed.stage) == (RiskTier.MEDIUM, Stage.BRIEF)
    assert (assumed.tier_given, assumed.stage_given, assumed.unit_given) == (False, False, False)
    assert (answered.tier_given, answered.stage_given, answered.unit_given) == (True, True, True)
    assert {note.kind for note in assumed.notes} >= {NoteKind.STAGE_MISSING, NoteKind.RISK_MISSING}


def test_an_unfinished_assessment_of_what_is_being_implemented_waits_for_review(tmp_path: Path) -> None:
    stage = "Implementation and Assessment"
    path = edition(
        tmp_path / "a.csv",
        row_2024(name="waits", stage=stage, assessment="Planned or in-progress."),
        row_2024(name="done", stage=stage, assessment="Yes"),
        row_2024(name="live", stage="Operation and Maintenance", assessment="Planned or in-progress."),
    )
    assert [model.stage for model in plan_at(path).models] == [Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE]


def test_an_id_that_two_rows_share_identifies_neither(tmp_path: Path) -> None:
    rows = [
        ["Use Case ID", "Use Case Name", "Status"],
        ["X-1", "A", "Pilot"],
        ["X-1", "B", "Pilot"],
        ["X-2", "C", "Pilot"],
    ]
    models = plan_at(write_csv(tmp_path / "a.csv", rows)).models
    assert [model.identity.external_id for model in models] == ["", "", "x2"]
    assert [note.kind for note in models[0].notes].count(NoteKind.ID_REPEATED) == 1


def test_the_division_is_read_from_the_id_where_nothing_else_names_it(tmp_path: Path) -> None:
    rows = [["Use Case ID", "Use Case Name", "Status"], ["NARA - 0001", "A", "Pilot"]]
    model = plan_at(write_csv(tmp_path / "a.csv", rows)).models[0]
    assert (model.division, model.identity.code, model.team_name) == ("NARA", "nara", "NARA")


@pytest.mark.parametrize(
    ("division", "code", "unit", "name"),
    [
        ("Department of the Interior", "DOI", "OCIO", "DOI OCIO"),
        ("Department of the Interior", "", "OCIO", "OCIO (Department of the Interior)"),
        ("Agency for Aid", "USAID", "USAID/Health", "USAID/Health"),
        ("Tax office", "TAX", "", "Tax office"),
        ("", "", "Payments", "Payments"),
        ("", "", "", "Imported"),
    ],
)
def test_a_team_has_one_readable_name_per_division_and_unit(division: str, code: str, unit: str, name: str) -> None:
    assert team_name(division, code, unit) == name


def test_divisions_are_the_same_without_their_small_words() -> None:
    assert division_identity("Department of the Interior") == division_identity("Department of Interior")
    assert division_identity("U.S. General Services Administration") == division_identity(
        "General Services Administration"
    )
    assert division_identity("Department of State") != division_identity("Department of Labor")
    assert division_identity("The United States") != ""


def test_a_former_name_is_read_from_the_name() -> None:
    assert former_name("Machine Translation\n(Previously Language Translator)") == "languagetranslator"
    assert former_name('Reports\n\nPreviously "Automating Reports"') == "automatingreports"
    assert former_name("Machine Translation") == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.text(max_size=300), st.text(max_size=300)
)
def test_every_identity_is_a_key_and_every_key_its_identity(a: str, b: str, c: str, d: str, e: str) -> None:
    made = identity_of(a, b, c, d, e)
    assert Identity.parse(made.key) == made
    assert len(made.key) <= 500
