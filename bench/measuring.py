"""How long the database takes for a page, and for the same answer by hand."""

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

MOST_QUERIES: Final = 15
MOST_TIMES: Final = 2.0
_WARM_UP: Final = 2  # turns that are not counted


class Meter:
    """Counts statements and adds up how long the database took, rows fetched included."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(*args)
        finally:
            self.seconds += time.perf_counter() - begun
            self.count += 1


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
        return self.queries == self.queries_before <= MOST_QUERIES and self.times <= MOST_TIMES


@contextmanager
def metered() -> Iterator[Meter]:
    meter = Meter()
    with connection.execute_wrapper(meter):
        yield meter


def count_queries(page: Page) -> int:
    """Of the second visit: the first one fills what a process keeps, such as calendars and policies."""
    client = _signed_in(page)
    return [_visit(page, client).count for _ in range(2)][-1]


def measure(page: Page, rounds: int, queries_before: int) -> Measured:
    """The page and its counterpart in turns, once the two were proven equal. Raises `Differs` when they are not."""
    person, client = Person.objects.get(email=page.reader), _signed_in(page)
    hand = statements(page.files)
    given = check(page, person, client.session.session_key or "")
    by_page, by_hand = [], []
    for turn in range(_WARM_UP + rounds):
        visited = _visit(page, client)
        with metered() as meter:
            answer(hand, given)
        if turn >= _WARM_UP:
            by_page.append(visited.seconds * 1000)
            by_hand.append(meter.seconds * 1000)
    return Measured(page, queries_before, visited.count, statistics.median(by_page), statistics.median(by_hand))


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


def _visit(page: Page, client: Client) -> Meter:
    with metered() as meter:
        response = client.get(page.address)
    if response.status_code != 200:
        raise RuntimeError(f"{page.address} answered {response.status_code}.")
    return meter
