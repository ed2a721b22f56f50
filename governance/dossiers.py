"""Gather the dossier of a release: the frozen facts that the gates judge and an approval binds to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import (
    DateTimeField,
    F,
    JSONField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.utils import timezone

from governance.control_states import ControlState, VerdictFacts, control_states
from governance.controls import OFFICERS
from governance.deadlines import rules_of
from governance.gates import (
    ApprovalFacts,
    CandidateFacts,
    DeploymentFacts,
    Dossier,
    EvidenceFacts,
    GateReport,
    WaiverFacts,
    dossier_digest,
    gate_report,
)
from governance.models import (
    APPROVING,
    STANDING,
    ControlVerdict,
    Finding,
    Review,
    StageOwnership,
    StageVisit,
    Waiver,
)
from models_registry.models import Brief, DeploymentSpec, Evidence, Release
from models_registry.requirements import measurements_of
from models_registry.vocabulary import EvidenceKind, ReviewKind, ReviewState, RiskTier, Stage, Verdict

COUNTING: Final = (ReviewState.OPEN, *STANDING, ReviewState.LAPSED)
"""The states of a review whose approvals are looked at; in any other one they were overtaken or taken back."""

_WAIVED: Final = "waived"


@dataclass(frozen=True, slots=True)
class Judged:
    """What people said of a release: its approvals, its waivers, and whether a review is open."""

    approvals: tuple[ApprovalFacts, ...]
    waivers: tuple[WaiverFacts, ...]
    review_open: bool


def current_evidence(release: Release) -> QuerySet[Evidence]:
    """The evidence of a release that nothing supersedes."""
    standing = Evidence.objects.filter(release=release, superseded_by__isnull=True)
    return standing.select_related("version").order_by("added_at", "id")


def with_dossier(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    """A visit, or a few, with everything `dossier_of` reads but what was judged, which costs a query for each.

    Many visits are loaded by the list itself, and go through `gather`.
    """
    return visits.select_related("policy", "release__candidate", "release__model__team__calendar").prefetch_related(
        *_papers(),
        Prefetch("release__deployment_specs", queryset=_specifications()),
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
    specs = [Prefetch("release__deployment_specs", queryset=_specifications())] if deployment else []
    prefetch_related_objects(visits, *_papers(), *specs)
    judged = _judged({visit.release_id for visit in visits})
    for visit in visits:
        visit.release.judged = judged[visit.release_id]  # type: ignore[attr-defined]  # read by `dossier_of`
        visit.release.undeployed = not deployment  # type: ignore[attr-defined]  # as above


def _papers() -> tuple[Prefetch[Any], ...]:
    """The briefs and the standing evidence of each visit's release."""
    standing = Evidence.objects.filter(superseded_by__isnull=True).select_related("version").order_by("added_at", "id")
    return (
        Prefetch("release__briefs", queryset=Brief.objects.order_by("-number")),
        Prefetch("release__evidence", queryset=standing, to_attr="standing_evidence"),
    )


def _specifications() -> QuerySet[DeploymentSpec]:
    return DeploymentSpec.objects.select_related("service_owner").order_by("-number")


def with_condition(reviews: QuerySet[Review]) -> QuerySet[Any]:
    """The reviews with `condition_due`: when the first condition was or will be due that is not resolved in time.

    What was resolved after its due date was unresolved then: it ended the approval, whatever ran meanwhile.
    """
    late = Finding.objects.filter(review=OuterRef("pk"), decision__isnull=False).filter(
        Q(resolved_at__isnull=True) | Q(resolved_at__gte=F("due_at"))
    )
    return reviews.annotate(condition_due=Subquery(late.order_by("due_at").values("due_at")[:1]))


def earliest(moments: Iterable[datetime | None]) -> datetime | None:
    """The first of the moments at which something ends; None when nothing does."""
    return min((one for one in moments if one is not None), default=None)


