"""What the details of runs, datasets and grants may say: every problem is named at its place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.requirements import check_detail, ends_by_detail
from models_registry.requirements.details.access_grant import grant_facts
from models_registry.requirements.details.dataset import dataset_facts
from models_registry.vocabulary import EvidenceKind, LawfulBasis
from tests.models_registry.details import dataset_detail, grant_detail, run_detail

RUN, DATASET, GRANT = EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET, EvidenceKind.ACCESS_GRANT


@pytest.mark.parametrize(
    ("kind", "detail"), [(RUN, run_detail("Claims")), (DATASET, dataset_detail("Claims")), (GRANT, grant_detail("x"))]
)
def test_a_whole_detail_has_no_problem(kind: EvidenceKind, detail: dict[str, Any]) -> None:
    assert check_detail(kind, detail) == []


def row(**changes: object) -> dict[str, object]:
    return {"name": "Claims", "role": "training", "namespace": "", "digest": "", **changes}


@pytest.mark.parametrize(
    ("kind", "detail", "fields"),
    [
        (RUN, run_detail(inputs=[row(digest="12"), row(role="fuel", name="b")]), ["inputs.0.digest", "inputs.1.role"]),
        (RUN, run_detail(inputs=[row(), row()]), ["inputs.1.name"]),
        (RUN, run_detail(inputs="Claims"), ["inputs"]),
        (RUN, run_detail(inputs=["Claims"]), ["inputs.0"]),
        (RUN, run_detail(outputs=[row(role="training")]), ["outputs.0.role"]),
        (RUN, run_detail(code="main"), ["code"]),
        (RUN, run_detail(code={"comit": "1"}), ["code.comit"]),
        (RUN, run_detail(environment={"image": "latest"}), ["environment.image"]),
        (
            RUN,
            run_detail(parameters=[{"name": "a"}, {"name": "a"}, {"value": "1"}]),
            ["parameters.1.name", "parameters.2.name"],
        ),
        (RUN, run_detail(ended="2026-05-01"), ["ended"]),
        (RUN, run_detail(started="last Monday"), ["started"]),
        (DATASET, dataset_detail(""), ["name"]),
        (DATASET, dataset_detail("a", columns=[{"name": "x"}, {"name": "x"}]), ["columns.1.name"]),
        (DATASET, dataset_detail("a", columns=[{"name": "x", "classification": "y"}]), ["columns.0.classification"]),
        (DATASET, dataset_detail("a", columns=[{"name": f"c{n}"} for n in range(1001)]), ["columns"]),
        (DATASET, dataset_detail("a", "b", ""), ["sources"]),
        (DATASET, dataset_detail("a", row_count="-1", retention_months="0"), ["row_count", "retention_months"]),
        (DATASET, dataset_detail("a", lawful_basis="habit"), ["lawful_basis"]),
        (GRANT, grant_detail("", purpose=""), ["subject", "purpose"]),
        (GRANT, grant_detail("a", **{"from": "2026-03-01", "until": "2026-02-01"}), ["until"]),
        (GRANT, grant_detail("a", until="9999-12-31"), ["until"]),
        (GRANT, grant_detail("a", holder="me"), ["holder"]),
    ],
)
def test_every_problem_is_named_at_its_place(kind: EvidenceKind, detail: dict[str, Any], fields: list[str]) -> None:
    found = check_detail(kind, detail)
    assert [problem.field for problem in found] == [f"detail.{name}" for name in fields]
    assert all(problem.message.endswith((".", "?")) for problem in found)


def test_a_source_without_a_name_is_told_with_its_line() -> None:
    [problem] = check_detail(DATASET, dataset_detail("a", "b", " "))
    assert problem.line == 2


def test_a_dataset_knows_its_open_columns_and_those_about_people() -> None:
    columns = [
        {"name": "email", "type": "string", "classification": "personal"},
        {"name": "diagnosis", "type": "string", "classification": "special_category"},
        {"name": "postcode", "type": "string", "classification": "quasi_identifier"},
        {"name": "amount", "type": "int64", "classification": "none"},
        {"name": "free", "type": "string", "classification": ""},
    ]
    facts = dataset_facts(dataset_detail("Claims", "Raw claims", columns=columns), "The table")
    assert (facts.name, facts.sources, facts.unclassified) == ("Claims", ("Raw claims",), ("free",))
    assert facts.about_people == ("email", "diagnosis")
    assert (facts.retention_months, facts.lawful_basis) == (24, LawfulBasis.CONTRACT)
    assert dataset_facts({}, "The table").name == "The table"


def test_a_grant_counts_to_the_end_of_its_last_day() -> None:
    assert ends_by_detail(GRANT, grant_detail("a", until="2026-06-30")) == datetime(2026, 7, 1, tzinfo=UTC)
    assert ends_by_detail(GRANT, grant_detail("a")) is None
    assert ends_by_detail(DATASET, {"until": "2026-06-30"}) is None
    assert grant_facts({}) is None


ODD: list[Any] = [
    None,
    True,
    7,
    -1.5,
    float("nan"),
    "",
    "x",
    "\x00",
    [],
    [None],
    ["x"],
    [{}],
    [{"name": 3}],
    [{"name": "x", "classification": []}],
    {},
    {"name": ["x"]},
    {"commit": {}},
    "2026-13-40",
    "9999-12-31",
]
NAMES = st.sampled_from(
    [
        "name",
        "columns",
        "sources",
        "inputs",
        "outputs",
        "code",
        "environment",
        "parameters",
        "started",
        "ended",
        "subject",
        "subject_kind",
        "from",
        "until",
        "retention_months",
    ]
)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from([RUN, DATASET, GRANT]), raw=st.dictionaries(NAMES, st.sampled_from(ODD), max_size=5))
def test_no_detail_whatever_breaks_the_reading(kind: EvidenceKind, raw: dict[str, Any]) -> None:
    for problem in check_detail(kind, raw):
        assert problem.field.startswith("detail")
    dataset_facts(raw, "a table")
    grant_facts(raw)
    ends_by_detail(kind, raw)
