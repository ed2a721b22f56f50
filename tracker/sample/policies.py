"""The policies of the sample: a second version in force, which nothing underway follows yet, and a draft to publish."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime, timedelta

from governance.acts.packs import add_pack_to_draft
from governance.acts.policies import draft_policy, publish_policy
from governance.controls import OFFICERS
from governance.policy import DEFAULT_RULES
from models_registry.vocabulary import AssignmentRule, RiskTier, Stage
from tracker.sample.cast import Cast


def write_policies(cast: Cast, now: datetime) -> None:
    """Shortly before `now`: one version is published by two people, the next one is written."""
    admin, officer = cast.people["admin"], cast.people["officer"]
    rules = deepcopy(DEFAULT_RULES)
    high = rules["tiers"][RiskTier.HIGH.value]
    high[Stage.DEPLOYMENT.value]["budget_days"] = "4"
    high[Stage.COMPLIANCE_REVIEW.value]["validity_months"] = 12
    second = draft_policy(
        admin, rules, "High risk: an approval holds for a year, deployment has 4 days.", at=now - timedelta(hours=3)
    )
    publish_policy(officer, second.pk, at=now - timedelta(hours=2))
    rules["assignment"] = AssignmentRule.LEAST_LOADED.value
    high[Stage.COMPLIANCE_REVIEW.value] |= {
        "approvers": [{"group": OFFICERS, "quorum": 2}, {"group": "legal", "quorum": 1}],
        "feedback": ["privacy"],
        "sign_again": True,
    }
    note = "High risk: Legal approves too, Privacy is heard, and the controls of the EU AI Act are looked at."
    draft_policy(officer, rules, note, at=now - timedelta(hours=1))
    add_pack_to_draft(officer, "eu-ai-act", [RiskTier.HIGH.value], at=now - timedelta(minutes=50))
