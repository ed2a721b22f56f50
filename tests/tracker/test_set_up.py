"""`manage.py set_up`: what a new installation needs, made once and told on the trail."""

from __future__ import annotations

import getpass
import io

import pytest
from django.core.management import CommandError, call_command

from governance.models import AuditEvent, Policy, PolicyStatus
from models_registry.models import Person, WorkCalendar
from models_registry.vocabulary import OrgRole

PASSWORD = "a long passphrase 7"
ADA = {"admin": "Ada@Example.Org", "name": "Ada Lovelace", "timezone": "Europe/Berlin"}


@pytest.fixture(autouse=True)
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: PASSWORD)


def set_up(**options: str) -> str:
    out = io.StringIO()
    call_command("set_up", stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_a_new_installation_gets_a_policy_a_calendar_and_an_administrator() -> None:
    said = set_up(**ADA)
    assert said.splitlines() == [
        "Published Policy version 1.",
        "Made the calendar Weekdays, Monday to Friday, 09:00 to 17:00 Europe/Berlin.",
        "Made ada@example.org the administrator.",
    ]
    ada = Person.objects.get()
    assert (ada.email, ada.full_name, ada.role) == ("ada@example.org", "Ada Lovelace", OrgRole.ADMIN)
    assert Policy.objects.get().status == PolicyStatus.PUBLISHED
    assert sorted(AuditEvent.objects.values_list("act", flat=True)) == ["calendar.save", "person.add", "policy.publish"]
    assert ada.check_password(PASSWORD)


@pytest.mark.django_db
def test_a_second_time_changes_nothing() -> None:
    set_up(**ADA)
    before = (AuditEvent.objects.count(), Person.objects.get().password)
    assert set_up(**ADA) == ""
    assert (AuditEvent.objects.count(), Person.objects.get().password) == before
    assert WorkCalendar.objects.count() == 1


@pytest.mark.django_db
def test_it_is_no_way_around_the_administrators_there_are() -> None:
    set_up(**ADA)
    with pytest.raises(CommandError, match="There is an administrator already"):
        set_up(admin="mallory@example.org")
    assert Person.objects.count() == 1


@pytest.mark.django_db
def test_a_weak_password_is_refused_and_nothing_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda _prompt: "12345678")
    with pytest.raises(CommandError, match="too short"):
        set_up(**ADA)
    assert (Person.objects.count(), Policy.objects.count(), WorkCalendar.objects.count()) == (0, 0, 0)
