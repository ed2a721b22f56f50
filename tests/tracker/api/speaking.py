"""A program that speaks to the API with a token, and holds every answer against the OpenAPI description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from django.test import Client
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from models_registry.models import Person, Team
from tracker.tokens import Scope, issue_token


@cache
def description() -> dict[str, Any]:
    """The OpenAPI description, as the address serves it."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]  # the library says no types
    said: dict[str, Any] = json.loads(json.dumps(generator.get_schema(request=None, public=True), default=str))
    return said


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Every operation: method, path with braces, and what is said of it."""
    return [(how, path, said) for path, ways in description()["paths"].items() for how, said in ways.items()]


class Program:
    """A token's bearer. Each answer that is not as described is an assertion error."""

    def __init__(self, person: Person, *scopes: Scope, teams: tuple[Team, ...] = ()) -> None:
        end = timezone.now() + timedelta(days=30)
        self.token, self.text = issue_token(
            person, "A test", scopes or (Scope.READ, Scope.INGEST, Scope.ACT), end, teams=teams
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.text}"}, raise_request_exception=True)

    def get(self, path: str, **query: Any) -> Any:
        return self._checked("get", path, self.client.get(f"/api/v1{path}", query))

    def send(self, how: str, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.generic(
            how.upper(), f"/api/v1{path}", json.dumps(body or {}), content_type="application/json", headers=sent
        )
        return self._checked(how, path, answer)

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> Any:
        return self.send("post", path, body, **headers)

    def _checked(self, how: str, path: str, answer: Any) -> Any:
        told = described(how, path)["responses"].get(str(answer.status_code))
        assert told is not None, (how, path, answer.status_code, answer.content[:300])
        media = answer["Content-Type"].split(";")[0]
        assert media in told["content"], (path, answer.status_code, media)
        schema = {**told["content"][media]["schema"], "components": description()["components"]}
        Draft202012Validator(schema).validate(answer.json())
        return answer


def described(how: str, path: str) -> dict[str, Any]:
    """What is said of the operation that this path is an address of."""
    parts = f"/api/v1{path}".split("/")
    for method, template, said in operations():
        names = template.split("/")
        same = len(names) == len(parts) and all(a == b or a.startswith("{") for a, b in zip(names, parts, strict=True))
        if method == how and same:
            return said
    raise AssertionError(f"{how} {path} is not described")
