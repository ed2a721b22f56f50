"""Attach evidence, name the candidate, and write the deployment specification."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, open_visit
from governance.errors import Conflict, Invalid, invalid
from governance.trail import writers
from models_registry.models import DeploymentSpec, Evidence, EvidenceFile, ModelVersion, Person, Release
from models_registry.requirements import (
    FieldProblem,
    check_deployment,
    check_detail,
    check_measurements,
    digest_of,
    ends_by_detail,
)
from models_registry.vocabulary import EvidenceKind, Stage

DIGEST = re.compile(r"^(sha256:)?[0-9a-f]{64}$")


@dataclass(frozen=True)
class EvidenceFacts:
    """What is said of a piece of evidence. `measurements`: rows of `{"code", "value", "unit", "slice"}`.

    `detail`: what its kind has beyond that, as `requirements.check_detail` reads it. `valid_until`: when it stops to
    count; a detail that says it itself, such as the last day of a grant, goes before. `file`: the key of an
    `EvidenceFile` of the same release, whose digest is then the content digest.
    """

    kind: str
    title: str
    source: str
    summary: str = ""
    content_digest: str = ""
    measurements: Sequence[Mapping[str, Any]] = field(default=())
    detail: Mapping[str, Any] = field(default_factory=dict)
    valid_until: datetime | None = None
    file: int | None = None


def attach_evidence(
    actor: Person,
    release_id: int,
    facts: EvidenceFacts,
    *,
    supersedes: int | None = None,
    at: datetime | None = None,
) -> Evidence:
    """Add one immutable record. The same content attached twice (a double click) gives the record that stands.

    Raises `Conflict` when the superseded record is already superseded.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        _refuse_retired(release)
        if problems := _problems(facts):
            raise Invalid(problems)
        facts = replace(facts, valid_until=ends_by_detail(EvidenceKind(facts.kind), facts.detail) or facts.valid_until)
        before = _to_supersede(release, supersedes)
        file = _file_of(release, facts.file)
        original = file.digest if file else _normal_digest(facts.content_digest)
        digest = digest_of(_content(facts, release, original))
        said = {"title": facts.title.strip(), "summary": facts.summary.strip()}
        standing = release.evidence.filter(digest=digest, superseded_by__isnull=True, **said).first()
        if standing is not None:
            return standing
        evidence = Evidence.objects.create(
            release=release,
            version=release.candidate,
            kind=facts.kind,
            source=facts.source.strip(),
            content_digest=original,
            measurements=[dict(row) for row in facts.measurements],
            detail=dict(facts.detail),
            valid_until=facts.valid_until,
            file=file,
            digest=digest,
            supersedes=before,
            **said,
            added_by=actor,
            added_at=at,
        )
        writers.evidence_attached(evidence, actor, at)
        return evidence


