"""The pipeline board as a page."""

from __future__ import annotations

from datetime import timedelta

from governance.acts.transitions import break_glass, kill
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World


def test_each_stage_is_a_column_and_a_card_leads_to_its_release(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, name="card-fraud-scorer")
    page = visit(world.lead).get("/board/")
    said = words(page)
    assert "1 release in flight." in said
    assert "None is past its time budget" in said
    for name in ("Brief", "Validation", "Compliance", "Deployment", "Live"):
        assert name in said
    assert f'href="/models/{release.model.slug}/?release=1"' in page.content.decode()


def test_the_head_counts_what_is_late_and_what_nobody_owns(world: World, visit: Visit) -> None:
    world.release_at(Stage.COMPLIANCE_REVIEW)
    world.release_at(Stage.BRIEF)
    world.tick(timedelta(days=21))
    said = words(visit(world.lead).get("/board/"))
    assert "2 releases in flight. 2 past the time budget, 1 without an owner." in said
    assert "No owner" in said


def test_what_was_given_up_is_behind_the_filter_with_its_reason(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, name="given-up")
    kill(world.lead, release.pk, "data_unavailable", "The source closed.", at=world.tick())
    client = visit(world.lead)
    assert "given-up" not in words(client.get("/board/"))
    said = words(client.get("/board/?show=killed"))
    assert "given-up" in said
    assert "Data not available" in said


def test_broken_glass_is_marked_on_the_card(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    break_glass(world.lead, release.pk, "The regulator asks.", at=world.tick())
    assert "Broken glass" in words(visit(world.viewer).get("/board/"))


def test_what_does_not_fit_leads_to_the_registry_with_the_same_filters(world: World, visit: Visit) -> None:
    world.release_at(Stage.LIVE, name="old")
    world.tick(timedelta(days=42))
    page = visit(world.lead).get("/board/?team=payments-risk").content.decode()
    assert 'href="/models/?stage=live&amp;team=payments-risk"' in page


def test_nonsense_in_the_address_is_no_error(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    client = visit(world.lead)
    for query in ("show=nothing", "team=nobody&tier=none", "show=%00", "team=%27%3B--"):
        assert client.get(f"/board/?{query}").status_code == 200


def test_an_empty_board_says_so(world: World, visit: Visit) -> None:
    client = visit(world.lead)
    assert "0 releases in flight." in words(client.get("/board/"))
    assert "Nothing here fits the filters." in words(client.get("/board/?tier=high"))


def test_a_restricted_release_is_hidden_from_a_stranger(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="secret-model", restricted=True)
    assert "secret-model" not in words(visit(world.stranger).get("/board/"))
    assert "secret-model" in words(visit(world.viewer).get("/board/"))


def test_nobody_unknown_gets_in(world: World) -> None:
    from django.test import Client

    assert Client().get("/board/").status_code == 302


def test_the_page_costs_the_same_for_one_card_and_for_fifty(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    world.release_at(Stage.COMPLIANCE_REVIEW)
    one = queries_of(visit(world.lead), "/board/")
    for number in range(50):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    many = queries_of(visit(world.lead), "/board/")
    assert many == one <= 15
