"""Mistakes to put into the engine on purpose, so that a run shows that it would find them."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any


def _marked_before_it_was_sent(delivering: Any) -> None:
    """As if the message had gone out already: a worker that dies in between loses it."""
    send = delivering._send

    def hasty(parcel: Any, sender: Any, now: Any, result: Any) -> bool:
        delivering.parcels.arrived(parcel, now)
        gone_on: bool = send(parcel, sender, now, result)
        return gone_on

    delivering._send = hasty


def _swept_without_locks(looking: Any) -> None:
    """Two sweeps look at the same visits, and no index refuses what both of them write."""
    visits = looking.StageVisit.objects
    visits.select_for_update = lambda **_: visits.all()
    read = looking.clock_alerts

    def slowly(rows: Any) -> Any:
        """A busy machine: what was read is old by the time that it is written."""
        found = read(rows)
        time.sleep(1)
        return found

    looking.clock_alerts = slowly


MISTAKES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "mark": ("tracker.alerts.delivering", _marked_before_it_was_sent),
    "locks": ("tracker.stalls.looking", _swept_without_locks),
}
UNGUARDED = """
DROP INDEX alert_once_per_rung;
ALTER TABLE tracker_delivery DROP CONSTRAINT delivery_once;
"""


class _After(importlib.abc.MetaPathFinder):
    """Changes a module as soon as it is imported."""

    def __init__(self, name: str, change: Callable[[Any], None]) -> None:
        self.name, self.change = name, change

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> Any:
        if name != self.name:
            return None
        sys.meta_path.remove(self)
        spec: Any = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def load_and_change(module: ModuleType) -> None:
            load(module)
            self.change(module)

        spec.loader.exec_module = load_and_change
        return spec


def plant(mistake: str) -> None:
    sys.meta_path.insert(0, _After(*MISTAKES[mistake]))
