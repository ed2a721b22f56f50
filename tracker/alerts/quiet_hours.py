"""When one person wants to be written to: quiet hours, quiet weekends, and a digest once a day. Pure.

Everything is counted on the wall clock of the person's zone, to the minute, so that a night is a night also when the
clocks are put forward or back in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

SATURDAY: Final = 5
MINUTE: Final = timedelta(minutes=1)
LONGEST: Final = 4 * 24 * 60  # minutes: no quiet is longer than a weekend between two nights
DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Hours:
    """The wishes of one person. Quiet from a time to another, over midnight where the first is the later one."""

    zone: tzinfo
    quiet_from: time | None = None
    quiet_until: time | None = None
    weekends: bool = False
    digest_at: time | None = None

    def quiet(self, at: datetime) -> bool:
        """Whether they want no message at this moment."""
        local = at.astimezone(self.zone)
        if self.weekends and local.weekday() >= SATURDAY:
            return True
        start, end, now = self.quiet_from, self.quiet_until, local.time()
        if start is None or end is None:
            return False
        return start <= now < end if start <= end else now >= start or now < end

    def opens(self, at: datetime) -> datetime:
        """The first moment from `at` on, to the minute, at which they want messages again."""
        if not self.quiet(at):
            return at
        minute = at.astimezone(UTC).replace(second=0, microsecond=0)
        for _ in range(LONGEST):
            minute += MINUTE
            if not self.quiet(minute):
                return minute
        return minute  # quiet from one time to the same is refused; whoever has it still is not silenced for ever

    def next_digest(self, after: datetime) -> datetime:
        """The first moment after `after` at which a digest is due."""
        today = after.astimezone(self.zone).date()
        return next(slot for slot in self._digests(today - timedelta(days=1), 1) if slot > after)

    def last_digest(self, until: datetime) -> date:
        """The day of the latest digest that is due by `until`: of each day there is one."""
        today = until.astimezone(self.zone).date()
        slots = self._digests(today + timedelta(days=1), -1)
        return next(slot for slot in slots if slot <= until).astimezone(self.zone).date()

    def _digests(self, day: date, step: int) -> Iterator[datetime]:
        """The moments of the digests from a day on, forwards or backwards; on quiet weekends there is none."""
        assert self.digest_at is not None
        for ahead in range(DAYS):
            on = day + timedelta(days=ahead * step)
            if not (self.weekends and on.weekday() >= SATURDAY):
                yield self.opens(datetime.combine(on, self.digest_at, tzinfo=self.zone).astimezone(UTC))
