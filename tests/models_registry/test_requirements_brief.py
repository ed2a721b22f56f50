"""A brief says what is valid, and is complete only when everything production needs to know is in it."""

from decimal import Decimal

import pytest

from models_registry.models import BRIEF_FIELDS as STORED_FIELDS
from models_registry.requirements import BRIEF_FIELDS, brief_digest, check_brief, requirements_of
from models_registry.vocabulary import Comparison, ServingMode, Stage
from tests.models_registry.briefs import GOOD_BRIEF, brief


def problems(raw: dict[str, object], *, complete: bool = False) -> dict[str, str]:
    return {problem.field: problem.message for problem in check_brief(raw, complete=complete)}


def metric(**changes: object) -> dict[str, object]:
    return {"metric": "F1", "comparison": "at_least", "threshold": "0.8", "slice": "", **changes}


def source(**changes: object) -> dict[str, object]:
    return {"name": "Claims", "uri": "s3://claims", "contains_personal_data": False, **changes}


MAY_BE_LEFT_OUT = {"gpu", "gpu_count", "batch_window_minutes", "risk_answers"}


def test_a_good_brief_is_complete() -> None:
    assert problems(brief(), complete=True) == {}


def test_the_law_reads_exactly_the_fields_that_are_stored() -> None:
    assert set(BRIEF_FIELDS) == set(STORED_FIELDS)


def test_an_empty_draft_is_valid_and_an_empty_brief_names_each_missing_field() -> None:
    assert problems({}) == {}
    asked = set(problems({}, complete=True))
    assert asked == set(BRIEF_FIELDS) - {
        "latency_percentile", "latency_ms", "batch_window_minutes", "gpu", "gpu_count", "risk_answers",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(set(BRIEF_FIELDS) - MAY_BE_LEFT_OUT))
@pytest.mark.parametrize("blank", [..., None, "", "   "])
def test_each_required_field_is_missed(name: str, blank: object) -> None:
    assert problems(brief(**{name: blank})) == {}
    found = problems(brief(**{name: blank}), complete=True)
    assert name in found
    assert set(found) <= {name, "latency_ms", "latency_percentile"}


@pytest.mark.parametrize("mode", ServingMode)
def test_a_batch_has_a_window_where_the_others_have_a_latency(mode: ServingMode) -> None:
    bare = brief(serving_mode=mode.value, latency_percentile=..., latency_ms=...)
    batch = mode is ServingMode.BATCH
    assert set(problems(bare, complete=True)) == (
        {"batch_window_minutes"} if batch else {"latency_percentile", "latency_ms"}
    )


NUMBERS = [
    "latency_ms", "batch_window_minutes", "throughput_rps", "availability_percent", "cpu_cores", "memory_gib",
    "gpu_count", "monthly_budget",
]  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value",
    [
        -1,
        "-0.5",
        "nan",
        float("nan"),
        "inf",
        float("-inf"),
        "1,5",
        "1_000",
        "12 ms",
        "٣",
        True,
        [],
        {"a": 1},
        "1e400",
        "9" * 500,
    ],
)
def test_a_number_that_is_none_or_negative_is_refused_with_its_name_and_the_way_out(name: str, value: object) -> None:
    found = problems(brief(**{name: value}))
    if value == []:
        assert found == {}
        return
    assert list(found) == [name]
    assert found[name].endswith(".")
    assert any(hint in found[name] for hint in ("such as", "stay below", "at most"))


def test_the_message_says_what_was_given_and_what_would_do() -> None:
    assert problems(brief(latency_ms=-5)) == {"latency_ms": "Latency is -5: give a number above 0, such as 120."}
    assert problems(brief(availability_percent=100.5)) == {
        "availability_percent": "Availability is 100.5: give a number of at most 100."
    }
    assert problems(brief(gpu="A100", gpu_count=1.5)) == {
        "gpu_count": "The number of GPUs is 1.5: give a whole number, such as 1."
    }
    assert problems(brief(throughput_rps="lots")) == {
        "throughput_rps": "Throughput must be a plain number: without a unit, and with a point, such as 300."
    }


@pytest.mark.parametrize("value", [120, "120", " 120 ", 120.0, Decimal("120"), "1.2e2"])
def test_numbers_come_from_forms_and_from_json(value: object) -> None:
    found = next(one for one in requirements_of(brief(latency_ms=value)) if one.code == "latency_p95")
    assert (problems(brief(latency_ms=value)), found.threshold) == ({}, Decimal(120))


