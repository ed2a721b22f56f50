"""What a clock's ladder owes at one moment, given what was told before. Pure: facts and known alerts in, a plan out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from governance.clock import ClockFacts, due_rungs, next_notice, owed_rungs
from models_registry.vocabulary import AlertKind, Rung
from tracker.alerts.endings import Ending
from tracker.alerts.kinds import RUNG_OF
from tracker.alerts.models import Alert


@dataclass(frozen=True, slots=True)
class Climb:
    """The kinds to raise, lowest first (the last one is told, the others are overtaken), and what becomes of the known.

    `notice_at`: when the next rung is reached; None when nothing is to come.
    """

    owed: tuple[AlertKind, ...] = ()
    endings: Mapping[int, Ending] = field(default_factory=dict)
    reopened: tuple[int, ...] = ()
    notice_at: datetime | None = None


def climb(
    facts: ClockFacts,
    now: datetime,
    known: Mapping[AlertKind, Alert],
    kinds: Mapping[Rung, AlertKind],
    first: AlertKind | None = None,
) -> Climb:
    """The ladder of a running clock. `kinds`: the alert of each rung; `first`: the one that its very start raises."""
    due = due_rungs(facts, now)
    told = frozenset(RUNG_OF[kind] for kind in known if kind in RUNG_OF)
    owed = [first] if first and not known else []
    owed += [kinds[rung] for rung in owed_rungs(facts, now, told)]
    reached = ([first] if first else []) + [kinds[rung] for rung in due]
    top = reached[-1] if reached else None
    return Climb(
        owed=tuple(owed),
        endings={alert.pk: ending for kind, alert in known.items() if (ending := _ending(kind, alert, top, reached))},
        reopened=_reopened(known, top) if not owed else (),
        notice_at=_later(next_notice(facts, now, frozenset(due)), now),
    )


def stand_still(known: Mapping[AlertKind, Alert], ending: Ending) -> Climb:
    """Nothing is owed while no clock runs, and what is open ends."""
    return Climb(endings={alert.pk: ending for alert in known.values() if alert.closed_at is None})


def _ending(kind: AlertKind, alert: Alert, top: AlertKind | None, reached: list[AlertKind]) -> Ending | None:
    if alert.closed_at is not None or kind == top:
        return None
    return Ending.OVERTAKEN if kind in reached else Ending.WITHIN_BUDGET


def _reopened(known: Mapping[AlertKind, Alert], top: AlertKind | None) -> tuple[int, ...]:
    """The alert of the present rung, if it was closed (by a hold that ended since) and nothing higher was ever told."""
    if top is None or top not in known or known[top].closed_at is None:
        return ()
    higher = [kind for kind in known if _percent(kind) > _percent(top)]
    return () if higher else (known[top].pk,)


def _percent(kind: AlertKind) -> int:
    return RUNG_OF[kind].percent if kind in RUNG_OF else 0


def _later(at: datetime | None, now: datetime) -> datetime | None:
    """A notice that is due already would be looked at again at once, and for ever."""
    return None if at is None else max(at, now + timedelta(seconds=1))
