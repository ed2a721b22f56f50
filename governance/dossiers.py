"""Gather the dossier of a release: the frozen facts that the gates judge and an approval binds to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone

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
from governance.models import Decision, Outcome, Review, StageOwnership, StageVisit
from models_registry.models import Brief, DeploymentSpec, Evidence, Release
from models_registry.requirements import measurements_of
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, RiskTier, Stage

Judged = tuple[tuple[ApprovalFacts, ...], bool]
"""The approvals of a release, and whether an approval review of it is open."""


def current_evidence(release: Release) -> QuerySet[Evidence]:
    """The evidence of a release that nothing supersedes."""
    standing = Evidence.objects.filter(release=release, superseded_by__isnull=True)
    return standing.select_related("version").order_by("added_at", "id")


def with_dossier(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    """The visits with everything `dossier_of` reads, in a constant number of queries."""
    standing = Evidence.objects.filter(superseded_by__isnull=True).select_related("version").order_by("added_at", "id")
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


def gather(visits: Sequence[StageVisit], *, deployment: bool = True) -> None:
    """Read what `dossier_of` needs for visits that are loaded already, with policy, candidate and team: four queries.

    Lists use it, which know the owner of each visit; `with_dossier` is for a query that begins with the visits.
    Without `deployment` the dossiers have none, which only the gate into live would ask for, and it is a query less.
    """
    if not visits:
        return
    standing = Evidence.objects.filter(superseded_by__isnull=True).select_related("version").order_by("added_at", "id")
    specs = DeploymentSpec.objects.select_related("service_owner").order_by("-number")
    prefetch_related_objects(
        visits,
        Prefetch("release__briefs", queryset=Brief.objects.order_by("-number")),
        Prefetch("release__evidence", queryset=standing, to_attr="standing_evidence"),
        *([Prefetch("release__deployment_specs", queryset=specs)] if deployment else []),
    )
    judged = _judged({visit.release_id for visit in visits})
    for visit in visits:
        visit.release.judged = judged[visit.release_id]  # type: ignore[attr-defined]  # read by `dossier_of`
        visit.release.undeployed = not deployment  # type: ignore[attr-defined]  # as above


def _judged(releases: Collection[int]) -> dict[int, Judged]:
    """The approvals of each release, oldest first, and whether a review of it waits for a decision: one query."""
    approvals: dict[int, list[ApprovalFacts]] = {key: [] for key in releases}
    waiting = set()
    rows = Review.objects.filter(release__in=releases, kind=ReviewKind.APPROVAL).exclude(state=ReviewState.REJECTED)
    decision = ("outcome", "dossier_digest", "decided_at", "officer__full_name", "officer__email")
    for release, state, outcome, digest, at, name, email in rows.order_by("decisions__decided_at").values_list(
        "release_id", "state", *(f"decisions__{column}" for column in decision)
    ):
        if state == ReviewState.OPEN:
            waiting.add(release)
        if outcome == Outcome.APPROVE:
            approvals[release].append(ApprovalFacts(officer=name or email, at=at, digest=digest, officer_key=email))
    return {key: (tuple(found), key in waiting) for key, found in approvals.items()}


def dossier_of(visit: StageVisit, *, owner_name: str | None = None, at: datetime | None = None) -> Dossier:
    """The dossier of the release as it stands at `at`, else now. Take many visits from `with_dossier` or `gather`.

    `owner_name`: the owner, where the caller knows it already; empty for a vacancy.
    """
    release = visit.release
    briefs = sorted(release.briefs.all(), key=lambda brief: -brief.number)
    signed = next((brief for brief in briefs if brief.is_signed), None)
    brief = signed or (briefs[0] if briefs else None)
    evidence = _evidence(release)
    candidate = _candidate(release)
    content = brief.content if brief else None
    approvals, review_open = getattr(release, "judged", None) or _judgement(release)
    return Dossier(
        release=str(release),
        stage=Stage(visit.stage),
        tier=RiskTier(visit.tier),
        owner_name=_owner_name(visit) if owner_name is None else owner_name,
        brief=content,
        brief_number=brief.number if brief else 0,
        brief_signed=signed is not None,
        unsigned_amendment=bool(signed and briefs[0].number > signed.number),
        candidate=candidate,
        evidence=evidence,
        approvals=approvals,
        dossier_digest=dossier_digest(candidate, evidence, content, visit.policy.version),
        deployment=_deployment(release),
        review_open=review_open,
        at=at or timezone.now(),
    )


def gate_of(visit: StageVisit, *, owner_name: str | None = None, at: datetime | None = None) -> GateReport:
    """The gate between the visit's stage and the next one at `at`, else now, with every check, met or not."""
    return report_on(visit, dossier_of(visit, owner_name=owner_name, at=at))


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
            candidate_number=row.version.number if row.version else None,
            detail=row.detail,
            valid_until=row.valid_until,
        )
        for row in (current_evidence(release) if rows is None else rows)
    )


def _candidate(release: Release) -> CandidateFacts | None:
    version = release.candidate
    return CandidateFacts(number=version.number, digest=version.digest, uri=version.uri) if version else None


def _owner_name(visit: StageVisit) -> str:
    owner = next((spell.owner for spell in visit.ownerships.all() if spell.until is None), None)
    return str(owner) if owner else ""


def _judgement(release: Release) -> Judged:
    """The same as `_judged`, from reviews that may have been fetched before."""
    found: list[Decision] = []
    waiting = False
    for review in release.reviews.all():
        if review.kind != ReviewKind.APPROVAL or review.state == ReviewState.REJECTED:
            continue
        waiting = waiting or review.state == ReviewState.OPEN
        prefetched = getattr(review, "approving_decisions", None)
        rows = review.decisions.select_related("officer") if prefetched is None else prefetched
        found += [row for row in rows if row.outcome == Outcome.APPROVE]
    approvals = (
        ApprovalFacts(str(row.officer), row.decided_at, row.dossier_digest, row.officer.email)
        for row in sorted(found, key=lambda row: row.decided_at)
    )
    return tuple(approvals), waiting


def _deployment(release: Release) -> DeploymentFacts | None:
    if getattr(release, "undeployed", False):
        return None
    specs = sorted(release.deployment_specs.all(), key=lambda spec: -spec.number)
    if not specs:
        return None
    owner = specs[0].service_owner
    return DeploymentFacts(raw=specs[0].content, number=specs[0].number, owner_name=str(owner) if owner else None)
