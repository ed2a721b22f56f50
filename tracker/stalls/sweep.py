"""The sweep: record what lapsed, close what is settled, look at the clocks that are due, tell what acts left behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Final

from governance.acts.handovers import expire_due
from governance.acts.lapses import lapse_due
from tracker.stalls.acts import tell_acts
from tracker.stalls.batches import in_batches
from tracker.stalls.clocks import postpone, settle
from tracker.stalls.due import visits_to_settle
from tracker.stalls.reminders import close_reminders, remind
from tracker.stalls.settled import close_settled

# A sweep over an import of ten thousand must not keep an embedded Beat from its other work.
SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Noticed:
    """What one sweep did: visits looked at, alerts raised and closed, ends of approvals and of offers recorded."""

    visits: int
    raised: int
    closed: int
    lapsed: int = 0
    expired: int = 0

    def __bool__(self) -> bool:
        return bool(self.visits or self.raised or self.closed or self.lapsed or self.expired)


def notice(now: datetime, *, seconds: float = SECONDS) -> Noticed:
    """One sweep as of `now`. Safe to repeat, to overlap and to be killed anywhere: each batch is one transaction.

    No batch of visits is begun after `seconds`. What a part could not do is raised after the other parts did theirs.
    """
    failures: list[Exception] = []
    end = monotonic() + seconds
    lapsed = _part(lambda: lapse_due(now), failures)
    expired = _part(lambda: expire_due(now), failures)
    closed = _part(lambda: close_settled(now), failures)
    closed += _part(lambda: close_reminders(now), failures)
    visits = _visits(now, failures)
    raised = _part(lambda: tell_acts(now), failures)
    raised += _part(lambda: remind(now), failures)
    raised += _part(
        lambda: in_batches(visits, lambda ids: settle(ids, now), lambda pk: postpone(pk, now), end=end), failures
    )
    if failures:
        raise ExceptionGroup("The sweep could not do all of its work.", failures)
    return Noticed(len(visits), raised, closed, lapsed, expired)


def _visits(now: datetime, failures: list[Exception]) -> list[int]:
    try:
        return visits_to_settle(now)
    except Exception as error:
        failures.append(error)
        return []


def _part(work: Callable[[], int], failures: list[Exception]) -> int:
    try:
        return work()
    except Exception as error:
        failures.append(error)
        return 0
