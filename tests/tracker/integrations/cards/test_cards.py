"""Cards that are broken, odd or hostile: a record with what was not read, or a reason."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.requirements import check_detail, check_measurements
from models_registry.vocabulary import CardFormat, EvidenceKind
from tracker.integrations.cards import MOST_BYTES, CardRead, UnreadableCardError, read_card

CARD = """---
language: no
license: [mit, "Custom"]
license: apache-2.0
tags:
- a
thumbnail: https://x.example/a.png
model-index:
- name: scorer
  results:
  - dataset: {name: Cards, type: cards, split: test}
    metrics:
    - {type: f1, value: 0.91}
    - {type: accuracy, value: 97.5}
    - {type: wer, value: n/a}
  - dataset: {name: Other}
    metrics:
    - {type: f1, value: 0.88}
    - {type: auc}
---
# Scorer

Scores card payments as they come in, in the order of time.

## Intended uses & limitations

For payments in euros.

### How to use

```python
# Not a heading
```

## Training data

Two years of payments.

### Cleaning

Test payments were left out.

## Results

| set | f1 |
|-----|----|
| x | 0.9 |
"""


def read(text: str, name: str = "README.md") -> CardRead:
    card = read_card(name, text.encode())
    assert check_detail(EvidenceKind.MODEL_CARD, card.detail) == []
    assert check_measurements(card.measurements) == []
    return card


def test_a_card_is_sorted_into_its_parts_and_the_rest_is_named_by_line() -> None:
    card = read(CARD)
    detail = card.detail
    assert (detail["languages"], detail["licences"]) == (["no"], ["mit", "Custom"])
    assert detail["intended_use"] == detail["limitations"] == "For payments in euros."
    assert detail["training_data"] == "Two years of payments.\n\nTest payments were left out."
    assert card.summary == "Scores card payments as they come in, in the order of time."
    assert {(row["code"], row["value"], row["slice"]) for row in card.measurements} == {
        ("metric:f1", "0.91", "dataset=Cards (test)"),
        ("metric:f1", "0.88", "dataset=Other"),
    }
    assert [(one.line, one.what.split(":")[0]) for one in card.unread] == [
        (4, "license"),
        (7, "thumbnail"),
        (14, "accuracy 97.5 Cards (test)"),
        (15, "wer n/a Cards (test)"),
        (19, "model-index"),
        (29, "How to use"),
        (45, "a table"),
    ]
    assert detail["unread"][2]["why"].startswith("No measured value: it lies above 1, so it may be in percent")


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("# Only words\n\nNothing above.", 1, "has none"),
        ("---\nlicense: mit\n# never ended", 1, "nothing ends it"),
        ("---\nlicense: mit\nbad: [1, 2\n---\n# X", 3, "no YAML"),
        ("---\n\tlicense: mit\n---\n", 2, "no YAML"),
        ("---\n[]\n---\n# X", 2, "no list of keys"),
        ("---\n? [a, b]\n: c\n---\n# X", 2, "no text"),
        ("---\na: &a [x]\nb: *c\n---\n# X", 3, "no YAML"),
        ("---\n" + "x: y\n" * 40_000 + "---\n# X", 1, "longer than 128 KB"),
    ],
)
def test_front_matter_that_cannot_be_read_is_said_with_its_line(text: str, line: int, why: str) -> None:
    card = read(text)
    assert card.format is CardFormat.HUGGING_FACE
    assert any(one.line == line and why in one.why for one in card.unread), card.unread


def test_a_tag_that_asks_for_code_gets_text_and_runs_nothing() -> None:
    card = read("---\nlicense: !!python/object/apply:os.system [echo]\ntags: !!python/name:os.system\n---\n# X")
    assert card.detail["licences"] == ["echo"]


def test_a_few_lines_that_stand_for_millions_are_refused_in_little_time() -> None:
    lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    lines += [f"a{at}: &a{at} [{','.join([f'*a{at - 1}'] * 10)}]" for at in range(1, 9)]
    begun = time.process_time()
    card = read("---\n" + "\n".join(lines) + "\n---\n# X")
    assert any("refers to itself too often" in one.why for one in card.unread)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("README.md", b"", "is empty"),
        ("README.md", b"\x00\x01\x02", "is no text"),
        ("README.md", b"a" * (MOST_BYTES + 1), "is not read"),
        ("README.md", b"---\nsize_categories: [n<1K]\n---\n# D", "card of a dataset"),
        ("card.json", b"{", "no JSON (line 1)"),
        ("card.json", b"[]", "no object"),
        ("card.json", b"[" * 50_000, "nested too deeply"),
        ("card.json", b'{"a": 1}', "no card of the Model Card Toolkit"),
        ("MLmodel", b"a: [", "no YAML (line 1"),
        ("MLmodel", b"a: 1", "names no flavors"),
        ("MLmodel", b"flavors: {}", "names no flavors"),
    ],
)
def test_what_is_no_card_is_refused_with_the_way_out(name: str, data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableCardError) as refused:
        read_card(name, data)
    assert reason in str(refused.value)


def test_another_encoding_is_read_and_said() -> None:
    card = read_card("README.md", "# Größenschätzer für Straßen\n\nSchätzt Größen für müde Bären.".encode("cp1252"))
    assert card.detail["model_name"] == "Größenschätzer für Straßen"
    assert card.unread[0].what == "the file is not UTF-8"
    assert card.detail["unread"][0]["what"] == "the file is not UTF-8"


def test_an_mlmodel_with_a_broken_signature_is_read_as_far_as_it_goes() -> None:
    text = (
        "flavors:\n  sklearn: {sklearn_version: 1.5.2, code: null}\nrun_id: 3f2a\nnew_key: 7\nsignature:\n"
        '  inputs: \'[{"name": 0, "type": "double", "required": true}, 4]\'\n  outputs: \'{\'\n'
    )
    card = read(text, "MLmodel")
    assert (card.detail["library"], card.detail["run"]) == ("sklearn 1.5.2", "3f2a")
    assert card.detail["signature"] == [{"side": "input", "name": "0", "type": "double", "required": "yes"}]
    assert [one.what.split(":")[0] for one in card.unread] == [
        "flavors.sklearn",
        "new_key",
        "signature, input",
        "signature, output",
    ]


def test_results_that_contradict_each_other_count_for_nothing() -> None:
    rows = [{"type": "auc", "value": "0.9"}, {"type": "AUC", "value": "0.8"}, {"type": "f1", "value": "0.7"}]
    text = str({"quantitative_analysis": {"performance_metrics": rows}}).replace("'", '"')
    card = read(text, "card.json")
    assert [row["code"] for row in card.measurements] == ["metric:f1"]
    assert sum("more than once, with different values" in one.why for one in card.unread) == 2


@settings(max_examples=80, deadline=None)
@given(
    start=st.sampled_from(["", "---\n", "{", "flavors:\n", "# ", CARD[:300], '{"considerations": {']),
    rest=st.text(alphabet=st.sampled_from("ab:-[]{}|#`\n \t'\"&*!1.é\x07"), max_size=120),
    name=st.sampled_from(["README.md", "card.json", "MLmodel", "x"]),
)
def test_whatever_comes_is_a_record_that_the_law_takes_or_a_reason(start: str, rest: str, name: str) -> None:
    try:
        card = read_card(name, (start + rest).encode())
    except UnreadableCardError as refused:
        said = str(refused)
    else:
        said = ""
        assert check_detail(EvidenceKind.MODEL_CARD, card.detail) == []
    assert said == "" or said.endswith(".")
