"""Whom a visit waited on: its business time split among owner, reviewer, requester, somebody outside, and nobody.

Pure. The split covers the whole visit, holds included, whether or not they stop the stage clock: a paused wait counts
for whom it waited on. At every moment exactly one of these holds, the first that fits:

1. on hold: whom the hold waits on; where that is the owner and nobody owns the stage, nobody;
2. nobody owns the stage: nobody;
3. a review waits for feedback or a decision: the reviewer;
4. changes were requested and no review was asked for since: the requester;
5. else the owner.

The parts sum to the business time from entry to leaving, to the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from governance.calendar import BusinessCalendar
from models_registry.vocabulary import WaitsOn


class Whom(StrEnum):
    """Whom a visit waits on at one moment."""

    OWNER = "owner"
    REVIEWER = "reviewer"
    REQUESTER = "requester"
    EXTERNAL = "external"
    VACANCY = "vacancy"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until before `end`, or still going on."""

    start: datetime
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class HeldFor(Stretch):
    """A hold, and whom it waits on."""

    waits_on: WaitsOn = WaitsOn.EXTERNAL


@dataclass(frozen=True, slots=True)
class Waits:
    """What the split is made from. `owned`: when somebody owned the stage; `reviewed`: when a review was open;
    `changing`: from a request for changes until the next review was asked for.
    """

    entered_at: datetime
    left_at: datetime | None
    owned: Sequence[Stretch]
    held: Sequence[HeldFor]
    reviewed: Sequence[Stretch]
    changing: Sequence[Stretch]
    calendar: BusinessCalendar


def whom(waits: Waits, at: datetime) -> Whom:
    """Whom it waits on at this moment."""
    vacant = not any(one.covers(at) for one in waits.owned)
    hold = next((one for one in waits.held if one.covers(at)), None)
    if hold is not None:
        on = Whom(hold.waits_on.value)
        return Whom.VACANCY if on is Whom.OWNER and vacant else on
    if vacant:
        return Whom.VACANCY
    if any(one.covers(at) for one in waits.reviewed):
        return Whom.REVIEWER
    return Whom.REQUESTER if any(one.covers(at) for one in waits.changing) else Whom.OWNER


def split(waits: Waits, now: datetime) -> Mapping[Whom, int]:
    """Business seconds by whom they were waited on, as known at `now`; everybody has a part, which may be 0."""
    until = now if waits.left_at is None else min(now, waits.left_at)
    parts = dict.fromkeys(Whom, 0)
    moments = sorted({waits.entered_at, until, *_turns(waits, until)})
    for start, end in pairwise(moments):
        parts[whom(waits, start)] += waits.calendar.business_seconds(start, end)
    return parts


def _turns(waits: Waits, until: datetime) -> list[datetime]:
    """The moments within the visit at which anything begins or ends."""
    stretches = (*waits.owned, *waits.held, *waits.reviewed, *waits.changing)
    found = [moment for one in stretches for moment in (one.start, one.end) if moment is not None]
    return [moment for moment in found if waits.entered_at < moment < until]
