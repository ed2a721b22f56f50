"""A policy is read whole or refused with every problem, its path and the way out."""

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from governance.policy import DEFAULT_RULES, PolicyProblem, StageRule, parse, to_raw
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage

HOUR = 3600


def changed(**places: object) -> dict[str, Any]:
    """The default rules with some values replaced, named by path with double underscores."""
    rules = deepcopy(DEFAULT_RULES)
    for path, value in places.items():
        *way, last = path.split("__")
        here = rules
        for name in way:
            here = here[name]
        here[last] = value
    return rules


def problems_of(raw: object) -> dict[str, str]:
    with pytest.raises(PolicyProblem) as refused:
        parse(raw)
    return {problem.path: problem.message for problem in refused.value.problems}


@pytest.mark.parametrize("tier", RiskTier)
def test_the_default_budgets_are_five_ten_eight_and_five_business_days(tier: RiskTier) -> None:
    rules = parse(DEFAULT_RULES)
    stages = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT)
    assert [rules.stage(tier, stage).budget_days for stage in stages] == [5, 10, 8, 5]


@pytest.mark.parametrize("stage", [Stage.LIVE, Stage.RETIRED])
def test_live_and_retired_have_no_clock_and_ask_for_nothing(stage: Stage) -> None:
    assert parse(DEFAULT_RULES).stage(RiskTier.HIGH, stage) == StageRule(None, (), 0)
    assert parse(DEFAULT_RULES).budget_seconds(RiskTier.HIGH, stage, 8 * HOUR) is None


def test_a_higher_tier_asks_for_more_evidence_and_the_highest_for_two_approvals() -> None:
    rules = parse(DEFAULT_RULES)
    low, medium, high = (set(rules.stage(tier, Stage.VALIDATION).evidence) for tier in RiskTier)
    assert low < medium < high
    assert EvidenceKind.MODEL_CARD in low
    assert [rules.stage(tier, Stage.COMPLIANCE_REVIEW).approvals for tier in RiskTier] == [1, 1, 2]


def test_a_budget_is_counted_in_the_business_days_of_the_calendar() -> None:
    rules = parse(changed(tiers__low__brief__budget_days="0.5"))
    assert rules.budget_seconds(RiskTier.LOW, Stage.BRIEF, 8 * HOUR) == 4 * HOUR
    assert rules.budget_seconds(RiskTier.LOW, Stage.VALIDATION, 8 * HOUR) == 80 * HOUR
    assert rules.vacancy_seconds(8 * HOUR) == 8 * HOUR


def test_rules_survive_being_written_and_read_again() -> None:
    rules = parse(changed(tiers__high__brief__budget_days=2.5, approver_outside_team=False))
    assert parse(to_raw(rules)) == rules


def test_a_zero_budget_is_allowed() -> None:
    assert parse(changed(tiers__low__brief__budget_days=0)).stage(RiskTier.LOW, Stage.BRIEF).budget_days == Decimal(0)


@pytest.mark.parametrize("value", [None, -1, "five", "nan", "inf", float("nan"), True, 1001, "1e9", [5], "9" * 100])
def test_a_budget_that_is_no_number_of_days_is_refused(value: object) -> None:
    assert problems_of(changed(tiers__low__brief__budget_days=value)) == {
        "tiers.low.brief.budget_days": "must be a number of business days from 0 to 1000, for example 5 or 0.5"
    }


def test_a_mistyped_stage_is_named_with_the_right_word() -> None:
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"]["low"]["breif"] = rules["tiers"]["low"].pop("brief")
    found = problems_of(rules)
    assert found["tiers.low.breif"] == "is not known here; did you mean “brief”?"
    assert found["tiers.low.brief"].startswith("is missing")


def test_an_unknown_kind_of_evidence_is_refused_with_the_nearest_one() -> None:
    found = problems_of(changed(tiers__low__validation__evidence=["model_cart", "dataset", "dataset", 7]))
    assert found["tiers.low.validation.evidence.0"] == "is not a kind of evidence; did you mean “model_card”?"
    assert found["tiers.low.validation.evidence.2"] == "“dataset” is listed twice: leave one out"
    assert "tiers.low.validation.evidence.3" in found


def test_a_compliance_review_without_an_approval_is_refused() -> None:
    found = problems_of(changed(tiers__high__compliance_review__approvals=0))
    assert found == {"tiers.high.compliance_review.approvals": "must be a whole number from 1 to 5"}


def test_approvals_outside_the_compliance_review_are_refused() -> None:
    found = problems_of(changed(tiers__high__deployment__approvals=1))
    assert list(found) == ["tiers.high.deployment.approvals"]


def test_a_live_stage_in_the_rules_is_refused_because_no_clock_runs_there() -> None:
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"]["low"]["live"] = {"budget_days": 1}
    assert list(problems_of(rules)) == ["tiers.low.live"]


def test_every_problem_is_named_at_once() -> None:
    found = problems_of({"tiers": {"low": 3}, "vacancy_days": "-1", "approver_outside_team": "no"})
    assert set(found) == {
        "tiers.low", "tiers.medium", "tiers.high", "vacancy_days", "retrospective_days", "nudge_cooldown_hours",
        "approver_outside_team",
    }  # fmt: skip


@pytest.mark.parametrize("raw", [None, [], "policy", 3])
def test_what_is_no_object_is_refused(raw: object) -> None:
    assert problems_of(raw)[""].startswith("must be an object with vacancy_days")


def test_the_exception_reads_as_a_list_of_problems() -> None:
    with pytest.raises(PolicyProblem, match=r"retrospective_days: must be a whole number from 1 to 260"):
        parse(changed(retrospective_days=0))
