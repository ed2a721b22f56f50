"""What is owed up to live is told at every stage, from the first day of the brief."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from governance.debt import LATER, Debt, debt_of
from governance.gates import Dossier, EvidenceFacts
from models_registry.requirements import ends_by_detail
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.governance.dossiers import CANDIDATE, EVIDENCE, NOON, RULES, dossier, evidence
from tests.models_registry.details import dataset_detail, grant_detail

NOTHING: tuple[EvidenceFacts, ...] = ()
BRIEF, VALIDATION, REVIEW, DEPLOYMENT = Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT


def debt(judged: Dossier, *, personal_data: bool | None = True) -> Debt:
    return debt_of(judged, RULES, personal_data=personal_data)


def first_day(**changes: Any) -> Dossier:
    bare = {"brief": None, "brief_number": 0, "brief_signed": False, "candidate": None, "evidence": NOTHING}
    return dossier(
        BRIEF, RiskTier.HIGH, **{**bare, "approvals": (), "deployment": None, "review_open": False, **changes}
    )


def test_on_the_first_day_of_the_brief_the_whole_way_is_told() -> None:
    found = debt(first_day())
    assert [one.stage for one in found.stages] == [BRIEF, VALIDATION, REVIEW, DEPLOYMENT]
    owed = {check.code for check in found.owed}
    assert owed >= {"brief_written", "candidate", "evidence:security_scan", "data:columns", "approvals"}
    assert found.count("met") + len(found.owed) + found.count("waived") == len(found.checks)


def test_an_approval_ahead_is_owed_by_the_officers_and_each_check_is_told_once() -> None:
    found = debt(first_day())
    approvals = [check for check in found.checks if check.code == "approvals"]
    assert [check.owes for check in approvals] == ["compliance officer"]
    codes = [check.code for check in found.checks]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("stage", [BRIEF, VALIDATION, REVIEW, DEPLOYMENT])
def test_the_current_stage_comes_first_and_no_stage_is_left_out(stage: Stage) -> None:
    found = debt(dossier(stage, at=NOON))
    assert found.stages[0].stage is stage
    assert {one.stage for one in found.stages} == {BRIEF, VALIDATION, REVIEW, DEPLOYMENT}


def test_a_live_release_owes_what_no_longer_holds() -> None:
    grants = lapsing(NOON - timedelta(days=1))
    found = debt(dossier(Stage.LIVE, RiskTier.HIGH, evidence=grants, at=NOON))
    assert ("data:grants", "stale") in {(check.code, check.state) for check in found.owed}


def lapsing(last_moment: Any) -> tuple[EvidenceFacts, ...]:
    detail = grant_detail("Claims", until=last_moment.date().isoformat())
    grant = replace(
        evidence(EvidenceKind.ACCESS_GRANT),
        detail=detail,
        valid_until=ends_by_detail(EvidenceKind.ACCESS_GRANT, detail),
    )
    return (*(piece for piece in EVIDENCE if piece.kind is not EvidenceKind.ACCESS_GRANT), grant)


@pytest.mark.parametrize(("days", "told"), [(-1, 0), (0, 1), (29, 1), (30, 0)])
def test_a_grant_about_to_lapse_is_told_for_thirty_days(days: int, told: int) -> None:
    found = debt(dossier(VALIDATION, RiskTier.HIGH, evidence=lapsing(NOON + timedelta(days=days)), at=NOON))
    assert len(found.lapses) == told


def test_what_no_gate_asks_for_is_owed_all_the_same() -> None:
    columns = [{"name": "who", "type": "", "classification": "personal"}, {"name": "what", "type": ""}]
    table = replace(evidence(EvidenceKind.DATASET), detail=dataset_detail("Visits", columns=columns))
    judged = dossier(VALIDATION, RiskTier.LOW, evidence=(table,), at=NOON)
    owed = {check.code: check.reason for check in debt(judged, personal_data=False).data if not check.met}
    assert owed["debt:columns"] == "Nobody has said yet what these columns hold. Visits: what."
    assert "Visits holds some" in owed["debt:facts"]
    assert "Origin unknown" in owed["debt:lineage"]
    assert "Training unknown" in owed["debt:lineage"]
    assert "debt:facts" not in {check.code for check in debt(judged, personal_data=True).data}


def test_who_owns_the_present_stage_answers_for_no_stage_with_an_owner_of_its_own() -> None:
    brief = {check.code: check.owes for check in debt(first_day()).owed}
    assert (brief["brief_written"], brief["candidate"], brief["deployment_complete"]) == ("owner", "owner", LATER)
    review = debt(dossier(REVIEW, evidence=NOTHING, deployment=None, approvals=(), at=NOON))
    owes = {check.code: check.owes for check in review.owed}
    assert (owes["evidence:dataset"], owes["debt:lineage"], owes["approvals"]) == ("team", "team", "compliance officer")


def test_a_whole_dossier_owes_nothing() -> None:
    found = debt(dossier(DEPLOYMENT, RiskTier.HIGH, at=NOON))
    assert (CANDIDATE.number, [check.code for check in found.owed]) == (3, [])
