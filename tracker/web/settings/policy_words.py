"""A policy as a page shows it: each value with what it was in the version before, where that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from governance.policy import BUDGETED_STAGES, PolicyRules
from governance.policy_difference import signing, team_mates, validity
from models_registry.vocabulary import AssignmentRule, EvidenceKind, GateMode, RiskTier, Stage


@dataclass(frozen=True)
class Value:
    """A number of the policy; `was` is empty where the version before says the same, or there is none."""

    now: Decimal
    was: Decimal | None
    warns: bool = False


@dataclass(frozen=True)
class StageRow:
    """The budget of one stage for each tier, in business days, and whether its gate only warns."""

    stage: Stage
    days: list[Value]


@dataclass(frozen=True)
class TierRow:
    """What must be shown and how many must approve before a release of this tier is deployed."""

    tier: RiskTier
    approvals: Value
    kept: list[str]
    added: list[str]
    dropped: list[str]


@dataclass(frozen=True)
class PolicyWords:
    """The whole policy in rows; hours and days are business time."""

    stages: list[StageRow]
    tiers: list[TierRow]
    vacancy: Value
    retrospective: Value
    nudges: Value
    outside_team: bool
    outside_changed: bool


def words_of(rules: PolicyRules, before: PolicyRules | None) -> PolicyWords:
    """These rules beside the ones they replace."""
    return PolicyWords(
        stages=[_stage(stage, rules, before) for stage in BUDGETED_STAGES],
        tiers=[_tier(tier, rules, before) for tier in RiskTier],
        vacancy=_value(rules.vacancy_days, before.vacancy_days if before else None),
        retrospective=_value(rules.retrospective_days, before.retrospective_days if before else None),
        nudges=_value(rules.nudge_cooldown_hours, before.nudge_cooldown_hours if before else None),
        outside_team=rules.approver_outside_team,
        outside_changed=before is not None and before.approver_outside_team != rules.approver_outside_team,
    )


def _value(now: Decimal | int | None, was: Decimal | int | None) -> Value:
    old, new = (None if one is None else Decimal(one) for one in (was, now))
    return Value(new or Decimal(0), None if old == new else old)


def _stage(stage: Stage, rules: PolicyRules, before: PolicyRules | None) -> StageRow:
    days = [
        replace(
            _value(rules.stage(tier, stage).budget_days, before.stage(tier, stage).budget_days if before else None),
            warns=rules.stage(tier, stage).gate is GateMode.WARN,
        )
        for tier in RiskTier
    ]
    return StageRow(stage, days)


def _tier(tier: RiskTier, rules: PolicyRules, before: PolicyRules | None) -> TierRow:
    kinds = _evidence(rules, tier)
    old = _evidence(before, tier) if before else kinds
    approvals = rules.stage(tier, Stage.COMPLIANCE_REVIEW).approvals
    was = before.stage(tier, Stage.COMPLIANCE_REVIEW).approvals if before else None
    return TierRow(
        tier,
        _value(approvals, was),
        kept=[kind.label for kind in kinds if kind in old],
        added=[kind.label for kind in kinds if kind not in old],
        dropped=[kind.label for kind in old if kind not in kinds],
    )


def _evidence(rules: PolicyRules, tier: RiskTier) -> tuple[EvidenceKind, ...]:
    return rules.stage(tier, Stage.VALIDATION).evidence


@dataclass(frozen=True)
class ReviewTerm:
    """One thing that a compliance review asks, said for each tier."""

    label: str
    said: list[str]


def review_terms(rules: PolicyRules, names: Mapping[str, str]) -> list[ReviewTerm]:
    """What the compliance review of each tier asks of people."""
    asked = [rules.stage(tier, Stage.COMPLIANCE_REVIEW) for tier in RiskTier]
    return [
        ReviewTerm(
            "Have to approve",
            [
                ", ".join(f"{one.quorum} of {names.get(one.group, one.group)}" for one in rule.approvers)
                for rule in asked
            ],
        ),
        ReviewTerm(
            "Give feedback first",
            [", ".join(names.get(one, one) for one in rule.feedback) or "nobody" for rule in asked],
        ),
        ReviewTerm("Team mates of the owner", [team_mates(rule) for rule in asked]),
        ReviewTerm("An approval holds", [validity(rule) for rule in asked]),
        ReviewTerm("A decision", [signing(rule) for rule in asked]),
    ]


ASSIGNED = {
    AssignmentRule.NONE: "nobody, until an approver takes it",
    AssignmentRule.ROUND_ROBIN: "the approvers in turn",
    AssignmentRule.LEAST_LOADED: "the approver with the fewest open reviews",
}
