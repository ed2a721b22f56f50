"""Dossiers with nothing missing, to be changed by tests in one place each."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from governance.gates import (
    ApprovalFacts,
    CandidateFacts,
    Check,
    DeploymentFacts,
    Dossier,
    EvidenceFacts,
    GateReport,
    dossier_digest,
    gate_report,
)
from governance.policy import DEFAULT_RULES, parse
from models_registry.requirements import Measurement
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.governance.working_time import at
from tests.models_registry.briefs import GOOD_BRIEF, GOOD_DEPLOYMENT
from tests.models_registry.details import detail_of

NOON = at("2026-03-02 12:00")
RULES = parse(DEFAULT_RULES)
CANDIDATE = CandidateFacts(number=3, digest="sha256:" + "c" * 64, uri="s3://models/claims/3")
POLICY_VERSION = 1


def measured(code: str, value: str, unit: str = "", part: str = "") -> Measurement:
    return Measurement(code, Decimal(value), unit, part, "a report", NOON)


BENCHMARK = (
    measured("latency_p95", "100", "ms"),
    measured("throughput", "320", "req/s"),
    measured("cpu", "3.5", "cores"),
    measured("memory", "6", "GiB"),
)
QUALITY = (measured("metric:auc", "0.93"), measured("metric:auc", "0.88", part="region=eu"))


def evidence(
    kind: EvidenceKind, *, measurements: tuple[Measurement, ...] = (), version: int | None = 3
) -> EvidenceFacts:
    detail = detail_of(kind, "Claims")
    return EvidenceFacts(kind, f"The {kind.label.lower()}", f"sha256:{kind}", NOON, measurements, version, detail)


EVIDENCE = tuple(
    evidence(
        kind,
        measurements={EvidenceKind.BENCHMARK: BENCHMARK, EvidenceKind.VALIDATION_REPORT: QUALITY}.get(kind, ()),
    )
    for kind in EvidenceKind
)


def dossier(stage: Stage, tier: RiskTier = RiskTier.MEDIUM, **changes: Any) -> Dossier:
    """A dossier that passes its gate, with some facts replaced; the digest is of what is asked for, unless given."""
    whole = Dossier(
        release="Claims 2",
        stage=stage,
        tier=tier,
        owner_name="Olga Owner",
        brief=GOOD_BRIEF,
        brief_number=1,
        brief_signed=True,
        unsigned_amendment=False,
        candidate=CANDIDATE,
        evidence=EVIDENCE,
        approvals=(),
        dossier_digest="",
        deployment=DeploymentFacts(GOOD_DEPLOYMENT, number=2, owner_name="Sam Service"),
    )
    changed = replace(whole, **changes)
    if "dossier_digest" not in changes:
        digest = dossier_digest(changed.candidate, changed.evidence, changed.brief, POLICY_VERSION)
        changed = replace(changed, dossier_digest=digest)
    if "approvals" not in changes:
        changed = replace(changed, approvals=(approval("Ada", changed), approval("Ben", changed)))
    return changed


def approval(officer: str, of: Dossier, *, days: int = 0, key: str = "") -> ApprovalFacts:
    return ApprovalFacts(officer, NOON + timedelta(days=days), of.dossier_digest, key)


def report(found: Dossier) -> GateReport:
    return gate_report(found.stage, found, RULES)


def unmet(found: Dossier) -> dict[str, Check]:
    """The unmet checks of the dossier's gate by code."""
    return {check.code: check for check in report(found).unmet}
