"""Policies of every shape that the law allows, as plain JSON, for hypothesis to try."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from governance.policy import BUDGETED_STAGES
from models_registry.vocabulary import (
    AssignmentRule,
    EvidenceKind,
    GateMode,
    OwnerRule,
    Recipient,
    RiskTier,
    Rung,
    Skill,
    Stage,
)

# NUL and lone halves of a character can be kept by no database, so no policy holds them.
LETTERS = st.characters(codec="utf-8", exclude_characters="\x00")
TEXT = st.text(LETTERS, max_size=40)
NAME = TEXT.filter(lambda text: bool(text.strip()))
CODE = st.text(st.sampled_from("abcxyzÄ019_-"), min_size=1, max_size=12).filter(
    lambda code: code.replace("-", "").replace("_", "").isalnum() and code not in set(EvidenceKind)
)
KINDS = st.lists(st.sampled_from([kind.value for kind in EvidenceKind]), unique=True, max_size=4)
DAYS = st.sampled_from(["0", "0.5", "5", "8.25", "1000", 3, "1e2"])
GROUPS = st.one_of(st.sampled_from(["compliance-officers", "legal", "no", "1"]), NAME)

CONTROLS = st.dictionaries(
    CODE,
    st.fixed_dictionaries(
        {
            "title": NAME,
            "question": st.one_of(TEXT, st.lists(TEXT, max_size=4).map("\n".join)),
            "evidence": KINDS,
            "references": st.lists(st.fixed_dictionaries({"framework": NAME, "clause": NAME}), max_size=2),
        }
    ),
    max_size=4,
)

STEPS = {"stage": [*Rung], "vacancy": ["open", *Rung]}
TOLD = {
    clock: st.fixed_dictionaries(
        {},
        optional={
            step: st.lists(
                st.sampled_from([one.value for one in Recipient if clock == "stage" or one is not Recipient.OWNER]),
                unique=True,
                min_size=0 if step in ("open", Rung.AT_RISK) else 1,
            )
            for step in steps
        },
    )
    for clock, steps in STEPS.items()
}
OWNING = {
    "load_limit": st.integers(0, 1000),
    "snooze_hours": st.integers(0, 24 * 14),
    "handover_days": DAYS,
    "pausing": st.one_of(st.none(), st.lists(st.sampled_from(["data_access", "no", "2fa", "other"]), unique=True)),
    "alerts": st.fixed_dictionaries({}, optional=TOLD),
}
"""The keys of the whole that may be left out."""


@st.composite
def policies(draw: st.DrawFn) -> dict[str, Any]:
    """A policy that parses, with or without each of the keys that may be left out."""
    controls = draw(CONTROLS)
    tiers = {
        tier.value: {stage.value: draw(_stages(stage, sorted(controls))) for stage in BUDGETED_STAGES}
        for tier in RiskTier
    }
    owning = draw(st.fixed_dictionaries({}, optional=OWNING))
    return {
        **owning,
        "vacancy_days": draw(DAYS),
        "retrospective_days": draw(st.integers(1, 260)),
        "nudge_cooldown_hours": draw(DAYS),
        "approver_outside_team": draw(st.booleans()),
        "assignment": draw(st.sampled_from([rule.value for rule in AssignmentRule])),
        "controls": controls,
        "tiers": tiers,
    }


@st.composite
def _stages(draw: st.DrawFn, stage: Stage, codes: list[str]) -> dict[str, Any]:
    rule: dict[str, Any] = {"budget_days": draw(DAYS), "evidence": draw(KINDS), "approvals": 0}
    rule["controls"] = draw(st.lists(st.sampled_from(codes), unique=True)) if codes else []
    rule |= draw(
        st.fixed_dictionaries(
            {},
            optional={
                "owner": st.sampled_from([one.value for one in OwnerRule]),
                "skills": st.lists(st.sampled_from([one.value for one in Skill]), unique=True),
            },
        )
    )
    rule["gate"] = draw(st.sampled_from([mode.value for mode in GateMode]))
    if stage is not Stage.COMPLIANCE_REVIEW:
        return rule
    rule["approvals"] = draw(st.integers(1, 5))
    groups = draw(st.lists(GROUPS, unique_by=str.strip, max_size=3))
    more = {
        "approvers": [{"group": group, "quorum": draw(st.integers(1, 20))} for group in groups],
        "feedback": draw(st.lists(GROUPS, unique=True, max_size=2)),
        "team_mates_may_approve": draw(st.booleans()),
        "validity_months": draw(st.integers(0, 120)),
        "sign_again": draw(st.booleans()),
    }
    return {**rule, **{key: value for key, value in more.items() if draw(st.booleans())}}
