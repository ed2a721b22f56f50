"""How a release moves on when the next edition of its inventory says more than the last.

Visits that were closed stay as they are. The open one may still be dated better, because its date was an estimate;
then it is left, and what the new edition says of the stages after it follows. Nothing is dated before what was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from models_registry.vocabulary import Stage, VisitState
from tracker.integrations.inventory.visits import PlannedVisit

ORDER: Final = tuple(Stage)


@dataclass(frozen=True)
class OpenVisit:
    """Where a release stands here: since when, whether that day was estimated, and the day before which it cannot
    have begun (the end of the visit before it)."""

    stage: Stage
    entered: date
    estimated: bool
    not_before: date | None = None
    state: VisitState = VisitState.UNDERWAY


@dataclass(frozen=True)
class Move:
    """What to change: a better day for the open visit, and the visits that follow it (none: it stays open)."""

    entered: date | None
    estimated: bool
    following: tuple[PlannedVisit, ...]

    @property
    def changes_nothing(self) -> bool:
        return self.entered is None and not self.following


def move(standing: OpenVisit, planned: Sequence[PlannedVisit]) -> Move:
    """The move from where a release stands to where the new edition says it is."""
    place = next((number for number, visit in enumerate(planned) if _rank(visit) == _rank(standing)), None)
    if place is not None:
        same = planned[place]
        entered = _better_day(standing, same)
        following = planned[place + 1 :]
        estimated = same.estimated if entered else standing.estimated
    else:
        ahead = [visit for visit in planned if _rank(visit) > _rank(standing)]
        following = ahead if ahead and ahead[-1] is planned[-1] else planned[-1:]
        entered = _pulled_back(standing, following[0])
        estimated = standing.estimated
    return Move(entered, estimated, _from(entered or standing.entered, following))


def _rank(visit: PlannedVisit | OpenVisit) -> tuple[int, bool]:
    """Places along the road; set aside comes after underway in the same stage."""
    return ORDER.index(visit.stage), visit.state is not VisitState.UNDERWAY


def _better_day(standing: OpenVisit, visit: PlannedVisit) -> date | None:
    """The new edition's day for the open visit, where it is worth more than the one that is there."""
    if visit.estimated and (not standing.estimated or visit.entered >= standing.entered):
        return None  # of two editions that do not know the day, the earlier one proves that it was there by then
    return _bounded(standing, visit.entered)


def _pulled_back(standing: OpenVisit, after: PlannedVisit) -> date | None:
    """An estimated open visit cannot have begun after the stage that followed it."""
    if standing.estimated and standing.entered > after.entered:
        return _bounded(standing, after.entered)
    return None


def _bounded(standing: OpenVisit, day: date) -> date | None:
    day = max(day, standing.not_before) if standing.not_before else day
    return None if day == standing.entered else day


def _from(floor: date, following: Sequence[PlannedVisit]) -> tuple[PlannedVisit, ...]:
    """The same visits, none of them before `floor`."""
    return tuple(
        replace(
            visit,
            entered=max(visit.entered, floor),
            left=None if visit.left is None else max(visit.left, floor),
            estimated=visit.estimated or visit.entered < floor,
        )
        for visit in following
    )
