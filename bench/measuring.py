"""How long the database takes for a page, and for the same answer by hand.

A visit shows which statements the page sends. They are then sent again, in turns with the hand-written ones and as
closely one after the other: between two statements of a visit the page does other work, which would be measured too.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.by_hand import answer, statements
from bench.pages import Page, frame, values
from models_registry.models import Person

MOST_TIMES: Final = 2.0
_WARM_UP: Final = 2  # turns that are not counted


Statement = tuple[str, Any]
"""A statement and its parameters."""


class Meter:
    """Notes statements and adds up how long the database took, the way of the rows included."""

    def __init__(self) -> None:
        self.sent: list[Statement] = []
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], statement: str, parameters: Any, *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(statement, parameters, *args)
        finally:
            self.seconds += time.perf_counter() - begun
            self.sent.append((statement, parameters))


@dataclass(frozen=True, slots=True)
class Measured:
    """Queries on the small and on the whole portfolio; medians over the rounds, in milliseconds of database time."""

    page: Page
    queries_before: int
    queries: int
    page_ms: float
    hand_ms: float

    @property
    def times(self) -> float:
        return self.page_ms / self.hand_ms

    @property
    def meets(self) -> bool:
        return self.queries == self.queries_before <= self.page.queries and self.times <= MOST_TIMES


@contextmanager
def metered() -> Iterator[Meter]:
    meter = Meter()
    with connection.execute_wrapper(meter):
        yield meter


def measure(page: Page, rounds: int, queries_before: int) -> Measured:
    """The page and its counterpart in turns, once the two were proven equal. Raises `Differs` when they are not."""
    session = _signed_in(page)
    given = check(page, Person.objects.get(email=page.reader), session.session.session_key or "")
    sent, hand = visit(page, session), statements(page.files)
    by_page, by_hand = [], []
    for turn in range(_WARM_UP + rounds):
        with metered() as visited:
            _send(sent)
        with metered() as answered:
            answer(hand, given)
        if turn >= _WARM_UP:
            by_page.append(visited.seconds * 1000)
            by_hand.append(answered.seconds * 1000)
    return Measured(page, queries_before, len(sent), statistics.median(by_page), statistics.median(by_hand))


def visit(page: Page, client: Client | None = None) -> list[Statement]:
    """What the page sends on its second visit: the first one fills what a process keeps, calendars and policies."""
    client = client or _signed_in(page)
    for _ in range(2):
        with metered() as meter:
            response = client.get(page.address)
        if response.status_code != 200:
            raise RuntimeError(f"{page.address} answered {response.status_code}.")
    return meter.sent


def check(page: Page, person: Person, session: str) -> dict[str, object]:
    """Compare both answers at one moment; returns what the statements were given."""
    now = timezone.now()
    given = values(page, person, session, now)
    found = answer(statements(page.files), given)
    frame(person, now, found)
    page.check(person, now, found)
    return given


def _signed_in(page: Page) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(Person.objects.get(email=page.reader))
    return client


def _send(sent: list[Statement]) -> None:
    with connection.cursor() as cursor:
        for statement, parameters in sent:
            cursor.execute(statement, parameters)
            cursor.fetchall()
