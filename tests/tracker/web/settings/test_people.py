"""The settings of people: added, changed, let go and taken back, by administrators alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, Stage
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.world import World

Open = Callable[..., Browser]
OTHERS = ("lead", "engineer", "viewer", "officer", "auditor", "stranger")


@pytest.mark.parametrize("role", ["admin", *OTHERS])
def test_everybody_sees_who_is_here_and_administrators_what_to_do(world: World, browser: Open, role: str) -> None:
    page = browser(getattr(world, role)).get("settings_people").content.decode()
    assert "Jonas Weber" in page
    assert ("Add a person" in page, "End access" in page) == (role == "admin", role == "admin")


@pytest.mark.parametrize("role", OTHERS)
def test_others_change_nobody_even_by_hand(world: World, browser: Open, role: str) -> None:
    session, victim = browser(getattr(world, role)), world.engineer.pk
    typed = {"full_name": "Mallory", "email": "m@team.example", "role": "admin", "timezone": "UTC"}
    answers = [
        session.get("settings_person_new"),
        session.post("settings_person_new", data=typed),
        session.get("settings_person", victim),
        session.post("settings_person", victim, data=typed),
        session.get("settings_person_deactivate", victim),
        session.post("settings_person_deactivate", victim, data={}),
        session.post("settings_person_reactivate", victim, data={}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 7
    assert Person.objects.get(pk=victim).full_name == "Jonas Weber"
    assert not Person.objects.filter(full_name="Mallory").exists()


def test_a_person_is_added_and_told_how_to_get_a_password(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    typed = admin.filled("settings_person_new", full_name="Ada", email="Ada@Team.Example", timezone="Europe/Berlin")
    answer = admin.client.post("/settings/people/new/", typed, follow=True)
    assert "They choose a password through “Forgot your password?”." in answer.content.decode()
    added = Person.objects.get(email="ada@team.example")
    assert (added.timezone, added.has_usable_password()) == ("Europe/Berlin", False)


def test_a_taken_address_is_refused_beside_the_field(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    typed = admin.filled("settings_person_new", full_name="Twin", email=world.lead.email.upper())
    for headers in ({}, HTMX):
        page = admin.post("settings_person_new", data=typed, **headers)
        assert (page.status_code, set(page.context["form"].errors)) == (422, {"email"})
        assert 'value="Twin"' in page.content.decode()


def test_nobody_changes_their_own_role_or_ends_their_own_access(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    page = admin.post(
        "settings_person", world.admin.pk, data=admin.filled("settings_person", world.admin.pk, role="member")
    )
    assert (page.status_code, set(page.context["form"].errors)) == (422, {"role"})
    assert "Another administrator has to end your access" in (
        admin.get("settings_person_deactivate", world.admin.pk).content.decode()
    )
    assert admin.post("settings_person_deactivate", world.admin.pk, data={}).status_code == 422
    assert Person.objects.get(pk=world.admin.pk).is_active


def test_the_second_of_two_editors_is_told_and_loses_no_word(world: World, browser: Open) -> None:
    first, second = browser(world.admin), browser(world.person("Ida Berg", role=OrgRole.ADMIN))
    mine = second.filled("settings_person", world.viewer.pk, full_name="Ravi K. Menon")
    first.post(
        "settings_person", world.viewer.pk, data=first.filled("settings_person", world.viewer.pk, role="auditor")
    )
    refused = second.post("settings_person", world.viewer.pk, data=mine)
    assert refused.status_code == 409
    assert "Lena Fischer changed Ravi Menon after you opened it." in refused.content.decode()
    assert "It says “Auditor” now." in refused.content.decode()
    assert 'value="Ravi K. Menon"' in refused.content.decode()
    assert Person.objects.get(pk=world.viewer.pk).role == OrgRole.AUDITOR


def test_access_ends_at_once_and_comes_back(world: World, browser: Open) -> None:
    release = world.release_at(Stage.VALIDATION)
    admin, theirs = browser(world.admin), Client()
    theirs.force_login(world.engineer)
    asked = admin.get("settings_person_deactivate", world.engineer.pk)
    assert "1 stage will have no owner" in asked.content.decode()
    assert admin.post("settings_person_deactivate", world.engineer.pk, data={}).status_code == 303
    assert world.spell(release).owner is None
    assert theirs.get("/settings/").status_code == 302
    assert "may no longer sign in" in admin.get("settings_people").content.decode()
    assert admin.post("settings_person_reactivate", world.engineer.pk, data={}).status_code == 303
    assert Person.objects.get(pk=world.engineer.pk).is_active
    assert world.spell(release).owner is None


def test_the_list_is_searched_and_filtered(world: World, browser: Open) -> None:
    session = browser(world.auditor)
    assert [row[0] for row in session.table("settings_people", {"q": "WEBER"})[1:]] == ["Jonas Weber"]
    officers = [row[0] for row in session.table("settings_people", {"role": "compliance_officer"})[1:]]
    assert officers == ["Elena Rossi", "Samuel Okafor"]
    assert session.get("settings_people", query={"role": "king"}).context["people"].total == Person.objects.count()
    assert "Nobody fits" in session.get("settings_people", query={"q": "zzz"}).content.decode()


def test_the_csv_names_teams_and_roles(world: World, browser: Open) -> None:
    rows = {row[0]: row[1:] for row in browser(world.viewer).table("settings_people")}
    assert rows["Marta Oliveira"] == [world.lead.email, "Member", "yes", "Payments risk (lead)", "", "", "UTC"]
    assert "pass" not in str(rows).lower()


def test_an_unknown_person_is_not_found(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    for name in ("settings_person", "settings_person_deactivate", "settings_person_reactivate"):
        assert admin.get(name, 999_999).status_code == 404


@pytest.mark.parametrize("more", [0, 50])
def test_the_list_costs_the_same_for_few_people_and_for_many(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    for number in range(more):
        Membership.objects.create(team=world.team, person=world.person(f"Member {number}"))
    session = browser(world.admin)
    session.get("settings_people")
    with django_assert_num_queries(8):
        assert len(session.get("settings_people").context["people"].rows) == min(50, 9 + more)
