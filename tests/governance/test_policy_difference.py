"""Two policies are told apart in words, each difference with its place, what it was and what it is."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import given, settings

from governance.policy import DEFAULT_RULES, parse
from governance.policy_difference import differences
from tests.governance.policies import policies

OVERSIGHT = {
    "title": "Human oversight",
    "question": "Who may stop it?",
    "evidence": ["document"],
    "references": [{"framework": "house-rules", "clause": "§ 3"}],
}


def told(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    names = {"legal": "Legal", "compliance-officers": "Compliance officers"}
    return [str(one) for one in differences(parse(before), parse(after), names)]


@settings(max_examples=20, deadline=None)
@given(policies(), policies())
def test_nothing_is_told_of_equal_rules_and_both_ways_tell_of_the_same_things(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    assert differences(parse(one), parse(deepcopy(one))) == ()
    there, back = (differences(parse(a), parse(b)) for a, b in ((one, other), (other, one)))
    assert sorted((d.where, d.what, d.before, d.after) for d in there) == sorted(
        (d.where, d.what, d.after, d.before) for d in back
    )
    assert all(d.before != d.after for d in there)


def test_a_number_written_otherwise_and_another_order_are_no_difference() -> None:
    other = deepcopy(DEFAULT_RULES)
    other["vacancy_days"] = "1.0"
    other["tiers"]["low"]["validation"]["evidence"].reverse()
    assert told(DEFAULT_RULES, other) == []


def test_a_review_that_asks_for_more_is_told_in_words() -> None:
    before, after = deepcopy(DEFAULT_RULES), deepcopy(DEFAULT_RULES)
    before["tiers"]["high"]["compliance_review"]["approvers"] = [{"group": "legal", "quorum": 1}]
    after["tiers"]["high"]["compliance_review"] |= {
        "budget_days": "6.5",
        "gate": "warn",
        "approvers": [{"group": "legal", "quorum": 2}, {"group": "compliance-officers", "quorum": 1}],
        "feedback": ["works-council"],
        "team_mates_may_approve": True,
        "validity_months": 12,
        "sign_again": True,
    }
    place = "High risk, compliance review"
    assert told(before, after) == [
        f"{place}: time budget 8 days → 6.5 days",
        f"{place}: gate stays shut until everything is met → warns of what is unmet",
        f"{place}: approvers Legal 1 → 2",
        f"{place}: approvers 1 of Compliance officers added",
        f"{place}: feedback from works-council added",
        f"{place}: team mates of the owner may not approve → may approve",
        f"{place}: an approval holds without end → for 12 months",
        f"{place}: a decision asks for no second sign-in → asks for password or second factor again",
    ]


def test_controls_and_their_references_are_told_where_they_changed() -> None:
    before = deepcopy(DEFAULT_RULES)
    before["controls"] = {"oversight": OVERSIGHT, "logging": {"title": "Logging"}}
    before["tiers"]["low"]["validation"]["controls"] = ["oversight"]
    after = deepcopy(before)
    after["controls"] = {
        "oversight": {**OVERSIGHT, "references": [{"framework": "nist-ai-rmf", "clause": "MANAGE 2.4"}]},
        "robustness": {"title": "Robustness", "evidence": ["benchmark"]},
    }
    after["tiers"]["low"]["validation"]["controls"] = ["robustness"]
    assert told(before, after) == [
        "Low risk, validation: evidence Benchmark added",
        "Low risk, validation: evidence Document removed",
        "Low risk, validation: control Robustness added",
        "Low risk, validation: control Human oversight removed",
        "Controls: control Logging (logging) removed",
        "Control oversight: reference NIST AI RMF MANAGE 2.4 added",
        "Control oversight: reference house-rules § 3 removed",
        "Controls: control Robustness (robustness) added",
    ]


def test_the_general_rules_are_told_first() -> None:
    after = deepcopy(DEFAULT_RULES) | {
        "vacancy_days": "2", "retrospective_days": 1, "nudge_cooldown_hours": "1", "approver_outside_team": False,
        "assignment": "round_robin",
    }  # fmt: skip
    assert told(DEFAULT_RULES, after)[:5] == [
        "In general: time without an owner 1 day → 2 days",
        "In general: review in retrospect within 5 days → 1 day",
        "In general: time between nudges 4 hours → 1 hour",
        "In general: officers who approve come from outside the team → may be of the team",
        "In general: reviews are given out to nobody → in turn",
    ]
