"""What a gate judges (the dossier) and what it answers (checks in a report)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from governance.controls import OFFICERS
from models_registry.requirements import Measurement
from models_registry.vocabulary import EvidenceKind, GateMode, RiskTier, Stage

State = Literal["met", "unmet", "missing", "stale", "waived"]

OWNER = "owner"
TEAM = "team"
OFFICER = "compliance officer"


@dataclass(frozen=True, slots=True)
class CandidateFacts:
    number: int
    digest: str
    uri: str


@dataclass(frozen=True, slots=True)
class EvidenceFacts:
    """One standing (not superseded) piece of evidence.

    `candidate_number`: the version that was the candidate when it was attached; None when there was none. What was
    measured on another version than the candidate does not count for the candidate. `detail` is what its kind says
    beyond that; after `valid_until` it counts no more.
    """

    kind: EvidenceKind
    title: str
    digest: str
    added_at: datetime
    measurements: tuple[Measurement, ...] = ()
    candidate_number: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    valid_until: datetime | None = None

    def expired(self, at: datetime | None) -> bool:
        return at is not None and self.valid_until is not None and self.valid_until <= at


@dataclass(frozen=True, slots=True)
class WaiverFacts:
    """A check that need not be met until a moment, by whose word and why."""

    code: str
    until: datetime
    granted_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """One officer's approval, and the digest of the dossier it was given for.

    `officer_key` tells two officers of one name apart, such as an e-mail address; empty: the name does. `groups` are
    those the officer spoke for. It lapses at `lapses_at`: when its validity ends, or a condition of it is past due.
    """

    officer: str
    at: datetime
    digest: str
    officer_key: str = ""
    groups: frozenset[str] = frozenset({OFFICERS})
    lapses_at: datetime | None = None

    @property
    def who(self) -> str:
        return self.officer_key or self.officer

    def lapsed(self, at: datetime | None) -> bool:
        return at is not None and self.lapses_at is not None and self.lapses_at <= at


@dataclass(frozen=True, slots=True)
class DeploymentFacts:
    """The newest deployment specification; `owner_name` is the person who will serve it."""

    raw: Mapping[str, Any]
    number: int
    owner_name: str | None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a gate looks at, gathered beforehand. `review_open`: an approval review is waiting for a decision.

    `at`: the moment that the dossier is judged for; None judges as if nothing ever expired.
    """

    release: str
    stage: Stage
    tier: RiskTier
    owner_name: str
    brief: Mapping[str, Any] | None
    brief_number: int
    brief_signed: bool
    unsigned_amendment: bool
    candidate: CandidateFacts | None
    evidence: tuple[EvidenceFacts, ...]
    approvals: tuple[ApprovalFacts, ...]
    dossier_digest: str
    deployment: DeploymentFacts | None
    review_open: bool = True
    waivers: tuple[WaiverFacts, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One predicate of a gate. `reason` is a sentence whether met or not.

    `owes`: the role that has to act, empty once met. `action`: what would meet it, such as `sign_brief` or
    `attach_evidence:model_card`. `state`: `missing` when there is nothing yet, `unmet` when what is there fails,
    `stale` when what was good is so no longer, `waived` when somebody with the right gave leave for a time.
    """

    code: str
    title: str
    met: bool
    reason: str
    owes: str
    action: str
    state: State


@dataclass(frozen=True, slots=True)
class GateReport:
    """Every check between two stages, met or not. `target` is None where nothing lies ahead; no gate is open then.

    A gate that only warns lets a release pass with unmet checks, which go on the trail as its `warnings`.
    """

    source: Stage
    target: Stage | None
    checks: tuple[Check, ...]
    mode: GateMode = GateMode.PREVENT

    @property
    def open(self) -> bool:
        """Whether the release may pass."""
        return self.target is not None and (self.mode is GateMode.WARN or not self.unmet)

    @property
    def complete(self) -> bool:
        """Whether the release may pass and nothing is unmet."""
        return self.target is not None and not self.unmet

    @property
    def warnings(self) -> tuple[Check, ...]:
        """What is unmet and does not keep the release."""
        return self.unmet if self.open else ()

    @property
    def unmet(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.met)

    @property
    def done_count(self) -> int:
        return len(self.checks) - len(self.unmet)

    @property
    def next_check(self) -> Check | None:
        """The first thing to do, in the order in which the work goes."""
        return next(iter(self.unmet), None)


def met(code: str, title: str, reason: str) -> Check:
    return Check(code, title, met=True, reason=reason, owes="", action="", state="met")


def missing(code: str, title: str, reason: str, *, owes: str, action: str) -> Check:
    return Check(code, title, met=False, reason=reason, owes=owes, action=action, state="missing")


def stale(code: str, title: str, reason: str, *, owes: str, action: str) -> Check:
    return Check(code, title, met=False, reason=reason, owes=owes, action=action, state="stale")


def unmet(code: str, title: str, reason: str, *, owes: str, action: str) -> Check:
    return Check(code, title, met=False, reason=reason, owes=owes, action=action, state="unmet")


def waived(check: Check, waiver: WaiverFacts) -> Check:
    """The same check with leave not to be met; its reason says by whom, why and until when."""
    said = f"Waived by {waiver.granted_by} until {day(waiver.until)}: {waiver.reason}"
    return replace(check, met=True, state="waived", reason=said, owes="", action="")


def day(at: datetime) -> str:
    """A date in words, in the zone of the instant: `3 March 2026`."""
    return f"{at.day} {at:%B %Y}"
