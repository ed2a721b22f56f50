"""The state of every control that a review looks at, and the digest that a verdict on it binds to.

Pure. A verdict counts for as long as the facts under its control are the same, so that a material change reopens the
controls that it touches and no others, and an edit that changes nothing reopens none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from governance.controls import BRIEF, REQUIREMENTS, Control
from governance.gate_checks import ABOUT_THE_ARTEFACT, review_checks
from governance.gate_data import personal_subjects
from governance.gate_facts import Check, Dossier, EvidenceFacts
from governance.policy import PolicyRules
from models_registry.requirements import digest_of, material_brief, requirements_of
from models_registry.vocabulary import EvidenceKind, Verdict

Standing = Literal["unchecked", "verified", "concern", "waived", "missing", "unmet", "stale"]

_ABOUT_DATA: Final[Mapping[EvidenceKind, tuple[str, ...]]] = {
    EvidenceKind.DATASET: ("data:columns", "data:basis"),
    EvidenceKind.ACCESS_GRANT: ("data:grants",),
}
"""The checks of a kind beyond being attached."""


@dataclass(frozen=True, slots=True)
class VerdictFacts:
    """One reviewer's verdict on a control, for the facts that `digest` covers."""

    control: str
    digest: str
    verdict: Verdict
    officer: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class ControlState:
    """One control as it stands. `checks` are what the gates say of it, `evidence` the standing pieces it looks at.

    `state`: missing, unmet or stale when a check says so; else the verdict on the present facts; waived when every
    check of it is; unchecked when nobody has said anything of the present facts. `verdict` is the newest one on them,
    `earlier` the newest one on other facts: what stood before a change.
    """

    control: Control
    digest: str
    state: Standing
    checks: tuple[Check, ...] = ()
    evidence: tuple[EvidenceFacts, ...] = ()
    verdict: VerdictFacts | None = None
    earlier: VerdictFacts | None = None

    @property
    def holds(self) -> bool:
        """Whether an approval may rest on it."""
        return self.state in ("verified", "waived")

    @property
    def reopened(self) -> bool:
        """Whether it was looked at before, and a change since asks for another look."""
        return self.verdict is None and self.earlier is not None and not self.holds


def control_states(
    dossier: Dossier, rules: PolicyRules, verdicts: Iterable[VerdictFacts] = ()
) -> tuple[ControlState, ...]:
    """Every control of the dossier's tier, in the policy's order. `verdicts` of the release come oldest first."""
    said: dict[str, list[VerdictFacts]] = {}
    for verdict in verdicts:
        said.setdefault(verdict.control, []).append(verdict)
    facts = _Facts.of(dossier)
    checks = review_checks(dossier, rules)
    return tuple(
        _state(control, facts, checks, said.get(control.code, [])) for control in rules.controls_of(dossier.tier)
    )


def belongs(check: Check, control: Control) -> bool:
    """Whether a check says something of a control."""
    if control.code == BRIEF:
        return check.code == "brief_in_force"
    if control.code == REQUIREMENTS:
        return check.code == "candidate" or check.code.startswith("requirement:")
    return any(check.code in (f"evidence:{kind}", *_ABOUT_DATA.get(kind, ())) for kind in control.evidence)


def control_digest(control: Control, dossier: Dossier) -> str:
    """What a verdict on this control binds to: its definition, and the facts that it is judged by."""
    return _Facts.of(dossier).digest(control)


def _state(control: Control, facts: _Facts, checks: Sequence[Check], said: Sequence[VerdictFacts]) -> ControlState:
    digest = facts.digest(control)
    mine = tuple(check for check in checks if belongs(check, control))
    verdict = next((one for one in reversed(said) if one.digest == digest), None)
    return ControlState(
        control=control,
        digest=digest,
        state=_standing(mine, verdict),
        checks=mine,
        evidence=facts.pieces(control),
        verdict=verdict,
        earlier=next((one for one in reversed(said) if one.digest != digest), None),
    )


def _standing(checks: Sequence[Check], verdict: VerdictFacts | None) -> Standing:
    states = {check.state for check in checks}
    if "unmet" in states:
        return "unmet"
    if "stale" in states:
        return "stale"
    if "missing" in states:
        return "missing"
    if verdict is not None:
        return "verified" if verdict.verdict is Verdict.VERIFIED else "concern"
    return "waived" if states == {"waived"} else "unchecked"


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the digests of a dossier's controls are made of, computed once for all of them."""

    candidate: tuple[int, str] | None
    brief: Mapping[str, Any] | None
    evidence: tuple[EvidenceFacts, ...]
    measuring: frozenset[str]
    subjects: tuple[str, ...]

    @classmethod
    def of(cls, dossier: Dossier) -> _Facts:
        candidate, brief = dossier.candidate, dossier.brief
        wanted = {one.code for one in requirements_of(brief or {})}
        measuring = (
            piece.digest for piece in dossier.evidence if any(one.code in wanted for one in piece.measurements)
        )
        return cls(
            candidate=None if candidate is None else (candidate.number, candidate.digest),
            brief=None if brief is None else material_brief(brief),
            evidence=dossier.evidence,
            measuring=frozenset(measuring),
            subjects=tuple(sorted(personal_subjects(dossier))),
        )

    def pieces(self, control: Control) -> tuple[EvidenceFacts, ...]:
        """The standing evidence that a control is judged by; every piece, where it names no kind."""
        if control.code == BRIEF:
            return ()
        if control.code == REQUIREMENTS:
            # A value counts wherever it was measured, so that a training run can be among them.
            return tuple(one for one in self.evidence if one.kind in control.evidence or one.digest in self.measuring)
        return tuple(one for one in self.evidence if not control.evidence or one.kind in control.evidence)

    def digest(self, control: Control) -> str:
        by_the_dossier = not control.evidence and control.code != BRIEF
        about_the_artefact = by_the_dossier or not ABOUT_THE_ARTEFACT.isdisjoint(control.evidence)
        by_the_brief = by_the_dossier or control.code in (BRIEF, REQUIREMENTS)
        return digest_of(
            {
                "control": _definition(control),
                "candidate": self.candidate if about_the_artefact else None,
                "evidence": sorted([one.kind.value, one.digest] for one in self.pieces(control)),
                "brief": self.brief if by_the_brief else None,
                "subjects": self.subjects if EvidenceKind.ACCESS_GRANT in control.evidence else None,
            }
        )


def _definition(control: Control) -> list[Any]:
    """A control without the order in which its parts are written down."""
    kinds: list[EvidenceKind] = sorted(control.evidence)
    references = sorted([one.framework, one.clause] for one in control.references)
    return [control.code, control.title, control.question, kinds, references]
