"""What a kind of evidence says beyond its title and measurements. Each kind with a detail has its own file here."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from models_registry.requirements.facts import FieldProblem
from models_registry.vocabulary import EvidenceKind

Check = Callable[[Mapping[str, Any]], list[FieldProblem]]

CHECKS: Final[Mapping[EvidenceKind, Check]] = {}
"""By kind, what finds every problem of a detail; fields read `detail.columns.0.name`. Other kinds take no detail."""


def check_detail(kind: EvidenceKind, raw: object) -> list[FieldProblem]:
    """Every problem of a detail; an empty one is always in order and means that nothing more is known."""
    if not isinstance(raw, Mapping):
        return [FieldProblem("detail", "The detail must be an object.")]
    if not raw:
        return []
    check = CHECKS.get(kind)
    if check is None:
        return [FieldProblem("detail", f"{kind.label} has no detail: leave it out.")]
    return check(raw)