def _judged(releases: Collection[int]) -> dict[int, Judged]:
    """What people said of each release, oldest first: one query for the approvals and the waivers."""
    approvals: dict[int, list[ApprovalFacts]] = {key: [] for key in releases}
    waivers: dict[int, list[WaiverFacts]] = {key: [] for key in releases}
    waiting = set()
    rows = _reviewed(releases).union(_waived(releases), all=True)
    for release, state, *moments, said, text, at, groups, name, email in sorted(rows, key=_when):
        ends = earliest(moments)
        if state == _WAIVED and ends is not None:
            waivers[release].append(WaiverFacts(said, ends, name or email, text))
            continue
        if state == ReviewState.OPEN:
            waiting.add(release)
        if said in APPROVING:
            spoke = frozenset(groups or [OFFICERS])
            approvals[release].append(ApprovalFacts(name or email, at, text, email, spoke, ends))
    return {key: Judged(tuple(approvals[key]), tuple(waivers[key]), key in waiting) for key in releases}


def _reviewed(releases: Collection[int]) -> QuerySet[Any, Any]:
    """Each review with each of its decisions, or with none; in the columns of `_waived`."""
    reviews = Review.objects.filter(release__in=releases, kind=ReviewKind.APPROVAL, state__in=COUNTING).order_by()
    decision = ("outcome", "dossier_digest", "decided_at", "groups", "officer__full_name", "officer__email")
    ends = ("expires_at", "condition_due", "ended_at")
    columns = (*ends, *(f"decisions__{column}" for column in decision))
    return with_condition(reviews).values_list("release_id", "state", *columns)


def _waived(releases: Collection[int]) -> QuerySet[Any, Any]:
    never = Value(None, output_field=DateTimeField())
    granted = Waiver.objects.filter(release__in=releases).order_by()
    said = ("check_code", "reason", "granted_at", Value(None, output_field=JSONField()))
    who = ("granted_by__full_name", "granted_by__email")
    return granted.values_list("release_id", Value(_WAIVED), "valid_until", "ended_at", never, *said, *who)


def _when(row: Sequence[Any]) -> tuple[bool, Any]:
    """The moment of a row of `_judged`; a review without a decision has none."""
    return row[7] is not None, row[7]


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
    judged: Judged = getattr(release, "judged", None) or _judged({release.pk})[release.pk]
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
        approvals=judged.approvals,
        dossier_digest=dossier_digest(candidate, evidence, content, visit.policy.version),
        deployment=_deployment(release),
        review_open=judged.review_open,
        waivers=judged.waivers,
        at=at or timezone.now(),
    )


def gate_of(visit: StageVisit, *, owner_name: str | None = None, at: datetime | None = None) -> GateReport:
    """The gate between the visit's stage and the next one at `at`, else now, with every check, met or not."""
    return report_on(visit, dossier_of(visit, owner_name=owner_name, at=at))


def report_on(visit: StageVisit, dossier: Dossier) -> GateReport:
    return gate_report(Stage(visit.stage), dossier, rules_of(visit.policy))


def controls_of(visit: StageVisit, dossier: Dossier) -> tuple[ControlState, ...]:
    """Every control of a review of this dossier, with the verdicts that were given on it: one query."""
    return control_states(dossier, rules_of(visit.policy), verdicts_of(visit.release))


def verdicts_of(release: Release) -> list[VerdictFacts]:
    """Every verdict on a control of the release, oldest first."""
    rows = ControlVerdict.objects.filter(release=release).select_related("officer").order_by("given_at", "id")
    return [
        VerdictFacts(row.control, row.digest, Verdict(row.verdict), str(row.officer), row.given_at, row.note)
        for row in rows
    ]


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


def _deployment(release: Release) -> DeploymentFacts | None:
    if getattr(release, "undeployed", False):
        return None
    specs = sorted(release.deployment_specs.all(), key=lambda spec: -spec.number)
    if not specs:
        return None
    owner = specs[0].service_owner
    return DeploymentFacts(raw=specs[0].content, number=specs[0].number, owner_name=str(owner) if owner else None)
