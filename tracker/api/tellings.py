"""Rows as the API tells of them, in the shapes of `shapes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from governance.clock import Reading
from governance.deadlines import reading
from governance.gates import Check
from governance.models import AuditEvent, StageOwnership, StageVisit
from models_registry.models import Brief, Evidence, ModelTag, ModelVersion, Person, RegisteredModel, Release, Team
from models_registry.vocabulary import VisitState
from tracker.standing import with_standing
from tracker.trail_words import told

Told = dict[str, Any]


def person(one: Person | None) -> Told | None:
    return None if one is None else {"id": one.pk, "name": str(one), "email": one.email}


def team(one: Team) -> Told:
    return {"slug": one.slug, "name": one.name}


def clock(read: Reading) -> Told:
    return {
        "budget_seconds": read.budget,
        "elapsed_seconds": read.elapsed,
        "remaining_seconds": read.remaining,
        "stalls_at": read.stalls_at,
        "breached": read.breached,
        "on_hold": read.paused,
        "outside_hours": read.outside_hours,
    }


def standing(visit: StageVisit, now: datetime) -> Told:
    """A visit that `with_standing` loaded."""
    spells: list[StageOwnership] = getattr(visit, "current_spells", [])
    owner = spells[0].owner if spells else None
    return {
        "release": visit.release_id,
        "number": visit.release.number,
        "stage": visit.stage,
        "state": visit.state,
        "visit": visit.pk,
        "entered_at": visit.entered_at,
        "owner": person(owner),
        "vacant": bool(spells) and owner is None and visit.state == VisitState.UNDERWAY,
        "clock": clock(reading(visit, now)),
        "broken_glass": bool(getattr(visit, "glass", False)),
    }


def with_told(models: QuerySet[RegisteredModel]) -> QuerySet[RegisteredModel]:
    """Models with what `model` reads of them: one query more, however many there are."""
    return models.select_related("team").prefetch_related(Prefetch("tags", queryset=ModelTag.objects.order_by("name")))


def newest_standing(models: Iterable[RegisteredModel], now: datetime) -> Mapping[int, Told]:
    """By model, where its newest release stands: three queries, however many models."""
    visits = with_standing(
        StageVisit.objects.filter(left_at__isnull=True, release__model__in=[one.pk for one in models])
    )
    return {visit.release.model_id: standing(visit, now) for visit in visits.order_by("release__number")}


def model(one: RegisteredModel, newest: Told | None) -> Told:
    return {
        "slug": one.slug,
        "name": one.name,
        "team": team(one.team),
        "purpose": one.purpose,
        "risk_tier": one.risk_tier,
        "restricted": one.restricted,
        "personal_data": one.personal_data,
        "tags": [tag.name for tag in one.tags.all()],
        "created_at": one.created_at,
        "updated_at": one.updated_at,
        "newest": newest,
    }


def version(one: ModelVersion | None) -> Told | None:
    if one is None:
        return None
    return {
        "number": one.number,
        "uri": one.uri,
        "digest": one.digest,
        "source_run": one.source_run,
        "metrics": one.metrics,
        "added_by": person(one.added_by),
        "added_at": one.added_at,
    }


def release(one: Release, where: Told) -> Told:
    return {
        "id": one.pk,
        "model": one.model.slug,
        "number": one.number,
        "created_at": one.created_at,
        "candidate": version(one.candidate),
        "standing": where,
    }


def check(one: Check) -> Told:
    return {
        "code": one.code,
        "title": one.title,
        "met": one.met,
        "state": str(one.state),
        "reason": one.reason,
        "owes": one.owes,
        "action": one.action,
    }


def brief(one: Brief) -> Told:
    return {
        "release": one.release_id,
        "number": one.number,
        "signed_at": one.signed_at,
        "signed_by": person(one.signed_by),
        "change_reason": one.change_reason,
        "content": one.content,
        "updated_at": one.updated_at,
    }


def evidence(one: Evidence) -> Told:
    return {
        "id": one.pk,
        "kind": one.kind,
        "title": one.title,
        "source": one.source,
        "summary": one.summary,
        "digest": one.digest,
        "content_digest": one.content_digest,
        "measurements": one.measurements,
        "detail": one.detail,
        "valid_until": one.valid_until,
        "version": one.version.number if one.version else None,
        "supersedes": one.supersedes_id,
        "superseded": bool(getattr(one, "overtaken", False)),
        "added_by": person(one.added_by),
        "added_at": one.added_at,
    }


def event(one: AuditEvent) -> Told:
    said = told(one)
    return {
        "id": one.pk,
        "at": one.at,
        "act": one.act,
        "actor": said.who,
        "words": f"{said.who} {said.did}",
        "detail": one.detail,
    }
