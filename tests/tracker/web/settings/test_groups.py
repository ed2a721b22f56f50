"""The pages of groups: who reads them, who changes them, and what is said of who cannot go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.acts.groups import add_to_group, make_group
from governance.models import ApproverGroup, GroupMember
from models_registry.vocabulary import OrgRole
from tests.governance.acts.test_groups import ask_for
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.world import World

Open = Callable[..., Browser]
CHANGING = ("officer", "admin")
READING = ("lead", "engineer", "viewer", "auditor", "stranger")


def legal(world: World) -> ApproverGroup:
    group = make_group(world.admin, "Legal", "Contracts and terms.", at=world.tick())
    add_to_group(world.admin, group.pk, world.stranger, at=world.tick())
    return group


@pytest.mark.parametrize("role", [*CHANGING, *READING])
def test_everybody_reads_groups_and_some_are_offered_a_change(world: World, browser: Open, role: str) -> None:
    legal(world)
    session = browser(getattr(world, role))
    listed, one = session.get("settings_groups"), session.get("settings_group", "legal")
    assert (listed.status_code, one.status_code) == (200, 200)
    assert ("New group" in listed.content.decode()) == (role in CHANGING)
    assert ("Add to the group" in one.content.decode()) == (role in CHANGING)
    assert "Yusuf Demir" in one.content.decode()


@pytest.mark.parametrize("role", READING)
def test_others_change_nothing_even_by_hand(world: World, browser: Open, role: str) -> None:
    legal(world)
    session = browser(getattr(world, role))
    answers = [
        session.get("settings_group_new"),
        session.post("settings_group_new", data={"name": "Mine"}),
        session.post("settings_group_edit", "legal", data={"name": "Mine"}),
        session.post("settings_group", "legal", data={"person": world.viewer.pk}),
        session.get("settings_seat_remove", "legal", world.stranger.pk),
        session.post("settings_seat_remove", "legal", world.stranger.pk, data={}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 6
    assert GroupMember.objects.get().person == world.stranger
    assert ApproverGroup.objects.get().name == "Legal"


def test_a_group_is_made_filled_and_emptied(world: World, browser: Open) -> None:
    officer = browser(world.officer)
    assert "Compliance officers decide alone" in officer.get("settings_groups").content.decode()
    made = officer.post("settings_group_new", data=officer.filled("settings_group_new", name="Data privacy"))
    assert (made.status_code, made["Location"]) == (303, "/settings/groups/data-privacy/")
    assert "Nobody is in this group" in officer.get("settings_group", "data-privacy").content.decode()
    added = officer.post("settings_group", "data-privacy", data={"person": world.viewer.pk})
    assert added.status_code == 303
    twice = officer.post("settings_group", "data-privacy", data={"person": world.viewer.pk})
    assert (twice.status_code, set(twice.context["form"].errors)) == (422, {"person"})
    gone = officer.post("settings_seat_remove", "data-privacy", world.viewer.pk, data={})
    assert gone.status_code == 303
    assert officer.post("settings_seat_remove", "data-privacy", world.viewer.pk, data={}).status_code == 409
    assert officer.get("settings_seat_remove", "data-privacy", 999_999).status_code == 404
    assert officer.get("settings_group", "no-such-group").status_code == 404


def test_what_was_typed_stays_with_what_is_wrong(world: World, browser: Open) -> None:
    legal(world)
    admin = browser(world.admin)
    for headers in ({}, HTMX):
        page = admin.post("settings_group_new", data={"name": "LEGAL", "purpose": "<b>Terms</b>"}, **headers)
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"name"}
        assert 'value="LEGAL"' in page.content.decode()
        assert "<b>Terms" not in page.content.decode()


def test_the_second_of_two_editors_is_told_and_loses_no_word(world: World, browser: Open) -> None:
    legal(world)
    officer, admin = browser(world.officer), browser(world.admin)
    mine = admin.filled("settings_group_edit", "legal", purpose="Contracts only.")
    theirs = officer.filled("settings_group_edit", "legal", name="Legal office")
    assert officer.post("settings_group_edit", "legal", data=theirs).status_code == 303
    refused = admin.post("settings_group_edit", "legal", data=mine)
    assert refused.status_code == 409
    words = refused.content.decode()
    assert "Samuel Okafor changed Legal office after you opened it." in words
    assert 'value="Contracts only."' in words


def test_who_cannot_go_is_said_before_and_refused_after(world: World, browser: Open) -> None:
    legal(world)
    ask_for(world, ("legal", 1))
    admin = browser(world.admin)
    asked = admin.get("settings_seat_remove", "legal", world.stranger.pk).content.decode()
    assert "without Yusuf Demir nobody would be left" in asked
    assert "Take out of the group" not in asked
    refused = admin.post("settings_seat_remove", "legal", world.stranger.pk, data={})
    assert refused.status_code == 409
    assert "Add somebody else to Legal first" in refused.content.decode()
    assert "1 at low risk" in admin.get("settings_groups").content.decode()


def test_an_officer_who_left_is_let_go_once_that_is_meant(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    asked = admin.get("settings_person_deactivate", world.officer.pk).content.decode()
    assert "without Samuel Okafor only 1 would be left" in asked
    unsaid = admin.post("settings_person_deactivate", world.officer.pk, data={})
    assert unsaid.status_code == 409
    assert 'name="despite"' in unsaid.content.decode()
    said = admin.post("settings_person_deactivate", world.officer.pk, data={"despite": "yes"})
    assert said.status_code == 303
    role = admin.filled("settings_person", world.second_officer.pk, role=OrgRole.MEMBER.value)
    kept = admin.post("settings_person", world.second_officer.pk, data=role)
    assert (kept.status_code, set(kept.context["form"].errors)) == (422, {"role"})


def test_the_files_hold_what_the_pages_show(world: World, browser: Open) -> None:
    legal(world)
    make_group(world.admin, "=Privacy", at=world.tick())
    session = browser(world.auditor)
    assert [row[:4] for row in session.table("settings_groups", {"q": "contracts"})[1:]] == [
        ["Legal", "legal", "Contracts and terms.", "1"]
    ]
    assert [row[0] for row in session.table("settings_groups")[1:]] == ["'=Privacy", "Legal"]
    seats = session.get("settings_group", "legal", query={"format": "csv"})
    assert b"yusuf.demir@team.example" in b"".join(seats.streaming_content)
    assert session.get("settings_groups", query={"q": "nowhere"}).context["groups"].total == 0


@pytest.mark.parametrize("more", [0, 49])
def test_the_pages_cost_the_same_for_one_and_for_fifty(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    group = legal(world)
    for number in range(more):
        other = make_group(world.admin, f"Group {number}", at=world.tick())
        GroupMember.objects.create(group=other, person=world.stranger)
        GroupMember.objects.create(group=group, person=world.person(f"Member {number}"))
    session = browser(world.engineer)
    session.get("settings_groups")
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        assert len(session.get("settings_groups").context["groups"].rows) == more + 1
    with django_assert_num_queries(QUERIES_OF_ONE):
        assert len(session.get("settings_group", "legal").context["seats"].rows) == more + 1


QUERIES_OF_THE_LIST = 8
QUERIES_OF_ONE = 9
