"""Pages as a signed-in person gets them, at the moment that the world's acts have come to."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from models_registry.models import Person
from tests.world import World

Visit = Callable[[Person], Client]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def visit(world: World) -> Iterator[Visit]:
    """Signs a person in, a minute after the world's last act; the clock stands still until the next sign-in."""
    with time_machine.travel(world.now, tick=False) as clock:

        def signed_in(person: Person) -> Client:
            clock.move_to(world.tick(timedelta(minutes=1)))
            client = Client()
            client.force_login(person)
            return client

        yield signed_in


def words(response: object, part: str = "main") -> str:
    """What a page says in its main part, without its marks."""
    text = getattr(response, "content").decode()  # noqa: B009  a test response is not typed as one
    found = re.search(rf"<{part}[ >].*</{part}>", text, re.S)
    plain = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", found.group(0) if found else text, flags=re.S)
    return " ".join(html.unescape(plain).split())


def value_of(response: object, name: str) -> str:
    """What stands in a field of the page's form."""
    text = getattr(response, "content").decode()  # noqa: B009  a test response is not typed as one
    area = re.search(rf'<textarea[^>]*name="{re.escape(name)}"[^>]*>\n?(.*?)</textarea>', text, re.S)
    if area:
        return html.unescape(area.group(1))
    for field in re.findall(r"<input[^>]*>", text):
        if f'name="{name}"' in field:
            held = re.search(r'value="([^"]*)"', field)
            return html.unescape(held.group(1)) if held else ""
    chosen = re.search(rf'<select[^>]*name="{re.escape(name)}".*?</select>', text, re.S)
    option = re.search(r'<option value="([^"]*)"[^>]*selected', chosen.group(0)) if chosen else None
    return html.unescape(option.group(1)) if option else ""


def queries_of(client: Client, address: str) -> int:
    """How many queries a page costs once the processes' own caches are warm."""
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)
