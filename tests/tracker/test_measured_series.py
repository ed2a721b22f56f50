"""A requirement over its measurements: which one is worth a figure, and what the figure says."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.models import Release
from models_registry.vocabulary import Stage
from tests.world import World
from tracker.measured_series import Series
from tracker.model_page import model_page
from tracker.web.models.measured import measured_figure


def measure(world: World, release: Release, *values: str, code: str = "latency_p95", unit: str = "ms") -> None:
    before: int | None = None
    for number, value in enumerate(values):
        row = {"code": code, "value": value, "unit": unit, "slice": ""}
        facts = EvidenceFacts("benchmark", f"Load {code} {number}", f"runs/{number}", measurements=[row])
        at = world.tick(timedelta(hours=1))
        before = attach_evidence(world.engineer, release.pk, facts, supersedes=before, at=at).pk


def series(world: World, release: Release) -> Series | None:
    return model_page(world.lead, release.model.slug, None, world.now).series


def test_fewer_than_three_values_make_no_figure(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    measure(world, release, "240", "184")
    assert series(world, release) is None


def test_superseded_values_tell_where_it_has_been(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    measure(world, release, "240", "201", "184")
    found = series(world, release)
    assert found is not None
    assert [str(point.value) for point in found.points] == ["240", "201", "184"]
    figure = measured_figure(found)
    assert figure.title == "p95 latency went from 240 to 184\N{NO-BREAK SPACE}ms, 64\N{NO-BREAK SPACE}ms to go"
    assert (figure.limit, figure.limit_label) == (Decimal(120), "asks 120\N{NO-BREAK SPACE}ms")
    assert [row[1] for row in figure.rows] == [point.value for point in found.points]


def test_what_is_not_met_goes_before_what_is(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    measure(world, release, "240", "201", "84")
    measure(world, release, "100", "120", "150", code="throughput", unit="req/s")
    found = series(world, release)
    assert found is not None
    assert found.requirement.code == "throughput"
    assert measured_figure(found).title.endswith("150\N{NO-BREAK SPACE}req/s to go")


def test_a_value_within_the_limit_has_nothing_to_go(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    measure(world, release, "84", "84", "84")
    found = series(world, release)
    assert found is not None
    assert measured_figure(found).title == "p95 latency stays at 84\N{NO-BREAK SPACE}ms, within the limit"
