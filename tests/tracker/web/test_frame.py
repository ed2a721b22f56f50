"""The frame of every page: who sees what in it, what it costs, and the doors in front of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from governance.models import StageVisit
from models_registry.models import Person, WorkCalendar
from models_registry.vocabulary import OrgRole, Stage
from tests.world import World
from tracker.web import context, hours
from tracker.web.context import Shell, read_counts

DOORS = ("account_login", "account_reset_password", "account_reset_password_done", "account_inactive")


def shell_of(person: Person, path: str = "/stalls/") -> Shell:
    request = RequestFactory().get(path)
    request.user = person
    return Shell(request)


def labels(person: Person) -> list[str]:
    return [item.label for item in shell_of(person).nav]


def frame(person: Person, **cookies: str) -> str:
    request = RequestFactory().get("/stalls/")
    request.user = person
    request.COOKIES.update(cookies)
    return render_to_string("base.html", {}, request)


def test_debt_audit_and_settings_are_for_those_who_answer_for_more_than_their_own_work(world: World) -> None:
    everybody = ["Stalls", "Claim board", "Reviews", "Pipeline", "Models", "Insights"]
    assert labels(world.engineer) == everybody
    assert labels(world.lead) == [*everybody, "Governance debt", "Settings"]
    for person in (world.officer, world.auditor, world.admin):
        assert labels(person) == [*everybody, "Governance debt", "Audit", "Settings"]


def test_the_present_area_is_marked(world: World) -> None:
    nav = shell_of(world.lead, "/models/card-fraud/").nav
    assert [item.name for item in nav if item.current] == ["models"]


def test_roles_are_told_in_words(world: World) -> None:
    people = (world.lead, world.engineer, world.viewer, world.officer, world.stranger)
    assert [shell_of(person).role for person in people] == [
        "Team lead",
        "Engineer",
        "Viewer",
        "Compliance officer",
        "Member",
    ]
    assert [shell_of(person).may_brief for person in people] == [True, True, False, False, False]


def test_the_counts_are_of_what_the_reader_may_see(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    hidden = world.release_at(Stage.COMPLIANCE_REVIEW, restricted=True)
    StageVisit.objects.filter(left_at__isnull=True).update(stalls_at=world.now - timedelta(days=1))
    world.open_review(hidden)
    of_lead = read_counts(world.lead, world.now)
    of_stranger = read_counts(world.stranger, world.now)
    assert (of_lead.past_budget, of_lead.unclaimed, of_lead.reviews) == (2, 2, 1)
    assert (of_stranger.past_budget, of_stranger.unclaimed, of_stranger.reviews) == (1, 1, 0)


def test_what_is_not_yet_past_its_budget_is_not_counted(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    StageVisit.objects.filter(left_at__isnull=True).update(stalls_at=world.now + timedelta(days=1))
    assert read_counts(world.lead, world.now).past_budget == 0


def test_a_count_stops_at_the_cap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "CAP", 2)
    for _ in range(3):
        world.release_at(Stage.DEPLOYMENT)
    item = next(item for item in shell_of(world.lead).nav if item.name == "claims")
    assert (item.count, item.shown) == (2, "1+")


@pytest.mark.parametrize("rows", [1, 4])
def test_the_frame_costs_two_queries_however_much_there_is(
    world: World, rows: int, django_assert_num_queries: Any
) -> None:
    for _ in range(rows):
        world.release_at(Stage.DEPLOYMENT)
    frame(world.lead)  # the calendar is compiled once per process
    reader = Person.objects.get(pk=world.lead.pk)  # as a request brings it, with nothing read yet
    with django_assert_num_queries(2):
        html = frame(reader)
    assert f'{rows}<span class="vh"> unclaimed</span>' in html


def test_a_part_costs_the_frame_nothing(world: World, django_assert_num_queries: Any) -> None:
    request = RequestFactory().get("/stalls/")
    request.user = world.lead
    with django_assert_num_queries(0):
        context.shell(request)


def test_the_page_carries_no_inline_script_or_style(world: World) -> None:
    html = frame(world.lead)
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert re.findall(r"\sstyle=|\son[a-z]+=|hx-on|<style", html) == []


def test_the_theme_is_the_systems_until_the_reader_chooses(world: World) -> None:
    assert "data-bs-theme" not in frame(world.lead)
    assert 'data-bs-theme="dark"' in frame(world.lead, theme="dark")
    assert "data-bs-theme" not in frame(world.lead, theme='"><script>')


def test_without_scripts_the_theme_and_the_letters_are_switched_by_a_form(client: Client, world: World) -> None:
    client.force_login(world.lead)
    came_from = {"Referer": "http://testserver/stalls/?page=2"}
    answer = client.post(reverse("theme"), headers=came_from)
    assert (answer.status_code, answer["Location"]) == (303, "http://testserver/stalls/?page=2")
    assert client.cookies["theme"].value == "dark"
    client.post(reverse("theme"))
    assert client.cookies["theme"].value == "light"
    client.post(reverse("letters"))
    assert client.cookies["letters"].value == "off"
    assert client.get(reverse("theme")).status_code == 405


def test_a_stranger_is_led_to_the_sign_in_page_and_back(client: Client, db: None) -> None:
    assert client.get("/stalls/?team=a")["Location"] == "/accounts/login/?next=/stalls/%3Fteam%3Da"
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/stalls/?team=a"}
    part = client.get("/stalls/", headers=headers)
    assert part["HX-Redirect"] == "/accounts/login/?next=%2Fstalls%2F%3Fteam%3Da"
    assert part.content == b""


@pytest.mark.parametrize("name", DOORS)
def test_the_doors_open_for_everybody_and_carry_no_frame(client: Client, db: None, name: str) -> None:
    html = client.get(reverse(name)).content.decode()
    assert 'class="door"' in html
    assert html.count("<h1") == 1
    assert "nav-a" not in html


def test_a_wrong_password_keeps_the_address_and_says_what_is_wrong(client: Client, world: World) -> None:
    answer = client.post(reverse("account_login"), {"login": world.lead.email, "password": "wrong"})
    html = answer.content.decode()
    assert 'role="alert"' in html
    assert f'value="{world.lead.email}"' in html


def test_times_are_told_in_the_readers_zone(client: Client, world: World) -> None:
    world.lead.timezone = "Asia/Tokyo"
    world.lead.save(update_fields=["timezone"])
    html = frame(world.lead)
    assert "Business clock" in html
    client.force_login(world.lead)
    assert client.get("/stalls/").status_code == 200
    assert timezone.get_current_timezone_name() == "UTC"


def calendar(**facts: Any) -> Any:
    from governance.deadlines import compile_calendar

    return compile_calendar(WorkCalendar(name="EU-West", **facts))


TUESDAY = datetime(2026, 6, 16, 10, 24, tzinfo=UTC)


def test_the_business_clock_runs_rests_or_never_closes() -> None:
    weekdays = calendar(timezone="UTC")
    running = hours.face(weekdays, TUESDAY, UTC)
    assert (running.title, running.time, running.detail) == (
        "Business clock running",
        "Tue 10:24",
        "6h 36m left today",
    )
    assert running.used == pytest.approx(0.175)
    resting = hours.face(weekdays, TUESDAY.replace(hour=18), UTC)
    assert (resting.title, resting.detail) == ("Business clock resting", "opens Wed 17 Jun 09:00")
    assert hours.face(calendar(timezone="UTC", always_open=True), TUESDAY, UTC).detail == "open day and night"
    assert hours.face(calendar(timezone="UTC", hours={}), TUESDAY, UTC).title == "Business clock stopped"


def test_the_footnote_says_what_a_day_is() -> None:
    week = {str(day): [["09:00", "17:00"]] for day in range(5)}
    said = hours.footnote("EU-West", "Europe/Berlin", week, 8 * 3600, TUESDAY, always=False)
    assert said == "1d = 8 business hours, Mon–Fri 09:00–17:00 CEST, EU-West calendar"
    assert hours.week(
        {"0": [["09:00", "12:00"], ["13:00", "17:00"]], "3": [["09:00", "12:00"], ["13:00", "17:00"]]}
    ) == ("Mon and Thu 09:00–12:00 and 13:00–17:00")
    assert hours.week({"0": [["09:00", "12:00"]], "1": [["10:00", "12:00"]]}) == "different hours each day"
    assert hours.week({}) == "no open hours"


def test_an_administrator_reaches_the_admin_from_the_menu(world: World) -> None:
    assert world.admin.role == OrgRole.ADMIN
    assert reverse("admin:index") in frame(world.admin)
    assert reverse("admin:index") not in frame(world.lead)
