"""Who is told of each rung of a clock, as a policy says it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from governance.policy_reading import Reader
from models_registry.vocabulary import Recipient, Rung

OPEN: Final = "open"
"""The very start of a vacancy, which is told before any of its rungs."""

Told = Mapping[str, tuple[Recipient, ...]]


@dataclass(frozen=True, slots=True)
class Recipients:
    """For the stage clock by rung, and for the vacancy clock by `open` and rung: who is told, in this order."""

    stage: Told
    vacancy: Told


_LEADS: Final = (Recipient.OWNER, Recipient.LEAD)
_ESCALATED: Final = (*_LEADS, Recipient.CONTACT)
DEFAULT_RECIPIENTS: Final = Recipients(
    stage={
        Rung.AT_RISK: (Recipient.OWNER,),
        Rung.BREACHED: _LEADS,
        Rung.ESCALATED: _ESCALATED,
        Rung.ESCALATED_AGAIN: (*_ESCALATED, Recipient.ADMIN),
    },
    vacancy={
        OPEN: (Recipient.ABLE,),
        Rung.AT_RISK: (Recipient.ABLE,),
        Rung.BREACHED: (Recipient.LEAD,),
        Rung.ESCALATED: (Recipient.LEAD, Recipient.CONTACT),
        Rung.ESCALATED_AGAIN: (Recipient.LEAD, Recipient.CONTACT, Recipient.ADMIN),
    },
)
_PLACES: Final[Mapping[str, tuple[str, ...]]] = {
    "stage": tuple(rung.value for rung in Rung),
    "vacancy": (OPEN, *(rung.value for rung in Rung)),
}


def read_recipients(reader: Reader, raw: object) -> Recipients:
    """The policy's `alerts`; what it leaves out is as by default. Past the budget somebody has to be told."""
    if raw is None:
        return DEFAULT_RECIPIENTS
    clocks = reader.mapping(raw, "alerts", known=tuple(_PLACES))
    return Recipients(
        stage=_read_clock(reader, clocks.get("stage"), "stage", DEFAULT_RECIPIENTS.stage),
        vacancy=_read_clock(reader, clocks.get("vacancy"), "vacancy", DEFAULT_RECIPIENTS.vacancy),
    )


def _read_clock(reader: Reader, raw: object, clock: str, default: Told) -> Told:
    if raw is None:
        return default
    path = f"alerts.{clock}"
    rungs = reader.mapping(raw, path, known=_PLACES[clock])
    known = [one.value for one in Recipient if clock == "stage" or one is not Recipient.OWNER]
    read: dict[str, tuple[Recipient, ...]] = {}
    for rung in _PLACES[clock]:
        if rung not in rungs:
            read[rung] = default[rung]
            continue
        read[rung] = tuple(Recipient(one) for one in reader.names(rungs, rung, path, known=known))
        if not rungs[rung] and rung not in (OPEN, Rung.AT_RISK):
            reader.add(f"{path}.{rung}", f"tells nobody; name at least one of: {', '.join(known)}")
    return read


def recipients_to_raw(recipients: Recipients) -> dict[str, Any]:
    """The same as plain JSON, whole."""
    return {
        clock: {rung: [one.value for one in told[rung]] for rung in _PLACES[clock]}
        for clock, told in (("stage", recipients.stage), ("vacancy", recipients.vacancy))
    }
