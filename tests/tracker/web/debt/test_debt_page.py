"""The person who opens the list on Monday sees what is owed by whom."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from models_registry.vocabulary import RiskTier, Stage
from tests.tracker.web.visiting import Visit, words
from tests.world import World


def test_each_release_is_told_with_what_it_owes_and_whose_turn_it_is(world: World, visit: Visit) -> None:
    early = world.release_at(Stage.BRIEF, name="early-bird", tier=RiskTier.HIGH)
    world.release_at(Stage.COMPLIANCE_REVIEW, name="waits-for-officers")
    world.release_at(Stage.VALIDATION, name="behind-the-curtain", restricted=True)
    page = visit(world.stranger).get("/debt/")
    said = words(page)
    assert "2 releases owe something" in said
    assert said.index("early-bird") < said.index("waits-for-officers")
    assert "behind-the-curtain" not in page.content.decode()
    assert "Jonas Weber" in said
    assert "a compliance officer" in said
    told = words(visit(world.viewer).get(f"/models/{early.model.slug}/"))
    assert "Governance debt" in told
    assert "Compliance review 1 owed" in told


def test_filters_narrow_it_and_the_file_has_a_line_for_each_check(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="early-bird")
    world.release_at(Stage.COMPLIANCE_REVIEW, name="waits-for-officers")
    client = visit(world.lead)
    assert "early-bird" not in words(client.get("/debt/?stage=compliance_review"))
    assert "No release fits" in words(client.get("/debt/?team=nobody"))
    assert "early-bird" in words(client.get("/debt/?owes=owner&team=payments-risk&stage=nonsense&page=99"))
    lines = b"".join(client.get("/debt/?format=csv")).decode().splitlines()
    assert lines[0].removeprefix("\ufeff").startswith("Model,Release,Team")
    assert any(
        line.startswith("early-bird,1,Payments risk,low,Brief,Jonas Weber,Brief signed,missing") for line in lines
    )


def test_a_reader_whose_releases_owe_nothing_is_told_so_and_the_door_stands_in_the_sidebar(
    world: World, visit: Visit
) -> None:
    assert "Nothing is owed" in words(visit(world.lead).get("/debt/"))
    linked = {
        person: 'href="/debt/"' in visit(person).get("/models/").content.decode()
        for person in (world.lead, world.officer, world.auditor, world.engineer)
    }
    assert list(linked.values()) == [True, True, True, False]


def test_what_is_left_off_is_counted(world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        world.release_at(Stage.BRIEF)
    client = visit(world.lead)
    assert "left off" not in words(client.get("/debt/"))
    monkeypatch.setattr("tracker.debts.MOST", 1)
    assert "2 releases left off. Compared are the 1 of 3 that stall first." in words(client.get("/debt/"))


@pytest.mark.parametrize("address", ["/debt/", "/debt/?owes=owner"])
def test_the_list_costs_as_many_queries_for_many_releases_as_for_one(world: World, visit: Visit, address: str) -> None:
    world.release_at(Stage.VALIDATION)
    client = visit(world.auditor)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _ in range(6):
        world.release_at(Stage.BRIEF)
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(one)