def name_candidate(
    actor: Person,
    release_id: int,
    *,
    uri: str,
    digest: str,
    source_run: str = "",
    metrics: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> ModelVersion:
    """Name the trained artefact that this release wants to bring live. The same digest again is the same version."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        _refuse_retired(release)
        problems = []
        if not uri.strip():
            problems.append(
                FieldProblem("uri", "Say where the artefact lies, for example models:/card-fraud-scorer/7.")
            )
        if not DIGEST.match(digest.strip().lower()):
            problems.append(FieldProblem("digest", "Give the artefact's SHA-256 digest: 64 hexadecimal characters."))
        if problems:
            raise Invalid(problems)
        normal = _normal_digest(digest)
        before = str(release.candidate) if release.candidate else None
        version = release.model.versions.filter(digest=normal, uri=uri.strip()).first()
        if version is not None and version.pk == release.candidate_id:
            return version
        if version is None:
            number = (release.model.versions.order_by("-number").values_list("number", flat=True).first() or 0) + 1
            version = ModelVersion.objects.create(
                model=release.model,
                number=number,
                uri=uri.strip(),
                digest=normal,
                source_run=source_run.strip(),
                metrics=dict(metrics or {}),
                added_by=actor,
                added_at=at,
            )
        release.candidate = version
        release.save(update_fields=["candidate"])
        writers.candidate_named(release, version, before, actor, at)
        return version


def write_deployment(
    actor: Person,
    release_id: int,
    content: Mapping[str, Any],
    *,
    service_owner: Person | None = None,
    at: datetime | None = None,
) -> DeploymentSpec:
    """Write a revision of the deployment specification; it may be incomplete, and what is there must be usable."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        _refuse_retired(release)
        if problems := check_deployment(content, complete=False):
            raise Invalid(problems)
        if service_owner is not None and not permissions.allows(
            permissions.own_stage, service_owner, release.model, Stage.LIVE
        ):
            raise invalid("service_owner", f"{service_owner} is not a lead or engineer of {release.model.team}.")
        latest = release.deployment_specs.order_by("-number").first()
        old = latest.content if latest else {}
        changed = sorted(key for key in {*old, *content} if old.get(key) != content.get(key))
        owner_id = service_owner.pk if service_owner else None
        if latest is not None and not changed and latest.service_owner_id == owner_id:
            return latest
        spec = DeploymentSpec.objects.create(
            release=release,
            number=(latest.number if latest else 0) + 1,
            content=dict(content),
            service_owner=service_owner,
            author=actor,
            created_at=at,
        )
        writers.deployment_written(spec, changed, actor, at)
        return spec


def _refuse_retired(release: Release) -> None:
    visit = open_visit(release)
    if visit.stage == Stage.RETIRED:
        raise Conflict("This release is retired and takes nothing new.", remedy="Start a new release instead.")


def _problems(facts: EvidenceFacts) -> list[FieldProblem]:
    problems = []
    if facts.kind not in set(EvidenceKind):
        problems.append(FieldProblem("kind", "Choose what kind of evidence this is."))
    if not facts.title.strip() or len(facts.title) > 200:
        problems.append(FieldProblem("title", "Give it a title of at most 200 characters."))
    if not facts.source.strip() or len(facts.source) > 1000:
        problems.append(FieldProblem("source", "Say where the original lies: an address, a run or a document number."))
    if facts.content_digest and not DIGEST.match(facts.content_digest.strip().lower()):
        problems.append(
            FieldProblem("content_digest", "A SHA-256 digest has 64 hexadecimal characters. Leave it empty if unknown.")
        )
    if facts.kind in set(EvidenceKind):
        problems += check_detail(EvidenceKind(facts.kind), facts.detail)
    return problems + check_measurements(facts.measurements)


def _file_of(release: Release, file_id: int | None) -> EvidenceFile | None:
    if file_id is None:
        return None
    file = release.files.filter(pk=file_id).first()
    if file is None:
        raise invalid("file", "Upload the file to this release first.")
    return file


def _to_supersede(release: Release, evidence_id: int | None) -> Evidence | None:
    if evidence_id is None:
        return None
    evidence = Evidence.objects.filter(release=release, pk=evidence_id).first()
    if evidence is None:
        raise invalid("supersedes", "Choose evidence of this release.")
    if later := Evidence.objects.filter(supersedes=evidence).first():
        raise Conflict(
            f"“{evidence.title}” was already superseded by “{later.title}”.", remedy="Supersede the newest one instead."
        )
    return evidence


def _content(facts: EvidenceFacts, release: Release, original: str) -> dict[str, Any]:
    """What the digest covers. A title or summary put better changes nothing that was shown, so it is not in here."""
    return {
        "kind": facts.kind,
        "source": facts.source.strip(),
        "content_digest": original,
        "measurements": [dict(row) for row in facts.measurements],
        "candidate": release.candidate.digest if release.candidate else None,
        "detail": dict(facts.detail),
        "valid_until": facts.valid_until.astimezone(UTC).isoformat() if facts.valid_until else None,
    }


def _normal_digest(text: str) -> str:
    digest = text.strip().lower()
    return f"sha256:{digest}" if digest and not digest.startswith("sha256:") else digest
