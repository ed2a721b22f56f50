"""The registry: what is found, in which order, and that a page costs what it shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.intake import ModelFacts, edit_model, register_model, start_release
from governance.acts.ownership import step_down
from governance.acts.transitions import break_glass, park
from models_registry.models import Person
from models_registry.vocabulary import RiskTier, Stage
from tests.world import World
from tracker.registry import Found, Order, OwnerState, Registry, Search


def find(world: World, person: Person | None = None, page: int = 1, **asked: Any) -> Found:
    order, turned = asked.pop("order", Order.NAME), asked.pop("turned", False)
    return Registry(person or world.lead, Search(**asked), world.now, order, turned).page(page)


def names(found: Found) -> list[str]:
    return [row.standing.name for row in found.rows]


def test_models_come_by_name_with_the_release_that_is_newest(world: World) -> None:
    live = world.release_at(Stage.LIVE, name="beta")
    world.release_at(Stage.BRIEF, name="alpha")
    start_release(world.engineer, live.model, at=world.tick())
    found = find(world)
    assert names(found) == ["alpha", "beta"]
    beta = found.rows[1]
    assert (beta.standing.number, beta.standing.stage, beta.live_number) == (2, Stage.BRIEF, 1)
    assert found.rows[0].live_number is None


def test_a_model_whose_older_release_is_live_is_found_among_the_live_ones(world: World) -> None:
    live = world.release_at(Stage.LIVE, name="beta")
    start_release(world.engineer, live.model, at=world.tick())
    found = find(world, standing="live")
    assert [(row.standing.name, row.standing.number) for row in found.rows] == [("beta", 1)]


def test_a_parked_release_is_not_found_in_the_stage_where_it_stopped(world: World) -> None:
    release = world.release_at(Stage.VALIDATION, name="alpha")
    park(world.lead, release.pk, "no_budget", "Next year.", at=world.tick())
    assert names(find(world, standing="validation")) == []
    parked = find(world, standing="parked").rows[0].standing
    assert (parked.place, parked.reason_code, parked.answerable) == ("Parked in validation", "no_budget", False)


def test_words_are_looked_for_in_name_purpose_and_tags_and_each_narrows(world: World) -> None:
    register_model(world.engineer, world.team, ModelFacts("parcel-eta", "Says when a parcel comes."), at=world.tick())
    tagged = ModelFacts("routes", "Plans the tours.", tags=("Parcel post",))
    register_model(world.engineer, world.team, tagged, at=world.tick())
    register_model(world.engineer, world.team, ModelFacts("churn", "Says who leaves."), at=world.tick())
    assert names(find(world, text="PARCEL")) == ["parcel-eta", "routes"]
    assert names(find(world, text="parcel comes")) == ["parcel-eta"]
    assert names(find(world, text="says")) == ["churn", "parcel-eta"]
    assert find(world, text="nothing of the kind").total == 0
    assert names(find(world, tag="parcel post")) == ["routes"]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'", "100%_\\'"])
def test_signs_that_mean_something_to_a_database_are_only_signs(world: World, text: str) -> None:
    world.release_at(Stage.BRIEF, name="alpha")
    named = world.release_at(Stage.BRIEF, name=f"with {text} inside")
    assert names(find(world, text=text)) == [named.model.name]


def test_filters_narrow_by_team_tier_and_owner(world: World) -> None:
    other = world.make_team("Motor claims")
    world.release_at(Stage.BRIEF, name="high", tier=RiskTier.HIGH)
    world.release_at(Stage.BRIEF, name="elsewhere", team=other, actor=world.admin)
    left = world.release_at(Stage.BRIEF, name="left")
    step_down(world.engineer, left.pk, "I am away.", at=world.tick())
    assert names(find(world, tier="high")) == ["high"]
    assert names(find(world, team="motor-claims")) == ["elsewhere"]
    assert names(find(world, owner=OwnerState.NOBODY)) == ["left"]
    assert names(find(world, owner=OwnerState.SOMEBODY)) == ["elsewhere", "high"]
    assert names(find(world, world.engineer, owner=OwnerState.MINE)) == ["high"]
    assert names(find(world, owner=OwnerState.NOBODY, tier="high")) == []
    assert names(find(world, owner=OwnerState.NOBODY, standing="brief")) == ["left"]


def test_a_vacancy_is_not_what_nobody_has_to_answer_for(world: World) -> None:
    world.release_at(Stage.RETIRED, name="gone")
    vacant = world.release_at(Stage.COMPLIANCE_REVIEW, name="waiting")
    found = find(world, owner=OwnerState.NOBODY)
    assert names(found) == [vacant.model.name]
    assert found.rows[0].standing.vacant


def test_the_order_of_stages_goes_from_brief_to_retired_and_turns_round(world: World) -> None:
    for stage in (Stage.LIVE, Stage.BRIEF, Stage.RETIRED, Stage.VALIDATION):
        world.release_at(stage, name=f"a-{stage}")
    ordered = [row.standing.stage for row in find(world, order=Order.STAGE).rows]
    assert ordered == [Stage.BRIEF, Stage.VALIDATION, Stage.LIVE, Stage.RETIRED]
    turned = [row.standing.stage for row in find(world, order=Order.STAGE, turned=True).rows]
    assert turned == ordered[::-1]


def test_the_order_of_stages_tells_each_model_once(world: World) -> None:
    live = world.release_at(Stage.LIVE, name="beta")
    start_release(world.engineer, live.model, at=world.tick())
    found = find(world, order=Order.STAGE)
    assert [(row.standing.name, row.standing.number) for row in found.rows] == [("beta", 2)]
    assert find(world, order=Order.STAGE, text="beta").total == 1


def test_the_last_change_is_an_edit_or_a_move(world: World) -> None:
    world.release_at(Stage.BRIEF, name="old")
    edited = world.release_at(Stage.BRIEF, name="edited")
    world.release_at(Stage.BRIEF, name="new")
    assert names(find(world, order=Order.CHANGE)) == ["new", "edited", "old"]
    edit_model(world.engineer, edited.model_id, ModelFacts("edited", "Another purpose.", RiskTier.LOW), at=world.tick())
    assert names(find(world, order=Order.CHANGE))[0] == "edited"
    moved = world.release_at(Stage.VALIDATION, name="moved")
    assert names(find(world, order=Order.CHANGE))[0] == moved.model.name
    assert names(find(world, order=Order.CHANGE, turned=True))[-1] == moved.model.name


def test_a_restricted_model_is_neither_shown_nor_counted_to_a_stranger(world: World) -> None:
    world.release_at(Stage.BRIEF, name="open")
    world.release_at(Stage.LIVE, name="secret", restricted=True)
    for asked in ({}, {"text": "secret"}, {"standing": "live"}, {"order": Order.STAGE}):
        found = find(world, world.stranger, **asked)
        assert "secret" not in names(found)
        assert found.total == len(found.rows)
    assert find(world, world.viewer, text="secret").total == 1
    assert find(world, world.auditor, standing="live").total == 1


def test_broken_glass_is_marked(world: World) -> None:
    release = world.release_at(Stage.VALIDATION, name="alpha")
    break_glass(world.lead, release.pk, "The regulator asks for it.", at=world.tick())
    assert find(world).rows[0].standing.glass


def test_a_page_past_the_end_is_the_last_one(world: World) -> None:
    for number in range(3):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    registry = Registry(world.lead, Search(), world.now)
    last = registry.page(9, 2)
    assert (names(last), last.number, last.total) == (["m-2"], 2, 3)
    searched = Registry(world.lead, Search(text="m-"), world.now).page(9, 2)
    assert (names(searched), searched.number, searched.total) == (["m-2"], 2, 3)
    assert Registry(world.lead, Search(text="m-"), world.now).page(2, 2).total == 3
    assert names(registry.page(2, 2)) == ["m-2"]


def test_an_export_holds_every_row_that_fits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.registry.CHUNK", 2)
    for number in range(5):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    rows = list(Registry(world.lead, Search(text="m-"), world.now).every_row())
    assert [row.standing.name for row in rows] == [f"m-{number}" for number in range(5)]


def test_the_number_of_queries_is_the_same_for_one_row_and_for_fifty(world: World) -> None:
    questions: list[dict[str, Any]] = [{}, {"text": "m"}, {"standing": "brief"}, {"order": Order.STAGE}]

    def counted(rows: int) -> list[int]:
        counts = []
        for asked in questions:
            with CaptureQueriesContext(connection) as queries:
                assert len(find(world, **asked).rows) == rows
            counts.append(len(queries))
        return counts

    world.release_at(Stage.BRIEF, name="m-first")
    find(world)
    one = counted(1)
    for number in range(55):
        world.release_at(Stage.BRIEF, name=f"m-{number:02}")
    assert counted(50) == one
    assert max(one) <= 6


def test_a_clock_is_read_at_the_moment_of_the_page(world: World) -> None:
    world.release_at(Stage.BRIEF, name="alpha")
    world.tick(timedelta(days=14))
    reading = find(world).rows[0].standing.reading
    assert reading.breached
    assert reading.overrun > 0
