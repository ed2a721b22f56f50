"""What the details of reports, model cards and documents may say: every problem is named at its place."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.requirements import check_detail
from models_registry.vocabulary import EvidenceKind as Kind

WHOLE: dict[Kind, dict[str, Any]] = {
    Kind.VALIDATION_REPORT: {
        "measured_on": "Holdout 2026-Q1",
        "sample_size": "48210",
        "method": "Split by customer.",
        "calibration": {"ece": "0.021", "brier": "0.08"},
        "bins": [{"predicted": "0.05", "observed": "0.04", "count": "20000"}, {"predicted": 0.9, "observed": 0.88}],
    },
    Kind.BENCHMARK: {"hardware": "4 vCPU, 16 GiB", "load": "300 req/s", "tool": "k6", "minutes": "30", "clients": 64},
    Kind.EXPLAINABILITY_REPORT: {
        "method": "SHAP",
        "scope": "both",
        "features": [{"name": "amount", "weight": "0.31"}, {"name": "age of the account", "weight": "-0.1"}],
    },
    Kind.SECURITY_SCAN: {
        "tool": "Trivy",
        "tool_version": "0.58",
        "scanned_digest": "sha256:" + "ab" * 32,
        "scanned_at": "2026-03-31 14:30",
        "found": {"critical": "0", "high": "2", "low": 0},
    },
    Kind.MODEL_CARD: {
        "format": "hugging_face",
        "intended_use": "Scoring.",
        "licences": ["mit"],
        "results": [{"metric": "f1", "value": "0.9", "dataset": "x", "slice": ""}],
        "signature": [{"side": "input", "name": "amount", "type": "double", "required": "yes"}],
        "unread": [{"line": "7", "what": "widget", "why": "It has no place here."}],
    },
    Kind.DOCUMENT: {"number": "DP-12", "revision": "3", "dated": "2026-03-31"},
}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_whole_detail_has_no_problem_and_takes_no_unknown_part(kind: Kind) -> None:
    assert check_detail(kind, WHOLE[kind]) == []
    assert check_detail(kind, {}) == []
    assert [one.field for one in check_detail(kind, {**WHOLE[kind], "colour": "red"})] == ["detail.colour"]


@pytest.mark.parametrize(
    ("kind", "changes", "fields"),
    [
        (Kind.VALIDATION_REPORT, {"sample_size": "0"}, ["sample_size"]),
        (
            Kind.VALIDATION_REPORT,
            {"calibration": {"ece": "1.2", "brier": "low"}},
            ["calibration.ece", "calibration.brier"],
        ),
        (
            Kind.VALIDATION_REPORT,
            {"bins": [{"predicted": "2", "observed": "0.1"}, {"predicted": "0.1"}, 3]},
            ["bins.0.predicted", "bins.1.observed", "bins.2"],
        ),
        (Kind.BENCHMARK, {"hardware": "", "minutes": "0"}, ["hardware", "minutes"]),
        (Kind.EXPLAINABILITY_REPORT, {"method": "", "scope": "some"}, ["method", "scope"]),
        (Kind.EXPLAINABILITY_REPORT, {"features": [{"weight": "much"}]}, ["features.0.name", "features.0.weight"]),
        (Kind.SECURITY_SCAN, {"found": {"high": "-1", "dire": "1"}}, ["found.dire", "found.high"]),
        (Kind.SECURITY_SCAN, {"scanned_digest": "latest"}, ["scanned_digest"]),
        (Kind.MODEL_CARD, {"format": "word"}, ["format"]),
        (Kind.MODEL_CARD, {"licences": "mit"}, ["licences"]),
        (Kind.MODEL_CARD, {"tags": ["a", ""]}, ["tags"]),
        (Kind.MODEL_CARD, {"unread": [{"why": 3}]}, ["unread.0.why"]),
        (Kind.DOCUMENT, {"dated": "last week"}, ["dated"]),
    ],
)
def test_each_problem_is_named_at_its_place(kind: Kind, changes: dict[str, Any], fields: list[str]) -> None:
    found = check_detail(kind, {**WHOLE[kind], **changes})
    assert [problem.field.removeprefix("detail.") for problem in found] == fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(kind=st.sampled_from(sorted(WHOLE)), part=st.integers(0, 8), value=JSON)
def test_whatever_stands_in_a_part_is_answered_in_words(kind: Kind, part: int, value: object) -> None:
    names = sorted(WHOLE[kind])
    for problem in check_detail(kind, {**WHOLE[kind], names[part % len(names)]: value}):
        assert problem.message.endswith((".", "?"))
