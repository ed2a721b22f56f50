"""The controls of one review as its page shows them: what each asks, what shows it, who said what, and what changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.control_states import ControlState
from governance.controls import BRIEF, REQUIREMENTS
from governance.gates import Check
from governance.models import Finding
from governance.packs import framework_title
from models_registry.models import Brief, Evidence, Release
from models_registry.requirements import Compared
from models_registry.vocabulary import FindingState, Verdict

NAMED: Final = 8  # pieces that a control names although another one shows them
ICONS: Final = {
    "verified": "met",
    "concern": "finding",
    "waived": "waived",
    "missing": "missing",
    "unmet": "unmet",
    "stale": "stale",
    "unchecked": "unchecked",
}


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One control. `since` says what reopened it after `state.earlier`; `pieces` are the records of its evidence.

    `elsewhere` are the first of those that an earlier control shows in full, by its number; `more` counts the others.
    """

    number: int
    state: ControlState
    pieces: Sequence[Evidence]
    elsewhere: Sequence[tuple[Evidence, int]]
    more: int
    compared: Sequence[Compared]
    findings: Sequence[Finding]
    since: Sequence[str]
    changed: bool

    @property
    def id(self) -> str:
        return f"c{self.number}"

    @property
    def code(self) -> str:
        return self.state.control.code

    @property
    def icon(self) -> str:
        return ICONS[self.state.state]

    @property
    def open(self) -> bool:
        """Whether it wants to be looked at: unless it holds and nothing is to be put right."""
        return not self.state.holds or bool(self.unclosed)

    @property
    def unclosed(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.state != FindingState.CLOSED]

    @property
    def is_brief(self) -> bool:
        return self.code == BRIEF

    @property
    def is_requirements(self) -> bool:
        return self.code == REQUIREMENTS

    @property
    def unmet(self) -> list[Check]:
        return [check for check in self.state.checks if not check.met]

    @property
    def references(self) -> list[str]:
        return [f"{framework_title(one.framework)}, {one.clause}" for one in self.state.control.references]

    @property
    def summary(self) -> str:
        """One line: what keeps it from holding, else what was found, else what there is to look at."""
        if self.unmet:
            return self.unmet[0].reason
        said = self.state.verdict
        if said is not None:
            what = "Verified" if said.verdict is Verdict.VERIFIED else "A concern"
            return f"{what} by {said.officer}{f': {said.note}' if said.note else ''}"
        if self.state.state == "waived":
            return self.state.checks[0].reason
        if self.state.reopened:
            return "Changed since it was judged, so it is open again"
        if self.is_requirements:
            return f"{sum(one.met is True for one in self.compared)} of {len(self.compared)} met, not judged yet"
        found = [*self.pieces, *(piece for piece, _ in self.elsewhere)]
        return f"{found[0].title}, not judged yet" if found else "Not judged yet"


def control_rows(
    states: Iterable[ControlState],
    evidence: Sequence[Evidence],
    compared: Sequence[Compared],
    findings: Sequence[Finding],
    brief: Brief | None,
    release: Release,
    approved: Mapping[str, str],
) -> list[ControlRow]:
    """The rows in the policy's order. `approved`: the digest of each control as it was last approved."""
    rows = []
    shown: dict[int, int] = {}
    for number, state in enumerate(states, start=1):
        digests = {piece.digest for piece in state.evidence}
        under_it = [piece for piece in evidence if piece.digest in digests]
        code = state.control.code
        # A control that names no kind is judged by the whole dossier, which the page shows once and not once for each.
        named = bool(state.control.evidence)
        pieces = under_it if named else []
        before = [(piece, shown[piece.pk]) for piece in pieces if piece.pk in shown]
        fresh = [piece for piece in pieces if piece.pk not in shown]
        shown |= dict.fromkeys((piece.pk for piece in fresh), number)
        rows.append(
            ControlRow(
                number=number,
                state=state,
                pieces=fresh,
                elsewhere=before[:NAMED],
                more=max(0, len(before) - NAMED),
                compared=compared if code == REQUIREMENTS else (),
                findings=[finding for finding in findings if finding.control == code],
                since=_since(state, under_it, brief, release),
                changed=bool(approved) and approved.get(code) != state.digest,
            )
        )
    return rows


def _since(state: ControlState, pieces: Sequence[Evidence], brief: Brief | None, release: Release) -> list[str]:
    """What came after the verdict on the facts as they were before."""
    if not state.reopened or state.earlier is None:
        return []
    at = state.earlier.at
    found = [f"“{piece.title}” was attached" for piece in pieces if piece.added_at > at]
    if _later(release.candidate.added_at if release.candidate else None, at):
        found.append(f"version {release.candidate.number if release.candidate else ''} became the candidate")
    if brief is not None and _later(brief.signed_at, at) and not found:
        found.append(f"revision {brief.number} of the brief was signed")
    return found or ["something that it was judged by was taken away or defined otherwise"]


def _later(moment: datetime | None, than: datetime) -> bool:
    return moment is not None and moment > than
