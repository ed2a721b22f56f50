"""The settings of teams: who reads them, who changes them, and what a change says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.models import AuditEvent
from models_registry.models import Membership, Team
from models_registry.vocabulary import Stage, TeamRole
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.world import World

Open = Callable[..., Browser]
CHANGING = ("lead", "admin")
READING = ("engineer", "viewer", "officer", "auditor", "stranger")


@pytest.mark.parametrize("role", [*CHANGING, *READING])
def test_every_role_reads_the_teams(world: World, browser: Open, role: str) -> None:
    page = browser(getattr(world, role)).get("settings")
    assert page.status_code == 200
    assert "Payments risk" in page.content.decode()
    assert ("New team" in page.content.decode()) == (role == "admin")


@pytest.mark.parametrize("role", [*CHANGING, *READING])
def test_only_leads_and_administrators_are_offered_a_change(world: World, browser: Open, role: str) -> None:
    page = browser(getattr(world, role)).get("settings_team", world.team.slug).content.decode()
    assert ("Add to the team" in page) == (role in CHANGING)
    assert ("Its leads and administrators change a team" in page) == (role in READING)


@pytest.mark.parametrize("role", READING)
def test_others_change_nothing_even_by_hand(world: World, browser: Open, role: str) -> None:
    session, slug = browser(getattr(world, role)), world.team.slug
    before = list(Membership.objects.values_list("person", "role"))
    answers = [
        session.get("settings_team_edit", slug),
        session.post("settings_team_edit", slug, data={"name": "Taken over"}),
        session.post("settings_team", slug, data={"person": world.stranger.pk, "role": "lead"}),
        session.post("settings_team", slug, data={"person": "nonsense"}),
        session.post("settings_member", slug, world.engineer.pk, data={"role": "viewer"}),
        session.get("settings_member_remove", slug, world.engineer.pk),
        session.post("settings_member_remove", slug, world.engineer.pk, data={}),
    ]
    assert [answer.status_code for answer in answers] == [403] * 7
    assert list(Membership.objects.values_list("person", "role")) == before
    assert Team.objects.get().name == "Payments risk"


def test_an_administrator_makes_a_team_and_a_lead_does_not(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    typed = admin.filled("settings_team_new", name="Motor claims", calendar=world.calendar.pk, hourly_rate="88.50")
    assert browser(world.lead).post("settings_team_new", data=typed).status_code == 403
    made = admin.post("settings_team_new", data=typed)
    assert (made.status_code, made["Location"]) == (303, "/settings/teams/motor-claims/")
    assert str(Team.objects.get(slug="motor-claims").hourly_rate) == "88.50"


def test_a_team_called_new_has_its_page(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    admin.post("settings_team_new", data=admin.filled("settings_team_new", name="New", calendar=world.calendar.pk))
    assert admin.get("settings_team", "new").context["team"].name == "New"
    assert admin.get("settings_team_new").context["team"] is None


def test_what_was_typed_stays_with_what_is_wrong(world: World, browser: Open) -> None:
    world.make_team("Motor claims")
    admin = browser(world.admin)
    typed = admin.filled("settings_team_edit", world.team.slug, name="motor CLAIMS", hourly_rate="-3")
    for headers in ({}, HTMX):
        page = admin.post("settings_team_edit", world.team.slug, data=typed, **headers)
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"name", "hourly_rate"}
        assert 'value="motor CLAIMS"' in page.content.decode()
        assert 'value="-3"' in page.content.decode()
    assert b"<html" not in page.content
    assert Team.objects.get(pk=world.team.pk).name == "Payments risk"


def test_the_second_of_two_editors_is_told_and_loses_no_word(world: World, browser: Open) -> None:
    lead, admin, slug = browser(world.lead), browser(world.admin), world.team.slug
    mine = admin.filled("settings_team_edit", slug, division="Retail banking")
    theirs = lead.filled("settings_team_edit", slug, hourly_rate="101.00")
    assert lead.post("settings_team_edit", slug, data=theirs).status_code == 303
    refused = admin.post("settings_team_edit", slug, data=mine)
    words = refused.content.decode()
    assert refused.status_code == 409
    assert "Marta Oliveira changed Payments risk after you opened it." in words
    assert 'value="Retail banking"' in words
    assert "It says “101.00” now." in words
    assert (Team.objects.get().division, str(Team.objects.get().hourly_rate)) == ("", "101.00")
    again = admin.post("settings_team_edit", slug, data={**mine, "seen": refused.context["seen"]})
    assert again.status_code == 303
    assert (Team.objects.get().division, str(Team.objects.get().hourly_rate)) == ("Retail banking", "95.00")


def test_a_mistake_in_a_stale_form_does_not_make_it_fresh(world: World, browser: Open) -> None:
    lead, admin, slug = browser(world.lead), browser(world.admin), world.team.slug
    mine = admin.filled("settings_team_edit", slug, hourly_rate="a lot")
    lead.post("settings_team_edit", slug, data=lead.filled("settings_team_edit", slug, division="Banking"))
    wrong = admin.post("settings_team_edit", slug, data=mine)
    assert wrong.status_code == 422
    put_right = {**mine, "hourly_rate": "99", "seen": wrong.context["seen"]}
    assert admin.post("settings_team_edit", slug, data=put_right).status_code == 409
    assert Team.objects.get().division == "Banking"


def test_members_come_and_go_with_their_stages(world: World, browser: Open) -> None:
    lead, slug = browser(world.lead), world.team.slug
    release = world.release_at(Stage.VALIDATION)
    added = lead.post("settings_team", slug, data={"person": world.stranger.pk, "role": "engineer"})
    assert added.status_code == 303
    lead.post("settings_member", slug, world.stranger.pk, data={"role": "viewer"})
    assert Membership.objects.get(person=world.stranger).role == TeamRole.VIEWER
    asked = lead.get("settings_member_remove", slug, world.engineer.pk)
    assert (asked.context["owned"], "1 stage of its releases will have no owner" in asked.content.decode()) == (1, True)
    assert lead.post("settings_member_remove", slug, world.engineer.pk, data={}).status_code == 303
    assert world.spell(release).owner is None
    assert lead.post("settings_member_remove", slug, world.engineer.pk, data={}).status_code == 409
    assert lead.post("settings_member", slug, world.engineer.pk, data={"role": "lead"}).status_code == 409


def test_an_administrator_keeps_their_stages_when_they_leave_a_team(world: World, browser: Open) -> None:
    Membership.objects.create(team=world.team, person=world.admin, role=TeamRole.ENGINEER)
    release = world.release_at(Stage.BRIEF, actor=world.admin)
    admin = browser(world.admin)
    assert admin.get("settings_member_remove", world.team.slug, world.admin.pk).context["owned"] == 0
    admin.post("settings_member_remove", world.team.slug, world.admin.pk, data={})
    assert world.spell(release).owner == world.admin


def test_nobody_is_added_twice_nor_with_a_role_that_is_none(world: World, browser: Open) -> None:
    lead, slug = browser(world.lead), world.team.slug
    twice = lead.post("settings_team", slug, data={"person": world.engineer.pk, "role": "viewer"})
    assert (twice.status_code, set(twice.context["form"].errors)) == (422, {"person"})
    assert lead.post("settings_member", slug, world.engineer.pk, data={"role": "king"}).status_code == 422
    assert Membership.objects.get(person=world.engineer).role == TeamRole.ENGINEER


def test_counts_of_models_leave_out_the_hidden_ones(world: World, browser: Open) -> None:
    world.release_at(Stage.BRIEF, restricted=True, name="secret-plan")
    world.release_at(Stage.BRIEF)
    shown = {role: browser(getattr(world, role)).table("settings")[1][-1] for role in ("engineer", "stranger", "admin")}
    assert shown == {"engineer": "2", "stranger": "1", "admin": "2"}
    assert "secret-plan" not in browser(world.stranger).get("settings").content.decode()


def test_the_csv_holds_what_the_filter_finds_and_no_formula(world: World, browser: Open) -> None:
    world.make_team("=HYPERLINK claims")
    rows = browser(world.auditor).table("settings", {"q": "CLAIMS"})
    assert [row[0] for row in rows] == ["Team", "'=HYPERLINK claims"]
    assert browser(world.auditor).get("settings", query={"q": "nowhere"}).context["teams"].total == 0


def test_an_unknown_team_or_person_is_not_found(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    assert admin.get("settings_team", "no-such-team").status_code == 404
    assert admin.get("settings_member_remove", world.team.slug, 999_999).status_code == 404
    assert admin.post("settings_member", "no-such-team", world.engineer.pk, data={"role": "lead"}).status_code == 404


def test_a_script_in_a_name_stays_text(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    bad = "<script>alert(1)</script>"
    admin.post(
        "settings_team_edit", world.team.slug, data=admin.filled("settings_team_edit", world.team.slug, name=bad)
    )
    for page in (admin.get("settings"), admin.get("settings_team", world.team.slug)):
        assert bad not in page.content.decode()
        assert "&lt;script&gt;alert(1)" in page.content.decode()


def test_each_change_is_on_the_trail_once(world: World, browser: Open) -> None:
    lead, slug = browser(world.lead), world.team.slug
    lead.post("settings_team_edit", slug, data=lead.filled("settings_team_edit", slug, division="Banking"))
    lead.post("settings_team_edit", slug, data=lead.filled("settings_team_edit", slug, name=" "))
    assert list(AuditEvent.objects.filter(subject=f"team:{world.team.pk}").values_list("act", "actor_name")) == [
        ("team.edit", "Marta Oliveira")
    ]


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_costs_the_same_for_one_team_and_for_fifty(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    for number in range(more):
        team = world.make_team(f"Team {number}")
        Membership.objects.create(team=team, person=world.engineer)
    session = browser(world.engineer)
    session.get("settings")
    with django_assert_num_queries(QUERIES_OF_THE_LIST):
        assert len(session.get("settings").context["teams"].rows) == more + 1


@pytest.mark.parametrize("more", [0, 50])
def test_a_team_costs_the_same_for_few_members_and_for_many(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    for number in range(more):
        world.person(f"Member {number}", team_role=TeamRole.ENGINEER)
    session = browser(world.auditor)
    session.get("settings_team", world.team.slug)
    with django_assert_num_queries(QUERIES_OF_ONE):
        assert len(session.get("settings_team", world.team.slug).context["members"]) == more + 4


QUERIES_OF_THE_LIST = 6
QUERIES_OF_ONE = 7
