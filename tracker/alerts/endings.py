"""Why an alert no longer holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from governance.models import Departure
from models_registry.vocabulary import ReviewState, Word


class Ending(Word):
    """The words are kept in `Alert.closed_because` and read by people; an alert that is told as news begins closed."""

    ADVANCED = "moved to the next stage"
    SENT_BACK = "sent back to an earlier stage"
    PARKED = "parked"
    KILLED = "killed"
    REOPENED = "reopened"
    RETIRED = "retired"
    CORRECTED = "corrected by an import"
    HELD = "on hold"
    WITHIN_BUDGET = "within its budget again"
    OVERTAKEN = "overtaken by the next alert"
    OWNED = "somebody owns it"
    OWNER_CHANGED = "the owner changed"
    RESUMED = "resumed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes requested"
    REJECTED = "rejected"
    NEWS = "nothing to settle"
    STALE = "too long ago to tell"


DEPARTED: Final[Mapping[str, Ending]] = {
    Departure.ADVANCED: Ending.ADVANCED,
    Departure.SENT_BACK: Ending.SENT_BACK,
    Departure.PARKED: Ending.PARKED,
    Departure.KILLED: Ending.KILLED,
    Departure.REOPENED: Ending.REOPENED,
    Departure.RETIRED: Ending.RETIRED,
    Departure.CORRECTED: Ending.CORRECTED,
}
REVIEWED: Final[Mapping[str, Ending]] = {
    ReviewState.APPROVED: Ending.APPROVED,
    ReviewState.CHANGES_REQUESTED: Ending.CHANGES_REQUESTED,
    ReviewState.REJECTED: Ending.REJECTED,
    ReviewState.WITHDRAWN: Ending.WITHDRAWN,
}
MOVING: Final = frozenset(
    {Ending.ADVANCED, Ending.SENT_BACK, Ending.REOPENED, Ending.WITHIN_BUDGET, Ending.OWNED, Ending.RESUMED}
)
