"""The packs as they are shipped: every reference leads somewhere, and adding them asks nothing twice."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import draft_policy, policy_mark
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent, Policy, PolicyStatus
from governance.packs import KEYS, Pack, catalogue, framework_title, pack_of, packs
from governance.packs.adding import STAGES, add_pack
from governance.policy import DEFAULT_RULES, parse, to_raw
from governance.policy_controls import MOST_CONTROLS
from models_registry.vocabulary import RiskTier, Stage
from tests.world import World

EXACT = {
    "eu-ai-act": {"Article 9(2)(a)", "Article 10(2)(f)", "Article 14(4)(e)", "Article 15(5)", "Annex IV(2)(g)"},
    "nist-ai-rmf": {"MAP 4.1", "MEASURE 2.11", "GOVERN 1.4", "MANAGE 2.4"},
    "sr-11-7": {"V.1: Evaluation of Conceptual Soundness", "V.2: Ongoing Monitoring", "V.3: Outcomes Analysis"},
    "iso-42001": {"6.1.4", "A.6.2.4", "A.7.4", "A.8.3"},
}


def pack(key: str) -> Pack:
    found = pack_of(key)
    assert found is not None
    return found


def test_every_reference_of_the_catalogue_is_a_clause_that_its_framework_knows() -> None:
    known = {(one.key, clause.code) for one in packs() for clause in one.clauses}
    referred = {(ref.framework, ref.clause) for one in catalogue() for ref in one.control.references}
    assert referred - known == set()
    assert {key for key, _ in referred} == set(KEYS)


def test_every_clause_about_a_release_is_answered_by_a_control() -> None:
    for one in packs():
        answered = {clause for control in one.controls for clause in control.clauses_of(one.key)}
        assert [clause.code for clause in one.about_a_release if clause.code not in answered] == []


def test_the_clauses_are_exact_and_none_is_listed_twice() -> None:
    for one in packs():
        codes = [clause.code for clause in one.clauses]
        assert len(codes) == len(set(codes))
        assert EXACT[one.key] <= set(codes)
        assert all(clause.text and clause.part for clause in one.clauses)
    assert len(pack("nist-ai-rmf").clauses) == 72
    assert sum(clause.code.startswith("A.") for clause in pack("iso-42001").clauses) == 38


def test_the_catalogue_is_short_asks_in_plain_words_and_serves_several_frameworks() -> None:
    assert 30 <= len(catalogue()) <= 50
    assert all(one.control.question.endswith("?") and one.stage in STAGES for one in catalogue())
    shared = [one for one in catalogue() if len({ref.framework for ref in one.control.references}) > 1]
    assert len(shared) > len(catalogue()) * 3 // 4


def test_a_framework_that_nobody_ships_keeps_the_name_the_policy_gave_it() -> None:
    assert framework_title("eu-ai-act") == "EU AI Act"
    assert framework_title("house rules") == "house rules"


@settings(max_examples=25, deadline=None)
@given(
    order=st.permutations(KEYS),
    tiers=st.sets(st.sampled_from(list(RiskTier)), min_size=1),
    stage=st.sampled_from([None, *STAGES]),
)
def test_packs_in_any_order_give_a_usable_policy_that_asks_for_nothing_twice(
    order: list[str], tiers: set[RiskTier], stage: Stage | None
) -> None:
    before = copy.deepcopy(DEFAULT_RULES)
    rules: Any = DEFAULT_RULES
    for key in order:
        rules = add_pack(rules, pack(key), tiers, stage).rules
    assert before == DEFAULT_RULES
    parsed = parse(rules)
    assert set(parsed.controls) == {one.control.code for one in catalogue()}
    assert len(parsed.controls) < MOST_CONTROLS
    for tier in RiskTier:
        asked = [control.code for at in STAGES for control in parsed.stage(tier, at).controls]
        assert sorted(asked) == (sorted(parsed.controls) if tier in tiers else [])
    assert not add_pack(rules, pack(order[0]), tiers, stage).changed


def test_what_somebody_wrote_stays_and_a_second_pack_brings_only_what_is_missing() -> None:
    own = {"title": "Ours", "question": "As we ask it?", "evidence": ["document"], "references": []}
    rules = copy.deepcopy(DEFAULT_RULES) | {"controls": {"data-quality": own}}
    rules["tiers"]["high"]["brief"]["controls"] = ["data-quality"]
    first = add_pack(rules, pack("eu-ai-act"), [RiskTier.HIGH])
    assert first.rules["controls"]["data-quality"] == own
    assert first.rules["tiers"]["high"]["brief"]["controls"][0] == "data-quality"
    assert "data-quality" not in first.rules["tiers"]["high"]["validation"]["controls"]
    assert first.rules["tiers"]["low"] == DEFAULT_RULES["tiers"]["low"]
    second = add_pack(first.rules, pack("iso-42001"), [RiskTier.HIGH])
    assert set(second.new) == {
        one.control.code for one in pack("iso-42001").controls if one.control.code not in first.rules["controls"]
    }
    assert len(second.new) < len(pack("iso-42001").controls) / 2
    assert to_raw(parse(second.rules))["controls"]["data-quality"] == own


@pytest.mark.django_db
def test_adding_a_pack_writes_the_draft_and_a_double_click_nothing(world: World) -> None:
    policy, added = add_pack_to_draft(world.officer, "sr-11-7", ["high"], at=world.tick())
    assert policy.status == PolicyStatus.DRAFT
    assert policy.note == "Controls of SR 11-7."
    assert set(added.new) == {one.control.code for one in pack("sr-11-7").controls}
    told = AuditEvent.objects.filter(act="policy.draft").count()
    with pytest.raises(Conflict, match="already"):
        add_pack_to_draft(world.officer, "sr-11-7", ["high"], at=world.tick())
    assert AuditEvent.objects.filter(act="policy.draft").count() == told == 1
    again, _ = add_pack_to_draft(world.admin, "sr-11-7", ["high", "low"], "validation", at=world.tick())
    assert again.pk == policy.pk
    rules = again.parsed()
    assert len(rules.stage(RiskTier.LOW, Stage.VALIDATION).controls) == len(pack("sr-11-7").controls)
    assert len(rules.controls_of(RiskTier.HIGH)) > len(rules.controls_of(RiskTier.MEDIUM))


@pytest.mark.django_db
def test_a_pack_is_refused_to_strangers_for_nothing_and_over_what_another_wrote(world: World) -> None:
    with pytest.raises(NotPermitted):
        add_pack_to_draft(world.lead, "eu-ai-act", ["high"])
    with pytest.raises(NotFound):
        add_pack_to_draft(world.officer, "gdpr", ["high"])
    with pytest.raises(Invalid) as refusal:
        add_pack_to_draft(world.officer, "eu-ai-act", [], "live")
    assert {problem.field for problem in refusal.value.problems} == {"tiers", "stage"}
    seen = policy_mark(None)
    draft_policy(world.admin, DEFAULT_RULES, "Mine.", at=world.tick())
    with pytest.raises(Conflict, match="wrote the draft"):
        add_pack_to_draft(world.officer, "eu-ai-act", ["high"], seen=seen)
    assert Policy.objects.get(status=PolicyStatus.DRAFT).rules == DEFAULT_RULES
