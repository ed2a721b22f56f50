"""What the words for a stage and a risk mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.vocabulary import RiskTier, Stage, VisitState
from tracker.integrations.inventory.answers import risk_of, stage_of
from tracker.integrations.inventory.builtin_maps import US_FEDERAL_2023

KILLED, PARKED = VisitState.KILLED, VisitState.PARKED


@pytest.mark.parametrize(
    ("cell", "stage"),
    [
        ("Initiated", Stage.BRIEF),
        ("Ideation", Stage.BRIEF),
        ("Planned (not in production)", Stage.BRIEF),
        ("Acquisition and/or Development", Stage.VALIDATION),
        ("Development and Acquisition", Stage.VALIDATION),
        ("Development (not in production)", Stage.VALIDATION),
        ("a) Pre-deployment – The use case is in a development or acquisition status.", Stage.VALIDATION),
        ("Implementation and Assessment", Stage.DEPLOYMENT),
        ("b)  Pilot – The use case has been deployed in a limited test.", Stage.DEPLOYMENT),
        ("Operation and Maintenance", Stage.LIVE),
        ("Operation and Management", Stage.LIVE),
        ("In production: more than 1 year", Stage.LIVE),
        ("In mission", Stage.LIVE),
        ("In-use", Stage.LIVE),
        ("c)  Deployed – The use case is being actively authorized or utilized.", Stage.LIVE),
        ("d) Retired – The use case was reported in the prior year's inventory.", Stage.RETIRED),
        ("Awaiting approval", Stage.COMPLIANCE_REVIEW),
    ],
)
def test_a_known_stage_is_sure(cell: str, stage: Stage) -> None:
    meaning = stage_of(cell, {})
    assert meaning is not None
    assert (meaning.stage, meaning.outcome, meaning.sure) == (stage, VisitState.UNDERWAY, True)


@pytest.mark.parametrize(
    ("cell", "stage"),
    [
        ("Successfully tested but not in production.", Stage.VALIDATION),
        ("Currently under development", Stage.VALIDATION),
        ("User Acceptance Testing to begin early spring '22", Stage.VALIDATION),
        ("OPC runs in a pseudo-operational capacity via a webpage", Stage.DEPLOYMENT),
        ("This is a pilot initiative", Stage.DEPLOYMENT),
        ("Technical transfer of capability to industry planned this summer.", Stage.DEPLOYMENT),
        ("It is now in production for all regions", Stage.LIVE),
        ("Will be retired soon", Stage.RETIRED),
        ("We are considering it", Stage.BRIEF),
    ],
)
def test_a_sentence_is_read_as_a_guess(cell: str, stage: Stage) -> None:
    meaning = stage_of(cell, {})
    assert meaning is not None
    assert (meaning.stage, meaning.sure) == (stage, False)


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [("Cancelled", KILLED), ("On hold", PARKED), ("Research or  Administrative Action Complete", KILLED)],
)
def test_how_it_ended_says_nothing_of_where(cell: str, outcome: VisitState) -> None:
    meaning = stage_of(cell, {})
    assert meaning is not None
    assert (meaning.stage, meaning.outcome) == (None, outcome)


@pytest.mark.parametrize("cell", ["", "N/A", "Unknown", "Purple", "Completed"])
def test_what_cannot_be_understood_is_no_stage(cell: str) -> None:
    assert stage_of(cell, {}) is None


def test_the_words_of_a_map_come_before_the_common_ones() -> None:
    own = US_FEDERAL_2023.stages
    finished = stage_of("Completed", own)
    assert finished is not None
    assert (finished.outcome, finished.sure) == (KILLED, False)
    proven = stage_of("Proof-of-concept completed", own)
    assert proven is not None
    assert proven.stage is Stage.VALIDATION


@pytest.mark.parametrize(
    ("cell", "tier"),
    [
        ("Both", RiskTier.HIGH),
        ("Rights-Impacting\n", RiskTier.HIGH),
        ("Safety-impacting", RiskTier.HIGH),
        ("a) High-impact", RiskTier.HIGH),
        ("b) Presumed high-impact but determined not high-impact", RiskTier.MEDIUM),
        ("No, use case is too new to fully assess impacts; will be reassessed.", RiskTier.MEDIUM),
        ("Case-by-case assessment", RiskTier.MEDIUM),
        ("Neither", RiskTier.LOW),
        ("c) Not high-impact", RiskTier.LOW),
        ("Not high-impact", RiskTier.LOW),
        ("Moderate", RiskTier.MEDIUM),
    ],
)
def test_a_risk_is_read_as_a_tier(cell: str, tier: RiskTier) -> None:
    meaning = risk_of(cell, {})
    assert meaning is not None
    assert meaning.tier is tier


@pytest.mark.parametrize("cell", ["", "N/A", "Unknown", "Withheld - Cybersecurity", "Blue"])
def test_a_missing_or_unknown_risk_is_none_and_not_low(cell: str) -> None:
    assert risk_of(cell, {}) is None


@given(st.text(max_size=80))
def test_no_text_breaks_the_reading_of_an_answer(cell: str) -> None:
    stage_of(cell, {})
    risk_of(cell, {})
