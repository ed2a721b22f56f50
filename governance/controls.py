"""Controls: what a reviewer looks at one by one, the evidence each takes, and who has to approve.

Pure. A policy names its own controls; a kind of evidence that it asks for without naming one has a control of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from models_registry.vocabulary import EvidenceKind

OFFICERS: Final = "compliance-officers"
"""The group that every compliance officer belongs to; it needs no row."""

BRIEF: Final = "brief"
REQUIREMENTS: Final = "requirements"


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a control comes from: a framework's key, and the exact clause in it."""

    framework: str
    clause: str


@dataclass(frozen=True, slots=True)
class Control:
    """One thing to look at. `evidence`: the kinds that show it; none means that a person judges by the dossier."""

    code: str
    title: str
    question: str = ""
    evidence: tuple[EvidenceKind, ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupQuorum:
    """So many different people of one group have to approve."""

    group: str
    quorum: int


BRIEF_CONTROL: Final = Control(
    BRIEF, "Brief", "Does the brief say what production needs, and is the revision in force the one that was signed?"
)
REQUIREMENTS_CONTROL: Final = Control(
    REQUIREMENTS,
    "Requirements",
    "Do the values measured on the candidate meet the brief, overall and in every slice?",
    (EvidenceKind.VALIDATION_REPORT, EvidenceKind.BENCHMARK),
)


def control_of(kind: EvidenceKind) -> Control:
    """The control that a kind of evidence has by itself."""
    return Control(code=kind.value, title=kind.label, evidence=(kind,))


def complete(named: Iterable[Control], kinds: Iterable[EvidenceKind]) -> tuple[Control, ...]:
    """The brief and the requirements, the named controls, and one for each kind of evidence that none of them takes."""
    named = tuple(named)
    taken = {kind for control in named for kind in control.evidence}
    return (
        BRIEF_CONTROL,
        REQUIREMENTS_CONTROL,
        *named,
        *(control_of(kind) for kind in EvidenceKind if kind in set(kinds) - taken),
    )


def group_name(slug: str) -> str:
    """A group as a person reads it, where only its short name is known: `Risk board`."""
    return slug.replace("-", " ").replace("_", " ").strip().capitalize()
