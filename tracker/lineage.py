"""The lineage of a release, from what its brief and its standing evidence say: read from what was read before."""

from __future__ import annotations

from collections.abc import Iterable

from governance.gate_data import brief_sources
from governance.gates import Dossier
from models_registry.models import Evidence
from models_registry.requirements.lineage import Lineage, Piece, Source, lineage
from models_registry.requirements.values import as_text
from models_registry.vocabulary import EvidenceKind


def lineage_of(dossier: Dossier, evidence: Iterable[Evidence]) -> Lineage:
    """The graph of a release. `evidence`: its standing records, with their versions, in any order."""
    pieces = [
        Piece(
            key=piece.pk,
            kind=EvidenceKind(piece.kind),
            title=piece.title,
            detail=piece.detail if isinstance(piece.detail, dict) else {},
            version=piece.version.number if piece.version else None,
        )
        for piece in sorted(evidence, key=lambda piece: (piece.added_at, piece.pk))
    ]
    sources = [Source(as_text(one.get("name")), as_text(one.get("uri"))) for one in brief_sources(dossier.brief)]
    candidate = dossier.candidate
    return lineage(sources, pieces, candidate.number if candidate else None, candidate.digest if candidate else "")
