"""The kinds of alert in groups, and the rung of the ladder that each clock's kind stands for."""

from __future__ import annotations

from collections.abc import Mapping
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
