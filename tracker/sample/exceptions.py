"""What reviews of the sample are given under, said aside from the rule: waivers, dates, conditions and findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from models_registry.vocabulary import EvidenceKind, Severity


@dataclass(frozen=True, slots=True)
class Leave:
    """A kind of evidence that need not be there for a while: until so long after the sample's present."""

    kind: EvidenceKind
    until: timedelta
    reason: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A finding: what has to be put right of a control, due so long after the sample's present."""

    title: str
    text: str
    control: str
    severity: Severity
    due: timedelta


WAIVED: Final[Mapping[str, Sequence[Leave]]] = {
    "conditional": (
        Leave(
            EvidenceKind.SECURITY_SCAN,
            timedelta(days=40),
            "The new build pipeline has no scanner before PLAT-902; the image of the release before was clean.",
        ),
    ),
    "evidence_missing": (
        Leave(
            EvidenceKind.SECURITY_SCAN,
            timedelta(days=5),
            "The scanner's licence is being renewed; the base image is the one that passed last month.",
        ),
        Leave(
            EvidenceKind.TRAINING_RUN,
            timedelta(days=-2),
            "The run log moves to the new tracking server, which was promised for this week.",
        ),
    ),
}
"""By twist of the story; what ends before the present is owed again."""

EXPIRED: Final[Mapping[tuple[str, EvidenceKind], timedelta]] = {
    ("evidence_missing", EvidenceKind.EXPLAINABILITY_REPORT): timedelta(days=1),
}
"""By twist and kind: how long ago the evidence stopped to count."""

DOUBTS: Final[Mapping[str, Mapping[str, str]]] = {
    "conditional": {"bias-examined": "Over 65 the recall rests on 212 cases; two more quarters would tell."},
    "lapsed": {"limits-known": "The card says nothing of soils that were never surveyed."},
    "evidence_missing": {
        "bias-examined": "Reason codes differ by age in one decline of nine, and nobody has looked why.",
    },
}
"""By twist: the concern that an officer notes on a control, and which a condition is then about."""

CONDITIONS: Final[Mapping[str, Sequence[Wanted]]] = {
    "conditional": (
        Wanted(
            "Measure customers over 65 on two more quarters",
            "Recall and its interval for the slice, beside the rest.",
            "bias-examined",
            Severity.HIGH,
            timedelta(days=3),
        ),
        Wanted(
            "Alert on drift of the income feature",
            "The monitoring plan watches the score and not what goes in.",
            "monitoring-plan",
            Severity.MEDIUM,
            timedelta(days=12),
        ),
    ),
    "lapsed": (
        Wanted(
            "Say in the model card where the model must not be used",
            "Soils without a survey, and houses from before 1900.",
            "limits-known",
            Severity.HIGH,
            timedelta(days=-3),
        ),
    ),
}
"""By twist: what an approval is given under."""

COMPLAINTS: Final = Wanted(
    "Stop settling claims with a minor injured",
    "Two families were paid out by the model before anybody had spoken to them.",
    "limits-known",
    Severity.CRITICAL,
    timedelta(days=4),
)
ROTA: Final = Wanted(
    "Name who answers at night",
    "The runbook names the team and no person.",
    "accountable-people",
    Severity.LOW,
    timedelta(days=9),
)
