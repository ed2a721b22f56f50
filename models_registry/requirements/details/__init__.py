"""What a kind of evidence says beyond its title and measurements. Each kind with a detail has its own file here."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from models_registry.requirements.details.access_grant import check_access_grant, grant_ends
from models_registry.requirements.details.dataset import check_dataset
from models_registry.requirements.details.model_card import check_model_card
from models_registry.requirements.details.reports import (
    check_benchmark,
    check_document,
    check_explainability_report,
    check_security_scan,
    check_validation_report,
)
from models_registry.requirements.details.training_run import check_training_run
from models_registry.requirements.facts import FieldProblem
from models_registry.vocabulary import EvidenceKind

Check = Callable[[Mapping[str, Any]], list[FieldProblem]]

CHECKS: Final[Mapping[EvidenceKind, Check]] = {
    EvidenceKind.TRAINING_RUN: check_training_run,
    EvidenceKind.DATASET: check_dataset,
    EvidenceKind.ACCESS_GRANT: check_access_grant,
    EvidenceKind.VALIDATION_REPORT: check_validation_report,
    EvidenceKind.BENCHMARK: check_benchmark,
    EvidenceKind.EXPLAINABILITY_REPORT: check_explainability_report,
    EvidenceKind.MODEL_CARD: check_model_card,
    EvidenceKind.SECURITY_SCAN: check_security_scan,
    EvidenceKind.DOCUMENT: check_document,
}
"""By kind, what finds every problem of a detail; fields read `detail.columns.0.name`."""


def check_detail(kind: EvidenceKind, raw: object) -> list[FieldProblem]:
    """Every problem of a detail; an empty one is always in order and means that nothing more is known."""
    if not isinstance(raw, Mapping):
        return [FieldProblem("detail", "The detail must be an object.")]
    if not raw:
        return []
    return CHECKS[kind](raw)


def ends_by_detail(kind: EvidenceKind, detail: Mapping[str, Any]) -> datetime | None:
    """When evidence stops to count by what its own detail says; None where it says nothing of the kind."""
    return grant_ends(detail) if kind is EvidenceKind.ACCESS_GRANT else None
