"""Each gate lists all its checks, opens only when each is met, and says of the others what would meet them."""

import subprocess
import sys
from typing import Any

import pytest

from governance.gates import GateReport
from governance.stages import advance_from
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.governance.dossiers import CANDIDATE, EVIDENCE, dossier, evidence, measured, report, unmet
from tests.models_registry.briefs import brief

GATED = [stage for stage in Stage if advance_from(stage)]


@pytest.mark.parametrize("tier", RiskTier)
@pytest.mark.parametrize("stage", GATED)
def test_a_gate_opens_for_a_whole_dossier(stage: Stage, tier: RiskTier) -> None:
    found = report(dossier(stage, tier))
    assert (found.source, found.target, found.open) == (stage, advance_from(stage), True)
    assert found.done_count == len(found.checks)
    assert found.next_check is None


@pytest.mark.parametrize("stage", [Stage.LIVE, Stage.RETIRED])
def test_where_nothing_lies_ahead_there_is_no_gate_and_none_is_open(stage: Stage) -> None:
    assert report(dossier(stage)) == GateReport(stage, None, ())
    assert not report(dossier(stage)).open


@pytest.mark.parametrize("tier", RiskTier)
@pytest.mark.parametrize("stage", GATED)
def test_a_gate_lists_the_same_checks_whether_met_or_not(stage: Stage, tier: RiskTier) -> None:
    bare = dossier(
        stage,
        tier,
        brief_signed=False,
        candidate=None,
        evidence=(),
        approvals=(),
        deployment=None,
        brief=brief(gpu_count=1),
    )
    whole, shut = report(dossier(stage, tier)), report(bare)
    assert [check.code for check in shut.checks] == [check.code for check in whole.checks]
    assert len({check.code for check in whole.checks}) == len(whole.checks)
    assert not shut.open


@pytest.mark.parametrize("stage", GATED)
def test_an_empty_dossier_opens_no_gate_and_every_unmet_check_says_what_to_do(stage: Stage) -> None:
    empty = dossier(stage, brief=None, brief_signed=False, candidate=None, evidence=(), approvals=(), deployment=None)
    found = report(empty)
    assert not found.open
    for check in found.unmet:
        assert check.reason.endswith(".")
        assert (check.state in ("unmet", "missing"), bool(check.owes), bool(check.action)) == (True, True, True)
    for check in set(found.checks) - set(found.unmet):
        assert (check.state, check.owes, check.action) == ("met", "", "")
    assert found.next_check == found.unmet[0]


def test_validation_waits_for_a_brief() -> None:
    found = unmet(dossier(Stage.BRIEF, brief=None, brief_signed=False))
    assert {code: check.action for code, check in found.items()} == {
        "brief_written": "edit_brief", "brief_complete": "edit_brief", "risk_answered": "edit_brief",
        "brief_signed": "edit_brief",
    }  # fmt: skip


def test_validation_waits_for_a_complete_brief_and_names_what_it_lacks() -> None:
    found = unmet(dossier(Stage.BRIEF, brief=brief(latency_ms=-5, region="")))
    assert list(found) == ["brief_complete"]
    assert found["brief_complete"].reason == (
        "Latency is -5: give a number above 0, such as 120. Name the region the model must run in."
    )


def test_a_long_list_of_problems_is_cut_and_counted() -> None:
    assert unmet(dossier(Stage.BRIEF, brief={}))["brief_complete"].reason.endswith("And 10 more.")


def test_validation_waits_for_the_signature() -> None:
    found = unmet(dossier(Stage.BRIEF, brief_signed=False))
    assert {code: (check.state, check.action) for code, check in found.items()} == {
        "brief_signed": ("missing", "sign_brief")
    }


def test_validation_waits_for_a_pending_amendment() -> None:
    found = unmet(dossier(Stage.BRIEF, unsigned_amendment=True))
    assert {code: check.action for code, check in found.items()} == {"no_unsigned_amendment": "sign_brief"}


def test_review_waits_for_a_candidate_with_a_digest() -> None:
    nobody, blank = dossier(Stage.VALIDATION, candidate=None), type(CANDIDATE)(3, " ", "s3://x")
    assert unmet(nobody)["candidate"].state == "missing"
    found = unmet(dossier(Stage.VALIDATION, candidate=blank))
    assert {code: check.action for code, check in found.items()} == {"candidate": "set_candidate"}
    assert found["candidate"].reason.startswith("Version 3 has no digest")


