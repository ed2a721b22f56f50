"""What changed since a release of the model was last approved: the brief, the evidence, and what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q

from governance.gates import Dossier
from governance.models import Review
from models_registry.models import Brief, Evidence, Release
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState
from tracker.brief_words import Change, changes


@dataclass(frozen=True, slots=True)
class Since:
    """The differences from what was approved then. `gained` and `lost` are kinds of evidence."""

    review: Review
    brief: Sequence[Change]
    gained: Sequence[str]
    lost: Sequence[str]
    version: int | None

    @property
    def count(self) -> int:
        return len(self.brief) + len(self.gained) + len(self.lost)


def since_last_approval(release: Release, dossier: Dossier) -> Since | None:
    """What this dossier says otherwise than the one that was last approved of an earlier release of the model."""
    approved = Review.objects.filter(
        release__model=release.model_id,
        release__number__lt=release.number,
        kind=ReviewKind.APPROVAL,
        state=ReviewState.APPROVED,
    )
    last = approved.select_related("release__candidate").order_by("-release__number", "-closed_at").first()
    if last is None:
        return None
    then = Brief.objects.filter(release=last.release, signed_at__lte=last.closed_at).order_by("-number").first()
    standing = Evidence.objects.filter(
        Q(superseded_by__isnull=True) | Q(superseded_by__added_at__gt=last.closed_at),
        release=last.release,
        added_at__lte=last.closed_at,
    )
    had = set(standing.order_by().values_list("kind", flat=True).distinct())
    has = {piece.kind.value for piece in dossier.evidence}
    return Since(
        review=last,
        brief=changes(then.content if then else {}, dossier.brief or {}),
        gained=[kind.label for kind in EvidenceKind if kind in has - had],
        lost=[kind.label for kind in EvidenceKind if kind in had - has],
        version=last.release.candidate.number if last.release.candidate else None,
    )
