"""How a test reads and sends the pages of the settings."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from models_registry.models import Person
from tests.world import World

HTMX = {"HX-Request": "true", "HX-Target": "dialog"}


class Browser:
    """One person's browser, without scripts unless `htmx` headers are sent."""

    def __init__(self, person: Person) -> None:
        self.client = Client()
        self.client.force_login(person)

    def get(self, name: str, *args: Any, query: dict[str, str] | None = None, **headers: str) -> Any:
        return self.client.get(reverse(name, args=args), query or {}, headers=headers)

    def post(self, name: str, *args: Any, data: dict[str, Any], **headers: str) -> Any:
        return self.client.post(reverse(name, args=args), data, headers=headers)

    def filled(self, name: str, /, *args: Any, **changes: Any) -> dict[str, Any]:
        """What the form of that page would send if only `changes` were typed."""
        answer = self.get(name, *args)
        assert answer.status_code == HTTPStatus.OK
        form = answer.context["form"]
        typed = {one.name: one.field.prepare_value(one.value()) for one in form}
        seen = {"seen": answer.context["seen"]} if "seen" in answer.context else {}
        return {key: value for key, value in {**typed, **seen, **changes}.items() if value not in (None, False)}

    def table(self, name: str, query: dict[str, str] | None = None) -> list[list[str]]:
        """The rows of the page's CSV."""
        answer = self.get(name, query={**(query or {}), "format": "csv"})
        assert answer["Content-Type"].startswith("text/csv")
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text)))


@pytest.fixture
def browser(world: World) -> Callable[[Person], Browser]:
    return Browser
