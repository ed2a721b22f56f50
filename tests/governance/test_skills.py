"""What the work of a stage takes, and how far somebody suits it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.skills import POLICY, Need, fit, in_words, needs
from models_registry.vocabulary import ServingMode, Skill, Stage

SKILLS = st.lists(st.sampled_from(list(Skill)), unique=True)


@pytest.mark.parametrize(
    ("mode", "taken"),
    [
        ("online", [Skill.SERVING]),
        ("streaming", [Skill.PIPELINE, Skill.SERVING]),
        ("batch", [Skill.PIPELINE]),
        ("edge", [Skill.SERVING]),
        ("by pigeon", []),
        ("", []),
    ],
)
def test_how_a_model_is_served_says_what_its_deployment_takes(mode: str, taken: list[Skill]) -> None:
    assert [need.skill for need in needs(Stage.DEPLOYMENT, (), {"serving_mode": mode})] == taken


def test_a_plan_to_train_again_takes_somebody_who_can() -> None:
    brief = {"serving_mode": "online", "retraining_plan": "Every quarter."}
    found = needs(Stage.DEPLOYMENT, (), brief)
    assert [(need.skill, need.because) for need in found] == [
        (Skill.SERVING, "it is served online"),
        (Skill.RETRAINING, "the brief has a plan to train it again"),
    ]
    assert needs(Stage.DEPLOYMENT, (), {"retraining_plan": "  "}) == ()


def test_a_brief_implies_nothing_for_the_stages_before_deployment() -> None:
    brief = {"serving_mode": "streaming", "retraining_plan": "Weekly."}
    for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.RETIRED):
        assert needs(stage, (), brief) == ()
        assert needs(stage, (Skill.PIPELINE,), brief) == (Need(Skill.PIPELINE, POLICY),)


def test_what_is_live_is_watched_and_trained_again_where_planned() -> None:
    assert [one.skill for one in needs(Stage.LIVE, (), None)] == [Skill.MONITORING]
    assert [one.skill for one in needs(Stage.LIVE, (), {"retraining_plan": "Weekly."})] == [
        Skill.MONITORING,
        Skill.RETRAINING,
    ]


def test_the_policy_says_its_reason_first_and_each_skill_is_there_once() -> None:
    found = needs(Stage.DEPLOYMENT, (Skill.SERVING, Skill.MONITORING), {"serving_mode": "online"})
    assert found == (Need(Skill.SERVING, POLICY), Need(Skill.MONITORING, POLICY))


@given(asked=SKILLS, mode=st.sampled_from(["", *ServingMode]), plan=st.text(max_size=4), brings=SKILLS)
def test_a_fit_splits_the_needs_in_two(asked: list[Skill], mode: str, plan: str, brings: list[Skill]) -> None:
    wanted = needs(Stage.DEPLOYMENT, asked, {"serving_mode": mode, "retraining_plan": plan})
    skills = [need.skill for need in wanted]
    assert skills == [skill for skill in Skill if skill in skills]
    assert set(asked) <= set(skills)
    found = fit(wanted, [one.value for one in brings])
    assert sorted((*found.has, *found.lacks)) == sorted(skills)
    assert set(found.has) <= set(brings)
    assert found.whole == (found.share == 1)


def test_work_that_takes_no_skill_suits_everybody() -> None:
    assert (fit((), ()).share, fit((), ()).whole) == (Fraction(1), True)


def test_skills_are_said_as_people_say_them() -> None:
    assert in_words(()) == ""
    assert in_words([Skill.SERVING]) == "serving"
    assert in_words([Skill.PIPELINE, Skill.SERVING, Skill.MONITORING]) == "pipeline, serving and monitoring"
