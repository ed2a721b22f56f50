"""The page of who is away: naming a deputy, ending it, and who reads why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from governance.acts.delegations import delegate
from governance.models import Delegation
from models_registry.vocabulary import OrgRole
from tests.tracker.web.settings.conftest import Browser
from tests.world import World

Open = Callable[..., Browser]
DAY = timedelta(days=1)


def today() -> date:
    return timezone.localdate()


def typed(world: World, first: int = 1, last: int = 8, **changes: Any) -> dict[str, Any]:
    facts = {
        "deputy": world.second_officer.pk,
        "starts_at": (today() + first * DAY).isoformat(),
        "ends_at": (today() + last * DAY).isoformat(),
        "reason": "On parental leave.",
    }
    return {**facts, **changes}


def test_an_officer_is_away_for_whole_days_of_their_zone(world: World, browser: Open) -> None:
    world.officer.timezone = "America/New_York"
    world.officer.save()
    session = browser(world.officer)
    assert session.post("settings_away", data=typed(world)).status_code == 303
    assert session.post("settings_away", data=typed(world)).status_code == 303  # a double click
    made = Delegation.objects.get()
    assert (made.starts_at.hour, made.ends_at - made.starts_at >= timedelta(days=7, hours=23)) in ((4, True), (5, True))
    page = session.get("settings_away").content.decode()
    assert "Elena Rossi" in page
    assert "On parental leave." in page


def test_bad_days_stay_in_the_form_and_a_clash_is_a_conflict(world: World, browser: Open) -> None:
    session = browser(world.officer)
    wrong = session.post("settings_away", data=typed(world, first=8, last=1))
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"ends_at"})
    assert 'value="On parental leave."' in wrong.content.decode()
    assert session.post("settings_away", data=typed(world, starts_at="soon")).status_code == 422
    assert session.post("settings_away", data=typed(world, deputy=world.lead.pk)).status_code == 422
    session.post("settings_away", data=typed(world))
    clash = session.post("settings_away", data=typed(world, first=3, last=4, reason="Again."))
    assert clash.status_code == 409
    assert "stands in for you at that time already" in clash.content.decode()
    assert 'value="Again."' in clash.content.decode()
    assert Delegation.objects.count() == 1


@pytest.mark.parametrize("role", ["lead", "engineer", "viewer", "auditor", "stranger", "admin"])
def test_who_has_no_work_to_leave_reads_only_and_others_do_not_read_why(world: World, browser: Open, role: str) -> None:
    now = timezone.now()
    delegate(world.officer, world.second_officer, now, now + 8 * DAY, "On parental leave.", at=now)
    session = browser(getattr(world, role))
    page = session.get("settings_away").content.decode()
    assert "Samuel Okafor" in page
    assert ("On parental leave." in page) == (role == "admin")
    works = role in ("lead", "engineer", "admin")
    assert ("You have no work to leave to a deputy." in page) != works
    answer = session.post("settings_away", data=typed(world, deputy=world.colleague.pk))
    assert answer.status_code == (303 if works else 403)
    ended = session.post("settings_away_end", Delegation.objects.earliest("pk").pk, data={})
    assert ended.status_code == (303 if role == "admin" else 403)


def test_the_deputy_ends_it_after_being_asked(world: World, browser: Open) -> None:
    now = timezone.now()
    made = delegate(world.officer, world.second_officer, now, now + 8 * DAY, "On leave.", at=now)
    session = browser(world.second_officer)
    asked = session.get("settings_away_end", made.pk).content.decode()
    assert "no longer stands in for Samuel Okafor" in asked
    assert session.post("settings_away_end", made.pk, data={}).status_code == 303
    assert "Nobody is away" in session.get("settings_away").content.decode()
    assert session.get("settings_away_end", 999_999).status_code == 404


@pytest.mark.parametrize("more", [0, 30])
def test_the_page_costs_the_same_for_one_and_for_many(
    world: World, browser: Open, django_assert_num_queries: Any, more: int
) -> None:
    now = timezone.now()
    delegate(world.officer, world.second_officer, now, now + DAY, "On leave.", at=now)
    for number in range(more):
        officer = world.person(f"Officer {number}", role=OrgRole.COMPLIANCE_OFFICER)
        delegate(officer, world.second_officer, now, now + DAY, "On leave.", at=now)
    session = browser(world.engineer)
    session.get("settings_away")
    with django_assert_num_queries(QUERIES):
        assert len(session.get("settings_away").context["absences"].rows) == more + 1
    assert len(session.table("settings_away")) == more + 2


QUERIES = 7


def test_a_last_day_that_no_calendar_goes_beyond_is_refused_at_its_field(world: World, browser: Open) -> None:
    session = browser(world.officer)
    for day in ("9999-12-31", "9999-12-30"):
        answer = session.post("settings_away", data=typed(world, ends_at=day))
        assert answer.status_code == 422
        assert "Be away for a year at most" in answer.content.decode()
    assert session.post("settings_away", data=typed(world, starts_at="0001-01-01")).status_code == 422
    assert not Delegation.objects.exists()
