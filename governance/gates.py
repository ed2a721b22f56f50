"""The gates: what must hold before a release moves forward, each unmet check with a reason a person can act on.

Pure. Who may open a gate is in `permissions`; a gate that stays shut can only be passed by breaking the glass.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.gate_approvals import approval_checks
from governance.gate_checks import brief_checks, validation_checks, with_waivers
from governance.gate_deployment import deployment_checks
from governance.gate_facts import (
    ApprovalFacts,
    CandidateFacts,
    Check,
    DeploymentFacts,
    Dossier,
    EvidenceFacts,
    GateReport,
    State,
    WaiverFacts,
)
from governance.policy import PolicyRules
from governance.stages import advance_from
from models_registry.requirements import digest_of, material_brief
from models_registry.vocabulary import Stage

__all__ = [
    "ApprovalFacts",
    "CandidateFacts",
    "Check",
    "DeploymentFacts",
    "Dossier",
    "EvidenceFacts",
    "GateReport",
    "State",
    "WaiverFacts",
    "dossier_digest",
    "gate_report",
]

_GATES: Final[Mapping[Stage, Callable[[Dossier, PolicyRules], list[Check]]]] = {
    Stage.BRIEF: brief_checks,
    Stage.VALIDATION: validation_checks,
    Stage.COMPLIANCE_REVIEW: approval_checks,
    Stage.DEPLOYMENT: deployment_checks,
}
"""The gate out of each stage that has a way forward; `tests` prove that none is missing."""


def gate_report(stage: Stage, dossier: Dossier, rules: PolicyRules) -> GateReport:
    """Every check of the way forward from a stage. Live and retired have none: the report has no target."""
    target = advance_from(stage)
    checks = with_waivers(_GATES[stage](dossier, rules), dossier) if target is not None else []
    return GateReport(stage, target, tuple(checks), rules.stage(dossier.tier, stage).gate)


def dossier_digest(
    candidate: CandidateFacts | None,
    evidence: tuple[EvidenceFacts, ...],
    brief: Mapping[str, Any] | None,
    policy_version: int,
) -> str:
    """What an approval binds to. It changes with the meaning of what was approved, and with nothing else.

    A number typed otherwise, another order of evidence, or a new title of the same content leave it as it is.
    """
    return digest_of(
        {
            "candidate": None if candidate is None else [candidate.number, candidate.digest],
            "evidence": sorted([piece.kind.value, piece.digest] for piece in evidence),
            "brief": None if brief is None else material_brief(brief),
            "policy": policy_version,
        }
    )
