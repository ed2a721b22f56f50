"""Ten thousand alerts to signed webhooks by two workers, beside a bare loop of the same posts in two processes.

Both post to the same sink on the loopback, over one connection for each thread or process, and sign each post.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils import timezone

from models_registry.models import Team
from tracker.alerts.channels.signing import new_key, written
from tracker.alerts.models import Alert, Channel, Delivery, DeliveryState, Destination
from tracker.alerts.rows import insert_new
from tracker.sealing import seal

PROCESSES: Final = 2
LEAST_SHARE: Final = 0.5
LEAST_RATE: Final = 400.0  # posts a second


@dataclass(frozen=True, slots=True)
class Delivered:
    """Posts a second of the workers and of the bare loops, and how many posts arrived."""

    posts: int
    arrived: int
    rate: float
    bare: float

    @property
    def share(self) -> float:
        return self.rate / self.bare

    @property
    def meets(self) -> bool:
        return self.arrived == self.posts and self.share >= LEAST_SHARE and self.rate >= LEAST_RATE


def measure_posts() -> Delivered:
    """Every open alert goes to the webhook of its team."""
    with _sink() as (port, counted):
        fill_posts(f"http://127.0.0.1:{port}/hook")
        posts = Delivery.objects.filter(channel=Channel.WEBHOOK).count()
        bare = posts / _run("bare", str(port), str(posts // PROCESSES))
        before = counted()
        seconds = _run("deliver")
        return Delivered(posts, counted() - before, posts / seconds, bare)


def fill_posts(address: str) -> None:
    """A webhook for every team, and a delivery that waits for every open alert."""
    key = seal(written([new_key()]))
    places = {
        team: Destination.objects.create(
            team_id=team, channel=Channel.WEBHOOK, name="Bench", shown="bench", sealed=seal(address), sealed_key=key
        ).pk
        for team in Team.objects.values_list("pk", flat=True)
    }
    now = timezone.now()
    alerts = Alert.objects.filter(closed_at__isnull=True).values_list("pk", "visit__release__model__team")
    insert_new(
        [
            Delivery(
                alert_id=alert,
                destination_id=places[team],
                destination_number=places[team],
                channel=Channel.WEBHOOK,
                state=DeliveryState.WAITING,
                created_at=now,
                next_attempt_at=now,
            )
            for alert, team in alerts
        ]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tracker_delivery")


@contextmanager
def _sink() -> Iterator[tuple[int, Callable[[], int]]]:
    process = subprocess.Popen(
        (sys.executable, "-m", "bench.posters", "sink"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    def counted() -> int:
        asked.write("?\n")
        asked.flush()
        return int(answers.readline())

    try:
        yield int(answers.readline()), counted
    finally:
        process.kill()
        process.communicate()


def _run(*words: str) -> float:
    """Seconds of the slower of the processes, which start together."""
    at = str(time.time() + 4)
    started = [
        subprocess.Popen((sys.executable, "-m", "bench.posters", *words, at), stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    return max(float(json.loads(process.communicate(timeout=1800)[0].splitlines()[-1])) for process in started)


def line(found: Delivered) -> str:
    what = f"{found.arrived:,} posts by two workers, a second"
    return f"{what:44}{found.rate:>12.0f}{found.bare:>12.0f}{found.share:>8.2f}{'' if found.meets else '  missed'}"
