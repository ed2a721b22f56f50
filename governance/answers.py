"""What people said to a stall: seen, why, and by when it moves; or quiet for a while. And which rung it answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db.models import Prefetch, QuerySet

from governance import deadlines
from governance.clock import LADDER, due_rungs
from governance.models import Acknowledgement, StageOwnership, StageVisit
from models_registry.vocabulary import AlertKind, Rung

STAGE: Final[Mapping[AlertKind, int]] = {AlertKind(rung.value): rung.percent for rung in LADDER}
VACANCY: Final[Mapping[AlertKind, int]] = {
    AlertKind.VACANCY_OPEN: 0,
    **{AlertKind(f"vacancy_{rung}"): rung.percent for rung in LADDER},
}


def with_answers(prefix: str = "") -> Prefetch[str, QuerySet[Acknowledgement], str]:
    """Prefetches what `answer_of` reads of the visits at `prefix` (for example `visit__`): one query."""
    return Prefetch(f"{prefix}acknowledgements", queryset=Acknowledgement.objects.select_related("person"))


def answer_of(visit: StageVisit, now: datetime) -> Acknowledgement | None:
    """The latest answer to the stall of this visit that still stands. Reads `visit.acknowledgements`."""
    return standing(visit.acknowledgements.all(), now)


def standing(answers: Iterable[Acknowledgement], now: datetime) -> Acknowledgement | None:
    """The latest of them that still stands."""
    found = [one for one in answers if stands(one, now)]
    return max(found, key=lambda one: (one.at, one.pk), default=None)


def stands(answer: Acknowledgement, now: datetime) -> bool:
    """Whether what it asked for is still ahead."""
    return answer.quiet_until is not None and answer.at <= now < answer.quiet_until


def latest(answers: Iterable[Acknowledgement]) -> dict[tuple[int, int], Acknowledgement]:
    """By visit and person, what each person said last: it takes the place of what they said before."""
    return {(one.visit_id, one.person_id): one for one in sorted(answers, key=lambda one: (one.at, one.pk))}


def covers(answer: Acknowledgement, kind: AlertKind, since: datetime | None) -> bool:
    """Whether an alert of this kind says no more than what was answered. `since`: when the vacancy it is about began.

    Who answered a rung of the stage clock needs no word of a vacancy at that rung or below, as long as it was there; a
    stage clock that runs out is news to whoever answered a vacancy.
    """
    answered = AlertKind(answer.rung) if answer.rung else None
    if kind in STAGE:
        return answered is not None and STAGE[kind] <= STAGE.get(answered, 0)
    if kind in VACANCY and (since is None or since <= answer.at):
        height = None if answered is None else STAGE.get(answered, VACANCY.get(answered))
        return height is not None and VACANCY[kind] <= height
    return False


def reached(visit: StageVisit, spell: StageOwnership | None, now: datetime) -> AlertKind | None:
    """The highest rung that either clock of an open visit has reached; of two at one height the stage's.

    None while the stage is owned and within its time. Reads `visit.holds`, `visit.policy` and the team's calendar.
    """
    held = any(hold.ended_at is None and hold.pauses_clock for hold in visit.holds.all())
    stage = [] if held else [AlertKind(rung.value) for rung in due_rungs(deadlines.visit_facts(visit), now)]
    vacancy: list[AlertKind] = []
    if spell is not None and spell.owner_id is None:
        due: tuple[Rung, ...] = due_rungs(deadlines.vacancy_facts(spell, visit), now)
        vacancy = [AlertKind.VACANCY_OPEN, *(AlertKind(f"vacancy_{rung}") for rung in due)]
    percents = {**VACANCY, **STAGE}
    return max((*stage, *vacancy), key=lambda kind: percents[kind], default=None)
