"""A policy: per risk tier and stage, how long it may take, what must be shown and how many must approve.

Pure. A policy is kept as plain JSON (`DEFAULT_RULES` shows its shape) and read by `parse`, which names every problem by
its path and says how to mend it. Budgets are counted in business days of the team's calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from governance.policy_reading import PolicyProblem, Problem, Reader
from governance.stages import STAGE_DUTIES
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage

__all__ = ["DEFAULT_RULES", "PolicyProblem", "PolicyRules", "Problem", "StageRule", "parse", "to_raw"]

BUDGETED_STAGES: Final = tuple(stage for stage, duty in STAGE_DUTIES.items() if duty.budgeted)


@dataclass(frozen=True, slots=True)
class StageRule:
    """What one tier asks of one stage. `budget_days` in business days; None: no clock runs there."""

    budget_days: Decimal | None
    evidence: tuple[EvidenceKind, ...] = ()
    approvals: int = 0


NO_RULE: Final = StageRule(budget_days=None)


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """A whole policy. Days are business days and hours business hours of the team's calendar.

    `approver_outside_team`: an officer who belongs to the release's team may not approve it.
    """

    tiers: Mapping[RiskTier, Mapping[Stage, StageRule]]
    vacancy_days: Decimal
    retrospective_days: int
    nudge_cooldown_hours: Decimal
    approver_outside_team: bool = True

    def stage(self, tier: RiskTier, stage: Stage) -> StageRule:
        """The rule of a stage; live and retired have no clock and ask for nothing."""
        return self.tiers[RiskTier(tier)].get(Stage(stage), NO_RULE)

    def budget_seconds(self, tier: RiskTier, stage: Stage, day_seconds: int) -> int | None:
        """The stage's time budget in business seconds, given the length of a business day in seconds."""
        days = self.stage(tier, stage).budget_days
        return None if days is None else in_seconds(days, day_seconds)

    def vacancy_seconds(self, day_seconds: int) -> int:
        """How long a stage may be without an owner, in business seconds."""
        return in_seconds(self.vacancy_days, day_seconds)


def in_seconds(days: Decimal, day_seconds: int) -> int:
    """Business days as whole business seconds."""
    return int((days * day_seconds).to_integral_value(ROUND_HALF_UP))


_BUDGETS: Final = {Stage.BRIEF: "5", Stage.VALIDATION: "10", Stage.COMPLIANCE_REVIEW: "8", Stage.DEPLOYMENT: "5"}
_EVIDENCE_LOW: Final = (EvidenceKind.TRAINING_RUN, EvidenceKind.VALIDATION_REPORT, EvidenceKind.MODEL_CARD)
_EVIDENCE_MEDIUM: Final = (*_EVIDENCE_LOW, EvidenceKind.DATASET, EvidenceKind.BENCHMARK)
_EVIDENCE_HIGH: Final = (
    *_EVIDENCE_MEDIUM,
    EvidenceKind.EXPLAINABILITY_REPORT,
    EvidenceKind.ACCESS_GRANT,
    EvidenceKind.SECURITY_SCAN,
)


def _tier(evidence: tuple[EvidenceKind, ...], approvals: int) -> dict[str, dict[str, Any]]:
    stages = {
        stage.value: {"budget_days": _BUDGETS[stage], "evidence": [], "approvals": 0} for stage in BUDGETED_STAGES
    }
    stages[Stage.VALIDATION.value]["evidence"] = [kind.value for kind in evidence]
    stages[Stage.COMPLIANCE_REVIEW.value]["approvals"] = approvals
    return stages


DEFAULT_RULES: Final[dict[str, Any]] = {
    "vacancy_days": "1",
    "retrospective_days": 5,
    "nudge_cooldown_hours": "4",
    "approver_outside_team": True,
    "tiers": {
        RiskTier.LOW.value: _tier(_EVIDENCE_LOW, approvals=1),
        RiskTier.MEDIUM.value: _tier(_EVIDENCE_MEDIUM, approvals=1),
        RiskTier.HIGH.value: _tier(_EVIDENCE_HIGH, approvals=2),
    },
}


def parse(raw: object) -> PolicyRules:
    """Read a policy. Raises `PolicyProblem`, which carries every problem found, each with its path and the way out."""
    reader = Reader()
    top = reader.mapping(raw, "", known=tuple(DEFAULT_RULES))
    rules = PolicyRules(
        tiers=_read_tiers(reader, top.get("tiers")),
        vacancy_days=reader.days(top, "vacancy_days", ""),
        retrospective_days=reader.count(top, "retrospective_days", "", least=1, most=260),
        nudge_cooldown_hours=reader.hours(top, "nudge_cooldown_hours", ""),
        approver_outside_team=reader.flag(top, "approver_outside_team", "", default=True),
    )
    if reader.problems:
        raise PolicyProblem(reader.problems)
    return rules


def _read_tiers(reader: Reader, raw: object) -> dict[RiskTier, dict[Stage, StageRule]]:
    tiers = reader.mapping(raw, "tiers", known=tuple(RiskTier), required=tuple(RiskTier))
    names = tuple(stage.value for stage in BUDGETED_STAGES)
    read: dict[RiskTier, dict[Stage, StageRule]] = {}
    for tier in (tier for tier in RiskTier if tier.value in tiers):
        stages = reader.mapping(tiers[tier.value], f"tiers.{tier}", known=names, required=names)
        read[tier] = {
            stage: _read_stage(reader, stages[stage.value], f"tiers.{tier}.{stage}", stage)
            for stage in BUDGETED_STAGES
            if stage.value in stages
        }
    return read


def _read_stage(reader: Reader, raw: object, path: str, stage: Stage) -> StageRule:
    fields = reader.mapping(raw, path, known=("budget_days", "evidence", "approvals"))
    reviewed = stage is Stage.COMPLIANCE_REVIEW
    if not reviewed and fields.get("approvals") not in (None, 0, "0"):
        reader.add(f"{path}.approvals", "is 0 here: approvals are given in the compliance review only")
        fields = {**fields, "approvals": 0}
    return StageRule(
        budget_days=reader.days(fields, "budget_days", path),
        evidence=reader.kinds(fields, "evidence", path),
        approvals=reader.count(fields, "approvals", path, least=1, most=5) if reviewed else 0,
    )


def to_raw(rules: PolicyRules) -> dict[str, Any]:
    """The rules as plain JSON again: `parse(to_raw(rules)) == rules`."""
    return {
        "vacancy_days": str(rules.vacancy_days),
        "retrospective_days": rules.retrospective_days,
        "nudge_cooldown_hours": str(rules.nudge_cooldown_hours),
        "approver_outside_team": rules.approver_outside_team,
        "tiers": {
            tier.value: {
                stage.value: {
                    "budget_days": str(rule.budget_days),
                    "evidence": [kind.value for kind in rule.evidence],
                    "approvals": rule.approvals,
                }
                for stage, rule in stages.items()
            }
            for tier, stages in rules.tiers.items()
        },
    }
