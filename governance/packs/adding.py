"""Adding a pack to the raw rules of a policy. Pure: nothing is doubled, and what somebody wrote stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from governance.packs import Pack, Suggested
from governance.policy_controls import controls_to_raw
from models_registry.vocabulary import RiskTier, Stage

STAGES = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)
"""Where a control may be asked for, if it is to be seen before the approval."""


@dataclass(frozen=True, slots=True)
class Added:
    """The rules with the pack. `new`: controls that the catalogue of the policy did not have; `asked`: how many more
    times a tier asks for one."""

    rules: Mapping[str, Any]
    new: tuple[str, ...]
    asked: int

    @property
    def changed(self) -> bool:
        return bool(self.new or self.asked)


def add_pack(rules: Mapping[str, Any], pack: Pack, tiers: Collection[RiskTier], stage: Stage | None = None) -> Added:
    """The rules asking for every control of the pack in these tiers: at `stage`, else where each belongs.

    A control that the policy has already is left as it was written, and one that a tier asks for is not asked again.
    """
    raw: dict[str, Any] = deepcopy(dict(rules))
    known = raw["controls"] = dict(raw.get("controls") or {})
    new = [one for one in pack.controls if one.control.code not in known]
    known |= controls_to_raw({one.control.code: one.control for one in new})
    asked = sum(_ask(raw["tiers"][tier.value], pack.controls, stage) for tier in RiskTier if tier in tiers)
    return Added(raw, tuple(one.control.code for one in new), asked)


def _ask(stages: Mapping[str, dict[str, Any]], suggested: Collection[Suggested], stage: Stage | None) -> int:
    """Ask for what no stage of the tier asks for yet; how many that were."""
    asked = {code for rule in stages.values() for code in rule.get("controls", ())}
    more = [one for one in suggested if one.control.code not in asked]
    for one in more:
        rule = stages[(stage or one.stage).value]
        rule["controls"] = [*rule.get("controls", ()), one.control.code]
    return len(more)
