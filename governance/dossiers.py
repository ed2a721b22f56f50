"""Gather the dossier of a release: the frozen facts that the gates judge and an approval binds to."""

from __future__ import annotations

from django.db.models import Prefetch, QuerySet

from governance.deadlines import rules_of
from governance.gates import (
    ApprovalFacts,
    CandidateFacts,
    DeploymentFacts,
    Dossier,
    EvidenceFacts,
    GateReport,
    dossier_digest,
    gate_report,
)
from governance.models import Decision, Outcome, StageOwnership, StageVisit
from models_registry.models import Brief, DeploymentSpec, Evidence, Release
from models_registry.requirements import measurements_of
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, RiskTier, Stage


def current_evidence(release: Release) -> QuerySet[Evidence]:
    """The evidence of a release that nothing supersedes."""
    return Evidence.objects.filter(release=release, superseded_by__isnull=True).order_by("added_at", "id")


def with_dossier(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    """The visits with everything `dossier_of` reads, in a constant number of queries."""
    standing = Evidence.objects.filter(superseded_by__isnull=True).order_by("added_at", "id")
    approvals = Decision.objects.filter(outcome=Outcome.APPROVE, review__kind=ReviewKind.APPROVAL).exclude(
        review__state=ReviewState.REJECTED
    )
    return visits.select_related("policy", "release__candidate", "release__model__team__calendar").prefetch_related(
        Prefetch("release__briefs", queryset=Brief.objects.order_by("-number")),
        Prefetch("release__evidence", queryset=standing, to_attr="standing_evidence"),
        Prefetch(
            "release__deployment_specs",
            queryset=DeploymentSpec.objects.select_related("service_owner").order_by("-number"),
        ),
        Prefetch(
            "release__reviews__decisions", queryset=approvals.select_related("officer"), to_attr="approving_decisions"
        ),
        Prefetch("ownerships", queryset=StageOwnership.objects.select_related("owner")),
        "holds",
    )


def dossier_of(visit: StageVisit) -> Dossier:
    """The dossier of the visit's release as it stands now. For many visits, take them from `with_dossier`."""
    release = visit.release
    briefs = sorted(release.briefs.all(), key=lambda brief: -brief.number)
    signed = next((brief for brief in briefs if brief.is_signed), None)
    brief = signed or (briefs[0] if briefs else None)
    evidence = _evidence(release)
    candidate = _candidate(release)
    content = brief.content if brief else None
    spells = [spell for spell in visit.ownerships.all() if spell.until is None]
    owner = spells[0].owner if spells else None
    return Dossier(
        release=str(release),
        stage=Stage(visit.stage),
        tier=RiskTier(visit.tier),
        owner_name=str(owner) if owner else "",
        brief=content,
        brief_number=brief.number if brief else 0,
        brief_signed=signed is not None,
        unsigned_amendment=bool(signed and briefs[0].number > signed.number),
        candidate=candidate,
        evidence=evidence,
        approvals=_approvals(release),
        dossier_digest=dossier_digest(candidate, evidence, content, visit.policy.version),
        deployment=_deployment(release),
    )


def gate_of(visit: StageVisit) -> GateReport:
    """The gate between the visit's stage and the next one, with every check, met or not."""
    return report_on(visit, dossier_of(visit))


def report_on(visit: StageVisit, dossier: Dossier) -> GateReport:
    return gate_report(Stage(visit.stage), dossier, rules_of(visit.policy))


def _evidence(release: Release) -> tuple[EvidenceFacts, ...]:
    rows = getattr(release, "standing_evidence", None)
    return tuple(
        EvidenceFacts(
            kind=EvidenceKind(row.kind),
            title=row.title,
            digest=row.digest,
            added_at=row.added_at,
            measurements=measurements_of(row.measurements, source=row.title, at=row.added_at),
        )
        for row in (current_evidence(release) if rows is None else rows)
    )


def _candidate(release: Release) -> CandidateFacts | None:
    version = release.candidate
    return CandidateFacts(number=version.number, digest=version.digest, uri=version.uri) if version else None


def _approvals(release: Release) -> tuple[ApprovalFacts, ...]:
    found: list[Decision] = []
    for review in release.reviews.all():
        if review.kind != ReviewKind.APPROVAL or review.state == ReviewState.REJECTED:
            continue
        prefetched = getattr(review, "approving_decisions", None)
        rows = review.decisions.select_related("officer") if prefetched is None else prefetched
        found += [row for row in rows if row.outcome == Outcome.APPROVE]
    return tuple(
        ApprovalFacts(officer=str(row.officer), at=row.decided_at, digest=row.dossier_digest)
        for row in sorted(found, key=lambda row: row.decided_at)
    )


def _deployment(release: Release) -> DeploymentFacts | None:
    specs = sorted(release.deployment_specs.all(), key=lambda spec: -spec.number)
    if not specs:
        return None
    owner = specs[0].service_owner
    return DeploymentFacts(raw=specs[0].content, number=specs[0].number, owner_name=str(owner) if owner else None)
