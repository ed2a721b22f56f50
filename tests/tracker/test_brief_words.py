"""A brief in words: differences between revisions, what is open, the fields of a schema."""

from __future__ import annotations

from tests.world import COMPLETE_BRIEF
from tracker.brief_words import Change, changes, readiness, schema_fields


def test_equal_contents_differ_in_nothing() -> None:
    assert changes(COMPLETE_BRIEF, dict(COMPLETE_BRIEF)) == []


def test_a_changed_number_tells_both_with_their_unit() -> None:
    assert changes({"latency_ms": "120"}, {"latency_ms": "150"}) == [Change("Latency", "120 ms", "150 ms")]
    assert changes({}, {"region": "eu-west-1"}) == [Change("Region", "", "eu-west-1")]
    assert changes({"serving_mode": "online"}, {"serving_mode": "batch"}) == [Change("Serving", "Online", "Batch")]


def test_metrics_are_told_by_name_and_slice() -> None:
    old = {"acceptance_metrics": [{"metric": "auc", "comparison": "at_least", "threshold": "0.9", "slice": ""}]}
    new = {
        "acceptance_metrics": [
            {"metric": "auc", "comparison": "at_least", "threshold": "0.92", "slice": ""},
            {"metric": "auc", "comparison": "at_least", "threshold": "0.8", "slice": "region=eu"},
        ]
    }
    assert changes(old, new) == [
        Change("Metric auc", "≥ 0.9", "≥ 0.92"),
        Change("Metric auc for region=eu", "", "≥ 0.8"),
    ]
    assert changes(new, old)[1] == Change("Metric auc for region=eu", "≥ 0.8", "")


def test_data_sources_are_told_by_name() -> None:
    old = {"data_sources": [{"name": "cards", "uri": "w/cards", "contains_personal_data": True}]}
    new = {"data_sources": [{"name": "cards", "uri": "w/cards", "contains_personal_data": False}]}
    assert changes(old, new) == [Change("Data source cards", "w/cards, personal data", "w/cards, no personal data")]


def test_a_schema_is_told_by_the_fields_it_gains_loses_and_changes() -> None:
    old = '{"properties": {"a": {"type": "string"}, "b": {"type": "number"}}}'
    new = '{"properties": {"b": {"type": "integer"}, "c": {"type": "string"}}}'
    [change] = changes({"input_schema": old}, {"input_schema": new})
    assert change == Change("Input schema", "2 fields", "2 fields: added c; removed a; changed b")


def test_a_schema_that_is_only_written_otherwise_says_so() -> None:
    [change] = changes({"input_schema": '{"type":"object"}'}, {"input_schema": '{ "type": "object" }'})
    assert change.after.endswith("with the same meaning")


def test_what_cannot_be_read_as_a_schema_does_no_harm() -> None:
    assert schema_fields("{not json") == []
    assert schema_fields("[" * 100_000) == []
    assert schema_fields(None) == []
    assert schema_fields('{"properties": ["a"]}') == []
    [change] = changes({"input_schema": "{"}, {"input_schema": "["})
    assert change.label == "Input schema"


def test_the_fields_of_a_schema_tell_type_rule_and_mark() -> None:
    fields = schema_fields(
        '{"required": ["a"], "properties": {"a": {"type": "string", "maxLength": 32, "x-pii": "pseudonymised"},'
        ' "b": {"enum": ["x", "y"]}, "c": {"type": ["integer", "null"], "minimum": 0}}}'
    )
    assert [(one.name, one.type, one.rule, one.required, one.mark) for one in fields] == [
        ("a", "string", "at most 32 characters", True, "pseudonymised"),
        ("b", "one of", "x, y", False, ""),
        ("c", "integer or null", "≥ 0", False, ""),
    ]


def test_readiness_tells_what_is_missing_from_what_is_wrong() -> None:
    assert {part.state for part in readiness(COMPLETE_BRIEF)} == {"met"}
    assert {part.state for part in readiness({})} == {"missing"}
    wrong = {part.title: part.state for part in readiness({**COMPLETE_BRIEF, "latency_ms": "-1", "region": ""})}
    assert wrong["Serving and latency"] == "unmet"
    assert wrong["Region and monthly budget"] == "missing"
