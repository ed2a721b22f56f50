"""A policy goes out as YAML and comes back the same; whatever is wrong is named by its line."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings

from governance.policy import DEFAULT_RULES, PolicyProblem, parse
from governance.policy_yaml import MOST_CHARACTERS, read_policy
from governance.policy_yaml_writing import write_policy
from tests.governance.policies import policies

DEFAULT = write_policy(DEFAULT_RULES, "The first one")
OVERSIGHT = {
    "title": "Human oversight",
    "question": "Who may stop it?\n\n  And how?",
    "evidence": ["document"],
    "references": [{"framework": "EU AI Act", "clause": "14"}],
}


def problems_of(text: str | bytes) -> dict[int | None, str]:
    """The problems by line; of two in one line the first."""
    with pytest.raises(PolicyProblem) as refused:
        read_policy(text)
    return {one.line: f"{one.path}: {one.message}" for one in reversed(refused.value.problems)}


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@settings(max_examples=25, deadline=None)
@given(policies())
def test_what_is_exported_is_imported_as_the_same_rules(raw: dict[str, Any]) -> None:
    text = write_policy(raw, "Version 2: more\nthan one line")
    again = read_policy(text)
    assert parse(again) == parse(raw)
    assert write_policy(again, "Version 2: more\nthan one line") == text


@pytest.mark.parametrize("strange", ["\x85", "\u2028", "\u2029", "\xa0", "\ufeff", "\n"])
def test_a_line_break_of_another_kind_comes_back_as_it_was(strange: str) -> None:
    said = f"Human{strange}oversight"
    raw = {**DEFAULT_RULES, "controls": {"oversight": {**OVERSIGHT, "title": said, "question": said}}}
    again = read_policy(write_policy(raw, "Version 2"))["controls"]["oversight"]
    assert (again["title"], again["question"]) == (said, said)


def test_what_a_person_wrote_stays_apart_from_what_follows_from_it() -> None:
    raw = deepcopy(DEFAULT_RULES)
    raw["controls"] = {"oversight": OVERSIGHT}
    raw["tiers"]["high"]["brief"]["controls"] = ["oversight"]
    again = read_policy(write_policy(raw, ""))
    assert again["tiers"]["high"]["brief"]["evidence"] == []
    assert "team_mates_may_approve" not in again["tiers"]["high"]["compliance_review"]
    assert again["controls"]["oversight"] == OVERSIGHT


def test_the_text_says_its_units_and_its_words() -> None:
    assert "vacancy_days: 1  # days that a stage may be without an owner\n" in DEFAULT
    assert DEFAULT.startswith("# The first one\n# Days are business days, and hours business hours, ")
    assert "who is given a review: none, round_robin, least_loaded" in DEFAULT


@pytest.mark.parametrize("letter", ["\x85", "\u2028", "\u2029", "\r", "\x0b", "\x1c"])
def test_every_kind_of_line_break_comes_back(letter: str) -> None:
    raw = {**DEFAULT_RULES, "controls": {"oversight": {**OVERSIGHT, "question": f"Who{letter}may stop it?"}}}
    said = read_policy(write_policy(raw, ""))["controls"]["oversight"]["question"]
    assert parse({**raw, "controls": {"oversight": {**OVERSIGHT, "question": said}}}) == parse(raw)


def test_a_question_of_several_lines_reads_as_it_was_typed() -> None:
    raw = {**DEFAULT_RULES, "controls": {"oversight": OVERSIGHT}}
    assert "    question: |-\n      Who may stop it?\n\n        And how?\n    evidence: [document]\n" in write_policy(
        raw, ""
    )


@pytest.mark.parametrize(
    ("here", "there", "said"),
    [
        (
            "    brief:\n      budget_days: 5",
            "    brief:\n      budget_days: soon",
            "tiers.low.brief.budget_days: must be",
        ),
        ("quorum: 2", "quorum: many", "tiers.high.compliance_review.approvers.0.quorum: must be a whole number"),
        ("sign_again: false", "sign_agin: false", "tiers.low.compliance_review.sign_agin: is not known here; did you"),
        ("gate: prevent", "gate: [prevent]", "tiers.low.brief.gate: is not known here"),
        ("feedback: []", "feedback: [legal, legal]", "tiers.low.compliance_review.feedback: names a group twice"),
        ("retrospective_days: 5", "vacancy_days: 5", "vacancy_days: is there already, in line 4: leave one out"),
    ],
)
def test_each_problem_is_named_by_its_line(here: str, there: str, said: str) -> None:
    text = DEFAULT.replace(here, there, 1)
    line = line_of(DEFAULT, here) + there.count("\n")
    assert problems_of(text)[line].startswith(said)


def test_every_problem_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = DEFAULT.replace("budget_days: 8", "budget_days: eight").replace("quorum: 1", "quorum: 0")
    assert list(reversed(problems_of(text))) == sorted(problems_of(text), key=lambda line: line or 0)
    assert len(problems_of(text)) == 3 + 2


def test_a_missing_part_is_placed_at_what_it_is_missing_from() -> None:
    text = DEFAULT.replace("    deployment:\n", "    deploiment:\n", 1)
    with pytest.raises(PolicyProblem) as refused:
        read_policy(text)
    lines = {one.path: one.line for one in refused.value.problems}
    assert lines == {
        "tiers.low.deploiment": line_of(text, "deploiment"),
        "tiers.low.deployment": line_of(text, "  low:"),
    }


def test_a_clause_that_looks_like_a_number_is_asked_for_in_quotes() -> None:
    raw = {**DEFAULT_RULES, "controls": {"oversight": OVERSIGHT}}
    text = write_policy(raw, "")
    assert "clause: '14'" in text
    bare = text.replace("clause: '14'", "clause: 14")
    assert "in quotes where it looks like a number" in problems_of(bare)[line_of(bare, "clause: 14")]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("vacancy_days: &a 1\nretrospective_days: *a\n", 2, "refers to another place with *a"),
        ("\nvacancy_days: &a 1\n", 2, "has the anchor &a"),
        ("tiers: !!python/object/apply:os.system [ls]\n", 1, "has the tag"),
        ("vacancy_days: 1\ntiers: [1\n", 3, "is not YAML"),
        ("vacancy_days: 1\n---\nvacancy_days: 1\n", 2, "begins a second document"),
        ("? [1, 2]\n: 3\n", 1, "has a key that is no word"),
        ("vacancy_days: 1\nassignment: \"\\0\"\n", 2, "holds a character that cannot be kept"),
        ("vacancy_days: 1\nassignment: \x07\n", 2, "holds a character that no YAML text may have"),
        (b"vacancy_days: 1\nassignment: \xff\n", 2, "is not UTF-8 text"),
        ("[" * 5000, 1, "is nested deeper"),
        ("- 1\n" * 40_000, 30_000, "holds more than any policy does"),
        ("#" * (MOST_CHARACTERS + 1), 1, "are the most that is read"),
        ("", 1, "is no policy"),
        ("just a sentence", 1, "is no policy"),
    ],
)  # fmt: skip
def test_what_is_no_plain_policy_is_refused_where_it_begins(text: str | bytes, line: int, said: str) -> None:
    assert said in problems_of(text)[line]


def test_a_bomb_of_references_is_refused_before_it_unfolds() -> None:
    layers = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    layers += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    assert problems_of("\n".join(layers))[2] == "b: has the anchor &b: leave it out, nothing may refer to it"
