"""A policy: per risk tier and stage, how long it may take, what must be shown and who must approve.

Pure. A policy is kept as plain JSON (`DEFAULT_RULES` shows its shape; `controls`, `assignment` and the keys of
`_OPTIONAL` may be left out) and read by `parse`, which names every problem by its path and says how to mend it.
Budgets are counted in business days of the team's calendar.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from governance.controls import OFFICERS, Control, GroupQuorum, complete
from governance.policy_alerts import DEFAULT_RECIPIENTS, Recipients, read_recipients, recipients_to_raw
from governance.policy_controls import controls_to_raw, read_controls, read_groups, read_quorums
from governance.policy_reading import PolicyProblem, Problem, Reader
from governance.stages import STAGE_DUTIES
from models_registry.vocabulary import AssignmentRule, EvidenceKind, GateMode, OwnerRule, RiskTier, Skill, Stage

__all__ = ["DEFAULT_RULES", "PolicyProblem", "PolicyRules", "Problem", "StageRule", "parse", "to_raw"]

BUDGETED_STAGES: Final = tuple(stage for stage, duty in STAGE_DUTIES.items() if duty.budgeted)


@dataclass(frozen=True, slots=True)
class StageRule:
    """What one tier asks of one stage. `budget_days` in business days; None: no clock runs there.

    `evidence` holds every kind that is asked for, by itself or by a control. `approvals` is the largest of the quorums:
    as many different people at least. `validity_months`: an approval lapses after so many, 0 for never. `sign_again`: a
    decision asks for the password or the second factor once more. `owner`: who answers when nobody was named. `skills`:
    what the work takes, as far as the policy says; `governance.skills` adds what the brief implies.
    """

    budget_days: Decimal | None
    evidence: tuple[EvidenceKind, ...] = ()
    approvals: int = 0
    controls: tuple[Control, ...] = ()
    approvers: tuple[GroupQuorum, ...] = ()
    feedback: tuple[str, ...] = ()
    team_mates_may_approve: bool = False
    validity_months: int = 0
    sign_again: bool = False
    gate: GateMode = GateMode.PREVENT
    owner: OwnerRule = OwnerRule.NONE
    skills: tuple[Skill, ...] = ()


DEFAULT_LOAD_LIMIT: Final = 5
DEFAULT_SNOOZE_HOURS: Final = 48
DEFAULT_HANDOVER_DAYS: Final = Decimal(3)
NO_RULE: Final = StageRule(budget_days=None)


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """A whole policy. Days are business days and hours business hours of the team's calendar.

    `approver_outside_team`: an officer who belongs to the release's team may not approve it. `load_limit`: stages that
    one person owns at once without a warning, 0 for any number. `snooze_hours`: the longest that an alert may be put
    off, in hours of the clock on the wall. `pausing`: the reasons of a hold for which the stage clock stands still;
    None for every reason. `handover_days`: after so many an offer that nobody answered ends.
    """

    tiers: Mapping[RiskTier, Mapping[Stage, StageRule]]
    vacancy_days: Decimal
    retrospective_days: int
    nudge_cooldown_hours: Decimal
    approver_outside_team: bool = True
    controls: Mapping[str, Control] = field(default_factory=dict)
    assignment: AssignmentRule = AssignmentRule.NONE
    load_limit: int = DEFAULT_LOAD_LIMIT
    snooze_hours: int = DEFAULT_SNOOZE_HOURS
    handover_days: Decimal = DEFAULT_HANDOVER_DAYS
    pausing: tuple[str, ...] | None = None
    recipients: Recipients = DEFAULT_RECIPIENTS

    def pauses(self, reason_code: str) -> bool:
        """Whether the stage clock stands still during a hold for this reason."""
        return self.pausing is None or reason_code in self.pausing

    def controls_of(self, tier: RiskTier) -> tuple[Control, ...]:
        """Every control that a review of this tier looks at, in order: what the stages up to it ask for."""
        rules = [self.stage(tier, stage) for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)]
        named = {control.code: control for rule in rules for control in rule.controls}
        return complete(named.values(), {kind for rule in rules for kind in rule.evidence})

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


_TOP: Final = (
    *DEFAULT_RULES,
    "controls",
    "assignment",
    "load_limit",
    "snooze_hours",
    "handover_days",
    "pausing",
    "alerts",
)
_PLAIN: Final = ("budget_days", "evidence", "approvals", "controls", "gate", "owner", "skills")
_OPTIONAL: Final = ("approvers", "feedback", "team_mates_may_approve", "validity_months", "sign_again")
"""What only a compliance review may have, and need not."""

MOST_MONTHS: Final = 120
MOST_OWNED: Final = 1000
MOST_SNOOZED: Final = 24 * 14


def parse(raw: object) -> PolicyRules:
    """Read a policy. Raises `PolicyProblem`, which carries every problem found, each with its path and the way out."""
    reader = Reader()
    top = reader.mapping(raw, "", known=_TOP)
    controls = read_controls(reader, top.get("controls", {}))
    outside = reader.flag(top, "approver_outside_team", "", default=True)
    rules = PolicyRules(
        tiers=_read_tiers(reader, top.get("tiers"), controls, outside=outside),
        vacancy_days=reader.days(top, "vacancy_days", ""),
        retrospective_days=reader.count(top, "retrospective_days", "", least=1, most=260),
        nudge_cooldown_hours=reader.hours(top, "nudge_cooldown_hours", ""),
        approver_outside_team=outside,
        controls=controls,
        assignment=reader.word(top, "assignment", "", AssignmentRule.NONE),
        load_limit=reader.count({"load_limit": DEFAULT_LOAD_LIMIT, **top}, "load_limit", "", 0, MOST_OWNED),
        snooze_hours=reader.count({"snooze_hours": DEFAULT_SNOOZE_HOURS, **top}, "snooze_hours", "", 0, MOST_SNOOZED),
        handover_days=reader.days({"handover_days": DEFAULT_HANDOVER_DAYS, **top}, "handover_days", ""),
        pausing=None if top.get("pausing") is None else reader.codes(top, "pausing", ""),
        recipients=read_recipients(reader, top.get("alerts")),
    )
    if reader.problems:
        raise PolicyProblem(reader.problems)
    return rules


def _read_tiers(
    reader: Reader, raw: object, controls: Mapping[str, Control], *, outside: bool
) -> dict[RiskTier, dict[Stage, StageRule]]:
    tiers = reader.mapping(raw, "tiers", known=tuple(RiskTier), required=tuple(RiskTier))
    names = tuple(stage.value for stage in BUDGETED_STAGES)
    read: dict[RiskTier, dict[Stage, StageRule]] = {}
    for tier in (tier for tier in RiskTier if tier.value in tiers):
        stages = reader.mapping(tiers[tier.value], f"tiers.{tier}", known=names, required=names)
        read[tier] = {
            stage: _read_stage(reader, stages[stage.value], f"tiers.{tier}.{stage}", stage, controls, outside=outside)
            for stage in BUDGETED_STAGES
            if stage.value in stages
        }
    return read


def _read_stage(
    reader: Reader, raw: object, path: str, stage: Stage, controls: Mapping[str, Control], *, outside: bool
) -> StageRule:
    reviewed = stage is Stage.COMPLIANCE_REVIEW
    fields = reader.mapping(raw, path, known=(*_PLAIN, *_OPTIONAL) if reviewed else _PLAIN)
    named = tuple(controls[code] for code in reader.names(fields, "controls", path, known=controls))
    asked = {*reader.kinds(fields, "evidence", path), *(kind for one in named for kind in one.evidence)}
    plain = StageRule(
        budget_days=reader.days(fields, "budget_days", path),
        evidence=tuple(kind for kind in EvidenceKind if kind in asked),
        controls=named,
        gate=reader.word(fields, "gate", path, GateMode.PREVENT),
        owner=reader.word(fields, "owner", path, OwnerRule.NONE),
        skills=tuple(Skill(one) for one in reader.names(fields, "skills", path, known=tuple(Skill))),
    )
    if reviewed:
        return _read_review(reader, fields, path, plain, outside=outside)
    if fields.get("approvals") not in (None, 0, "0"):
        reader.add(f"{path}.approvals", "is 0 here: approvals are given in the compliance review only")
    return plain


def _read_review(reader: Reader, fields: Mapping[str, Any], path: str, plain: StageRule, *, outside: bool) -> StageRule:
    """A rule of the compliance review; `approvals` alone is short for so many compliance officers."""
    if fields.get("approvers"):
        approvers = read_quorums(reader, fields, path)
    else:
        approvers = (GroupQuorum(OFFICERS, reader.count(fields, "approvals", path, least=1, most=5)),)
    return replace(
        plain,
        approvals=max((one.quorum for one in approvers), default=1),
        approvers=approvers,
        feedback=read_groups(reader, fields, path),
        team_mates_may_approve=reader.flag(fields, "team_mates_may_approve", path, default=not outside),
        validity_months=reader.count({"validity_months": 0, **fields}, "validity_months", path, 0, MOST_MONTHS),
        sign_again=reader.flag(fields, "sign_again", path, default=False),
    )


def to_raw(rules: PolicyRules) -> dict[str, Any]:
    """The rules as plain JSON again: `parse(to_raw(rules)) == rules`."""
    return {
        "vacancy_days": str(rules.vacancy_days),
        "retrospective_days": rules.retrospective_days,
        "nudge_cooldown_hours": str(rules.nudge_cooldown_hours),
        "approver_outside_team": rules.approver_outside_team,
        "assignment": rules.assignment.value,
        "load_limit": rules.load_limit,
        "snooze_hours": rules.snooze_hours,
        "handover_days": str(rules.handover_days),
        "pausing": None if rules.pausing is None else list(rules.pausing),
        "alerts": recipients_to_raw(rules.recipients),
        "controls": controls_to_raw(rules.controls),
        "tiers": {
            tier.value: {stage.value: _stage_to_raw(rule, stage) for stage, rule in stages.items()}
            for tier, stages in rules.tiers.items()
        },
    }


def _stage_to_raw(rule: StageRule, stage: Stage) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "budget_days": str(rule.budget_days),
        "evidence": [kind.value for kind in rule.evidence],
        "approvals": rule.approvals,
        "controls": [control.code for control in rule.controls],
        "gate": rule.gate.value,
        "owner": rule.owner.value,
        "skills": [skill.value for skill in rule.skills],
    }
    if stage is Stage.COMPLIANCE_REVIEW:
        raw |= {
            "approvers": [{"group": one.group, "quorum": one.quorum} for one in rule.approvers],
            "feedback": list(rule.feedback),
            "team_mates_may_approve": rule.team_mates_may_approve,
            "validity_months": rule.validity_months,
            "sign_again": rule.sign_again,
        }
    return raw
