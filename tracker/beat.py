"""Beat's schedule, which a wall clock that is put back does not hold up."""

from __future__ import annotations

import time
from typing import Any, Final

from celery.beat import Scheduler

TOLERANCE: Final = 2.0  # seconds; a clock that is slewed drifts by less between two looks


class SteadyScheduler(Scheduler):
    """Celery's own would wait until the clock shows again when a task last ran: an hour put back, an hour of silence.

    How far wall and monotonic clock are apart changes only when somebody sets the former.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._apart = _apart()

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Run what is due; returns in how many seconds to look again."""
        apart = _apart()
        if abs(apart - self._apart) > TOLERANCE:
            self._apart = apart
            self._start_over()
        return float(super().tick(*args, **kwargs))

    def _start_over(self) -> None:
        """Nothing can have run later than now."""
        now = self.app.now()
        for entry in self.schedule.values():
            if entry.last_run_at is None or entry.last_run_at > now:
                entry.last_run_at = now
        self.populate_heap()


def _apart() -> float:
    return time.time() - time.monotonic()
