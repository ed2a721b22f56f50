"""The data of a release as a reader wants it: what each column holds about people, and who may use the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.gate_checks import review_checks, with_waivers
from governance.gate_data import data_checks
from governance.gate_facts import Check, Dossier
from governance.policy import PolicyRules
from models_registry.models import Evidence
from models_registry.requirements.details.access_grant import GrantFacts, grant_facts
from models_registry.requirements.details.dataset import DatasetFacts, dataset_facts
from models_registry.vocabulary import DataClass, EvidenceKind

_ASKED: Final = (EvidenceKind.DATASET, EvidenceKind.ACCESS_GRANT)


@dataclass(frozen=True, slots=True)
class Classified:
    """One dataset: how many of its columns have each class, the most telling first; `open` have none yet."""

    piece: Evidence
    facts: DatasetFacts
    classes: Sequence[tuple[DataClass, int]]

    @property
    def open(self) -> int:
        return len(self.facts.unclassified)


@dataclass(frozen=True, slots=True)
class Granted:
    """One access grant; `state` is standing, ahead or lapsed."""

    piece: Evidence
    facts: GrantFacts
    state: str


@dataclass(frozen=True, slots=True)
class DataAccess:
    """The datasets and the grants of a release, and what the gate says of them, each with whether the policy asks."""

    datasets: Sequence[Classified]
    grants: Sequence[Granted]
    checks: Sequence[tuple[Check, bool]]

    @property
    def columns(self) -> int:
        return sum(len(one.facts.columns) for one in self.datasets)

    @property
    def open(self) -> int:
        return sum(one.open for one in self.datasets)


def data_access(dossier: Dossier, evidence: Collection[Evidence], rules: PolicyRules, now: datetime) -> DataAccess:
    """What the standing evidence of a release says of its data; the same checks as the gate's, asked for or not."""
    asked = {check.code for check in review_checks(dossier, rules)}
    return DataAccess(
        datasets=[_classified(piece) for piece in evidence if piece.kind == EvidenceKind.DATASET],
        grants=[
            Granted(piece, facts, _state(piece, facts, now))
            for piece in evidence
            if piece.kind == EvidenceKind.ACCESS_GRANT and (facts := grant_facts(piece.detail)) is not None
        ],
        checks=[(check, check.code in asked) for check in with_waivers(data_checks(dossier, _ASKED), dossier)],
    )


def _classified(piece: Evidence) -> Classified:
    facts = dataset_facts(piece.detail, piece.title)
    counted = Counter(column.classification for column in facts.columns)
    order = [one for one in DataClass if one is not DataClass.NONE] + [DataClass.NONE]
    return Classified(piece, facts, [(one, counted[one]) for one in order if counted[one]])


def _state(piece: Evidence, facts: GrantFacts, now: datetime) -> str:
    if piece.valid_until is not None and piece.valid_until <= now:
        return "lapsed"
    return "ahead" if facts.first_day is not None and facts.first_day > now.date() else "standing"
