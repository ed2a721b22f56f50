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
    EXPIRED = "not answered in time"
    ANSWERED = "answered again"
    APPROVED = "approved"
    CHANGES_REQUESTED = "changes requested"
    APPROVED_WITH_CONDITIONS = "approved with conditions"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    REVOKED = "revoked"
    ADVISED = "nobody is waited for any more"
    REASSIGNED = "given to somebody else"
    RESOLVED = "resolved"
    MOVED = "the date was moved"
    REPLACED = "replaced by a newer one"
    SET_ASIDE = "nobody works on the release any more"
    KNOWN = "said from the beginning"
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
    ReviewState.APPROVED_WITH_CONDITIONS: Ending.APPROVED_WITH_CONDITIONS,
    ReviewState.LAPSED: Ending.LAPSED,
    ReviewState.REVOKED: Ending.REVOKED,
    ReviewState.CHANGES_REQUESTED: Ending.CHANGES_REQUESTED,
    ReviewState.REJECTED: Ending.REJECTED,
    ReviewState.WITHDRAWN: Ending.WITHDRAWN,
}
# What was closed for one of these may hold again, and is opened again then.
FOR_NOW: Final = frozenset({Ending.RESOLVED, Ending.MOVED, Ending.SET_ASIDE})
MOVING: Final = frozenset(
    {Ending.ADVANCED, Ending.SENT_BACK, Ending.REOPENED, Ending.WITHIN_BUDGET, Ending.OWNED, Ending.RESUMED}
)
