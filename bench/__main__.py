"""``make bench``: the list pages beside hand-written SQL for the same answer, on PostgreSQL, in one run.

Both sides of a row are measured in turns on one connection: the page by Django's test client, counting and timing every
statement it sends, the other by the statements of `bench/statements/`. The figure is the ratio of the two medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

STATEMENTS = Path(__file__).with_name("statements")
MOST_QUERIES = 15
MOST_TIMES = 2.0
WARM_UP = 2
DATABASE = "throughline_bench"


@dataclass(frozen=True)
class Page:
    """One page to measure: its address, who reads it, and the statements that give the same answer by hand."""

    address: str
    reader: str
    statements: tuple[str, ...]


@dataclass(frozen=True)
class Measured:
    """Medians over the rounds, in milliseconds of database time."""

    page: Page
    queries: int
    page_ms: float
    hand_ms: float

    @property
    def times(self) -> float:
        return self.page_ms / self.hand_ms if self.hand_ms else 0.0

    @property
    def meets(self) -> bool:
        return self.queries <= MOST_QUERIES and self.times <= MOST_TIMES


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


@contextmanager
def metered(connection: BaseDatabaseWrapper) -> Iterator[Meter]:
    meter = Meter()
    with connection.execute_wrapper(meter):
        yield meter


def make_database(url: str) -> str:
    """An empty database of our own beside the given one; returns its address."""
    address = urlsplit(url)
    server = psycopg2.connect(urlunsplit(address._replace(scheme="postgresql", path="/postgres")))
    server.autocommit = True
    with server.cursor() as cursor:
        for verb in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
            cursor.execute(sql.SQL(verb).format(sql.Identifier(DATABASE)))
    server.close()
    return urlunsplit(address._replace(path=f"/{DATABASE}"))


def measure(page: Page, rounds: int, values: dict[str, object]) -> Measured:
    """The page and its counterpart in turns; the first turns warm both up and are not counted."""
    from django.db import connection
    from django.test import Client

    from models_registry.models import Person

    client = Client()
    reader = Person.objects.get(email=page.reader)
    client.force_login(reader)
    hand = [part for name in page.statements for part in _parts(name)]
    pages, hands, queries = [], [], 0
    for turn in range(WARM_UP + rounds):
        with metered(connection) as meter:
            answer = client.get(page.address)
            consume = getattr(answer, "streaming_content", None)
            if consume is not None:
                list(consume)
        if answer.status_code != 200:
            raise SystemExit(f"{page.address} answered {answer.status_code}.")
        with metered(connection) as by_hand, connection.cursor() as cursor:
            for statement in hand:
                cursor.execute(statement, {**values, "person": reader.pk})
                cursor.fetchall()
        if turn >= WARM_UP:
            pages.append(meter.seconds * 1000)
            hands.append(by_hand.seconds * 1000)
            queries = meter.count
    return Measured(page, queries, statistics.median(pages), statistics.median(hands))


def _parts(name: str) -> list[str]:
    text = (STATEMENTS / f"{name}.sql").read_text(encoding="utf-8")
    return [part for part in text.split(";\n") if part.strip()]


def run(size: int, rounds: int) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    from bench.pages import pages
    from bench.portfolio import fill

    call_command("migrate", verbosity=0)
    begun = time.perf_counter()
    models, visits = fill(size)
    print(f"{models:,} models and {visits:,} visits written in {time.perf_counter() - begun:.0f} s", flush=True)
    print(f"{'page':34}{'queries':>8}{'page ms':>10}{'by hand ms':>12}{'times':>8}")
    results = []
    for page, values in pages():
        found = measure(page, rounds, values)
        results.append(found)
        verdict = "" if found.meets else "  over"
        print(
            f"{page.address:34}{found.queries:>8}{found.page_ms:>10.1f}{found.hand_ms:>12.1f}{found.times:>8.2f}{verdict}",
            flush=True,
        )
    missed = [found.page.address for found in results if not found.meets]
    print(f"Asked: at most {MOST_QUERIES} queries and {MOST_TIMES:g} times the database time by hand.", end=" ")
    print(f"Missed by {', '.join(missed)}." if missed else "All pages meet it.")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", type=int, default=50_000, help="how many models")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    from tests.services import postgres_answers, postgres_url

    url = postgres_url()
    if not postgres_answers(url):
        print("The benchmark needs a PostgreSQL: start one, or name it in DATABASE_URL.", file=sys.stderr)
        return 2
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "THROUGHLINE_MODE": "demo",
        "DATABASE_URL": make_database(url),
    }
    os.environ.pop("CELERY_BROKER_URL", None)
    return run(given.size, given.rounds)


if __name__ == "__main__":
    sys.exit(main())
