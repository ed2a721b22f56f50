"""A JSON Schema is checked strictly, without the network, and each problem has its line."""

import json
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from models_registry.requirements import FieldProblem, check_schema


def found(text: str) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.message) for problem in check_schema(text, "input_schema")]


def only(text: str) -> tuple[int | None, str]:
    (one,) = found(text)
    return one


GOOD = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "https://example.org/claim",
  "title": "Claim",
  "type": "object",
  "required": ["age", "region"],
  "properties": {
    "age": {"type": "integer", "minimum": 0, "maximum": 1e400, "x-unit": "years"},
    "region": {"$ref": "#/$defs/region"},
    "sent": {"type": ["string", "null"], "format": "date-time"},
    "parts": {"type": "array", "prefixItems": [true, {"type": "number"}], "items": false},
    "children": {"type": "array", "items": {"$ref": "#"}},
    "odd/name~": {"const": 123456789012345678901234567890}
  },
  "patternProperties": {"^x_[a-z]+$": true},
  "if": {"properties": {"age": {"const": 0}}},
  "then": {"dependentRequired": {"region": ["age"]}},
  "$defs": {"region": {"$anchor": "region", "enum": ["eu", "us"], "examples": ["eu"]}},
  "additionalProperties": false
}"""


def test_a_schema_with_all_that_is_allowed_has_no_problem() -> None:
    assert found(GOOD) == []
    assert found("\ufeff" + GOOD) == []
    assert found(GOOD.replace("\n", "\r\n")) == []


def test_references_by_anchor_and_by_escaped_pointer_are_followed() -> None:
    assert found(GOOD.replace('"#/$defs/region"', '"#region"')) == []
    assert found(GOOD.replace('"#/$defs/region"', '"#/properties/odd~1name~0"')) == []
    assert found(GOOD.replace('"#/$defs/region"', '"#/properties/parts/prefixItems/0"')) == []


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{\n"type": "object",\n}', 3, "comma too many"),
        ('{\n"type": "object"\n', 3, "comma or } is expected"),
        ('{"type":\n"object"} x', 2, "text after the end"),
        ("{'type': 1}", 1, "key in double quotes"),
        ("{\"type\":\n'object'}", 2, "not in single ones"),
        ('{"type": objekt}', 1, "“objekt}” is not a JSON value"),
        ('{"type" "object"}', 1, "colon is expected"),
        ('{"enum": [1,\n2\n3]}', 3, "comma or ] is expected"),
        ('{"enum": [1,\n]}', 2, "comma too many"),
        ('{"maximum":\nNaN}', 2, "NaN and Infinity"),
        ('{"maximum": -Infinity}', 1, "NaN and Infinity"),
        ('{"maximum": 01}', 1, "comma or } is expected"),
        ('{"title": "line\nbreak"}', 1, "not well formed"),
        ('{"title": "\\ud800"}', 1, "half a character"),
        ('{"title": "\\u0000"}', 1, "NUL"),
        ('{"title": "open', 1, "not well formed"),
        ('{"maximum": 1e9999999999}', 1, "too long to be meant"),
        ('{\n"type": "object",\n"title": "a",\n"type": "array"\n}', 4, "“type” is given twice"),
        ('{"title":\n', 2, "the text ends"),
    ],
)
def test_text_that_is_not_strict_json_is_refused_at_its_line(text: str, line: int, says: str) -> None:
    where, message = only(text)
    assert (where, says.casefold() in message.casefold()) == (line, True), message


@pytest.mark.parametrize("text", ["[]", "true", "3", '"object"', "null"])
def test_the_top_must_be_an_object(text: str) -> None:
    assert only(text) == (1, 'The schema must be a JSON object, such as {"type": "object"}.')


def test_the_top_must_describe_something() -> None:
    assert only('{"title": "nothing"}') == (
        1,
        "The schema describes nothing: give it a “type”, such as object or array.",
    )
    assert "empty" in only("  \n")[1]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('{"type": "object",\n"requierd": []}', 2, "did you mean “required”?"),
        ('{"type": "object",\n"definitions": {}}', 2, "use $defs"),
        ('{"type": "object",\n"nullable": true}', 2, "null"),
        ('{"type": "object",\n"colour": "red"}', 2, "begins with x-"),
        ('{"type":\n"object", "properties": {\n"a": {\n"typ": "string"}}}', 4, "did you mean “type”?"),
        ('{\n"type": "strnig"}', 2, "did you mean “string”?"),
        ('{"type": ["string",\n"string"]}', 1, "none twice"),
        ('{"type": []}', 1, "at least one type"),
        ('{"type": {"a": 1}}', 1, "use one of"),
        ('{"type": "string",\n"maxLength": -1}', 2, "at least 0"),
        ('{"type": "string",\n"maxLength": 1.5}', 2, "an integer"),
        ('{"type": "string",\n"maxLength": "5"}', 2, "an integer here, not '5'"),
        ('{"type": "number",\n"multipleOf": 0}', 2, "above 0"),
        ('{"type": "object",\n"required": ["a",\n3]}', 3, "takes a string here"),
        ('{"type": "object",\n"required": ["a", "a"]}', 2, "twice"),
        ('{"type": "object",\n"properties": []}', 2, "takes an object"),
        ('{"type": "object",\n"properties": {"a": 1,\n"b": 2}}', 2, "object or boolean"),
        ('{"anyOf": []}', 1, "at least one entry"),
        ('{"type": "object", "items": "string"}', 1, "object or boolean"),
        ('{"type": "string",\n"pattern": "("}', 2, "does not compile"),
        ('{"type": "object",\n"patternProperties": {"[": {}}}', 2, "does not compile"),
        ('{"type": "object",\n"$anchor": "1x"}', 2, "cannot be"),
        (
            '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}',
            1,
            "must be https://json-schema.org",
        ),
        ('{"type": "object", "items":\n{"$id": "https://x.example/y"}}', 2, "top of the schema only"),
        ('{"type": "string",\n"format": 5}', 2, "takes a string"),
    ],
)
def test_a_schema_against_the_specification_is_refused_at_its_line(text: str, line: int, says: str) -> None:
    where, message = only(text)
    assert (where, says in message) == (line, True), message


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/s",
        "file:///etc/passwd",
        "other.json",
        "//host/x",
        "",
        "HTTP://x",
        "data:,{}",
        "/etc/passwd",
    ],
)
@pytest.mark.parametrize("keyword", ["$ref", "$dynamicRef"])
def test_a_reference_that_leaves_the_document_is_refused(keyword: str, target: str) -> None:
    line, message = only(json.dumps({"type": "object", "properties": {"a": {keyword: target}}}, indent=1))
    assert line == 5
    assert "refers to another file or address" in message


def test_a_reference_to_nothing_is_answered_with_the_nearest_definition() -> None:
    line, message = only('{"$ref":\n"#/$defs/adress", "$defs": {"address": {}}}')
    assert (line, message) == (
        1,
        "“#/$defs/adress” leads to no schema in this document; did you mean “#/$defs/address”?",
    )
    assert "leads to no schema" in only('{"type": "object", "$defs": {}, "items": {"$ref": "#/$defs"}}')[1]


@pytest.mark.parametrize(
    "text",
    [
        '{"$ref": "#"}',
        '{"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"anyOf": [true, {"$ref": "#"}]}}}',
        '{"$ref": "#/$defs/a", "$defs": {"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"if": {"$ref": "#/$defs/a"}}}}',
    ],
)
def test_references_that_turn_in_a_circle_are_refused(text: str) -> None:
    assert "without end" in only(text)[1]


def test_a_small_schema_that_multiplies_without_measure_is_refused() -> None:
    steps: dict[str, Any] = {f"a{i}": {"allOf": [{"$ref": f"#/$defs/a{i + 1}"}] * 2} for i in range(40)}
    assert "multiply" in only(json.dumps({"$ref": "#/$defs/a0", "$defs": steps | {"a40": {}}}))[1]


def test_a_tree_may_contain_itself_and_a_chain_may_be_long() -> None:
    assert found('{"type": "object", "properties": {"child": {"$ref": "#"}}}') == []
    chain = {f"a{i}": {"$ref": f"#/$defs/a{i + 1}"} for i in range(3000)}
    assert found(json.dumps({"$ref": "#/$defs/a0", "$defs": chain | {"a3000": {}}})) == []


def nested(levels: int) -> str:
    return '{"type": "array", "items": ' + '{"items": ' * (levels - 1) + "true" + "}" * levels


def test_sixty_four_levels_are_allowed_and_one_more_is_not() -> None:
    assert found(nested(64)) == []
    assert "64 levels" in only(nested(65))[1]


@pytest.mark.parametrize("text", ["[" * 200_000, '{"a":' * 40_000, '{"not":' * 20_000 + "{}" + "}" * 20_000])
def test_depth_never_exhausts_the_stack(text: str) -> None:
    assert "64 levels" in only(text)[1]


@pytest.mark.parametrize("text", ["x" * 10_000_000, '{"title": "' + "é" * 140_000 + '"}'])
def test_a_schema_over_256_kilobytes_is_refused_before_it_is_read(text: str) -> None:
    began = perf_counter()
    assert "256 KB" in only(text)[1]
    assert perf_counter() - began < 0.2


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"type": "object", "required": [1, "a"] * 20_000}),
        json.dumps({"type": "object", "dependentRequired": {"a": [[1], "b"] * 10_000}}),
        json.dumps({"type": ["string"] * 20_000}),
        json.dumps({"type": "string", "pattern": "(" * 500 + ")" * 500}),
        '{"type": "object", "allOf": [' + ",".join(['{"minLength": 1}'] * 12_000) + "]}",
        json.dumps({"a" * 60 + str(i): 1 for i in range(3500)}),
    ],
)
def test_a_hostile_schema_is_refused_soon_and_with_few_problems(text: str) -> None:
    began = perf_counter()
    assert 1 <= len(found(text)) <= 20
    assert perf_counter() - began < 5


def test_the_field_is_the_one_that_was_asked_about() -> None:
    assert check_schema("", "output_schema") == [
        FieldProblem("output_schema", 'The schema is empty: give at least {"type": "object"}.', 1)
    ]


words = st.sampled_from(
    ["type", "minimum", "required", "items", "properties", "enum", "maxLength", "uniqueItems", "title"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 3) | st.sampled_from(["string", "object", "a"]) | st.floats(-2, 2),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(
    schema=st.dictionaries(words, values, max_size=4).map(lambda schema: {"$comment": "", "type": "object"} | schema)
)
def test_it_agrees_with_the_specifications_own_schema(schema: dict[str, Any]) -> None:
    try:
        Draft202012Validator.check_schema(schema)
        sound = True
    except SchemaError:
        sound = False
    complaints = [message for _, message in found(json.dumps(schema, indent=1)) if "is not a keyword" not in message]
    assert (complaints == []) == sound
