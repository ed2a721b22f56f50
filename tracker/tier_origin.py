"""Where a model's risk tier comes from, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from governance.tiering import rank
from models_registry.models import RegisteredModel
from models_registry.vocabulary import RiskTier


@dataclass(frozen=True, slots=True)
class TierOrigin:
    """`said`: the origin as a sentence without its date, `at` and `who` when somebody answered or decided, `reason` in
    an officer's own words. `asked`: the tier that the answers ask for, where it is another one."""

    tier: RiskTier
    said: str
    who: str = ""
    at: datetime | None = None
    reason: str = ""
    asked: RiskTier | None = None


def tier_origin(model: RegisteredModel) -> TierOrigin:
    """By the newest assessment of the model: one query."""
    tier = RiskTier(model.risk_tier)
    last = model.risk_assessments.select_related("assessed_by").order_by("-assessed_at", "-pk").first()
    if last is None:
        return TierOrigin(tier, "Set by hand; the risk questionnaire is not answered.")
    computed = RiskTier(last.computed)
    asked = computed if computed is not tier else None
    who, at = str(last.assessed_by or ""), last.assessed_at
    if last.tier != tier:
        return TierOrigin(tier, "Raised by hand above the answers of the brief.", asked=asked)
    if rank(tier) < rank(computed):
        return TierOrigin(tier, "Lowered by a compliance officer.", who, at, last.reason, asked)
    if tier is computed:
        return TierOrigin(tier, "From the answers of the brief.", who, at)
    return TierOrigin(tier, "Set by hand; the answers of the brief ask for less.", asked=asked)
