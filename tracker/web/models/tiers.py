"""The risk tiers as cards to choose from: whom a mistake touches, and what the policy asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from governance.deadlines import rules_of
from governance.models import Policy, PolicyStatus
from governance.policy import PolicyRules
from governance.tiering import rank
from models_registry.vocabulary import RiskTier, Stage
from tracker.formats import count

_AFFECTS: Final = {
    RiskTier.LOW: "A mistake affects nobody in person",
    RiskTier.MEDIUM: "It changes a service, and that can be undone",
    RiskTier.HIGH: "Credit, insurance, work, health or access",
}


@dataclass(frozen=True, slots=True)
class TierCard:
    tier: str
    affects: str
    asks: str
    closed: bool = False


def tier_cards(least: str = RiskTier.LOW) -> list[TierCard]:
    """One card per tier, by the policy in force; those below `least` are closed."""
    policy = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by("-version").first()
    rules = rules_of(policy) if policy else None
    return [TierCard(tier.value, _AFFECTS[tier], _asks(tier, rules), rank(tier) < rank(least)) for tier in RiskTier]


def _asks(tier: RiskTier, rules: PolicyRules | None) -> str:
    if rules is None:
        return ""
    kinds = sum(len(rules.stage(tier, stage).evidence) for stage in Stage)
    approvals = rules.stage(tier, Stage.COMPLIANCE_REVIEW).approvals
    return f"{count(kinds, 'kind')} of evidence, {count(approvals, 'approval')}"
