"""The risk questionnaire: what the answers lead to, and what that does to a model."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.intake import ModelFacts, edit_model
from governance.acts.tiers import KEPT, lower_tier
from governance.acts.transitions import advance
from governance.dossiers import gate_of
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent
from governance.tiering import HIGH_FROM, MEDIUM_FROM, WEIGHTS, assess, consequence, rank
from models_registry.models import Person, Release, RiskAssessment
from models_registry.requirements import RISK_QUESTIONS, brief_digest, check_brief
from models_registry.vocabulary import RiskTier, Stage
from tests.models_registry.briefs import GOOD_BRIEF, brief
from tests.world import COMPLETE_BRIEF, World

HARMLESS: dict[str, str] = COMPLETE_BRIEF["risk_answers"]
ANSWERS = st.fixed_dictionaries({one.code: st.sampled_from(list(one.answers)) for one in RISK_QUESTIONS})


# --- The law --------------------------------------------------------------------------------------------------------


def test_every_answer_of_every_question_has_a_weight_and_says_its_consequence() -> None:
    assert {(one.code, answer) for one in RISK_QUESTIONS for answer in one.answers} == {
        (code, answer) for code, weights in WEIGHTS.items() for answer in weights
    }
    assert consequence("domain", "employment") == "at least high, 3 points"
    assert consequence("scale", "many") == "1 point"
    assert consequence("scale", "few") == "no points"


@pytest.mark.parametrize(
    ("changes", "tier", "because"),
    [
        ({}, RiskTier.LOW, "2 points; medium begins at 4"),
        ({"scale": "mass", "automation": "nobody"}, RiskTier.MEDIUM, "5 points; medium begins at 4"),
        ({"data": "special"}, RiskTier.MEDIUM, "By itself: “Special categories"),
        ({"domain": "employment"}, RiskTier.HIGH, "Annex III, 4"),
        ({"domain": "preparatory"}, RiskTier.MEDIUM, "Article 6(3)"),
        ({"safety": "direct"}, RiskTier.HIGH, "lives depend on"),
        ({"data": "special", "reversal": "never", "money": "much"}, RiskTier.HIGH, "10 points; high begins at 9"),
    ],
)
def test_the_tier_follows_from_the_answers_and_says_why(changes: dict[str, str], tier: RiskTier, because: str) -> None:
    assessed = assess({**HARMLESS, **changes})
    assert assessed.tier is tier
    assert because in assessed.because
    assert assessed.answered


@given(answers=ANSWERS, code=st.sampled_from([one.code for one in RISK_QUESTIONS]))
def test_a_graver_answer_never_lowers_the_tier_and_an_open_question_never_raises_it(
    answers: dict[str, str], code: str
) -> None:
    tier = assess(answers).tier
    graver = max(WEIGHTS[code], key=lambda answer: (rank(WEIGHTS[code][answer].least), WEIGHTS[code][answer].points))
    assert rank(assess({**answers, code: graver}).tier) >= rank(tier)
    assert rank(assess({key: value for key, value in answers.items() if key != code}).tier) <= rank(tier)
    assert MEDIUM_FROM < HIGH_FROM


# --- The brief ------------------------------------------------------------------------------------------------------


def test_a_brief_may_leave_the_questions_out_but_not_begin_and_stop() -> None:
    assert check_brief(brief(risk_answers=...), complete=True) == []
    some = brief(risk_answers={"rights": "no"})
    assert check_brief(some, complete=False) == []
    missing = {problem.field for problem in check_brief(some, complete=True)}
    assert missing == {f"risk_answers.{one.code}" for one in RISK_QUESTIONS if one.code != "rights"}


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"rights": "perhaps"}, "risk_answers.rights"),
        ({"rights": ["no"]}, "risk_answers.rights"),
        ({"weather": "fine"}, "risk_answers"),
        ("no", "risk_answers"),
    ],
)
def test_an_answer_that_is_not_known_is_refused_at_its_question(answers: Any, field: str) -> None:
    problems = check_brief(brief(risk_answers=answers), complete=False)
    assert [problem.field for problem in problems] == [field]
    assert "\n" not in problems[0].message


def test_the_answers_are_material_and_their_absence_leaves_old_digests_as_they_were() -> None:
    old = brief_digest(brief(risk_answers=...))
    assert brief_digest(brief(risk_answers={})) == brief_digest(brief(risk_answers={"rights": ""})) == old
    answered = brief_digest(GOOD_BRIEF)
    assert answered != old
    turned = dict(reversed(GOOD_BRIEF["risk_answers"].items()))
    assert brief_digest(brief(risk_answers=turned)) == answered
    assert brief_digest(brief(risk_answers={**turned, "scale": "few"})) != answered


# --- Signing --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_signing_raises_the_tier_of_the_model_and_of_its_stage_of_brief(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release, risk_answers={**HARMLESS, "domain": "services"})
    release.model.refresh_from_db()
    visit = world.visit(release)
    assert (release.model.risk_tier, visit.tier) == (RiskTier.HIGH, RiskTier.HIGH)
    one = RiskAssessment.objects.get()
    assert (one.computed, one.tier, one.reason) == (RiskTier.HIGH, RiskTier.HIGH, "")
    assert one.answers["domain"] == "services"
    event = AuditEvent.objects.get(act="tier.assess")
    assert event.detail["before"] == {"risk_tier": "low"}
    assert event.detail["after"] == {"risk_tier": "high"}
    advance(world.engineer, release.pk, at=world.tick())
    assert world.visit(release).tier == RiskTier.HIGH


@pytest.mark.django_db
def test_answers_never_lower_a_tier_and_later_stages_keep_theirs(world: World) -> None:
    high = world.release_at(Stage.BRIEF, tier=RiskTier.HIGH)
    world.sign(high)
    high.model.refresh_from_db()
    assert high.model.risk_tier == RiskTier.HIGH
    assert RiskAssessment.objects.get().reason == KEPT
    later = world.release_at(Stage.VALIDATION)
    amend_brief(world.engineer, later.pk, "It decides alone now.", at=world.tick())
    world.sign(later, risk_answers={**HARMLESS, "safety": "direct"})
    later.model.refresh_from_db()
    assert (later.model.risk_tier, world.visit(later).tier) == (RiskTier.HIGH, RiskTier.LOW)


@pytest.mark.django_db
def test_a_brief_without_answers_keeps_the_tier_and_the_gate_asks_for_them(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release, risk_answers={})
    assert not RiskAssessment.objects.exists()
    [open_check] = gate_of(world.visit(release)).unmet
    assert (open_check.code, open_check.state) == ("risk_answered", "missing")
    amend_brief(world.engineer, release.pk, "The answers.", at=world.tick())
    some = {**COMPLETE_BRIEF, "risk_answers": {"rights": "no"}}
    save_brief(world.engineer, release.pk, some, at=world.tick())
    with pytest.raises(Invalid, match="not complete"):
        sign_brief(world.engineer, release.pk, at=world.tick())
    world.sign(release)
    assert gate_of(world.visit(release)).open


# --- Lowering -------------------------------------------------------------------------------------------------------


@pytest.fixture
def high(world: World) -> Release:
    release = world.release_at(Stage.BRIEF)
    world.sign(release, risk_answers={**HARMLESS, "domain": "services"})
    return Release.objects.select_related("model").get(pk=release.pk)


def _lower(person: Person, release: Release, world: World, tier: str = "medium", reason: str = "Advice only.") -> None:
    lower_tier(person, release.model_id, tier, reason, at=world.tick())


@pytest.mark.django_db
def test_an_officer_lowers_it_with_a_reason_that_outlives_the_same_answers(world: World, high: Release) -> None:
    _lower(world.officer, high, world)
    high.model.refresh_from_db()
    assert (high.model.risk_tier, world.visit(high).tier) == (RiskTier.MEDIUM, RiskTier.HIGH)
    last = RiskAssessment.objects.latest("pk")
    assert (last.computed, last.tier, last.reason) == (RiskTier.HIGH, RiskTier.MEDIUM, "Advice only.")
    event = AuditEvent.objects.get(act="tier.lower")
    assert (event.actor_name, event.model_id) == ("Samuel Okafor", high.model_id)
    with pytest.raises(Conflict, match="already"):
        _lower(world.officer, high, world)
    amend_brief(world.engineer, high.pk, "Another region.", at=world.tick())
    world.sign(high, region="eu-west-2", risk_answers={**HARMLESS, "domain": "services"})
    high.model.refresh_from_db()
    assert high.model.risk_tier == RiskTier.MEDIUM
    amend_brief(world.engineer, high.pk, "Nobody looks at it any more.", at=world.tick())
    world.sign(high, risk_answers={**HARMLESS, "domain": "services", "automation": "nobody"})
    high.model.refresh_from_db()
    assert high.model.risk_tier == RiskTier.HIGH


@pytest.mark.django_db
def test_nobody_else_lowers_it_and_no_officer_with_a_hand_in_it(world: World, high: Release) -> None:
    for person in (world.lead, world.engineer, world.auditor, world.admin):
        with pytest.raises(NotPermitted, match="Only a compliance officer"):
            _lower(person, high, world)
    for person in (world.lead, world.admin):
        with pytest.raises(Invalid) as refusal:
            edit_model(person, high.model_id, ModelFacts(high.model.name, "", RiskTier.LOW), at=world.tick())
        assert refusal.value.problems[0].field == "risk_tier"
    high.model.created_by = world.officer
    high.model.save(update_fields=["created_by"])
    with pytest.raises(NotPermitted, match="You registered this model") as tied:
        _lower(world.officer, high, world)
    assert tied.value.code == "four_eyes"
    _lower(world.second_officer, high, world)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tier", "reason", "refusal"),
    [("medium", " ", "Say why"), ("highest", "x", "Choose the tier"), ("low", "Fine.", "")],
)
def test_lowering_asks_for_a_lower_tier_and_a_reason(
    world: World, high: Release, tier: str, reason: str, refusal: str
) -> None:
    if not refusal:
        _lower(world.officer, high, world, tier, reason)
        with pytest.raises(Invalid, match="That is higher"):
            _lower(world.officer, high, world, "high")
        return
    with pytest.raises(Invalid, match=refusal):
        _lower(world.officer, high, world, tier, reason)
    assert AuditEvent.objects.filter(act="tier.lower").count() == 0


@pytest.mark.django_db
def test_a_page_out_of_date_lowers_nothing_and_a_missing_model_is_missing(world: World, high: Release) -> None:
    seen = high.model.updated_at
    edit_model(world.engineer, high.model_id, ModelFacts(high.model.name, "New.", RiskTier.HIGH), at=world.tick())
    with pytest.raises(Conflict, match="meanwhile"):
        lower_tier(world.officer, high.model_id, "low", "Fine.", expected=seen, at=world.tick())
    with pytest.raises(NotFound):
        lower_tier(world.officer, 999_999, "low", "Fine.", at=world.tick())
