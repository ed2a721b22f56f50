"""Governance debt: every check that policy and brief imply up to live, from the first day of the brief. Pure.

A gate asks what is needed for the next step; the debt says at any stage what will be asked on the whole way, and what
of it stands. Beside the checks it tells what no gate may ask for and somebody owes all the same: columns that nobody
classified, gaps in the lineage, personal data that the model's facts deny, and grants that are about to lapse.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from governance.gate_data import CLASSIFY, brief_sources, datasets_of, names
from governance.gate_facts import OWNER, TEAM, Check, Dossier, met, missing, unmet
from governance.gates import gate_report
from governance.policy import PolicyRules
from models_registry.requirements.lineage import Lineage, Piece, Source, lineage
from models_registry.requirements.values import as_text
from models_registry.vocabulary import EvidenceKind, Stage

WAY: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT)
LATER: Final = "owner of deployment"
"""Nobody yet: the stage begins without an owner, and has to be claimed."""
SOON: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class StageDebt:
    """What the gate out of a stage asks, without what is told of an earlier one in the same list."""

    stage: Stage
    checks: tuple[Check, ...]

    @property
    def owed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.met)

    @property
    def settled(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.met)


@dataclass(frozen=True, slots=True)
class Lapse:
    """A grant that counts for less than thirty days more."""

    title: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Debt:
    """The whole of it: the stages with the current one first, the data, and what is about to lapse, the next first."""

    stages: tuple[StageDebt, ...]
    data: tuple[Check, ...]
    lapses: tuple[Lapse, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        return (*(check for stage in self.stages for check in stage.checks), *self.data)

    @property
    def owed(self) -> tuple[Check, ...]:
        """What somebody owes, in the order in which it is due."""
        return tuple(check for check in self.checks if not check.met)

    @property
    def settled_count(self) -> int:
        return len(self.checks) - len(self.owed)

    @property
    def data_owed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.data if not check.met)

    def count(self, state: str) -> int:
        return sum(check.state == state for check in self.checks)


def debt_of(dossier: Dossier, rules: PolicyRules, *, personal_data: bool | None) -> Debt:
    """The debt of a release as its dossier stands. `personal_data`: what the model's own facts say."""
    stages = tuple(_stages(dossier, rules))
    asked = {check.code for one in stages for check in one.checks}
    data = (_owed_there(check, Stage.VALIDATION, dossier) for check in _data(dossier, asked, personal_data))
    return Debt(stages, tuple(data), _lapses(dossier))


def _stages(dossier: Dossier, rules: PolicyRules) -> Iterator[StageDebt]:
    """Each stage up to live, the current one first, then those ahead, then those behind."""
    here = WAY.index(dossier.stage) if dossier.stage in WAY else len(WAY)
    told: set[str] = set()
    for stage in (*WAY[here:], *WAY[:here]):
        checks = gate_report(stage, _as_if_in(stage, dossier), rules).checks
        fresh = (check for check in checks if check.code not in told)
        yield StageDebt(stage, tuple(_owed_there(check, stage, dossier) for check in fresh))
        told |= {check.code for check in checks}


def _owed_there(check: Check, stage: Stage, dossier: Dossier) -> Check:
    """The check as it is owed: whoever owns the present stage answers for no other one that has an owner of its own."""
    if check.owes != OWNER or stage is dossier.stage:
        return check
    if stage is Stage.DEPLOYMENT and dossier.stage in WAY:
        return replace(check, owes=LATER)
    return replace(check, owes=TEAM) if dossier.stage is Stage.COMPLIANCE_REVIEW else check


def _as_if_in(stage: Stage, dossier: Dossier) -> Dossier:
    """The dossier as it would be judged in a stage ahead: the review that begins there waits for its officers."""
    if dossier.stage not in WAY or WAY.index(stage) <= WAY.index(dossier.stage):
        return dossier
    return replace(dossier, stage=stage, review_open=dossier.review_open or stage is Stage.COMPLIANCE_REVIEW)


def _data(dossier: Dossier, asked: set[str], personal_data: bool | None) -> Iterator[Check]:
    """What the data owes beside the checks of the gates."""
    open_columns = [
        f"{one.name}: {names(one.unclassified)}" for one in datasets_of(dossier.evidence) if one.unclassified
    ]
    if open_columns and "data:columns" not in asked:
        reason = f"Nobody has said yet what these columns hold. {'; '.join(open_columns)}."
        yield unmet("debt:columns", "Columns classified", reason, owes=OWNER, action=CLASSIFY)
    holding = [one for one in datasets_of(dossier.evidence) if one.about_people]
    if holding and personal_data is False:
        where = names([one.name for one in holding])
        reason = f"The model's facts say that it uses no personal data, but {where} holds some."
        yield unmet("debt:facts", "Facts agree with the data", reason, owes=OWNER, action="")
    yield _lineage_check(dossier)


def _lineage_check(dossier: Dossier) -> Check:
    code, title = "debt:lineage", "Lineage known"
    gaps = lineage_of(dossier).unknown
    if not gaps:
        return met(code, title, "Known from the sources to the candidate.")
    said = names([f"{gap.label} ({gap.note[:1].lower()}{gap.note[1:]})" for gap in gaps])
    refuse = unmet if any(piece.kind is EvidenceKind.TRAINING_RUN for piece in dossier.evidence) else missing
    return refuse(code, title, f"{said}.", owes=OWNER, action=f"attach_evidence:{EvidenceKind.TRAINING_RUN}")


def lineage_of(dossier: Dossier) -> Lineage:
    """The lineage that the standing evidence tells of; its records are numbered in their order."""
    pieces = [
        Piece(number, piece.kind, piece.title, piece.detail, piece.candidate_number)
        for number, piece in enumerate(dossier.evidence)
    ]
    sources = [Source(as_text(one.get("name")), as_text(one.get("uri"))) for one in brief_sources(dossier.brief)]
    candidate = dossier.candidate
    return lineage(sources, pieces, candidate.number if candidate else None, candidate.digest if candidate else "")


def _lapses(dossier: Dossier) -> tuple[Lapse, ...]:
    if dossier.at is None:
        return ()
    found = [
        Lapse(piece.title, piece.valid_until)
        for piece in dossier.evidence
        if piece.kind is EvidenceKind.ACCESS_GRANT
        and piece.valid_until is not None
        and dossier.at < piece.valid_until <= dossier.at + SOON
    ]
    return tuple(sorted(found, key=lambda lapse: lapse.at))