@pytest.mark.parametrize("percentile", [50, "90", 95.0, "99"])
def test_the_four_percentiles_are_known(percentile: object) -> None:
    assert problems(brief(latency_percentile=percentile)) == {}


@pytest.mark.parametrize("percentile", [0, "100", "p95", 95.5, True])
def test_other_percentiles_are_refused(percentile: object) -> None:
    assert list(problems(brief(latency_percentile=percentile))) == ["latency_percentile"]


def test_a_mistyped_word_is_answered_with_the_right_one() -> None:
    assert problems(brief(serving_mode="onlin")) == {
        "serving_mode": "“onlin” is not known here; did you mean “online”?"
    }
    assert problems(brief(budget_currency="eur"))["budget_currency"].startswith("Write the currency as EUR")
    assert problems(brief(budget_currency="BGN")) == {"budget_currency": "BGN has been withdrawn: use EUR."}


def test_gpus_are_named_and_counted_together() -> None:
    assert list(problems(brief(gpu="A100", gpu_count=0), complete=True)) == ["gpu_count"]
    assert list(problems(brief(gpu="", gpu_count=2), complete=True)) == ["gpu"]
    assert problems(brief(gpu="A100", gpu_count=2), complete=True) == {}
    assert problems(brief(gpu=..., gpu_count=...), complete=True) == {}


@pytest.mark.parametrize("name", ["gpu", "region", "retraining_plan"])
@pytest.mark.parametrize("value", ["x" * 5001, "a\x00b", "half \ud800", 5])
def test_a_text_that_cannot_be_kept_is_refused(name: str, value: object) -> None:
    assert list(problems(brief(**{name: value}))) == [name]


def test_a_script_is_just_text() -> None:
    assert problems(brief(region="<script>alert(1)</script>"), complete=True) == {}


def test_a_schema_problem_names_the_field_and_the_line() -> None:
    found = check_brief(brief(output_schema='{\n "type": "objct"\n}'), complete=True)
    assert [(one.field, one.line) for one in found] == [("output_schema", 2)]
    assert list(problems(brief(input_schema={"type": "object"}))) == ["input_schema"]


def test_a_metric_must_hold_overall() -> None:
    only_slices = [metric(slice="region=eu")]
    assert problems(brief(acceptance_metrics=only_slices)) == {}
    assert list(problems(brief(acceptance_metrics=only_slices), complete=True)) == ["acceptance_metrics"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metric": "x" * 81}, "metric"),
        ({"metric": ["F1"]}, "metric"),
        ({"slice": "x" * 121}, "slice"),
        ({"comparison": "at_leest"}, "comparison"),
        ({"threshold": "high"}, "threshold"),
        ({"threshold": float("inf")}, "threshold"),
        ({"threshold": "0,9"}, "threshold"),
    ],
)
def test_a_metric_with_a_mistake_is_refused_at_its_place(change: dict[str, object], field: str) -> None:
    found = problems(brief(acceptance_metrics=[metric(), metric(metric="Recall") | change]))
    assert list(found) == [f"acceptance_metrics.1.{field}"]


@pytest.mark.parametrize("part", ["metric", "comparison", "threshold"])
def test_a_metric_may_be_unfinished_in_a_draft_only(part: str) -> None:
    unfinished = brief(acceptance_metrics=[metric(), metric(metric="Recall") | {part: ""}])
    assert problems(unfinished) == {}
    assert list(problems(unfinished, complete=True)) == [f"acceptance_metrics.1.{part}"]


def test_the_same_metric_and_slice_twice_is_refused_however_it_is_spelt() -> None:
    twice = [metric(metric="AUC", slice="Region = EU"), metric(metric=" auc ", slice="region=eu")]
    found = problems(brief(acceptance_metrics=[*twice, metric(metric="AUC")]))
    assert found == {"acceptance_metrics.1.metric": "auc for region=eu is listed twice: remove one of them."}


def test_unused_rows_of_a_form_are_not_there() -> None:
    rows = [metric(), metric(metric="", threshold="", slice=""), {}]
    assert problems(brief(acceptance_metrics=rows, data_sources=[source(), {}]), complete=True) == {}
    assert list(problems(brief(acceptance_metrics=[{}]), complete=True)) == ["acceptance_metrics"]


