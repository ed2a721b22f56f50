"""The records of a release as a pack tells them: evidence, deployment, way, owners, money and trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from governance.deadlines import calendar_of, reading
from governance.models import AuditEvent, Policy, StageVisit
from models_registry.models import CostEntry, DeploymentSpec, Evidence, EvidenceFile, ModelVersion, Release

Record = dict[str, Any]


def instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def candidate(version: ModelVersion | None) -> Record | None:
    if version is None:
        return None
    return {
        "number": version.number,
        "uri": version.uri,
        "digest": version.digest,
        "source_run": version.source_run,
        "added": version.added_at,
        "metrics": version.metrics,
        "signature": version.signature,
    }


def policy(policy: Policy, tier: str) -> Record:
    """The version in force since the stage began, whole."""
    return {
        "version": policy.version,
        "note": policy.note,
        "author": str(policy.author or ""),
        "published_by": str(policy.published_by or ""),
        "published_at": policy.published_at,
        "tier": tier,
        "rules": policy.rules,
    }


def evidence(release: Release) -> list[Record]:
    """Everything that was attached, in the order in which it was; what is superseded names what took its place."""
    found = Evidence.objects.filter(release=release).select_related("version", "added_by", "superseded_by", "file")
    return [_evidence(piece) for piece in found.order_by("added_at", "pk")]


def _evidence(piece: Evidence) -> Record:
    later = getattr(piece, "superseded_by", None)
    return {
        "number": piece.pk,
        "kind": piece.kind,
        "title": piece.title,
        "source": piece.source,
        "summary": piece.summary,
        "digest": piece.digest,
        "content_digest": piece.content_digest,
        "measurements": piece.measurements,
        "detail": piece.detail,
        "valid_until": piece.valid_until,
        "version": piece.version.number if piece.version else None,
        "file": _file(piece.file) if piece.file else None,
        "supersedes": piece.supersedes_id,
        "superseded_by": later.pk if later else None,
        "added_by": str(piece.added_by or ""),
        "added": piece.added_at,
    }


def _file(file: EvidenceFile) -> Record:
    return {"number": file.pk, "name": file.name, "type": file.media_type, "size": file.size, "digest": file.digest}


def deployments(release: Release) -> list[Record]:
    found = DeploymentSpec.objects.filter(release=release).select_related("service_owner", "author")
    return [
        {
            "number": spec.number,
            "service_owner": str(spec.service_owner or ""),
            "author": str(spec.author or ""),
            "written": spec.created_at,
            "content": spec.content,
        }
        for spec in found.order_by("number")
    ]


def time_line(visits: Sequence[StageVisit], now: datetime) -> list[Record]:
    """Each visit with its time, its owners and its holds. Seconds are business seconds."""
    return [_visit(visit, now) for visit in visits]


def _visit(visit: StageVisit, now: datetime) -> Record:
    clock = reading(visit, visit.left_at or now)
    return {
        "stage": visit.stage,
        "state": visit.state,
        "entered": visit.entered_at,
        "left": visit.left_at,
        "departure": visit.departure,
        "reason": visit.reason,
        "dates_estimated": visit.dates_estimated,
        "policy": visit.policy.version,
        "seconds": clock.elapsed,
        "budget_seconds": clock.budget,
        "seconds_of_a_day": calendar_of(visit).day_seconds,
        "owners": [
            {
                "owner": str(spell.owner) if spell.owner else None,
                "since": spell.since,
                "until": spell.until,
                "began": spell.began,
                "note": spell.note,
            }
            for spell in sorted(visit.ownerships.all(), key=lambda spell: (spell.since, spell.pk))
        ],
        "holds": [
            {
                "reason_code": hold.reason_code,
                "reason_label": hold.label,
                "reason": hold.reason,
                "waits_on": hold.waits_on,
                "started": hold.started_at,
                "expected_end": hold.expected_end,
                "pauses_clock": hold.pauses_clock,
                "ended": hold.ended_at,
            }
            for hold in sorted(visit.holds.all(), key=lambda hold: (hold.started_at, hold.pk))
        ],
    }


def costs(release: Release) -> list[Record]:
    found = CostEntry.objects.filter(release=release).select_related("entered_by")
    return [
        {
            "number": entry.pk,
            "day": entry.incurred_on,
            "stage": entry.stage,
            "kind": entry.kind,
            "hours": entry.hours,
            "rate": entry.rate,
            "amount": entry.amount,
            "currency": entry.currency,
            "note": entry.note,
            "reverses": entry.reverses_id,
            "entered_by": str(entry.entered_by or ""),
        }
        for entry in found.order_by("incurred_on", "pk")
    ]


def event(event: AuditEvent) -> Record:
    """A link of the trail with everything that its hash covers."""
    return {
        "at": event.at,
        "chain": event.chain,
        "sequence": event.sequence,
        "act": event.act,
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "subject": event.subject,
        "subject_name": event.subject_name,
        "release_id": event.release_id,
        "model_id": event.model_id,
        "detail": event.detail,
        "previous": event.previous,
        "hash": event.hash,
    }
