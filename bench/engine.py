"""The sweep over very many open visits, beside hand-written SQL that selects and inserts the same rows.

Each side works in a process of its own, which says how long it took and how much memory it held. Between two turns the
tables are put back, so that both find the same.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from bench.claiming import MOST_TIMES as CLAIM_TIMES
from bench.claiming import Claimed
from bench.comparing import same
from bench.portfolio import PEOPLE_PER_TEAM, organisation
from bench.posting import LEAST_RATE, LEAST_SHARE, Delivered
from governance.acts.policies import install_policy
from governance.policy import DEFAULT_RULES
from models_registry.models import WorkCalendar

STATEMENTS: Final = Path(__file__).with_name("engine.sql")
TEAMS: Final = 100
DUE: Final = 100  # one visit in so many is due
BUDGET: Final = 5 * 24 * 3600  # seconds of a brief, where the calendar never closes
MOST_TIMES: Final = 1.5
MOST_TIMES_IDLE: Final = 2.0
MOST_MEGABYTES: Final = 200.0
PUT_BACK: Final = (
    "TRUNCATE tracker_deliveryattempt, tracker_delivery, tracker_alert",
    """UPDATE governance_stagevisit
       SET notice_at = entered_at + make_interval(secs => %(budget)s * 0.8),
           stalls_at = entered_at + make_interval(secs => %(budget)s)
       WHERE id IN (SELECT id FROM governance_stagevisit WHERE release_id %% %(due)s = 0)""",
)
WRITTEN: Final = """
SELECT a.kind, a.closed_because, count(DISTINCT a.id), count(d.id), count(DISTINCT d.recipient_id)
FROM tracker_alert a LEFT JOIN tracker_delivery d ON d.alert_id = a.id GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Swept:
    """Medians in seconds of both sides, with `due` visits at a rung and with none, and the most memory of the sweep."""

    visits: int
    due: int
    sweep: float
    by_hand: float
    megabytes: float
    idle: float
    idle_by_hand: float

    @property
    def times(self) -> float:
        return self.sweep / self.by_hand

    @property
    def times_idle(self) -> float:
        return self.idle / self.idle_by_hand

    @property
    def meets(self) -> bool:
        within = self.times <= MOST_TIMES and self.times_idle <= MOST_TIMES_IDLE
        return within and self.megabytes <= MOST_MEGABYTES


def fill_visits(visits: int) -> None:
    """Write the visits into an empty, migrated database."""
    install_policy(DEFAULT_RULES, "Bench.")
    teams, people, _ = organisation(TEAMS)
    WorkCalendar.objects.update(always_open=True)
    values: dict[str, int] = {
        "visits": visits,
        "team": teams[0].pk,
        "teams": len(teams),
        "person": people[0].pk,
        "team_size": PEOPLE_PER_TEAM,
        "budget": BUDGET,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        # The keys fit by construction; to check four million of them would take longer than to write them.
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in STATEMENTS.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure_sweep(visits: int, rounds: int) -> Swept:
    """Both sides in turn, once it is proven that they write the same."""
    found: dict[str, list[Mapping[str, float]]] = {"sweep": [], "by_hand": [], "idle": [], "idle_by_hand": []}
    wrote: dict[str, list[tuple[Any, ...]]] = {}
    for _ in range(rounds):
        for side in ("by_hand", "sweep"):
            put_back()
            found[side].append(_in_a_process(side))
            wrote[side] = written()
        for side in ("idle_by_hand", "idle"):  # after the sweep nothing is due
            found[side].append(_in_a_process(side))
    same("what a sweep writes", wrote["by_hand"], wrote["sweep"])
    middle = {side: statistics.median(one["seconds"] for one in turns) for side, turns in found.items()}
    megabytes = max(one["megabytes"] for one in found["sweep"])
    return Swept(
        visits, visits // DUE, middle["sweep"], middle["by_hand"], megabytes, middle["idle"], middle["idle_by_hand"]
    )


def sweep_once() -> None:
    """Leave the alerts of one sweep behind."""
    _in_a_process("sweep")


def put_back() -> None:
    with connection.cursor() as cursor:
        for statement in PUT_BACK:
            cursor.execute(statement, {"budget": BUDGET, "due": DUE})
        cursor.execute("VACUUM ANALYZE governance_stagevisit")
        cursor.execute("VACUUM ANALYZE tracker_alert")
        cursor.execute("VACUUM ANALYZE tracker_delivery")


def written() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _in_a_process(side: str) -> Mapping[str, float]:
    """Seconds and megabytes of one turn of one side."""
    done = subprocess.run(
        (sys.executable, "-m", "bench.one_sweep", side), check=True, capture_output=True, text=True, timeout=3600
    )
    said: Mapping[str, float] = json.loads(done.stdout.splitlines()[-1])
    return said


def heading() -> str:
    return f"\n{'engine':44}{'engine':>12}{'by hand':>12}{'times':>8}"


def lines(found: Swept) -> str:
    rows = (
        (f"sweep, {found.due:,} of {found.visits:,} visits due, s", found.sweep, found.by_hand, MOST_TIMES),
        ("sweep that finds nothing due, ms", found.idle * 1000, found.idle_by_hand * 1000, MOST_TIMES_IDLE),
    )
    text = [
        f"{what:44}{mine:>12.2f}{hand:>12.2f}{mine / hand:>8.2f}{'' if mine / hand <= most else '  missed'}"
        for what, mine, hand, most in rows
    ]
    over = "" if found.megabytes <= MOST_MEGABYTES else "  missed"
    return "\n".join([*text, f"{'peak memory of the sweep, MB':44}{found.megabytes:>12.0f}{over}"])


def verdict(found: Swept, claimed: Claimed, posted: Delivered) -> str:
    asked = (
        f"Asked: a sweep at most {MOST_TIMES:g} times the same by hand in less than {MOST_MEGABYTES:g} MB, and at most "
        f"{MOST_TIMES_IDLE:g} times the look-ups where nothing is due; as many winners as people, and 95 of 100 tries "
        f"in less than {CLAIM_TIMES:g} times what a claim takes alone; posts at least {LEAST_SHARE:g} times as fast as "
        f"a bare loop, and {LEAST_RATE:g} a second."
    )
    parts = (("the sweep", found.meets), ("the claims", claimed.meets), ("the posts", posted.meets))
    missed = [what for what, meets in parts if not meets]
    return f"\n{asked}\n{'Missed by ' + ', '.join(missed) if missed else 'The engine keeps to it'}."


def timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
