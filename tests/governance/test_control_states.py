"""The state of each control, and which facts its digest covers: a change reopens what it touches and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance.control_states import ControlState, VerdictFacts, control_states
from governance.gates import Dossier, WaiverFacts
from governance.policy import DEFAULT_RULES, PolicyRules, parse
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, Verdict
from tests.governance.dossiers import CANDIDATE, EVIDENCE, NOON, dossier, evidence, measured
from tests.models_registry.briefs import brief

LIMITS = {"title": "Limits of use", "question": "Are they in the card?", "evidence": ["model_card"]}
OVERSIGHT = {"title": "Human oversight", "question": "Who stops it?", "evidence": []}


def rules_with(**controls: dict[str, Any]) -> PolicyRules:
    raw: dict[str, Any] = {**DEFAULT_RULES, "controls": controls}
    tiers = {name: dict(tier) for name, tier in DEFAULT_RULES["tiers"].items()}
    tiers["medium"]["compliance_review"] = {**tiers["medium"]["compliance_review"], "controls": list(controls)}
    return parse({**raw, "tiers": tiers})


RULES = rules_with(limits=LIMITS)


def reviewed(**changes: Any) -> Dossier:
    return dossier(Stage.COMPLIANCE_REVIEW, RiskTier.MEDIUM, at=NOON, **changes)


def states(
    found: Dossier, verdicts: list[VerdictFacts] | None = None, rules: PolicyRules = RULES
) -> dict[str, ControlState]:
    return {one.control.code: one for one in control_states(found, rules, verdicts or [])}


def verified(found: Dossier, rules: PolicyRules = RULES) -> list[VerdictFacts]:
    """A verdict on every control of this dossier."""
    return [
        VerdictFacts(one.control.code, one.digest, Verdict.VERIFIED, "Ada", NOON)
        for one in control_states(found, rules)
    ]


def reopened(found: Dossier, rules: PolicyRules = RULES) -> set[str]:
    """The controls that no longer hold after everything was verified on the whole dossier."""
    return {code for code, one in states(found, verified(reviewed()), rules).items() if not one.holds}


def test_a_control_is_unchecked_until_somebody_judges_it() -> None:
    assert {one.state for one in states(reviewed()).values()} == {"unchecked"}
    assert set(states(reviewed())) == {
        "brief", "requirements", "limits", "training_run", "dataset", "validation_report", "benchmark",
    }  # fmt: skip
    assert {one.state for one in states(reviewed(), verified(reviewed())).values()} == {"verified"}


def test_the_newest_verdict_on_the_present_facts_counts() -> None:
    (limits,) = [one for one in verified(reviewed()) if one.control == "limits"]
    doubt = replace(limits, verdict=Verdict.CONCERN, note="No limits.", at=NOON + timedelta(hours=1))
    assert states(reviewed(), [limits, doubt])["limits"].state == "concern"
    assert states(reviewed(), [doubt, limits])["limits"].state == "verified"


CARD = replace(next(one for one in EVIDENCE if one.kind is EvidenceKind.MODEL_CARD), digest="sha256:new")
OTHERS = tuple(one for one in EVIDENCE if one.kind is not EvidenceKind.MODEL_CARD)
LOUD_RUN = tuple(
    replace(one, digest="sha256:run", measurements=(measured("metric:auc", "0.95"),))
    if one.kind is EvidenceKind.TRAINING_RUN
    else one
    for one in EVIDENCE
)
TOUCHED: dict[str, tuple[dict[str, Any], set[str]]] = {
    "another model card": ({"evidence": (*OTHERS, CARD)}, {"limits"}),
    "a further dataset": ({"evidence": (*EVIDENCE, evidence(EvidenceKind.DATASET))}, {"dataset"}),
    "a document that no control takes": ({"evidence": (*EVIDENCE, evidence(EvidenceKind.DOCUMENT))}, set()),
    "a run that measures what the brief asks": ({"evidence": LOUD_RUN}, {"training_run", "requirements"}),
    "a brief that asks for less": ({"brief": brief(latency_ms=500)}, {"brief", "requirements"}),
    "another artefact": (
        {"candidate": replace(CANDIDATE, digest="sha256:other")},
        {"limits", "training_run", "requirements", "validation_report", "benchmark"},
    ),
    "a number typed otherwise": ({"brief": brief(latency_ms=120.0)}, set()),
    "evidence in another order": ({"evidence": EVIDENCE[::-1]}, set()),
    "a title put right": ({"evidence": (replace(EVIDENCE[0], title="Better"), *EVIDENCE[1:])}, set()),
    "the artefact moved": ({"candidate": replace(CANDIDATE, uri="s3://elsewhere/3")}, set()),
}


@pytest.mark.parametrize(("change", "touched"), TOUCHED.values(), ids=TOUCHED)
def test_a_change_reopens_the_controls_it_touches_and_no_others(change: dict[str, Any], touched: set[str]) -> None:
    assert reopened(reviewed(**change)) == touched


def test_what_comes_back_as_it_was_is_verified_as_it_was() -> None:
    earlier = verified(reviewed())
    changed = verified(reviewed(brief=brief(latency_ms=500)))
    assert {one.state for one in states(reviewed(), [*earlier, *changed]).values()} == {"verified"}


def test_a_reopened_control_says_what_stood_before() -> None:
    limits = states(reviewed(evidence=(*OTHERS, CARD)), verified(reviewed()))["limits"]
    assert (limits.state, limits.reopened, limits.verdict) == ("unchecked", True, None)
    assert limits.earlier is not None
    assert limits.earlier.officer == "Ada"


def test_a_new_policy_reopens_only_the_controls_that_it_defines_otherwise() -> None:
    assert reopened(reviewed(), rules_with(limits={**LIMITS, "question": "Are they stated?"})) == {"limits"}
    assert reopened(reviewed(), rules_with(limits={**LIMITS, "references": [{"framework": "x", "clause": "1"}]})) == {
        "limits"
    }
    assert reopened(reviewed(), rules_with(limits=LIMITS, oversight=OVERSIGHT)) == {"oversight"}
    assert reopened(reviewed(), RULES) == set()


def test_a_control_without_evidence_is_judged_by_the_dossier_and_reopens_with_it() -> None:
    rules = rules_with(oversight=OVERSIGHT)
    seen = verified(reviewed(), rules)
    for change in ({"brief": brief(latency_ms=500)}, {"evidence": (*EVIDENCE, evidence(EvidenceKind.DOCUMENT))}):
        assert states(reviewed(**change), seen, rules)["oversight"].state == "unchecked"
    assert states(reviewed(brief=brief(latency_ms="120.0")), seen, rules)["oversight"].state == "verified"


def test_what_the_gates_say_goes_before_what_a_person_said() -> None:
    gone = states(reviewed(evidence=OTHERS), verified(reviewed(evidence=OTHERS)))
    assert (gone["limits"].state, gone["dataset"].state) == ("missing", "verified")
    slow = tuple(
        replace(one, measurements=(measured("latency_p95", "500", "ms"),)) if one.measurements else one
        for one in EVIDENCE
    )
    assert states(reviewed(evidence=slow))["requirements"].state == "unmet"


def test_evidence_that_expired_or_is_of_another_version_is_stale() -> None:
    expired = replace(CARD, valid_until=NOON)
    found = states(reviewed(evidence=(*OTHERS, expired)), verified(reviewed(evidence=(*OTHERS, expired))))["limits"]
    assert (found.state, found.checks[0].reason) == (
        "stale",
        "The model card counted until 2 March 2026: attach one that is valid.",
    )
    valid = replace(CARD, valid_until=NOON + timedelta(seconds=1))
    assert states(reviewed(evidence=(*OTHERS, valid)))["limits"].state == "unchecked"
    assert states(reviewed(evidence=(*OTHERS, replace(CARD, candidate_number=2))))["limits"].state == "stale"


def test_a_waiver_holds_the_control_until_its_date_and_says_whose_it_is() -> None:
    waiver = WaiverFacts("evidence:model_card", NOON + timedelta(days=3), "Ada", "It is on its way.")
    (check,) = states(reviewed(evidence=OTHERS, waivers=(waiver,)))["limits"].checks
    assert check.reason == "Waived by Ada until 5 March 2026: It is on its way."
    assert states(reviewed(evidence=OTHERS, waivers=(waiver,)))["limits"].state == "waived"
    over = replace(waiver, until=NOON)
    assert states(reviewed(evidence=OTHERS, waivers=(over,)))["limits"].state == "missing"


def test_a_control_of_which_a_part_is_waived_still_needs_a_verdict() -> None:
    waiver = WaiverFacts("requirement:latency_p95", NOON + timedelta(days=3), "Ada", "The new gateway comes.")
    slow = tuple(
        replace(one, measurements=tuple(value for value in one.measurements if value.code != "latency_p95"))
        for one in EVIDENCE
    )
    found = states(reviewed(evidence=slow, waivers=(waiver,)))["requirements"]
    assert (found.state, found.holds) == ("unchecked", False)


@pytest.mark.parametrize("code", ["brief_in_force", "candidate"])
def test_nobody_waives_the_brief_or_the_candidate(code: str) -> None:
    waiver = WaiverFacts(code, NOON + timedelta(days=3), "Ada", "Never mind.")
    found = states(reviewed(candidate=None, brief=None, waivers=(waiver,)))
    assert found["brief"].state == "missing"
    assert found["requirements"].state == "missing"
