"""Packs for tests: of real releases, and of invented content with odd words in every place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from governance.acts.costs import CostFacts, record_cost
from governance.acts.transitions import break_glass
from governance.models import Finding, Review
from models_registry.models import EvidenceFile, Release
from models_registry.vocabulary import CostKind, RiskTier, Severity, Stage
from tests.world import World

NAME = '#let x = $ <a> *b* _c_ `d` @e "f" \\ [g] = // %h 中文'


def told_release(world: World, name: str = NAME) -> Release:
    """A high-risk release in deployment, with money spent, glass broken and a condition open."""
    release = world.release_at(Stage.DEPLOYMENT, name=name, tier=RiskTier.HIGH)
    spent = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), "EUR", Decimal(90))
    record_cost(world.engineer, release.pk, spent, at=world.tick())
    break_glass(world.lead, release.pk, "An outage: #strong[no] $time$.", at=world.tick())
    review = Review.objects.filter(release=release).earliest("pk")
    Finding.objects.create(
        release=release,
        review=review,
        title="Explain the #refund rule",
        severity=Severity.HIGH,
        owner=world.engineer,
        raised_by=world.officer,
        raised_at=world.now,
        due_at=world.tick(),
    )
    return release


def spoiled(value: Any, odd: str) -> Any:
    """The content with odd words in every text that a person may write."""
    if isinstance(value, dict):
        return {key: inner if key in FIXED else spoiled(inner, odd) for key, inner in value.items()}
    if isinstance(value, list):
        return [spoiled(inner, odd) for inner in value]
    return f"{value}{odd}" if isinstance(value, str) else value


# What the database only takes from closed lists, and what it computes.
FIXED = {
    "as_of", "stage", "state", "tier", "kind", "verdict", "outcome", "stance", "severity", "digest", "hash", "previous",
    "at", "entered", "left", "requested", "closed", "decided", "given", "due", "raised", "granted", "valid_until",
    "broken", "added", "signed_at", "published_at", "until", "since", "amount", "currency", "day", "target", "code",
    "value", "expires", "ended", "written", "started", "expected_end", "dossier_digest", "rules", "departure",
    "measurements",
}  # fmt: skip


def file_of(release: Release, name: str, size: int, digest: str, stored_as: str) -> EvidenceFile:
    return EvidenceFile.objects.create(
        release=release, name=name, media_type="text/plain", size=size, digest=digest, stored_as=stored_as
    )
