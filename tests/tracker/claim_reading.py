"""How tests read the claim board."""

from __future__ import annotations

from datetime import datetime

from governance.calendar import BusinessCalendar
from models_registry.models import Person, Release
from tests.world import World
from tracker.claims import ClaimBoard, Filters, Work, read_board, work_of

WEEK = BusinessCalendar.from_facts("UTC", {day: [("09:00", "17:00")] for day in range(5)})
DAY = 8 * 3600


def later(world: World, days: float) -> datetime:
    moment = WEEK.add(world.now, int(days * DAY))
    assert moment is not None
    return moment


def look(world: World, person: Person | None = None, now: datetime | None = None, **filters: str) -> ClaimBoard:
    return read_board(person or world.colleague, Filters(**filters), now or world.now)


def shown(board: ClaimBoard) -> list[str]:
    return [row.model for row in board.vacancies]


def work(world: World, release: Release, person: Person | None = None) -> Work:
    return work_of(person or world.engineer, release.pk, world.now)
