"""An approval binds to the state it was given for, and what goes live is what was approved."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from governance.gates import ApprovalFacts, DeploymentFacts, EvidenceFacts, WaiverFacts, dossier_digest
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.governance.dossiers import CANDIDATE, EVIDENCE, NOON, approval, dossier, evidence, report, unmet
from tests.models_registry.briefs import GOOD_BRIEF, GOOD_DEPLOYMENT, brief, deployment

REVIEW = Stage.COMPLIANCE_REVIEW


def specification(owner: str | None = "Sam Service", /, **changes: Any) -> DeploymentFacts:
    return DeploymentFacts(deployment(**changes), number=2, owner_name=owner)


def test_without_an_approval_the_officer_is_asked_to_decide() -> None:
    (check,) = unmet(dossier(REVIEW, approvals=())).values()
    assert (check.code, check.state, check.owes, check.action) == (
        "approvals", "missing", "compliance officer", "decide_review",
    )  # fmt: skip
    assert check.reason == "0 of 1 approvals given."


def test_without_an_open_review_the_team_is_asked_to_request_one() -> None:
    (check,) = unmet(dossier(REVIEW, approvals=(), review_open=False)).values()
    assert (check.owes, check.action) == ("team", "request_review")


def test_the_highest_tier_needs_two_different_officers() -> None:
    bare = dossier(REVIEW, RiskTier.HIGH, approvals=())
    once, again = approval("Ada", bare), approval("Ada", bare, days=1)
    (check,) = unmet(replace(bare, approvals=(once, again))).values()
    assert (check.state, check.reason) == ("unmet", "1 of 2 approvals given (Ada on 3 March 2026).")
    assert report(replace(bare, approvals=(once, approval("Ben", bare)))).open


def test_two_officers_of_one_name_are_told_apart_by_their_key() -> None:
    bare = dossier(REVIEW, RiskTier.HIGH, approvals=())
    both = (approval("Ada", bare, key="ada@a.example"), approval("Ada", bare, key="ada@b.example"))
    assert report(replace(bare, approvals=both)).open


def test_an_approval_of_an_earlier_state_does_not_count_and_its_giver_is_named() -> None:
    stale = ApprovalFacts("Ada", NOON, "sha256:old")
    (check,) = unmet(dossier(REVIEW, approvals=(stale,))).values()
    assert (check.state, check.reason) == (
        "stale", "0 of 1 approvals given. Ada approved an earlier state on 2 March 2026.",
    )  # fmt: skip


def test_who_approves_the_new_state_again_is_no_longer_named_as_stale() -> None:
    bare = dossier(REVIEW, RiskTier.HIGH, approvals=())
    both = (ApprovalFacts("Ada", NOON, "sha256:old"), approval("Ada", bare, days=1))
    (check,) = unmet(replace(bare, approvals=both)).values()
    assert check.reason == "1 of 2 approvals given (Ada on 3 March 2026)."


MATERIAL: dict[str, dict[str, Any]] = {
    "another candidate": {"candidate": replace(CANDIDATE, number=4)},
    "another artefact under the same number": {"candidate": replace(CANDIDATE, digest="sha256:other")},
    "a brief that asks for less": {"brief": brief(latency_ms=500)},
    "a piece of evidence less": {"evidence": EVIDENCE[1:]},
    "a piece of evidence more": {"evidence": (*EVIDENCE, evidence(EvidenceKind.DATASET))},
    "other evidence of the same kind": {"evidence": (*EVIDENCE[:-1], replace(EVIDENCE[-1], digest="sha256:new"))},
}


@pytest.mark.parametrize("stage", [REVIEW, Stage.DEPLOYMENT])
@pytest.mark.parametrize("change", MATERIAL.values(), ids=MATERIAL)
def test_a_material_change_takes_the_approval_away_and_touches_no_other_check(
    stage: Stage, change: dict[str, Any]
) -> None:
    approved = dossier(stage)
    assert report(approved).open
    assert list(unmet(dossier(stage, approvals=approved.approvals, **change))) == ["approvals"]


IMMATERIAL: dict[str, dict[str, Any]] = {
    "numbers typed otherwise": {"brief": brief(latency_ms=120.0, throughput_rps=" 300 ")},
    "metrics in another order": {"brief": brief(acceptance_metrics=GOOD_BRIEF["acceptance_metrics"][::-1])},
    "evidence in another order": {"evidence": EVIDENCE[::-1]},
    "a title put right": {"evidence": (replace(EVIDENCE[0], title="A better title"), *EVIDENCE[1:])},
    "the artefact moved": {"candidate": replace(CANDIDATE, uri="s3://elsewhere/3")},
}


@pytest.mark.parametrize("change", IMMATERIAL.values(), ids=IMMATERIAL)
def test_an_edit_that_changes_nothing_reopens_nothing(change: dict[str, Any]) -> None:
    approved = dossier(REVIEW)
    assert report(dossier(REVIEW, approvals=approved.approvals, **change)).open


def test_another_policy_takes_the_approval_away() -> None:
    digests = {dossier_digest(CANDIDATE, EVIDENCE, GOOD_BRIEF, version) for version in (1, 2)}
    assert len(digests) == 2


def test_going_live_needs_the_approval_to_stand_still() -> None:
    old = (ApprovalFacts("Ada", NOON, "sha256:old"),)
    (check,) = unmet(dossier(Stage.DEPLOYMENT, approvals=old, review_open=False)).values()
    assert (check.code, check.action, check.owes) == ("approvals", "request_review", "team")
    (check,) = unmet(dossier(Stage.DEPLOYMENT, approvals=old)).values()
    assert (check.action, check.owes) == ("decide_review", "compliance officer")


GRANT, SCAN, BENCHMARK = EvidenceKind.ACCESS_GRANT, EvidenceKind.SECURITY_SCAN, EvidenceKind.BENCHMARK
DAY = timedelta(days=1)


def until(moment: datetime, *kinds: EvidenceKind) -> tuple[EvidenceFacts, ...]:
    """The evidence of a dossier that passes, of which these kinds count until a moment."""
    return tuple(replace(piece, valid_until=moment) if piece.kind in kinds else piece for piece in EVIDENCE)


def test_going_live_needs_what_the_approval_rested_on_to_count_still() -> None:
    timed = until(NOON, GRANT, SCAN, BENCHMARK)
    high: dict[str, Any] = {"tier": RiskTier.HIGH, "evidence": timed}
    assert report(dossier(Stage.DEPLOYMENT, at=NOON - DAY, **high)).open
    found = unmet(dossier(Stage.DEPLOYMENT, at=NOON, **high))
    assert {check.state for check in found.values()} == {"stale"}
    assert set(found) == {
        "evidence:access_grant", "data:grants", "evidence:security_scan", "evidence:benchmark",
        "requirement:latency_p95", "requirement:throughput", "requirement:cpu", "requirement:memory",
    }  # fmt: skip
    assert found["evidence:security_scan"].reason == (
        "The security scan counted until 2 March 2026: attach one that is valid."
    )


def test_what_expired_is_asked_for_once_and_can_be_waived_or_renewed() -> None:
    high: dict[str, Any] = {"tier": RiskTier.HIGH, "at": NOON}
    gone = dossier(Stage.DEPLOYMENT, evidence=until(NOON, SCAN), **high)
    assert [check.code for check in report(gone).checks].count("evidence:security_scan") == 1
    leave = WaiverFacts("evidence:security_scan", NOON + DAY, "Ada", "The scanner is down.")
    assert report(replace(gone, waivers=(leave,))).open
    assert report(dossier(Stage.DEPLOYMENT, evidence=(*gone.evidence, evidence(SCAN)), **high)).open


def test_going_live_needs_what_was_waived_once_the_waiver_has_ended() -> None:
    bare = tuple(piece for piece in EVIDENCE if piece.kind is not SCAN)
    leave = WaiverFacts("evidence:security_scan", NOON, "Ada", "The scanner is down.")
    waived = dossier(Stage.DEPLOYMENT, RiskTier.HIGH, evidence=bare, waivers=(leave,), at=NOON - DAY)
    assert report(waived).open
    (check,) = unmet(replace(waived, at=NOON)).values()
    assert (check.code, check.state) == ("evidence:security_scan", "stale")
    assert check.reason.startswith("The waiver by Ada ended on 2 March 2026. Nothing of this kind is attached")


def test_going_live_needs_a_specification() -> None:
    found = unmet(dossier(Stage.DEPLOYMENT, deployment=None))
    assert set(found) == {
        "deployment_complete", "deployment:region", "deployment:availability", "deployment:cpu", "deployment:memory",
        "deployment:gpu", "deployment:monthly_cost", "service_owner",
    }  # fmt: skip
    assert {check.state for check in found.values()} == {"missing"}
    assert {check.action for check in found.values()} == {"write_deployment"}
    assert found["deployment:region"].reason == "No region is given, the brief asks for eu-central-1."


def test_going_live_needs_a_service_owner() -> None:
    for owner in (None, ""):
        assert list(unmet(dossier(Stage.DEPLOYMENT, deployment=specification(owner)))) == ["service_owner"]


@pytest.mark.parametrize("name", sorted(set(GOOD_DEPLOYMENT) - {"region", "cpu_cores", "memory_gib"}))
def test_going_live_needs_every_field_of_the_specification(name: str) -> None:
    assert "deployment_complete" in unmet(dossier(Stage.DEPLOYMENT, deployment=specification(**{name: ...})))


@pytest.mark.parametrize(
    ("change", "code", "reason"),
    [
        ({"region": "us-east-1"}, "region", "It runs in us-east-1, the brief asks for eu-central-1."),
        ({"cpu_cores": 5}, "cpu", "CPU per replica is 5 cores, the brief asks for at most 4 cores."),
        ({"memory_gib": 9}, "memory", "Memory per replica is 9 GiB, the brief asks for at most 8 GiB."),
        ({"gpu_count": 1}, "gpu", "GPUs per replica is 1 GPU, the brief asks for at most 0 GPU."),
        (
            {"availability_percent": 99},
            "availability",
            "Availability is 99 %, the brief asks for at least 99.5 %.",
        ),
        ({"monthly_cost": 4001}, "monthly_cost", "Monthly cost is 4001 EUR, the brief asks for at most 4000 EUR."),
        ({"currency": "USD"}, "monthly_cost", "Monthly cost is given in USD, the brief asks for at most 4000 EUR."),
    ],
)
def test_going_live_needs_what_was_promised_to_be_within_the_brief(
    change: dict[str, Any], code: str, reason: str
) -> None:
    (check,) = unmet(dossier(Stage.DEPLOYMENT, deployment=specification(**change))).values()
    assert (check.code, check.reason, check.state) == (f"deployment:{code}", reason, "unmet")
