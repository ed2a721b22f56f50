"""Saved views: a person's own names for what they ask the queue for."""

from __future__ import annotations

import pytest

from tests.tracker.web.visiting import Visit, words
from tests.world import World
from tracker.saved_views import LONGEST_NAME, MOST, SavedView, save_view

SAVE = "/reviews/views/save/"


def test_filters_are_kept_under_a_name_and_stand_above_the_queue(world: World, visit: Visit) -> None:
    client = visit(world.officer)
    assert "query=tier%3Dhigh%26turn%3Dfree" in client.get("/reviews/?turn=free&page=3&tier=high").content.decode()
    answer = client.post(SAVE, {"name": "  High   and free ", "query": "turn=free&page=3&tier=high&x=y&kind="})
    assert (answer.status_code, answer["Location"]) == (303, "/reviews/?tier=high&turn=free")
    assert "High and free" in words(client.get("/reviews/"))
    assert "High and free" not in words(visit(world.second_officer).get("/reviews/"))


def test_a_view_is_renamed_and_deleted(world: World, visit: Visit) -> None:
    view = save_view(world.officer, "Lapsed", "state=lapsed")
    client = visit(world.officer)
    client.post(f"/reviews/views/{view.pk}/", {"name": "What lapsed"})
    view.refresh_from_db()
    assert (view.name, view.query) == ("What lapsed", "state=lapsed")
    assert client.post(f"/reviews/views/{view.pk}/delete/").status_code == 303
    assert not SavedView.objects.exists()


def test_somebody_elses_view_is_as_missing_as_none(world: World, visit: Visit) -> None:
    view = save_view(world.officer, "Mine", "tier=high")
    client = visit(world.second_officer)
    for number in (view.pk, 999_999):
        assert client.post(f"/reviews/views/{number}/", {"name": "Yours"}).status_code == 404
        assert client.post(f"/reviews/views/{number}/delete/").status_code == 404
    view.refresh_from_db()
    assert view.name == "Mine"


@pytest.mark.parametrize(
    ("name", "query", "status", "said"),
    [
        ("", "tier=high", 422, "Give the view a name."),
        ("x" * (LONGEST_NAME + 1), "tier=high", 422, "at most 60 characters"),
        ("All", "page=2&format=csv", 422, "Choose a filter first"),
        ("Long", f"team={'x' * 500}", 422, "These filters are too long to keep."),
        ("Taken", "tier=low", 409, "You have a view named “Taken” already."),
    ],
)
def test_what_cannot_be_kept_is_refused_with_the_way_out(
    world: World, visit: Visit, name: str, query: str, status: int, said: str
) -> None:
    save_view(world.officer, "Taken", "tier=high")
    answer = visit(world.officer).post(SAVE, {"name": name, "query": query})
    assert answer.status_code == status
    assert said in words(answer)
    assert SavedView.objects.count() == 1


def test_there_is_an_end_to_the_views_of_one_person(world: World, visit: Visit) -> None:
    for number in range(MOST):
        save_view(world.officer, f"View {number}", "tier=high")
    answer = visit(world.officer).post(SAVE, {"name": "One more", "query": "tier=high"})
    assert answer.status_code == 409
    assert "Delete one that you no longer use." in words(answer)
