"""What somebody tries who wants to break it: addresses, headers and bodies that no page of ours would send."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from tests.world import World

pytestmark = pytest.mark.django_db


def client_of(person: object) -> Client:
    """A browser of this person, which shows a failure as its visitors would see it."""
    client = Client(raise_request_exception=False)
    client.force_login(person)  # type: ignore[arg-type]  # people of the world are users
    return client


def patterns(resolver: URLResolver | None = None, before: str = "/") -> Iterator[str]:
    """Every address of ours as it is written in the files, as `/releases/<row:release>/claim/`."""
    for entry in (resolver or get_resolver()).url_patterns:
        here = f"{before}{entry.pattern}"
        if not here.startswith(("/admin/", "/accounts/")):
            if isinstance(entry, URLResolver):
                yield from patterns(entry, here)
            else:
                yield here


def test_a_number_that_no_row_can_have_leads_nowhere(world: World) -> None:
    client = client_of(world.admin)
    numbered = [one for one in patterns() if "<row:" in one or "<int:" in one]
    assert len(numbered) > 30
    answers = {}
    for pattern in numbered:
        for number in (2**63, 10**30, "9" * 5000):
            path = "/".join(str(number) if part.startswith(("<row:", "<int:")) else part for part in pattern.split("/"))
            path = path.replace("<slug:slug>", world.team.slug)
            answers[pattern, str(number)[:20]] = client.get(path).status_code, client.post(path).status_code
    assert {asked: answer for asked, answer in answers.items() if answer != (404, 404)} == {}
