"""Which map reads a file: the built-in that fits, one that people wrote, or guesses that are shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from models_registry.vocabulary import RiskTier, Stage, VisitState
from tests.tracker.integrations.inventory.files import CODES_2024, HEADERS_2024, plan_at, row_2024, table_at, write_csv
from tracker.integrations.inventory.builtin_maps import BUILT_IN, US_FEDERAL_2024
from tracker.integrations.inventory.choosing import choose_map, known_header, open_inventory
from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.inventory.map_files import MapProblemError, find_map, parse_map
from tracker.integrations.inventory.mapping import Field, best_map

HEADERS_2023 = (
    "Use_Case_ID",
    "Department_Code",
    "Agency",
    "Office",
    "Title",
    "Summary",
    "Development_Stage",
    "Techniques",
)
HEADERS_2025 = (
    "Use Case ID\n\n[Agency Abbrev.] – [#] ", "Use Case Name", "Bureau/Component", "Email Address",
    "Stage of Development", "Is the AI use case high-impact?", "What problem is the AI intended to solve?",
    "Date when AI use case became operational or the pilot’s start date",
)  # fmt: skip


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (HEADERS_2024, "us-federal-2024"),
        (CODES_2024, "us-federal-2024"),
        (HEADERS_2023, "us-federal-2023"),
        (HEADERS_2025, "us-federal-2025"),
        (("Use Case ID", "Use Case Name", "Description", "Status"), "us-federal-2025"),
    ],
)
def test_the_built_in_map_that_fits_the_headers_is_found(headers: tuple[str, ...], name: str) -> None:
    found = best_map(BUILT_IN, headers)
    assert found is not None
    assert found.name == name


def test_both_editions_of_2024_name_the_same_fields() -> None:
    assert US_FEDERAL_2024.locate(HEADERS_2024).places == US_FEDERAL_2024.locate(CODES_2024).places


def test_headers_of_nobody_s_fit_no_map() -> None:
    assert best_map(BUILT_IN, ("Model", "Owner", "Status")) is None
    assert best_map(BUILT_IN, ("Name", "Name of the dog", "Stage of Development")) is None


@pytest.fixture
def unknown(tmp_path: Path) -> Path:
    rows = [
        ["Ref", "Model", "Team", "Owner", "Phase", "Risk class", "Go-live", "Registered", "About"],
        ["M-1", "Card fraud", "Payments", "ada@x.example", "In production", "High", "2024-03-01", "2023-01-05",
         "Scores card payments so that fraud is stopped before any money moves."],
        ["M-2", "Churn", "Marketing", "bo@x.example", "Pilot", "Low", "", "2024-02-01",
         "Finds customers who are about to leave, so that somebody calls them."],
        ["M-3", "Vision QA", "Payments", "ada@x.example", "Development", "High", "", "2024-05-09",
         "Looks at parts on the belt and sorts out the ones that are scratched."],
        ["M-4", "Routing", "Marketing", "cy@x.example", "Idea", "Medium", "", "2024-06-01",
         "Plans the routes of the vans that bring the parcels to the shops."],
    ]  # fmt: skip
    return write_csv(tmp_path / "models.csv", rows)


def test_columns_of_an_unknown_file_are_guessed_with_confidence_and_reason(unknown: Path) -> None:
    chosen = choose_map(table_at(unknown), None)
    guessed = {guess.field: guess.header for guess in chosen.guesses}
    assert guessed == {
        Field.EXTERNAL_ID: "Ref",
        Field.NAME: "Model",
        Field.UNIT: "Team",
        Field.OWNER: "Owner",
        Field.STAGE: "Phase",
        Field.RISK: "Risk class",
        Field.DATE_IMPLEMENTED: "Go-live",
        Field.DATE_INITIATED: "Registered",
        Field.PURPOSE: "About",
    }
    assert all(0.5 <= guess.confidence <= 1 and guess.why for guess in chosen.guesses)


def test_a_guessed_file_is_planned_like_any_other(unknown: Path) -> None:
    first = plan_at(unknown).models[0]
    assert (first.name, first.team_name, first.owner) == ("Card fraud", "Payments", "ada@x.example")
    assert (first.stage, first.tier) == (Stage.LIVE, RiskTier.HIGH)
    assert [(visit.stage, visit.entered) for visit in first.visits] == [
        (Stage.BRIEF, date(2023, 1, 5)),
        (Stage.LIVE, date(2024, 3, 1)),
    ]


def test_a_built_in_map_guesses_only_what_the_file_calls_otherwise(tmp_path: Path) -> None:
    headers = ["Use Case Name", "Agency", "Lifecycle stage", "Date Initiated", "Favourite colour"]
    rows = [
        headers,
        *([f"m{n}", "Labor", stage, "1/2/2024", "red"] for n, stage in enumerate(["Initiated", "Retired"] * 4)),
    ]
    _, chosen = open_inventory(write_csv(tmp_path / "a.csv", rows))
    assert chosen.name == "us-federal-2024"
    assert [(guess.field, guess.header) for guess in chosen.guesses] == [(Field.STAGE, "Lifecycle stage")]


def test_a_file_without_names_is_refused_with_its_columns_and_the_way_out(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [["When", "How much"], ["2024-01-01", "3"], ["2024-01-02", "4"]])
    with pytest.raises(
        UnreadableFileError, match=r"no column holds the names of models; the columns are 'When', 'How much'"
    ):
        plan_at(path)


YAML = b"""
name: acme
columns: {name: Bezeichnung, stage: [Stand, Phase], date_implemented: Seit, division: Bereich}
stages: {Sandkasten: validation, Eingefroren: parked}
risks: {Klasse A: high}
as_of: 2025-06-30
day_first: true
currency: EUR
timezone: Europe/Berlin
"""
JSON = (
    b'{"name": "acme", "columns": {"name": "Bezeichnung", "stage": ["Stand", "Phase"], "date_implemented": "Seit", '
    b'"division": "Bereich"}, "stages": {"Sandkasten": "validation", "Eingefroren": "parked"}, "risks": {"Klasse A": '
    b'"high"}, "as_of": "2025-06-30", "day_first": true, "currency": "EUR", "timezone": "Europe/Berlin"}'
)


def test_a_map_reads_the_same_from_yaml_and_from_json() -> None:
    assert parse_map("acme.yaml", YAML) == parse_map("acme.json", JSON)


def test_a_map_that_people_wrote_reads_their_file(tmp_path: Path) -> None:
    (tmp_path / "acme.yaml").write_bytes(YAML)
    rows = [
        ["Bezeichnung", "Stand", "Seit", "Bereich"],
        ["A", "Live", "01/02/2025", "Netz"],
        ["B", "Eingefroren", "", "Netz"],
    ]
    plan = plan_at(write_csv(tmp_path / "a.csv", rows), str(tmp_path / "acme.yaml"))
    assert plan.as_of == date(2025, 6, 30)
    assert [(model.name, model.stage, model.outcome) for model in plan.models] == [
        ("A", Stage.LIVE, VisitState.UNDERWAY),
        ("B", Stage.BRIEF, VisitState.PARKED),
    ]
    assert plan.models[0].visits[0].entered == date(2025, 2, 1)


def test_a_map_may_begin_with_a_built_in_one() -> None:
    made = parse_map(
        "mine.yaml", b"extends: us-federal-2024\ncolumns: {name: System title}\nstages: {Parked car: parked}"
    )
    assert made.columns[Field.NAME] == ("system title",)
    assert made.columns[Field.STAGE] == US_FEDERAL_2024.columns[Field.STAGE]
    assert made.dates == US_FEDERAL_2024.dates


def test_every_mistake_of_a_map_is_told_at_once() -> None:
    with pytest.raises(MapProblemError) as refusal:
        parse_map(
            "bad.yaml",
            b"colums: {}\ncolumns: {nme: A, stage: [1.5]}\nstages: {x: shipped}\nrisks: [high]\nas_of: soon\n"
            b"fiscal_start: 13\ntimezone: Mars\ncurrency: euro\n",
        )
    assert [place for place, _ in refusal.value.problems] == [
        "colums", "columns.nme", "columns.stage", "stages.x", "risks", "as_of", "fiscal_start", "timezone", "currency",
        "columns.name",
    ]  # fmt: skip
    assert "did you mean 'columns'" in str(refusal.value)
    assert "did you mean 'name'" in str(refusal.value)


@pytest.mark.parametrize(
    "data", [b"{", b"a: [", b"just words", b"- 1\n- 2", b"!!python/object/apply:os.system ['true']", b"[" * 5000]
)
def test_what_is_no_map_is_refused_and_never_run(data: bytes) -> None:
    with pytest.raises(MapProblemError):
        parse_map("bad.yaml", data)


def test_an_unknown_map_is_refused_with_the_names_of_those_there_are() -> None:
    with pytest.raises(
        MapProblemError, match="the built-in maps are us-federal-2024, us-federal-2023, us-federal-2025"
    ):
        find_map("us-federal-2042")


def test_headers_are_known_and_sentences_are_not() -> None:
    assert known_header("use case name")
    assert known_header("risk class")
    assert not known_header("this model scores the status of every claim by name")
    assert not known_header("inventory as of spring")


def test_every_built_in_map_finds_its_own_headers() -> None:
    for one in BUILT_IN:
        headers = [words.removesuffix(" *") for alternatives in one.columns.values() for words in alternatives[:1]]
        assert set(one.locate(headers).places) == set(one.columns)


def test_rows_of_the_2024_map_are_read_field_by_field(tmp_path: Path) -> None:
    row = row_2024(name="A", pii="Yes", topic="Health & Medical, Other", risk="Both", stage="Operation and Maintenance")
    model = plan_at(write_csv(tmp_path / "a.csv", [HEADERS_2024, row])).models[0]
    assert (model.personal_data, model.tags, model.tier) == (True, ("health & medical",), RiskTier.HIGH)
    assert (model.team_name, model.division) == ("HHS FDA", "Department of Health and Human Services")
