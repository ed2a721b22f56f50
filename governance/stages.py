"""The one transition table: which moves exist between stages, and what each stage demands.

Pure. Who may make a move is in `permissions`; whether the facts allow it is in `gates`. Parked and killed are states of
a visit, not stages, so they are not in this table.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from models_registry.vocabulary import OrgRole, Stage, TeamRole


class Move(StrEnum):
    ADVANCE = "advance"
    SEND_BACK = "send_back"
    RETIRE = "retire"


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed move. `gate`: the checks of `gates` must be met, or the glass broken."""

    source: Stage
    target: Stage
    kind: Move
    gate: bool
    reason_required: bool


@dataclass(frozen=True, slots=True)
class StageDuty:
    """What a stage demands: the roles one of which its owner must hold, and whether a time budget runs."""

    stage: Stage
    purpose: str
    owner_team_roles: tuple[TeamRole, ...]
    owner_org_roles: tuple[OrgRole, ...]
    budgeted: bool
    unbudgeted_because: str = ""
    no_exit_because: str = ""

    @property
    def budget_key(self) -> str | None:
        """The stage's name in a policy's rules, or None where no clock runs."""
        return self.stage.value if self.budgeted else None


class UnknownMove(ValueError):
    """There is no such move; `possible` holds the targets that exist from `source`."""

    def __init__(self, source: Stage, target: Stage, possible: tuple[Stage, ...]) -> None:
        self.source, self.target, self.possible = source, target, possible
        named = " or ".join(stage.label for stage in possible)
        where = f"from there it can go to {named}" if named else "nothing follows it"
        super().__init__(f"A release cannot go from {source.label} to {target.label}: {where}.")


def _advance(source: Stage, target: Stage) -> Transition:
    return Transition(source, target, Move.ADVANCE, gate=True, reason_required=False)


def _send_back(source: Stage, target: Stage) -> Transition:
    return Transition(source, target, Move.SEND_BACK, gate=False, reason_required=True)


FIRST_STAGE: Final = Stage.BRIEF

TRANSITIONS: Final[tuple[Transition, ...]] = (
    _advance(Stage.BRIEF, Stage.VALIDATION),
    _advance(Stage.VALIDATION, Stage.COMPLIANCE_REVIEW),
    _advance(Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT),
    _advance(Stage.DEPLOYMENT, Stage.LIVE),
    _send_back(Stage.VALIDATION, Stage.BRIEF),
    _send_back(Stage.COMPLIANCE_REVIEW, Stage.VALIDATION),
    _send_back(Stage.COMPLIANCE_REVIEW, Stage.BRIEF),
    _send_back(Stage.DEPLOYMENT, Stage.COMPLIANCE_REVIEW),
    _send_back(Stage.DEPLOYMENT, Stage.VALIDATION),
    _send_back(Stage.DEPLOYMENT, Stage.BRIEF),
    _send_back(Stage.LIVE, Stage.DEPLOYMENT),
    Transition(Stage.LIVE, Stage.RETIRED, Move.RETIRE, gate=False, reason_required=True),
)

_BUILDERS: Final = (TeamRole.ENGINEER, TeamRole.LEAD)
_NO_CLOCK_LIVE: Final = "a release may stay live for as long as it serves"

STAGE_DUTIES: Final[Mapping[Stage, StageDuty]] = {
    duty.stage: duty
    for duty in (
        StageDuty(Stage.BRIEF, "say what production requires, and sign it", _BUILDERS, (), budgeted=True),
        StageDuty(Stage.VALIDATION, "measure the candidate against the brief", _BUILDERS, (), budgeted=True),
        StageDuty(
            Stage.COMPLIANCE_REVIEW,
            "decide whether the dossier may go to production",
            (),
            (OrgRole.COMPLIANCE_OFFICER,),
            budgeted=True,
        ),
        StageDuty(Stage.DEPLOYMENT, "commit to how it runs and who serves it", _BUILDERS, (), budgeted=True),
        StageDuty(Stage.LIVE, "keep it serving", _BUILDERS, (), budgeted=False, unbudgeted_because=_NO_CLOCK_LIVE),
        StageDuty(
            Stage.RETIRED,
            "keep the record",
            (TeamRole.LEAD,),
            (),
            budgeted=False,
            unbudgeted_because="nothing is left to do",
            no_exit_because="a retired release is closed; a new release starts again at the brief",
        ),
    )
}


def moves_from(stage: Stage) -> tuple[Transition, ...]:
    """Every move out of a stage, the way forward first."""
    return tuple(move for move in TRANSITIONS if move.source == stage)


def advance_from(stage: Stage) -> Stage | None:
    """The stage a gate leads to, or None from live and retired."""
    return next((move.target for move in moves_from(stage) if move.kind is Move.ADVANCE), None)


def send_back_targets(stage: Stage) -> tuple[Stage, ...]:
    """Where a release may be sent back to, nearest first."""
    return tuple(move.target for move in moves_from(stage) if move.kind is Move.SEND_BACK)


def comes_before(stage: Stage, other: Stage) -> bool:
    """Whether a release passes the one before it can come to the other."""
    order = tuple(Stage)
    return order.index(stage) < order.index(other)


def find(source: Stage, target: Stage) -> Transition:
    """The move between two stages. Raises `UnknownMove` when the table has none."""
    for move in moves_from(source):
        if move.target == target:
            return move
    raise UnknownMove(source, target, tuple(move.target for move in moves_from(source)))


_EDGE_LABELS: Final[Mapping[Move, str]] = {
    Move.ADVANCE: "gate",
    Move.SEND_BACK: "sent back, reason",
    Move.RETIRE: "retired, reason",
}


def diagram() -> str:
    """The table as Mermaid text (`stateDiagram-v2`), without a trailing newline."""
    lines = ["stateDiagram-v2", f"    [*] --> {FIRST_STAGE}"]
    lines += [f"    {stage.value} : {stage.label}" for stage in Stage]
    lines += [f"    {move.source} --> {move.target} : {_EDGE_LABELS[move.kind]}" for move in TRANSITIONS]
    lines += [f"    {stage} --> [*]" for stage in Stage if not moves_from(stage)]
    return "\n".join(lines)


DIAGRAM_BEGIN: Final = "<!-- diagram of governance/stages.py: begin -->"
DIAGRAM_END: Final = "<!-- diagram of governance/stages.py: end -->"


def with_fresh_diagram(document: str) -> str:
    """The document with the text between the two markers replaced. Raises `ValueError` when a marker is missing."""
    before, begin, rest = document.partition(DIAGRAM_BEGIN)
    _, end, after = rest.partition(DIAGRAM_END)
    if not begin or not end:
        raise ValueError(f"The document needs the markers {DIAGRAM_BEGIN} and {DIAGRAM_END}.")
    return f"{before}{begin}\n```mermaid\n{diagram()}\n```\n{end}{after}"


if __name__ == "__main__":  # python -m governance.stages docs/stages.md
    page = Path(sys.argv[1])
    page.write_text(with_fresh_diagram(page.read_text(encoding="utf-8")), encoding="utf-8")
