"""What changed since a release of the model was last approved: the brief, the evidence, and the controls it touches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from governance.control_states import ControlState
from governance.gates import Dossier
from governance.models import APPROVING, STANDING, Decision, Review
from models_registry.models import Brief, Evidence, Release
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState
from tracker.brief_words import Change, changes

APPROVED_ONCE: Final = (*STANDING, ReviewState.LAPSED)


@dataclass(frozen=True, slots=True)
class Since:
    """The differences from what was approved then. `gained` and `lost` are kinds of evidence.

    `touched` are the controls that are judged by other facts than then; empty where none were noted then.
    """

    review: Review
    brief: Sequence[Change]
    gained: Sequence[str]
    lost: Sequence[str]
    touched: Sequence[str]
    version: int | None

    @property
    def count(self) -> int:
        return len(self.brief) + len(self.gained) + len(self.lost)


def with_last_approved(release: Release) -> QuerySet[Any]:
    """The reviews of the release, and in the same query the one that last approved an earlier release of the model.

    That one comes with `brief_then` and `controls_then`, which it saw.
    """
    approved = Review.objects.filter(
        release__model=release.model_id,
        release__number__lt=release.number,
        kind=ReviewKind.APPROVAL,
        state__in=APPROVED_ONCE,
    )
    last = approved.order_by("-release__number", "-closed_at").values("pk")[:1]
    briefs = Brief.objects.filter(release=OuterRef("release"), signed_at__lte=OuterRef("closed_at")).order_by("-number")
    seen = Decision.objects.filter(review=OuterRef("pk"), outcome__in=APPROVING).order_by("-decided_at", "-pk")
    told = Review.objects.annotate(
        brief_then=Subquery(briefs.values("content")[:1]), controls_then=Subquery(seen.values("controls")[:1])
    )
    return told.filter(Q(release=release) | Q(pk=Subquery(last))).select_related("release__candidate", "requested_by")


def evidence_then(last: Review) -> QuerySet[Evidence]:
    """The evidence that stood when that review was closed."""
    return Evidence.objects.filter(
        Q(superseded_by__isnull=True) | Q(superseded_by__added_at__gt=last.closed_at),
        release=last.release_id,
        added_at__lte=last.closed_at,
    )


def since_then(last: Any, had: Collection[str], dossier: Dossier, states: Sequence[ControlState]) -> Since:
    """What this dossier says otherwise than the one that `last` approved; `had` are the kinds of evidence it saw."""
    has = {piece.kind.value for piece in dossier.evidence}
    return Since(
        review=last,
        brief=changes(last.brief_then or {}, dossier.brief or {}),
        gained=[kind.label for kind in EvidenceKind if kind in has and kind not in had],
        lost=[kind.label for kind in EvidenceKind if kind in had and kind not in has],
        touched=touched(last.controls_then or {}, states),
        version=last.release.candidate.number if last.release.candidate else None,
    )


def touched(then: Mapping[str, str], states: Sequence[ControlState]) -> list[str]:
    """The controls whose facts are not those that were seen then."""
    return [one.control.title for one in states if then and then.get(one.control.code) != one.digest]