@pytest.mark.parametrize(
    ("tier", "kinds"),
    [
        (RiskTier.LOW, {"training_run", "validation_report", "model_card"}),
        (RiskTier.MEDIUM, {"training_run", "validation_report", "model_card", "dataset", "benchmark"}),
        (RiskTier.HIGH, set(EvidenceKind) - {"document"}),
    ],
)
def test_review_waits_for_each_kind_of_evidence_that_the_tier_asks_for(tier: RiskTier, kinds: set[str]) -> None:
    found = unmet(dossier(Stage.VALIDATION, tier, evidence=()))
    wanted = {code for code in found if code.startswith("evidence:")}
    assert wanted == {f"evidence:{kind}" for kind in kinds}
    assert all(found[code].action == f"attach_{code}" for code in wanted)


def test_a_value_beyond_the_brief_is_told_with_both_numbers() -> None:
    slow = (*EVIDENCE, evidence(EvidenceKind.DOCUMENT, measurements=(measured("latency_p95", "184", "ms"),)))
    found = unmet(dossier(Stage.VALIDATION, evidence=slow))
    assert [(check.code, check.reason, check.state, check.action) for check in found.values()] == [
        (
            "requirement:latency_p95",
            "p95 latency is 184 ms, the brief asks for at most 120 ms.",
            "unmet",
            "attach_evidence:benchmark",
        )
    ]


def test_a_value_nobody_measured_is_told_as_missing() -> None:
    without = tuple(piece for piece in EVIDENCE if piece.kind is not EvidenceKind.BENCHMARK)
    found = unmet(dossier(Stage.VALIDATION, RiskTier.LOW, evidence=without))
    assert list(found) == ["requirement:latency_p95", "requirement:throughput", "requirement:cpu", "requirement:memory"]
    assert found["requirement:throughput"].reason == (
        "Not measured yet: throughput, the brief asks for at least 300 req/s."
    )
    assert {check.state for check in found.values()} == {"missing"}


def test_a_slice_below_its_threshold_shuts_the_gate_though_the_whole_is_good() -> None:
    weak = (
        *EVIDENCE,
        evidence(EvidenceKind.DOCUMENT, measurements=(measured("metric:auc", "0.71", part="region=EU"),)),
    )
    found = unmet(dossier(Stage.VALIDATION, evidence=weak))
    assert list(found) == ["requirement:metric:auc@region=eu"]
    assert found["requirement:metric:auc@region=eu"].title == "AUC (region=eu)"
    assert "AUC for region=eu is 0.71, the brief asks for at least 0.85" in str(found)
    assert found["requirement:metric:auc@region=eu"].action == "attach_evidence:validation_report"


def test_what_was_seen_of_another_version_does_not_count_for_the_candidate() -> None:
    older = tuple(evidence(piece.kind, measurements=piece.measurements, version=2) for piece in EVIDENCE)
    found = unmet(dossier(Stage.VALIDATION, RiskTier.LOW, evidence=older))
    assert "version 2, which is not the candidate" in found["evidence:model_card"].reason
    assert found["evidence:model_card"].state == "stale"
    assert "requirement:latency_p95" in found
    assert "evidence:dataset" not in unmet(dossier(Stage.VALIDATION, RiskTier.MEDIUM, evidence=older))
    general = tuple(evidence(piece.kind, measurements=piece.measurements, version=None) for piece in EVIDENCE)
    assert report(dossier(Stage.VALIDATION, RiskTier.LOW, evidence=general)).open


def test_availability_and_cost_are_not_asked_of_validation() -> None:
    codes = {check.code for check in report(dossier(Stage.VALIDATION)).checks}
    assert codes.isdisjoint({"requirement:availability", "requirement:monthly_cost", "requirement:gpu"})


@pytest.mark.parametrize("stage", [Stage.VALIDATION, Stage.DEPLOYMENT])
@pytest.mark.parametrize(
    ("change", "action"),
    [
        ({"brief": None, "brief_signed": False}, "edit_brief"),
        ({"brief": {}}, "edit_brief"),
        ({"brief_signed": False}, "sign_brief"),
    ],
)
def test_a_release_that_came_without_a_brief_cannot_slip_through(
    stage: Stage, change: dict[str, Any], action: str
) -> None:
    found = unmet(dossier(stage, **change))
    assert found["brief_in_force"].action == action


def test_the_law_needs_no_framework_and_no_database() -> None:
    law = "governance.gates, governance.clock, governance.policy, governance.stages, models_registry.requirements"
    program = f"import sys, {law}; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
