"""The insights page: every figure with its finding, its table and its CSV, for every role and for no data at all."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from governance.acts.costs import CostFacts, record_cost
from governance.acts.transitions import kill
from models_registry.models import Release
from models_registry.vocabulary import CostKind, Stage
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World

TABLES = ("cohorts", "funnel", "times", "losses", "reasons")


def table(client: Client, address: str) -> list[list[str]]:
    answer: Any = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def give_up(world: World, release: Release, amount: str) -> None:
    facts = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), "EUR", Decimal(amount))
    record_cost(world.engineer, release.pk, facts, at=world.tick())
    kill(world.lead, release.pk, "no_value", "It adds nothing.", at=world.tick())


@pytest.fixture
def history(world: World) -> World:
    """Two decided models of the first quarter, one of them live, and one that has just begun."""
    world.now = datetime(2026, 2, 2, 9, tzinfo=UTC)
    world.release_at(Stage.LIVE)
    give_up(world, world.release_at(Stage.VALIDATION), "2500")
    world.now = datetime(2026, 7, 6, 9, tzinfo=UTC)
    world.release_at(Stage.BRIEF)
    return world


def test_each_figure_states_its_finding_and_its_definition(history: World, visit: Visit) -> None:
    said = words(visit(history.lead).get("/insights/"))
    for part in (
        "3 models briefed since July 2024: 1 is live, 1 was closed without going live, 1 is in flight.",
        "50% live",
        "1 of 2 models briefed Q1 ’26.",
        "95% interval 9 – 91%.",
        "50% of the models of Q1 ’26 are live, the one decided quarter",
        "not decided",
        "Validation to compliance review loses most: 1 of 2",
        "€2,500 went into 1 release that never went live",
        "“No value shown” ended 1 of 1 release, with 100% of the money",
        "weekdays (Mon–Fri, UTC, holds and holidays included) beside the budget in business days",
        "is a quoted claim, shown for scale",
        "Your number counts every model once",
    ):
        assert part in said


@pytest.mark.parametrize("who", ["lead", "engineer", "viewer", "stranger", "officer", "auditor", "admin"])
def test_every_role_may_read_it_and_without_data_it_says_so(world: World, visit: Visit, who: str) -> None:
    client = visit(getattr(world, who))
    said = words(client.get("/insights/"))
    assert "No model has been briefed since April 2024." in said
    assert "No stay in a stage has ended yet" in said
    assert "No release was given up or set aside before it went live" in said
    for name in TABLES:
        assert len(table(client, f"/insights/?format=csv&of={name}")) >= 1


def test_every_table_is_offered_as_csv_and_holds_what_the_page_shows(history: World, visit: Visit) -> None:
    client = visit(history.officer)
    page = client.get("/insights/").content.decode()
    for name in TABLES:
        assert f"format=csv&amp;of={name}" in page
    assert table(client, "/insights/?format=csv&of=cohorts")[1] == [
        "Q1 ’26", "2", "1", "0", "1", "50%", "9% – 91%", "yes",
    ]  # fmt: skip
    assert table(client, "/insights/?format=csv&of=funnel")[1:3] == [["Brief", "2", ""], ["Validation", "2", "100%"]]
    assert table(client, "/insights/?format=csv&of=losses")[:2] == [
        ["Last stage", "Releases", "Killed", "Parked", "EUR", "Median each, EUR"],
        ["Validation", "1", "1", "0", "2500.00", "2500.00"],
    ]
    assert table(client, "/insights/?format=csv&of=reasons")[1][:2] == ["No value shown", "1"]
    assert table(client, "/insights/?format=csv&of=times")[1][0] == "Brief"
    assert client.get("/insights/?format=csv&of=nothing").status_code == 404


def test_filters_change_every_figure_and_nonsense_changes_none(history: World, visit: Visit) -> None:
    client = visit(history.lead)
    assert "No model has been briefed" in words(client.get("/insights/?tier=high"))
    assert "No model has been briefed" in words(client.get("/insights/?team=nothing-like-it"))
    assert "3 models briefed so far:" in words(client.get("/insights/?period=all"))
    assert "3 models briefed since July 2024:" in words(client.get("/insights/?tier=x&period=x"))
    assert "3 models briefed since July 2025:" in words(client.get("/insights/?period=1y&team=payments-risk"))


def test_a_stranger_learns_nothing_of_restricted_models(world: World, visit: Visit) -> None:
    give_up(world, world.release_at(Stage.VALIDATION, restricted=True), "123456")
    client = visit(world.stranger)
    assert "123" not in words(client.get("/insights/"))
    assert "No model has been briefed" in words(client.get("/insights/"))
    assert len(table(client, "/insights/?format=csv&of=losses")) == 1
    assert "€123k" in words(visit(world.viewer).get("/insights/"))


def test_the_page_costs_the_same_for_one_model_and_for_many(world: World, visit: Visit) -> None:
    give_up(world, world.release_at(Stage.VALIDATION), "10")
    before = {who: queries_of(visit(getattr(world, who)), "/insights/") for who in ("lead", "officer", "stranger")}
    for stage in (Stage.BRIEF, Stage.LIVE, Stage.DEPLOYMENT, Stage.RETIRED, Stage.LIVE):
        world.release_at(stage)
        give_up(world, world.release_at(Stage.VALIDATION), "10")
    after = {who: queries_of(visit(getattr(world, who)), "/insights/") for who in before}
    assert after == before
    assert max(after.values()) <= 17
