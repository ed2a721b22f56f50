"""The policies of the sample: one with controls that the work underway follows, a newer one in force, and a draft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any, Final

from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import draft_policy, publish_policy
from governance.controls import OFFICERS
from governance.models import Policy
from governance.policy import DEFAULT_RULES
from models_registry.vocabulary import AssignmentRule, OwnerRule, RiskTier, Skill, Stage
from tracker.sample.cast import Cast
from tracker.sample.days import days_before

WITH_CONTROLS: Final = 34
"""How many business days ago the controls were published: before all that is underway, after all that is live."""
MEDIUM: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.BRIEF: ("intended-purpose", "accountable-people"),
    Stage.VALIDATION: ("data-origin", "data-quality", "bias-examined", "design-documented", "accuracy-shown"),
    Stage.COMPLIANCE_REVIEW: ("limits-known", "decision-to-go-on", "monitoring-plan"),
}
"""What of the packs medium risk is asked for; high risk is asked for two of them whole."""
SKILLS: Final[Mapping[Stage, tuple[Skill, ...]]] = {
    Stage.VALIDATION: (Skill.PIPELINE,),
    Stage.DEPLOYMENT: (Skill.SERVING, Skill.MONITORING),
}
"""What the work of a stage takes in every tier; what a brief implies comes on top."""
_HIGH, _MEDIUM = RiskTier.HIGH.value, RiskTier.MEDIUM.value
Moments = Iterator[datetime]


def ask_for_controls(cast: Cast, now: datetime) -> Moments:
    """Yield the moment of each act, then do it: the second version is written by one person, published by another."""
    admin, officer = cast.people["admin"], cast.people["officer"]
    published = days_before(cast.calendar("payments"), now, WITH_CONTROLS)
    yield (at := published - timedelta(hours=3))
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"][_HIGH][Stage.COMPLIANCE_REVIEW]["validity_months"] = 12
    rules["tiers"][_MEDIUM][Stage.COMPLIANCE_REVIEW]["feedback"] = ["security"]
    for stages in rules["tiers"].values():
        for stage, skills in SKILLS.items():
            stages[stage.value]["skills"] = [skill.value for skill in skills]
    rules["load_limit"] = 4
    note = "High risk answers the EU AI Act and SR 11-7, medium risk ten of their controls; Security is heard first."
    draft_policy(admin, rules, note, at=at)
    add_pack_to_draft(admin, "eu-ai-act", [_HIGH], at=at)
    draft, _ = add_pack_to_draft(admin, "sr-11-7", [_HIGH], at=at)
    rules = deepcopy(draft.rules)
    for stage, controls in MEDIUM.items():
        rules["tiers"][_MEDIUM][stage.value]["controls"] = list(controls)
    draft_policy(admin, rules, note, at=at)
    yield published
    publish_policy(officer, draft.pk, at=published)


def write_policies(cast: Cast, now: datetime) -> None:
    """Shortly before `now`: a version that nothing underway follows yet is published, and the next one is written."""
    admin, officer = cast.people["admin"], cast.people["officer"]
    rules: dict[str, Any] = deepcopy(Policy.objects.latest("version").rules)
    high = rules["tiers"][_HIGH]
    high[Stage.DEPLOYMENT.value]["budget_days"] = "4"
    high[Stage.COMPLIANCE_REVIEW.value]["validity_months"] = 6
    for tier in (_MEDIUM, RiskTier.LOW.value):
        rules["tiers"][tier][Stage.DEPLOYMENT.value]["owner"] = OwnerRule.LEAST_LOADED.value
    note = "High risk: approvals hold for half a year, 4 days to deploy. Other deployments go to whoever owns least."
    third = draft_policy(admin, rules, note, at=now - timedelta(hours=3))
    publish_policy(officer, third.pk, at=now - timedelta(hours=2))
    rules["assignment"] = AssignmentRule.LEAST_LOADED.value
    high[Stage.COMPLIANCE_REVIEW.value] |= {
        "approvers": [{"group": OFFICERS, "quorum": 2}, {"group": "legal", "quorum": 1}],
        "feedback": ["privacy"],
        "sign_again": True,
    }
    note = "High risk: Legal approves too, Privacy is heard, and what ISO/IEC 42001 adds is looked at."
    draft_policy(officer, rules, note, at=now - timedelta(hours=1))
    add_pack_to_draft(officer, "iso-42001", [_HIGH], at=now - timedelta(minutes=50))
