"""What the large dossier holds: evidence of every kind, reviews and decisions, verdicts, findings, waivers, advice."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils import timezone

from governance.dossiers import controls_of, dossier_of
from governance.models import (
    ApproverGroup,
    AuditEvent,
    ControlVerdict,
    Decision,
    Feedback,
    Finding,
    GroupMember,
    Review,
    StageVisit,
    Waiver,
)
from models_registry.models import Evidence, EvidenceFile, Person, Release
from models_registry.vocabulary import EvidenceKind, Stage
from tests.models_registry.details import dataset_detail, detail_of
from tests.world import DATA_SOURCE, MEASURED

ADVISERS: Final = "security-guild"
_COLUMNS: Final = 60  # of each dataset
_VALUES: Final = 20  # measured by each report and benchmark
_DAY: Final = timedelta(days=1)
_KINDS: Final = (
    *[EvidenceKind.BENCHMARK] * 4,
    *[EvidenceKind.VALIDATION_REPORT] * 4,
    *[EvidenceKind.DATASET] * 3,
    *[EvidenceKind.ACCESS_GRANT] * 3,
    *[EvidenceKind.TRAINING_RUN] * 2,
    EvidenceKind.EXPLAINABILITY_REPORT,
    EvidenceKind.MODEL_CARD,
    EvidenceKind.DOCUMENT,
    EvidenceKind.SECURITY_SCAN,
)
"""The kinds in turn, in twenty pieces."""


def attach(release: Release, pieces: int) -> None:
    """The evidence, one piece in five in place of an older one, and one in five with a file."""
    now, people = timezone.now(), list(Person.objects.filter(memberships__team=release.model.team).order_by("pk"))
    earlier = Release.objects.get(model=release.model, number=1)
    made = [_piece(release, n, now - 20 * _DAY + n * timedelta(minutes=5), people[1 + n % 4]) for n in range(pieces)]
    old = [_piece(release, pieces + n, now - 30 * _DAY, people[1]) for n in range(pieces // 5)]
    Evidence.objects.bulk_create(old)
    for piece, replaced in zip(made[::5], old, strict=False):
        piece.supersedes = replaced
    with_file = made[2::5]
    files = EvidenceFile.objects.bulk_create(
        EvidenceFile(
            release=release,
            name=f"report-{n}.pdf",
            media_type="application/pdf",
            size=90_000 + n,
            digest=f"sha256:{n:064x}",
            stored_as=f"evidence/bench-{n}",
            added_by=piece.added_by,
        )
        for n, piece in enumerate(with_file)
    )
    for piece, file in zip(with_file, files, strict=True):
        piece.file = file
    Evidence.objects.bulk_create(made)
    Evidence.objects.bulk_create(_piece(earlier, n, now - 60 * _DAY, people[1]) for n in range(pieces // 2))


def _piece(release: Release, n: int, at: datetime, who: Person) -> Evidence:
    kind = _KINDS[n % len(_KINDS)]
    return Evidence(
        release=release,
        version=release.candidate,
        kind=kind,
        title=f"{kind.label} {n}",
        source=f"https://runs.example/experiments/{release.number}/runs/{n:06}",
        summary="What was looked at, how, and what came of it, as whoever did it put it down. " * 3,
        digest=f"sha256:{release.number:04}{n:060x}",
        content_digest=f"sha256:{n:064x}",
        measurements=_measured(n) if kind in {EvidenceKind.BENCHMARK, EvidenceKind.VALIDATION_REPORT} else [],
        detail=_detail(kind, n),
        valid_until=at + 700 * _DAY if kind == EvidenceKind.ACCESS_GRANT else None,
        added_by=who,
        added_at=at,
    )


def _measured(n: int) -> list[dict[str, str]]:
    slices = [{**one, "slice": f"region-{n % 40}-{part}"} for part in range(3) for one in MEASURED]
    return [*MEASURED, *slices][:_VALUES]


def _detail(kind: EvidenceKind, n: int) -> dict[str, Any]:
    source = DATA_SOURCE if n < len(_KINDS) else f"{DATA_SOURCE} {n // len(_KINDS)}"
    if kind != EvidenceKind.DATASET:
        return detail_of(kind, source)
    classes = ("none", "none", "personal", "financial", "quasi_identifier")
    columns = [
        {"name": f"column_{c}", "type": "bigint", "classification": classes[c % len(classes)]} for c in range(_COLUMNS)
    ]
    return {**dataset_detail(source), "columns": columns}


def review(release: Release, visit: StageVisit) -> Review:
    """The open review, one that asked for changes before, and the approval of the release before."""
    now, officers = timezone.now(), list(Person.objects.filter(role="compliance_officer").order_by("pk"))
    controls = {state.control.code: state.digest for state in controls_of(visit, dossier_of(visit))}
    asked = [{"group": "compliance-officers", "quorum": 2}]
    requested = {"requested_by": visit.entered_by, "approvals_needed": 2, "quorums": asked}
    old = StageVisit.objects.get(release__model=release.model, release__number=1, stage=Stage.COMPLIANCE_REVIEW)
    then = {code: f"sha256:{n:064}" if n % 3 else digest for n, (code, digest) in enumerate(controls.items())}
    for one, state, outcome, seen in (
        (old, "approved", "approve", then),
        (visit, "changes_requested", "request_changes", {}),
    ):
        closed = one.left_at or now - _DAY
        decided = Review.objects.create(
            release=one.release, visit=one, state=state, requested_at=one.entered_at, closed_at=closed, **requested
        )
        Decision.objects.bulk_create(
            Decision(
                review=decided,
                officer=officer,
                outcome=outcome,
                reason="As the controls say.",
                dossier_digest="sha256:old",
                groups=["compliance-officers"],
                controls=seen,
                decided_at=closed,
            )
            for officer in officers[1:3]
        )
    opened = Review.objects.create(
        release=release,
        visit=visit,
        message="Please.",
        due_at=visit.stalls_at,
        requested_at=now - _DAY / 2,
        feedback_groups=[ADVISERS],
        feedback_closed_at=now - _DAY / 4,
        **requested,
    )
    Decision.objects.create(
        review=opened,
        officer=officers[2],
        outcome="approve",
        reason="Everything asked for is there.",
        dossier_digest=dossier_of(visit).dossier_digest,
        groups=["compliance-officers"],
        controls=controls,
    )
    return opened


def judge(opened: Review) -> None:
    """Two verdicts on each control, of which one in three is on other facts; findings, waivers and advice."""
    now, officers = timezone.now(), list(Person.objects.filter(role="compliance_officer").order_by("pk"))
    team = list(Person.objects.filter(memberships__team=opened.release.model.team).order_by("pk"))
    about = {"release": opened.release, "review": opened}
    states = controls_of(opened.visit, dossier_of(opened.visit))
    ControlVerdict.objects.bulk_create(
        ControlVerdict(
            **about,
            control=state.control.code,
            digest="sha256:before" if turn or not n % 3 else state.digest,
            verdict="concern" if n % 9 == 1 else "verified",
            note="The sample is small for what is claimed." if n % 9 == 1 else "",
            officer=officers[n % 3],
            given_at=now - _DAY - turn * _DAY,
        )
        for turn in (1, 0)
        for n, state in enumerate(states)
    )
    for n, state in enumerate(states[: len(states) // 4]):
        resolved = n % 3 > 0
        Finding.objects.create(
            **about,
            control=state.control.code,
            title=f"Say why of {n}",
            text="It is not said how the threshold was chosen.",
            owner=team[1 + n % 4],
            raised_by=officers[1],
            raised_at=now - 9 * _DAY,
            due_at=now + n * _DAY / 4,
            state=("open", "resolved", "closed")[n % 3],
            resolution="Said on page 3." if resolved else "",
            resolved_by=team[1 + n % 4] if resolved else None,
            resolved_at=now - _DAY if resolved else None,
            closed_by=officers[1] if n % 3 == 2 else None,
            closed_at=now if n % 3 == 2 else None,
        )
    for n, code in enumerate(("data:columns", "data:basis", "requirement:cpu")):
        Waiver.objects.create(
            release=opened.release,
            check_code=code,
            reason="Until spring.",
            granted_by=officers[n],
            valid_until=now + _DAY,
        )
    guild = ApproverGroup.objects.get_or_create(slug=ADVISERS, defaults={"name": "Security guild"})[0]
    for person in (*team[2:5], officers[4]):
        GroupMember.objects.create(group=guild, person=person)
        Feedback.objects.create(
            review=opened, group=ADVISERS, person=person, stance="concern", text="Rotate.", dossier_digest="sha256:old"
        )


def tell(release: Release, events: int) -> None:
    """So many acts on the trail of the release; no link of it holds, they are for the page to read."""
    AuditEvent.objects.bulk_create(
        AuditEvent(
            chain=f"release:{release.pk}",
            sequence=n + 1,
            at=timezone.now() - timedelta(minutes=events - n),
            actor_name="Bench",
            act="evidence.attach",
            subject=f"release:{release.pk}",
            subject_name="A large dossier, release 2",
            release_id=release.pk,
            model_id=release.model_id,
            detail={"kind": "benchmark", "title": f"Benchmark {n}", "digest": f"sha256:{n:064x}"},
            previous=f"large-p{n}",
            hash=f"large-h{n}",
        )
        for n in range(events)
    )
