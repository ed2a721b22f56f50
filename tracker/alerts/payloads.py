"""What a webhook says of one alert: facts by name, for programs. docs/alerts.md describes every field."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from typing import Any

from governance.clock import Reading
from models_registry.models import Person
from models_registry.vocabulary import RiskTier
from tracker.alerts.finding import finding, page_of, thing
from tracker.alerts.kinds import RUNG_OF
from tracker.alerts.letters import link
from tracker.alerts.matters import Matter


def payload(matter: Matter, now: datetime, zone: tzinfo) -> bytes:
    """The body of the request, with amounts as of `now`; dates inside sentences are in `zone`."""
    said = {
        "type": f"alert.{matter.kind.value}",
        "timestamp": matter.alert.raised_at.isoformat(),
        "data": data(matter, now, zone),
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def test_payload(name: str, now: datetime) -> bytes:
    """What the test button sends."""
    said = {
        "type": "test",
        "timestamp": now.isoformat(),
        "data": {"summary": f"A test of the destination {name}: alerts will arrive like this.", "link": link("/")},
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def data(matter: Matter, now: datetime, zone: tzinfo) -> dict[str, Any]:
    model, release, rung = matter.model, matter.release, RUNG_OF.get(matter.kind)
    page, about = page_of(matter), None if matter.act is None else thing(matter)
    return {
        "alert": matter.alert.pk,
        "kind": matter.kind.value,
        "rung": rung.value if rung else None,
        "summary": finding(matter, now, zone).subject,
        "model": {"slug": model.slug, "name": model.name},
        "team": {"slug": model.team.slug, "name": model.team.name},
        "release": {"id": release.pk, "number": release.number},
        "stage": {"code": matter.stage.value, "name": str(matter.stage.label)},
        "risk_tier": RiskTier(matter.visit.tier).value,
        "owner": _person(matter.owner),
        "clock": _clock(matter.reading),
        "link": link(about or page),
        "model_link": link(page),
    }


def _person(person: Person | None) -> dict[str, str] | None:
    return {"name": str(person), "email": person.email} if person else None


def _clock(reading: Reading | None) -> dict[str, Any] | None:
    """Whole business seconds. Of the clock that the alert is about: the stage's, or the vacancy's."""
    if reading is None:
        return None
    return {
        "budget_seconds": reading.budget,
        "elapsed_seconds": reading.elapsed,
        "remaining_seconds": reading.remaining,
        "due_at": reading.stalls_at.isoformat() if reading.stalls_at else None,
        "breached": reading.breached,
        "on_hold": reading.paused,
        "outside_hours": reading.outside_hours,
    }
