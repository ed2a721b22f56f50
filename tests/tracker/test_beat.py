"""What Beat starts when somebody sets the wall clock meanwhile."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from celery.beat import Scheduler

from tests.world import MONDAY
from tracker.beat import SteadyScheduler
from tracker.celery import app

HOUR = timedelta(hours=1)


class Noting(SteadyScheduler):
    """Notes what it would send."""

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        self.sent = [*getattr(self, "sent", []), entry.name]

    def minutes(self, clock: time_machine.Traveller, seconds: int) -> Counter[str]:
        """What it starts within so many seconds of a clock that is not touched."""
        self.sent = []
        for _ in range(seconds):
            while not self.tick():
                pass
            clock.shift(1)
        return Counter(self.sent)


@pytest.mark.parametrize("jump", [-HOUR, HOUR, timedelta(0)])
def test_a_clock_that_is_set_by_an_hour_holds_nothing_up(jump: timedelta) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        beat = Noting(app)
        beat.minutes(clock, 60)
        clock.shift(jump)
        sent = beat.minutes(clock, 60)
    for name in ("deliver", "sweep"):
        times = 60 / app.conf.beat_schedule[name]["schedule"]
        assert times - 1 <= sent[name] <= times + 1


def test_what_celery_brings_waits_until_the_clock_has_caught_up() -> None:
    """Why there is a schedule of our own."""
    plain = type("Plain", (Noting,), {"tick": Scheduler.tick})
    with time_machine.travel(MONDAY, tick=False) as clock:
        beat = plain(app)
        beat.minutes(clock, 60)
        clock.shift(-HOUR)
        assert not beat.minutes(clock, 60)
