"""A release goes from its brief to live through the pages alone, pressed by the people whose turn it is."""

from __future__ import annotations

import re

from django.test import Client

from governance.models import StageVisit
from models_registry.models import Evidence, RegisteredModel, Release
from models_registry.vocabulary import EvidenceKind, Stage
from tests.tracker.web.models.test_new import sent
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import COMPLETE_DEPLOYMENT, MEASURED, World


def press(client: Client, release: Release, act: str, **said: str) -> None:
    """Open the page of an act, send its form with what is said, and land where it leads."""
    address = f"/releases/{release.pk}/{act}/"
    opened = client.get(address)
    assert opened.status_code == 200, words(opened)
    hidden = {name: value_of(opened, name) for name in ("expected_visit", "next", "expected")}
    answer = client.post(address, {**{name: text for name, text in hidden.items() if text}, **said})
    assert answer.status_code == 303, words(answer)
    assert client.get(answer["Location"], follow=True).status_code == 200


def stage(release: Release) -> str:
    return StageVisit.objects.get(release=release, left_at__isnull=True).stage


TABLE = {
    "detail.name": "Refunds",
    "detail.columns.0.name": "amount",
    "detail.columns.0.type": "int64",
    "detail.columns.0.classification": "financial",
    "detail.sources": "Payments\nOrders",
}


def attach(client: Client, release: Release) -> None:
    for kind in EvidenceKind:
        rows = MEASURED if kind is EvidenceKind.BENCHMARK else []
        measured = {
            f"measurements.{at}.{part}": text for at, row in enumerate(rows) for part, text in row.items() if text
        }
        said = {"kind": kind.value, "title": f"{kind.label} 1", "source": f"runs/{kind}", **measured}
        press(client, release, "evidence/add", **said, **(TABLE if kind is EvidenceKind.DATASET else {}))


def approve(client: Client, release: Release) -> None:
    page = client.get(f"/models/{release.model.slug}/").content.decode()
    found = re.search(r'href="(/reviews/\d+/)"', page)
    assert found is not None
    opened = client.get(found[1])
    said = {name: value_of(opened, name) for name in ("seen_digest", "seen_event")}
    reason = "The evidence is complete and meets the brief."
    answer = client.post(found[1], {**said, "outcome": "approve", "reason": reason})
    assert answer.status_code == 303, words(answer)


def test_from_brief_to_live(world: World, visit: Visit) -> None:
    engineer = visit(world.engineer)
    assert engineer.post("/models/new/", sent(risk_tier="medium", restricted="")).status_code == 303
    release = Release.objects.get()
    press(engineer, release, "advance")
    assert stage(release) == Stage.VALIDATION
    press(engineer, release, "candidate", uri="models:/refund/1", digest="ab" * 32)
    attach(engineer, release)
    assert Evidence.objects.count() == len(EvidenceKind)
    assert Evidence.objects.get(kind=EvidenceKind.DATASET).detail["sources"] == ["Payments", "Orders"]
    press(engineer, release, "advance", message="All checks are green.")
    assert stage(release) == Stage.COMPLIANCE_REVIEW

    officer = visit(world.officer)
    press(officer, release, "claim")
    world.verify(release)
    approve(officer, release)
    assert stage(release) == Stage.DEPLOYMENT

    engineer = visit(world.engineer)
    press(engineer, release, "claim")
    press(engineer, release, "deployment", **COMPLETE_DEPLOYMENT, service_owner=str(world.colleague.pk))
    press(engineer, release, "costs/add", kind="engineering", hours="4", stage="deployment", incurred_on="2026-06-01")
    assert "Nothing is missing to go live" in words(engineer.get(f"/models/{release.model.slug}/"))
    press(engineer, release, "advance")
    assert stage(release) == Stage.LIVE

    said = words(visit(world.viewer).get(f"/models/{RegisteredModel.objects.get().slug}/"))
    assert "Live since " in said
    assert "Owner Priya Raman." in said
    assert "Cost so far €380." in said
