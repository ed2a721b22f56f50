"""Some of the people who claim: ``python -m bench.claimers alone RELEASE…`` or ``… together ORDER``.

Prints the milliseconds of every try as a list of JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django


def attempt(person: Any, release: int) -> tuple[bool, float]:
    """Whether the claim was won, and its milliseconds."""
    from governance.acts import ownership
    from governance.errors import Conflict

    begun = time.perf_counter()
    try:
        ownership.claim(person, release)
        won = True
    except Conflict:
        won = False
    return won, (time.perf_counter() - begun) * 1000


def until_won(person: Any, releases: list[int]) -> list[float]:
    """One vacancy after another in an order of the person's own, until one is theirs."""
    found = []
    for release in random.Random(person.pk).sample(releases, len(releases)):
        won, took = attempt(person, release)
        found.append(took)
        if won:
            break
    return found


def main() -> None:
    django.setup()
    from django.db import connection

    from bench.claiming import PROCESSES, THREADS
    from models_registry.models import Person

    people = list(Person.objects.filter(email__startswith="claimer").order_by("pk"))
    if sys.argv[1] == "alone":
        tries = [attempt(people[0], int(release))[1] for release in sys.argv[2:]]
        print(json.dumps(tries[len(tries) // 5 :]))  # the first ones fill what a process keeps
        return
    order = json.loads(sys.argv[2])
    with ThreadPoolExecutor(THREADS, initializer=connection.ensure_connection) as pool:
        mine = people[order["part"] :: PROCESSES]
        time.sleep(max(0.0, order["at"] - time.time()))
        found = list(pool.map(lambda person: until_won(person, order["releases"]), mine))
    print(json.dumps([took for tries in found for took in tries]))


if __name__ == "__main__":
    main()
