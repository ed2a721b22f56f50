"""The door leads each role to the page that its work begins on."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.tracker.web.visiting import Visit
from tests.world import World


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("lead", "/stalls/"),
        ("engineer", "/claims/"),
        ("viewer", "/claims/"),
        ("stranger", "/claims/"),
        ("officer", "/reviews/"),
        ("auditor", "/audit/"),
        ("admin", "/stalls/"),
    ],
)
def test_each_role_is_led_to_its_page(world: World, visit: Visit, who: str, where: str) -> None:
    answer = visit(getattr(world, who)).get("/")
    assert (answer.status_code, answer["Location"], answer["Cache-Control"]) == (302, where, "no-store")


@pytest.mark.django_db
def test_nobody_unknown_is_led_anywhere_but_to_the_sign_in() -> None:
    answer = Client().get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/")


def test_nothing_is_posted_to_the_door(world: World, visit: Visit) -> None:
    assert visit(world.lead).post("/").status_code == 405
