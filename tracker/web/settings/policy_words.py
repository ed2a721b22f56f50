"""A policy as a page shows it: each value with what it was in the version before, where that differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from governance.policy import BUDGETED_STAGES, PolicyRules
from governance.policy_alerts import OPEN
from governance.policy_difference import signing, team_mates, validity
from models_registry.vocabulary import (
    AssignmentRule,
    EvidenceKind,
    GateMode,
    OwnerRule,
    Recipient,
    RiskTier,
    Rung,
    Stage,
)


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
    handover: Value
    snooze: Value
    load_limit: Value
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
        handover=_value(rules.handover_days, before.handover_days if before else None),
        snooze=_value(rules.snooze_hours, before.snooze_hours if before else None),
        load_limit=_value(rules.load_limit, before.load_limit if before else None),
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


OWNED: Final = {
    OwnerRule.NONE: "nobody, until it is claimed",
    OwnerRule.ROUND_ROBIN: "whoever is next in turn",
    OwnerRule.LEAST_LOADED: "whoever owns the least",
    OwnerRule.PREVIOUS_OWNER: "whoever had it last",
}
_STEPS: Final = {Rung.BREACHED: "Past budget"}
RUNGS: Final = {
    OPEN: "At once",
    **{rung.value: f"{_STEPS.get(rung, rung.label)}, {rung.percent} %" for rung in Rung},
}
TOLD: Final = {
    Recipient.OWNER: "the owner",
    Recipient.ABLE: "everybody with the role and the skill",
    Recipient.LEAD: "the leads",
    Recipient.CONTACT: "the escalation contact",
    Recipient.ADMIN: "the administrators",
}


@dataclass(frozen=True)
class OwnerCell:
    """Who answers for a stage when nobody was named, and the skills that its work takes."""

    owner: str
    skills: str


@dataclass(frozen=True)
class OwnerRow:
    """One stage, said for each tier."""

    stage: Stage
    cells: list[OwnerCell]


def owner_rows(rules: PolicyRules) -> list[OwnerRow]:
    """Who answers for each stage of each tier, and what the work takes."""
    return [OwnerRow(stage, [_owned(rules, tier, stage) for tier in RiskTier]) for stage in BUDGETED_STAGES]


def _owned(rules: PolicyRules, tier: RiskTier, stage: Stage) -> OwnerCell:
    rule = rules.stage(tier, stage)
    owner = OWNED[rule.owner]
    if stage is Stage.COMPLIANCE_REVIEW and rule.owner is OwnerRule.NONE:
        owner = ASSIGNED[rules.assignment]
    return OwnerCell(owner, ", ".join(skill.label.lower() for skill in rule.skills))


def told_rows(rules: PolicyRules) -> list[tuple[str, str, str]]:
    """Each step, with who is told of it by the stage clock and by the vacancy clock."""
    stage, vacancy = rules.recipients.stage, rules.recipients.vacancy
    return [(RUNGS[step], _people(stage.get(step)), _people(vacancy.get(step))) for step in RUNGS]


def _people(told: tuple[Recipient, ...] | None) -> str:
    return "" if told is None else ", ".join(TOLD[one] for one in told) or "nobody"


def pausing_words(rules: PolicyRules, labels: Mapping[str, str]) -> str:
    """The holds during which the stage clock stands still."""
    if rules.pausing is None:
        return "every hold"
    reasons = [labels.get(code, code) for code in rules.pausing]
    return "holds for: " + ", ".join(f"{one[:1].lower()}{one[1:]}" for one in reasons) if reasons else "no hold"
