"""Reports as pages: their details in the form, their intervals beside the brief, here and where they are reviewed."""

from __future__ import annotations

from typing import Any

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.transitions import advance
from models_registry.models import Evidence
from models_registry.vocabulary import EvidenceKind, Stage
from tests.models_registry.test_requirements_reports import WHOLE
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

AUC = {
    "measurements.0.code": "metric:auc",
    "measurements.0.value": "0.91",
    "measurements.0.low": "0.89",
    "measurements.0.high": "0.93",
    "measurements.0.level": "95",
}
REPORT = {
    "kind": "validation_report",
    "title": "Holdout 12",
    "source": "runs/12",
    "detail.measured_on": "Holdout 2026-Q1",
    "detail.calibration.ece": "0.021",
    "detail.bins.0.predicted": "0.05",
    "detail.bins.0.observed": "0.04",
    "detail.bins.0.count": "20000",
    **AUC,
}


def test_a_validation_report_keeps_its_interval_and_its_calibration(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    assert client.post(f"/releases/{release.pk}/evidence/add/", REPORT).status_code == 303
    piece = Evidence.objects.get()
    assert piece.measurements == [{"code": "metric:auc", "value": "0.91", "low": "0.89", "high": "0.93", "level": "95"}]
    assert piece.detail["calibration"] == {"ece": "0.021"}
    shown = words(client.get(f"/releases/evidence/{piece.pk}/"))
    assert "Expected calibration error 0.021" in shown
    assert "0.05 0.04 20000" in shown
    assert "0.91 0.89 to 0.93 at 95% the value meets it, its interval does not ≥ 0.9" in shown
    assert "0.91 0.89 to 0.93 at 95% reaches beyond" in words(client.get(f"/models/{release.model.slug}/"))


def test_the_review_shows_the_interval_beside_the_required_value(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    row = {"code": "metric:auc", "value": "0.91", "low": "0.89", "high": "0.93", "level": "95"}
    facts = EvidenceFacts("validation_report", "Holdout 13", "runs/13", measurements=[row])
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    advance(world.engineer, release.pk, message="Ready.", at=world.tick())
    shown = words(visit(world.officer).get(f"/reviews/{world.open_review(release).pk}/"))
    assert "≥ 0.9 0.91 0.89 to 0.93 at 95% reaches beyond" in shown


@pytest.mark.parametrize(
    ("odd", "field"),
    [
        ({"measurements.0.high": "0.9"}, "measurements.0.low"),
        ({"measurements.0.level": "0.95"}, "measurements.0.level"),
        ({"detail.bins.0.observed": "4"}, "detail.bins.0.observed"),
        ({"detail.calibration.ece": "good"}, "detail.calibration.ece"),
    ],
)
def test_a_bad_number_is_told_in_its_row_and_nothing_typed_is_lost(
    world: World, visit: Visit, odd: dict[str, str], field: str
) -> None:
    release = world.release_at(Stage.VALIDATION)
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/add/", {**REPORT, **odd})
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()
    for name, typed in {**REPORT, **odd}.items():
        assert value_of(answer, name) == typed
    assert not Evidence.objects.exists()


def typed(detail: dict[str, Any], start: str = "detail") -> dict[str, str]:
    """A detail as its form sends it."""
    found: dict[str, str] = {}
    for name, value in detail.items():
        if isinstance(value, dict):
            found |= typed(value, f"{start}.{name}")
        elif isinstance(value, list) and isinstance(value[0], dict):
            for at, row in enumerate(value):
                found |= typed(row, f"{start}.{name}.{at}")
        else:
            found[f"{start}.{name}"] = "\n".join(value) if isinstance(value, list) else str(value)
    return found


@pytest.mark.parametrize("kind", [kind for kind in WHOLE if kind is not EvidenceKind.MODEL_CARD])
def test_every_kind_is_typed_and_read_back(world: World, visit: Visit, kind: EvidenceKind) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    said = {"kind": kind.value, "title": "T", "source": "x", **typed(WHOLE[kind])}
    assert client.post(f"/releases/{release.pk}/evidence/add/", said).status_code == 303
    piece = Evidence.objects.get()
    assert typed(piece.detail) == typed(WHOLE[kind])
    again = client.get(f"/releases/{release.pk}/evidence/add/?supersedes={piece.pk}")
    for name, text in typed(WHOLE[kind]).items():
        assert value_of(again, name) == text
