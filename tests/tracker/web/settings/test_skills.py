"""Everybody says what they bring; leads say it of their team, administrators of anybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from governance.models import AuditEvent
from models_registry.models import Person
from tests.tracker.web.settings.conftest import HTMX, Browser
from tests.world import World
from tracker.audit_words import changes_of, tell

Open = Callable[[Person], Browser]


def test_somebody_says_their_own_skills_and_limit(world: World, browser: Open) -> None:
    session = browser(world.engineer)
    typed = session.filled("settings_person_skills", world.engineer.pk, skills=["serving", "pipeline"], load_limit="3")
    assert session.post("settings_person_skills", world.engineer.pk, data=typed).status_code == 303
    world.engineer.refresh_from_db()
    assert (world.engineer.skills, world.engineer.load_limit) == (["pipeline", "serving"], 3)
    event = AuditEvent.objects.get(act="person.skills")
    assert (event.actor_name, tell(event).did) == ("Jonas Weber", "changed what the person brings")
    assert [(one.what, one.after) for one in changes_of(event)] == [
        ("Load limit", "3"),
        ("Skills", "pipeline, serving"),
    ]
    page = session.get("settings_people").content.decode()
    assert "Pipeline, Serving" in page
    assert "up to 3 stages" in page


def test_the_same_again_is_no_change(world: World, browser: Open) -> None:
    session = browser(world.engineer)
    typed = session.filled("settings_person_skills", world.engineer.pk)
    assert session.post("settings_person_skills", world.engineer.pk, data=typed).status_code == 303
    assert not AuditEvent.objects.filter(act="person.skills").exists()


@pytest.mark.parametrize(("who", "status"), [
    ("lead", 303), ("admin", 303), ("engineer", 403), ("officer", 403), ("auditor", 403), ("stranger", 403),
])  # fmt: skip
def test_who_says_it_of_somebody_else(world: World, browser: Open, who: str, status: int) -> None:
    session = browser(getattr(world, who))
    answer = session.post("settings_person_skills", world.colleague.pk, data={"skills": ["monitoring"]})
    assert answer.status_code == status
    world.colleague.refresh_from_db()
    assert world.colleague.skills == (["monitoring"] if status == 303 else [])
    link = f"/settings/people/{world.colleague.pk}/skills/"
    assert (link in session.get("settings_people").content.decode()) == (status == 303)


@pytest.mark.parametrize(("field", "typed"), [("skills", "juggling"), ("load_limit", "-1"), ("load_limit", "many")])
def test_what_cannot_be_used_is_said_at_its_field(world: World, browser: Open, field: str, typed: str) -> None:
    session = browser(world.engineer)
    page = session.post("settings_person_skills", world.engineer.pk, data={field: typed}, **HTMX)
    assert (page.status_code, set(page.context["form"].errors)) == (422, {field})


def test_two_at_once_are_told_of_each_other(world: World, browser: Open) -> None:
    mine, theirs = browser(world.engineer), browser(world.lead)
    opened = mine.filled("settings_person_skills", world.engineer.pk, skills=["serving"])
    theirs.post("settings_person_skills", world.engineer.pk, data={"skills": ["monitoring"]})
    refused = mine.post("settings_person_skills", world.engineer.pk, data=opened)
    assert refused.status_code == 409
    assert "It says “Monitoring” now." in refused.content.decode()


def test_nobody_there_is_missing(world: World, browser: Open) -> None:
    assert browser(world.admin).get("settings_person_skills", 9999).status_code == 404
