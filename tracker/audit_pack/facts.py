"""What an audit pack says: one release with everything that was asked, shown, decided and done, as plain data.

It tells the state after the newest act on the release or its model, and takes that act's moment for now: made again
for the same state, it is the same byte by byte.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cached_property
from typing import Any, Final

from django.db.models import Max, Q

from governance.dossiers import dossier_of
from governance.errors import NotFound
from governance.models import AuditEvent
from governance.permissions import may_read
from models_registry.models import Brief, EvidenceFile, Person, RegisteredModel, Release
from models_registry.requirements import sentence
from models_registry.requirements.digest import plain_number
from tracker.audit_pack import records, review_records
from tracker.model_page import ModelPage, model_page

FORMAT: Final = "throughline-audit-pack/1"


@dataclass(frozen=True)
class Pack:
    """The content of a pack. `as_of` is the moment of the newest act that it tells."""

    release: Release
    as_of: datetime
    content: Mapping[str, Any]
    files: tuple[EvidenceFile, ...]

    @property
    def name(self) -> str:
        """How its files are called."""
        return f"{self.release.model.slug}-{self.release.number}"

    @cached_property
    def json(self) -> bytes:
        """Sorted, indented UTF-8; half a surrogate pair, which UTF-8 has no form for, as its escape."""
        return (json.dumps(self.content, sort_keys=True, ensure_ascii=False, indent=1) + "\n").encode(
            errors="backslashreplace"
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the JSON."""
        return hashlib.sha256(self.json).hexdigest()


def pack_of(person: Person, slug: str, number: int) -> Pack:
    """The pack of a release that this person may see, in a constant number of queries. Raises `NotFound`."""
    release = Release.objects.filter(may_read(person, "pk"), model__slug=slug, number=number)
    found = release.values_list("pk", "model_id", "created_at").first()
    if found is None:
        raise NotFound
    told = events_of(found[0], found[1])
    as_of = told.aggregate(newest=Max("at"))["newest"] or found[2]
    about = model_page(person, slug, number, as_of)
    content = _plain(_content(about, told))
    files = EvidenceFile.objects.filter(release=about.release).order_by("pk")
    return Pack(about.release, as_of, content, tuple(files))


def events_of(release: int, model: int) -> Any:
    """Every act on the release, and those on its model that are about no release, the oldest first."""
    mine = Q(release_id=release) | Q(release_id__isnull=True, model_id=model)
    return AuditEvent.objects.filter(mine).exclude(act="chain.open").order_by("at", "pk")


def _content(about: ModelPage, told: Iterable[AuditEvent]) -> dict[str, Any]:
    model, release = about.model, about.release
    return {
        "format": FORMAT,
        "as_of": about.now,
        "model": _model(model),
        "release": {
            "number": release.number,
            "created": release.created_at,
            "stage": about.visit.stage,
            "state": about.visit.state,
            "tier": about.visit.tier,
            "owner": _name(about.owner),
            "candidate": records.candidate(release.candidate),
            "dossier_digest": dossier_of(about.visit, at=about.now).dossier_digest,
        },
        "policy": records.policy(about.visit.policy, about.visit.tier),
        "briefs": [_brief(brief) for brief in reversed(about.briefs)],
        "requirements": [
            {
                "code": one.requirement.code,
                "slice": one.requirement.slice,
                "threshold": one.requirement.threshold,
                "unit": one.requirement.unit,
                "measured": one.measurement.value if one.measurement else None,
                "source": one.measurement.source if one.measurement else "",
                "met": one.met,
                "said": sentence(one),
            }
            for one in about.compared
        ],
        "evidence": records.evidence(release),
        "deployment": records.deployments(release),
        "gate": [
            {"code": check.code, "title": check.title, "state": check.state, "reason": check.reason}
            for check in about.report.checks
        ],
        "controls": review_records.controls(about.visit, about.dossier),
        "reviews": review_records.reviews(release),
        "findings": review_records.findings(release),
        "waivers": review_records.waivers(release),
        "broken_glass": review_records.broken_glass(release),
        "time_line": records.time_line(about.visits, about.now),
        "costs": records.costs(release),
        "trail": [records.event(event) for event in told],
    }


def _model(model: RegisteredModel) -> dict[str, Any]:
    return {
        "slug": model.slug,
        "name": model.name,
        "team": str(model.team),
        "purpose": model.purpose,
        "tier": model.risk_tier,
        "restricted": model.restricted,
        "personal_data": model.personal_data,
        "source": model.source,
        "tags": sorted(model.tags.values_list("name", flat=True)),
    }


def _brief(brief: Brief) -> dict[str, Any]:
    return {
        "number": brief.number,
        "author": _name(brief.author),
        "reason": brief.change_reason,
        "signed_by": _name(brief.signed_by),
        "signed_at": brief.signed_at,
        "digest": brief.digest,
        "content": brief.content,
    }


def _name(person: Person | None) -> str:
    return str(person) if person else ""


def _plain(value: Any) -> Any:
    """As JSON has it: moments and days in ISO 8601, numbers that are not whole as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, datetime):
        return records.instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return plain_number(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return plain_number(value)
    return value
