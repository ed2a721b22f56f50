"""``make bench``: the pages beside hand-written SQL for the same answer, on PostgreSQL, in one run.

First the statements of `bench/statements/` have to give what the page's read model gives. Then what the page sends and
what was written by hand are measured in turns on one connection. The figure is the ratio of the two medians. A small
portfolio, counted before, shows whether the number of queries grows with the data. The page of one review is that of a
dossier of 500 pieces and 200 controls; the small portfolio has a small one. Then every release gets a chain of twenty
links, and the trail is verified beside a bare loop that reads and hashes the same rows. Last comes the engine: a sweep
over twenty open visits a model, the posts of what it found, and people who claim at once, each beside the same by hand.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import errors, sql

from tests.services import postgres_answers, postgres_url

DATABASE = "throughline_bench"
PARTS = ("pages", "trail", "engine")
VISITS = 20  # open visits for each model of the size, in the part of the engine
TURNS = 3
SMALL = 1000  # models in the portfolio that the number of queries is compared with


@contextmanager
def database(url: str, *, keep: bool) -> Iterator[str]:
    """The address of an empty database of our own beside the given one; dropped at the end."""
    address = urlsplit(url)
    server = psycopg2.connect(urlunsplit(address._replace(scheme="postgresql", path="/postgres")))
    server.autocommit = True
    try:
        _each(server, "DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}")
        yield urlunsplit(address._replace(path=f"/{DATABASE}"))
        if not keep:
            _each(server, "DROP DATABASE {}")
    finally:
        server.close()


def _each(server: psycopg2.extensions.connection, *verbs: str) -> None:
    with server.cursor() as cursor:
        for verb in verbs:
            cursor.execute(sql.SQL(verb).format(sql.Identifier(DATABASE)))


def run(size: int, rounds: int, only: str = "") -> int:
    """Fill, measure, print; 1 when something misses what is asked. `only` is one of `PARTS`, or empty for all."""
    import django

    django.setup()
    logging.disable(logging.WARNING)  # a sign-in for every page is no news here
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    kept = True
    if only in ("", "pages"):
        kept = _pages(size, rounds)
    if only == "trail":
        _fill(size)
    if only in ("", "trail"):
        kept = _trail() and kept
    if only in ("", "engine"):
        kept = _engine(size * VISITS) and kept
    connection.close()
    return 0 if kept else 1


def _pages(size: int, rounds: int) -> bool:
    """Measure every page and print what came of it; whether each keeps to what is asked."""
    from django.core.management import call_command

    from bench.large_dossier import fill_dossier
    from bench.measuring import Measured, measure, visit
    from bench.pages import pages
    from bench.report import heading, line, verdict

    small = min(SMALL, size // 4)
    _fill(small)
    fill_dossier(controls=5, pieces=20)
    before = [len(visit(page)) for page in pages()]
    call_command("flush", verbosity=0, interactive=False)
    _fill(size)
    fill_dossier()
    print(heading(small, size), flush=True)
    results: list[Measured] = []
    for page, counted in zip(pages(), before, strict=True):
        results.append(measure(page, rounds, counted))
        print(line(results[-1]), flush=True)
    print(verdict(results), flush=True)
    return all(found.meets for found in results)


def _trail() -> bool:
    """Verify the trail of all releases and print what it cost; whether it keeps to what is asked."""
    from bench.trail import fill_trail, heading, line, measure_trail, verdict

    fill_trail()
    print(heading(), flush=True)
    trail = measure_trail()
    print(line(trail), verdict(trail), sep="\n")
    return trail.meets


def _engine(visits: int) -> bool:
    """Sweep over so many open visits, and print what it cost; whether it keeps to what is asked."""
    from django.core.management import call_command

    from bench import claiming, engine, posting

    call_command("flush", verbosity=0, interactive=False)
    begun = time.perf_counter()
    engine.fill_visits(visits)
    print(f"{visits:,} open visits written in {time.perf_counter() - begun:.0f} s", flush=True)
    swept = engine.measure_sweep(visits, TURNS)
    print(engine.heading(), engine.lines(swept), sep="\n", flush=True)
    engine.put_back()
    engine.sweep_once()
    posted = posting.measure_posts()
    print(posting.line(posted), flush=True)
    claimed = claiming.measure_claims(claiming.fill_vacancies())
    print(claiming.line(claimed), engine.verdict(swept, claimed, posted), sep="\n", flush=True)
    return swept.meets and claimed.meets and posted.meets


def _fill(models: int) -> None:
    from bench.portfolio import fill

    begun = time.perf_counter()
    visits = fill(models)
    print(f"{models:,} models and {visits:,} visits written in {time.perf_counter() - begun:.0f} s", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--size", type=int, default=50_000, help="how many models (at least 200)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each side is measured")
    parser.add_argument("--only", choices=PARTS, default="", help="measure just this part")
    parser.add_argument(
        "--keep", action="store_true", help=f"leave the database {DATABASE} behind, to look at its plans"
    )
    given = parser.parse_args()
    if given.size < 200 or given.rounds < 1:
        parser.error("A benchmark needs at least 200 models and one round.")
    url = postgres_url()
    if not postgres_answers(url):
        print("The benchmark needs a PostgreSQL: start one, or name it in DATABASE_URL.", file=sys.stderr)
        return 2
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "THROUGHLINE_MODE": "demo",
        "SECRET_KEY": "for-the-bench",
        "OUTBOUND_ALLOW": "127.0.0.1",
    }
    os.environ.pop("CELERY_BROKER_URL", None)
    try:
        with database(url, keep=given.keep) as address:
            os.environ["DATABASE_URL"] = address
            return run(given.size, given.rounds, given.only)
    except errors.ObjectInUse:
        print(f"Another benchmark is using the database {DATABASE}: wait until it is done.", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
