"""What of a framework a policy asks for, and what of it a release has shown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from governance.control_states import ControlState
from governance.controls import Control
from governance.packs import Clause, Pack
from governance.policy import PolicyRules
from models_registry.vocabulary import RiskTier, Stage

OWN: Final = "Only in this policy"
"""The part of the clauses that a policy refers to and no pack knows."""

NOT_ASKED: Final = "not_asked"
ORDER: Final = ("unmet", "missing", "stale", "concern", "unchecked", "waived", "verified")
"""How a control may stand, the worst first: a clause stands as the worst of the controls that answer it."""

Referred = Mapping[str, Sequence[Control]]


@dataclass(frozen=True, slots=True)
class PolicyClause:
    """One clause, and the controls that answer it for each tier. `offered`: what the pack has for it."""

    clause: Clause
    by_tier: Mapping[RiskTier, Sequence[Control]]
    offered: Sequence[Control]

    @property
    def asked(self) -> list[tuple[Control, Sequence[RiskTier]]]:
        """The controls that any tier asks for, each with its tiers."""
        named = {control.code: control for controls in self.by_tier.values() for control in controls}
        return [
            (control, [tier for tier, controls in self.by_tier.items() if control in controls])
            for control in named.values()
        ]

    @property
    def open_for(self) -> Sequence[RiskTier]:
        """The tiers that ask for nothing that answers it."""
        return [tier for tier, controls in self.by_tier.items() if not controls]


@dataclass(frozen=True, slots=True)
class ReleaseClause:
    """One clause, and how the controls stand that the release is asked for and that answer it."""

    clause: Clause
    answers: Sequence[ControlState]
    offered: Sequence[Control]

    @property
    def state(self) -> str:
        states = {answer.state for answer in self.answers}
        return next((state for state in ORDER if state in states), NOT_ASKED)


def policy_coverage(pack: Pack, rules: PolicyRules) -> list[PolicyClause]:
    """Every clause of the framework, and those that only the policy refers to, with what each tier asks."""
    asked = {tier: _referred(pack.key, controls_asked(rules, tier)) for tier in RiskTier}
    offered = _offered(pack)
    return [
        PolicyClause(
            clause,
            {tier: by_clause.get(clause.code, ()) for tier, by_clause in asked.items()},
            offered.get(clause.code, ()),
        )
        for clause in _clauses(pack, (code for by_clause in asked.values() for code in by_clause))
    ]


def release_coverage(pack: Pack, answers: Iterable[ControlState]) -> list[ReleaseClause]:
    """Every clause of the framework, and those that only the policy refers to, with how the release stands."""
    by_clause: dict[str, list[ControlState]] = {}
    for answer in answers:
        for code in _codes(pack.key, answer.control):
            by_clause.setdefault(code, []).append(answer)
    offered = _offered(pack)
    return [
        ReleaseClause(clause, by_clause.get(clause.code, ()), offered.get(clause.code, ()))
        for clause in _clauses(pack, by_clause)
    ]


def controls_asked(rules: PolicyRules, tier: RiskTier) -> tuple[Control, ...]:
    """What any stage of a tier asks for by name, each once."""
    named = {one.code: one for stage in Stage for one in rules.stage(tier, stage).controls}
    return tuple(named.values())


def _clauses(pack: Pack, referred: Iterable[str]) -> list[Clause]:
    known = {clause.code for clause in pack.clauses}
    own = [Clause(code, "", OWN) for code in dict.fromkeys(referred) if code not in known]
    return [*pack.clauses, *own]


def _offered(pack: Pack) -> Referred:
    return _referred(pack.key, (one.control for one in pack.controls))


def _referred(framework: str, controls: Iterable[Control]) -> Referred:
    found: dict[str, list[Control]] = {}
    for control in controls:
        for code in _codes(framework, control):
            found.setdefault(code, []).append(control)
    return found


def _codes(framework: str, control: Control) -> dict[str, None]:
    return dict.fromkeys(one.clause for one in control.references if one.framework == framework)
