"""The settings of calendars: hours as people write them, and what a change does to open releases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from models_registry.models import WorkCalendar
from models_registry.vocabulary import OrgRole, Stage
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.world import World
from tracker.web.settings.calendars import in_words
from tracker.web.settings.choosing import countries, country_name, zones
from tracker.web.settings.forms import CalendarForm

Open = Callable[..., Browser]
OTHERS = ("lead", "engineer", "viewer", "officer", "auditor", "stranger")


@pytest.mark.parametrize("role", ["admin", *OTHERS])
def test_everybody_reads_the_calendars_and_administrators_change_them(world: World, browser: Open, role: str) -> None:
    session, number = browser(getattr(world, role)), world.calendar.pk
    page = session.get("settings_calendars").content.decode()
    assert "Mon–Fri 09:00–17:00" in page
    assert "New calendar" in page if role == "admin" else "New calendar" not in page
    wanted = 200 if role == "admin" else 403
    assert session.get("settings_calendar", number).status_code == wanted
    assert session.get("settings_calendar_new").status_code == wanted
    assert session.post("settings_calendar", number, data={}).status_code == (422 if role == "admin" else 403)


def test_a_calendar_is_made_as_people_say_it(world: World, browser: Open) -> None:
    admin = browser(world.admin)
    typed = admin.filled(
        "settings_calendar_new",
        name="Madrid office",
        timezone="Europe/Madrid",
        country="ES",
        day_0="9-14; 16:00 - 19:30",
        day_4="",
        closed_days="2026-12-24\n\n2026-12-31\n2026-12-24",
    )
    assert admin.post("settings_calendar_new", data=typed).status_code == 303
    made = WorkCalendar.objects.get(name="Madrid office")
    assert made.hours["0"] == [["09:00", "14:00"], ["16:00", "19:30"]]
    assert "4" not in made.hours
    assert (made.country, made.closed_days) == ("ES", ["2026-12-24", "2026-12-31"])
    assert in_words(made) == "Mon 09:00–14:00, 16:00–19:30; Tue–Thu 09:00–17:00"
    rows = admin.table("settings_calendars")
    assert [row[0] for row in rows] == ["Calendar", "Madrid office", "Weekdays"]
    assert rows[1][3:] == ["Spain", "2026-12-24 2026-12-31", "0"]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"day_0": "nine to five"}, "day_0", "is no span of hours"),
        ({"day_2": "17:00-09:00"}, "day_2", "ends before it starts"),
        ({"day_3": "09:00-12:00, 11:00-15:00"}, "day_3", "two spans overlap"),
        ({"day_6": "22:00-26:00"}, "day_6", "is not a time of day"),
        ({"closed_days": "2026-12-24\nxmas"}, "closed_days", "Line 2: “xmas” is no date"),
        ({"timezone": "Mars/Olympus"}, "timezone", "not one of the available choices"),
        ({"country": "ZZ"}, "country", "not one of the available choices"),
        ({"name": "weekdays "}, "name", "There is a calendar of this name"),
        ({"name": " "}, "name", "required"),
    ],
)
def test_what_cannot_be_used_is_said_at_its_field(
    world: World, browser: Open, changes: dict[str, str], field: str, words: str
) -> None:
    admin = browser(world.admin)
    typed = admin.filled("settings_calendar_new", **{"name": "Madrid office", **changes})
    for headers in ({}, HTMX):
        page = admin.post("settings_calendar_new", data=typed, **headers)
        errors = page.context["form"].errors
        assert (page.status_code, set(errors)) == (422, {field})
        assert words in errors[field][0]
    assert WorkCalendar.objects.count() == 1


def test_a_change_moves_the_due_times_of_open_releases(world: World, browser: Open) -> None:
    release = world.release_at(Stage.VALIDATION)
    due = world.visit(release).stalls_at
    assert due is not None
    admin, number = browser(world.admin), world.calendar.pk
    typed = admin.filled("settings_calendar", number, closed_days=due.date().isoformat())
    answer = admin.client.post(f"/settings/calendars/{number}/", typed, follow=True)
    assert "The open releases of its teams have new due times." in answer.content.decode()
    assert world.visit(release).stalls_at != due


def test_the_second_of_two_editors_is_told_and_loses_no_word(world: World, browser: Open) -> None:
    first, second = browser(world.admin), browser(world.person("Ida Berg", role=OrgRole.ADMIN))
    number = world.calendar.pk
    mine = second.filled("settings_calendar", number, day_5="10:00–12:00")
    first.post("settings_calendar", number, data=first.filled("settings_calendar", number, country="DE"))
    refused = second.post("settings_calendar", number, data=mine)
    words = refused.content.decode()
    assert refused.status_code == 409
    assert "Lena Fischer changed Weekdays after you opened it." in words
    assert "It says “Germany” now." in words
    assert 'value="10:00–12:00"' in words
    assert WorkCalendar.objects.get().hours.get("5") is None


def test_saving_an_untouched_form_changes_nothing(world: World) -> None:
    odd = WorkCalendar.objects.create(
        name="Odd", timezone="EST5EDT", country="UK", hours={"6": [["00:00", "24:00"]]}, closed_days=["2027-01-04"]
    )
    shown = CalendarForm(calendar=odd)
    typed = QueryDict(mutable=True)
    typed.update({one.name: one.value() for one in shown if one.value() not in (None, False)})
    sent = CalendarForm(typed, calendar=odd)
    assert sent.is_valid(), sent.errors
    facts = {name: getattr(odd, name) for name in ("name", "timezone", "country", "closed_days", "hours")}
    assert {**facts, "always_open": False} == sent.facts()


def test_hours_in_words() -> None:
    assert in_words(WorkCalendar(always_open=True)) == "day and night"
    assert in_words(WorkCalendar(hours={})) == "never open"


def test_countries_have_names_and_zones_are_places() -> None:
    assert dict(countries())["GB"] == "Britain (UK)"
    assert (country_name("US"), country_name("XQ"), country_name("")) == ("United States", "XQ", "")
    assert [code for code, name in countries() if code and len(name) <= 2] == []
    assert "Europe/Berlin" in dict(zones())


def test_an_unknown_calendar_is_not_found(world: World, browser: Open) -> None:
    assert browser(world.admin).get("settings_calendar", 999_999).status_code == 404


@pytest.mark.parametrize("more", [0, 49])
def test_the_list_costs_the_same_for_one_calendar_and_for_fifty(
    world: World, browser: Open, django_assert_max_num_queries: Any, more: int
) -> None:
    for number in range(more):
        WorkCalendar.objects.create(name=f"Calendar {number}")
    session = browser(world.auditor)
    session.get("settings_calendars")
    with django_assert_max_num_queries(7):
        assert len(session.get("settings_calendars").context["listing"].rows) == more + 1
