"""The kinds of alert in groups, and the rung of the ladder that each clock's kind stands for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from models_registry.vocabulary import AlertKind, Rung

STAGE: Final[Mapping[Rung, AlertKind]] = {rung: AlertKind(rung.value) for rung in Rung}
VACANCY: Final[Mapping[Rung, AlertKind]] = {rung: AlertKind(f"vacancy_{rung}") for rung in Rung}

STAGE_KINDS: Final = frozenset(STAGE.values())
VACANCY_KINDS: Final = frozenset({AlertKind.VACANCY_OPEN, *VACANCY.values()})
CLOCK_KINDS: Final = STAGE_KINDS | VACANCY_KINDS
PAST_KINDS: Final = CLOCK_KINDS - {AlertKind.AT_RISK, AlertKind.VACANCY_OPEN, AlertKind.VACANCY_AT_RISK}

RUNG_OF: Final[Mapping[AlertKind, Rung]] = {
    **{kind: rung for rung, kind in STAGE.items()},
    **{kind: rung for rung, kind in VACANCY.items()},
}

# A last call before the leads hear of it is not worth a mail to everybody who could help.
INBOX_ONLY: Final = frozenset({AlertKind.VACANCY_AT_RISK})

# Of one person's business; a team's chat does not hear of it.
PERSONAL: Final = frozenset(
    {
        AlertKind.NUDGE,
        AlertKind.HANDOVER_OFFERED,
        AlertKind.HANDOVER_EXPIRED,
        AlertKind.OWNER_GIVEN,
        AlertKind.EXTENSION_DECIDED,
        AlertKind.FEEDBACK_ASKED,
        AlertKind.REVIEW_ASSIGNED,
        AlertKind.NOT_MOVED,
    }
)
# What somebody may ask not to hear of a model that is not theirs to answer; the rest is said to one person.
MUTABLE: Final = CLOCK_KINDS | {AlertKind.MOVING_AGAIN}
# What reaches people at once and by mail, whatever hours and channels they chose.
URGENT: Final = frozenset(kind for kind, rung in RUNG_OF.items() if rung in (Rung.ESCALATED, Rung.ESCALATED_AGAIN))
# What people owe each other around a stage, beside the nudge, the offer and the hold.
TURN_KINDS: Final = frozenset(
    {
        AlertKind.HANDOVER_EXPIRED,
        AlertKind.OWNER_GIVEN,
        AlertKind.OWNER_LEFT,
        AlertKind.EXTENSION_ASKED,
        AlertKind.EXTENSION_DECIDED,
        AlertKind.MOVING_AGAIN,
        AlertKind.NOT_MOVED,
    }
)

# What is due or comes to an end, each kind from so long before that moment until the next one takes over. They are
# ranges, so that a run that was missed loses none, and one that was overtaken meanwhile is not sent late.
Ladder = Mapping[AlertKind, timedelta]
FINDING: Final[Ladder] = {
    AlertKind.FINDING_DUE_IN_7: timedelta(days=7),
    AlertKind.FINDING_DUE_IN_1: timedelta(days=1),
    AlertKind.FINDING_OVERDUE: timedelta(0),
    AlertKind.FINDING_ESCALATED: timedelta(days=-2),
}
APPROVAL: Final[Ladder] = {
    AlertKind.APPROVAL_EXPIRES_IN_30: timedelta(days=30),
    AlertKind.APPROVAL_EXPIRES_IN_7: timedelta(days=7),
    AlertKind.APPROVAL_EXPIRES_IN_1: timedelta(days=1),
}
GRANT: Final[Ladder] = {
    AlertKind.GRANT_EXPIRES_IN_30: timedelta(days=30),
    AlertKind.GRANT_EXPIRES_IN_7: timedelta(days=7),
    AlertKind.GRANT_EXPIRES_IN_1: timedelta(days=1),
    AlertKind.GRANT_LAPSED: timedelta(0),
}

FINDING_KINDS: Final = frozenset({AlertKind.FINDING_OPENED, *FINDING})
ENDED_KINDS: Final = frozenset({AlertKind.APPROVAL_LAPSED, AlertKind.APPROVAL_REVOKED})
ASKED_KINDS: Final = frozenset({AlertKind.FEEDBACK_ASKED, AlertKind.REVIEW_ASSIGNED})
REVIEW_KINDS: Final = frozenset({*APPROVAL, *ENDED_KINDS, *ASKED_KINDS})
GRANT_KINDS: Final = frozenset(GRANT)
REMINDED_KINDS: Final = FINDING_KINDS | REVIEW_KINDS | GRANT_KINDS
