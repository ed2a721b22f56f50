"""A policy as the plain JSON that people edit: written out whole, and changed in one place without losing another.

Pure. `to_raw` writes what rules come to; here is what somebody wrote: the evidence that a stage asks for by itself
stays apart from what its controls take, and a tier that leaves its team mates to the general rule goes on doing so.
"""

from collections.abc import Collection, Mapping
from copy import deepcopy
from typing import Any, Final, NamedTuple

from governance.policy import BUDGETED_STAGES, parse, to_raw
from models_registry.vocabulary import RiskTier, Stage

Raw = dict[str, Any]

TEAM_MATES: Final = "team_mates_may_approve"


class Place(NamedTuple):
    """A stage of a tier, where a control may be asked for."""

    tier: RiskTier
    stage: Stage


PLACES: Final = tuple(Place(tier, stage) for tier in RiskTier for stage in BUDGETED_STAGES)


def plain(raw: Mapping[str, Any]) -> Raw:
    """The same policy with everything spelled out, in one order of keys. Raises `PolicyProblem`."""
    written = to_raw(parse(raw))
    for tier, stage in PLACES:
        said, rule = raw["tiers"][tier.value][stage.value], written["tiers"][tier.value][stage.value]
        rule["evidence"] = [kind for kind in rule["evidence"] if kind in said.get("evidence", ())]
        if TEAM_MATES not in said:
            rule.pop(TEAM_MATES, None)
    return written


def places_of(raw: Mapping[str, Any], code: str) -> tuple[Place, ...]:
    """Where a control is asked for."""
    return tuple(place for place in PLACES if code in _rule(raw, place).get("controls", ()))


def with_control(
    raw: Mapping[str, Any], code: str, said: Mapping[str, Any], places: Collection[Place], *, was: str = ""
) -> Raw:
    """The policy with this control, asked for in these places and no others. `was`: the code that it had before."""
    changed = deepcopy(dict(raw))
    catalogue = changed.get("controls") or {}
    if was in catalogue:
        changed["controls"] = {code if key == was else key: value for key, value in catalogue.items()} | {
            code: dict(said)
        }
    else:
        changed["controls"] = {**catalogue, code: dict(said)}
    for place in PLACES:
        rule = _rule(changed, place)
        listed = [code if one == was else one for one in rule.get("controls", ())]
        if place in places:
            rule["controls"] = listed if code in listed else in_order([*listed, code], changed)
        elif code in listed:
            rule["controls"] = [one for one in listed if one != code]
    return changed


def without_control(raw: Mapping[str, Any], code: str) -> Raw:
    """The policy without this control, wherever it was asked for."""
    changed = deepcopy(dict(raw))
    changed["controls"] = {key: value for key, value in (changed.get("controls") or {}).items() if key != code}
    for place in PLACES:
        rule = _rule(changed, place)
        if code in rule.get("controls", ()):
            rule["controls"] = [one for one in rule["controls"] if one != code]
    return changed


def in_order(codes: Collection[str], raw: Mapping[str, Any]) -> list[str]:
    """Codes of controls in the order of the policy's catalogue."""
    return [code for code in raw.get("controls") or {} if code in codes]


def _rule(raw: Mapping[str, Any], place: Place) -> Raw:
    rule: Raw = raw["tiers"][place.tier.value][place.stage.value]
    return rule