@pytest.mark.parametrize("value", ["F1", 5, {"metric": "F1"}, [metric()] * 101, ["F1"]])
@pytest.mark.parametrize("field", ["acceptance_metrics", "data_sources"])
def test_what_is_no_list_of_entries_is_refused(field: str, value: object) -> None:
    assert next(iter(problems(brief(**{field: value})))).startswith(field)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uri": "javascript:alert(1)"}, "uri"),
        ({"uri": "postgres://me:secret@db/claims"}, "uri"),
        ({"uri": "two words"}, "uri"),
        ({"uri": "http://[half"}, "uri"),
        ({"name": "x" * 201}, "name"),
        ({"contains_personal_data": "perhaps"}, "contains_personal_data"),
    ],
)
def test_a_data_source_with_a_mistake_is_refused_at_its_place(change: dict[str, object], field: str) -> None:
    assert list(problems(brief(data_sources=[source() | change]))) == [f"data_sources.0.{field}"]


@pytest.mark.parametrize("answer", [True, False, "yes", "off", "TRUE"])
def test_whether_a_source_holds_personal_data_must_be_answered(answer: object) -> None:
    assert problems(brief(data_sources=[source(contains_personal_data=answer)]), complete=True) == {}
    unanswered = brief(data_sources=[source(contains_personal_data=None)])
    assert problems(unanswered) == {}
    assert list(problems(unanswered, complete=True)) == ["data_sources.0.contains_personal_data"]


def test_problems_come_in_the_order_of_the_fields() -> None:
    found = list(problems(brief(retraining_plan=5, serving_mode="x", cpu_cores="x", acceptance_metrics=7)))
    assert found == sorted(found, key=BRIEF_FIELDS.index)


def test_what_can_be_measured_is_read_with_its_unit_and_when_it_must_be_met() -> None:
    found = {(one.code, one.slice): one for one in requirements_of(GOOD_BRIEF)}
    shown = {
        key: (one.comparison.symbol, str(one.threshold), one.unit, one.measured_before) for key, one in found.items()
    }
    review, live = Stage.COMPLIANCE_REVIEW, Stage.LIVE
    assert shown == {
        ("latency_p95", ""): ("≤", "120", "ms", review),
        ("throughput", ""): ("≥", "300", "req/s", review),
        ("availability", ""): ("≥", "99.5", "%", live),
        ("cpu", ""): ("≤", "4", "cores", review),
        ("memory", ""): ("≤", "8", "GiB", review),
        ("gpu", ""): ("≤", "0", "GPU", live),
        ("monthly_cost", ""): ("≤", "4000", "EUR", live),
        ("metric:auc", ""): ("≥", "0.9", "", review),
        ("metric:auc", "region=eu"): ("≥", "0.85", "", review),
    }


def test_a_batch_is_measured_by_its_window() -> None:
    found = requirements_of(brief(serving_mode="batch", batch_window_minutes=90))
    assert [(one.code, one.comparison, one.unit) for one in found[:2]] == [
        ("batch_window", Comparison.AT_MOST, "min"),
        ("throughput", Comparison.AT_LEAST, "records/s"),
    ]


def test_a_broken_draft_gives_the_requirements_that_can_be_read() -> None:
    assert requirements_of({}) == ()
    found = requirements_of(
        brief(latency_ms="fast", cpu_cores=-1, budget_currency="?", acceptance_metrics=[metric(), 5])
    )
    assert [one.code for one in found] == ["throughput", "availability", "memory", "gpu", "metric:f1"]


def test_retyping_a_brief_keeps_its_digest_and_changing_it_does_not() -> None:
    retyped = brief(
        latency_ms=120.0,
        throughput_rps=" 300.00 ",
        gpu=...,
        batch_window_minutes="",
        input_schema='{"properties":{"age":{"minimum":0,"type":"integer"}},"type":"object"}',
        acceptance_metrics=[*reversed(GOOD_BRIEF["acceptance_metrics"]), {}],
        data_sources=[source(uri="s3://claims/2026", contains_personal_data="yes")],
    )
    assert brief_digest(retyped) == brief_digest(GOOD_BRIEF)
    for name, value in {"latency_ms": 121, "region": "us", "output_schema": "{}", "acceptance_metrics": []}.items():
        assert brief_digest(brief(**{name: value})) != brief_digest(GOOD_BRIEF)
