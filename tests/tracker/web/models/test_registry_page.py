"""The registry as a page: search, filters, order, pages, CSV."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client

from governance.acts.intake import ModelFacts, register_model, start_release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World


def lines_of(client: Client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/models/?format=csv{query}")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = answer.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def test_each_model_is_told_with_stage_clock_owner_and_team(world: World, visit: Visit) -> None:
    world.release_at(Stage.VALIDATION, name="card-fraud-scorer")
    said = words(visit(world.viewer).get("/models/"))
    assert "1 model in the registry." in said
    for part in ("card-fraud-scorer", "Low risk", "Validation", "of 10d", "Jonas Weber", "Payments risk"):
        assert part in said


def test_a_search_keeps_its_words_and_says_what_fits(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="parcel-eta")
    world.release_at(Stage.BRIEF, name="churn")
    page = visit(world.lead).get("/models/?q=parcel&tier=low")
    said = words(page)
    assert "1 model of the registry fits" in said
    assert "parcel-eta" in said
    assert "churn" not in said
    assert 'value="parcel"' in page.content.decode()


def test_what_fits_nothing_offers_a_way_back(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    said = words(visit(world.lead).get("/models/?q=nothing+of+the+kind"))
    assert "No model fits" in said
    assert "Show every model" in said


def test_an_empty_registry_asks_for_the_first_brief(world: World, visit: Visit) -> None:
    assert "Write the first brief" in words(visit(world.lead).get("/models/"))
    assert "Write the first brief" not in words(visit(world.auditor).get("/models/"))


def test_a_script_in_a_name_is_only_text(world: World, visit: Visit) -> None:
    facts = ModelFacts("<script>alert(1)</script>", "<img src=x onerror=alert(2)>", tags=("<b>bold</b>",))
    release = register_model(world.engineer, world.team, facts, at=world.tick())
    client = visit(world.lead)
    for address in ("/models/", f"/models/{release.model.slug}/", "/board/", "/models/?tag=%3Cb%3Ebold%3C%2Fb%3E"):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>bold" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=99999999",
        "sort=nothing",
        "sort=-name",
        "stage=nowhere",
        "tier=x",
        "owner=x",
    ],
)
def test_nonsense_in_the_address_is_no_error(world: World, visit: Visit, query: str) -> None:
    world.release_at(Stage.BRIEF, name="alpha")
    page = visit(world.lead).get(f"/models/?{query}")
    assert page.status_code == 200
    assert "alpha" in words(page)


def test_an_odd_search_is_no_error(world: World, visit: Visit) -> None:
    client = visit(world.lead)
    for query in ("q=%00", "q=%25", "q=" + "x" * 5000, "q=%27+OR+1%3D1", "tag=%00", "q=a+b+c+d+e+f+g+h+i"):
        assert client.get(f"/models/?{query}").status_code == 200


def test_the_export_holds_what_the_filters_left(world: World, visit: Visit) -> None:
    live = world.release_at(Stage.LIVE, name="live-one")
    start_release(world.engineer, live.model, at=world.tick())
    world.release_at(Stage.BRIEF, name="=cmd()")
    header, *rows = lines_of(visit(world.lead))
    assert header[:4] == ["Model", "Address", "Team", "Risk tier"]
    assert [row[0] for row in rows] == ["'=cmd()", "live-one"]
    assert [row[5] for row in rows] == ["Brief", "Brief"]
    _, *live_rows = lines_of(visit(world.lead), "&stage=live")
    assert [(row[0], row[4], row[5]) for row in live_rows] == [("live-one", "1", "Live")]


def test_the_export_hides_what_the_page_hides(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="secret-model", restricted=True)
    assert len(lines_of(visit(world.stranger))) == 1
    assert len(lines_of(visit(world.viewer))) == 2


def test_the_page_costs_the_same_for_one_row_and_for_fifty(world: World, visit: Visit) -> None:
    addresses = ("/models/", "/models/?q=m", "/models/?stage=brief&owner=somebody", "/models/?sort=stage")
    world.release_at(Stage.BRIEF, name="m-first")
    one = [queries_of(visit(world.lead), address) for address in addresses]
    for number in range(52):
        world.release_at(Stage.BRIEF, name=f"m-{number:02}")
    client = visit(world.lead)
    assert [queries_of(client, address) for address in addresses] == one
    assert max(one) <= 15
    assert queries_of(client, "/models/?page=2") <= 15
    assert "51–53 of 53 models" in words(client.get("/models/?page=2"))
