"""Stage clocks and vacancies: bring the alerts of each visit into line with what its clocks say now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from governance import deadlines
from governance.clock import reaches
from governance.models import StageOwnership, StageVisit
from models_registry.vocabulary import AlertKind, Rung, Stage
from tracker.alerts.audience import Roster, audience, bound
from tracker.alerts.endings import DEPARTED, Ending
from tracker.alerts.kinds import STAGE, STAGE_KINDS, VACANCY, VACANCY_KINDS
from tracker.alerts.models import Alert
from tracker.alerts.raising import Raising, close_alerts, raise_alerts, reopen_alerts
from tracker.alerts.silence import Silence
from tracker.stalls.ladder import Climb, climb, stand_still
from tracker.stalls.looking import clock_alerts, current_spells, locked, save_hints

POSTPONED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Hints:
    """The two index columns of a visit or vacancy, as they should read."""

    row: StageVisit | StageOwnership
    stalls_at: datetime | None
    notice_at: datetime | None


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything to write for one visit."""

    raisings: tuple[Raising, ...]
    climbs: tuple[Climb, ...]
    hints: tuple[Hints, ...]


def settle(ids: Collection[int], now: datetime) -> int:
    """Look at these visits and write what is owed, in one transaction. Returns how many alerts were raised.

    A visit that an act or another sweep holds at this moment is left to the next sweep.
    """
    with transaction.atomic():
        visits = locked(ids)
        if not visits:
            return 0
        alerts, spells = clock_alerts(visits), current_spells(visits)
        owners = {spell.owner_id for spell in spells.values() if spell.owner_id}
        roster = Roster.read({visit.release.model.team for visit in visits}, also=owners, at=now)
        silence = Silence.read(visits, now)
        plans = [_plan(visit, spells.get(visit.pk), alerts.get(visit.pk, ()), roster, silence, now) for visit in visits]
        return _write(plans, now)


def postpone(visit_id: int, now: datetime) -> None:
    """Put a visit that cannot be settled out of the way for a while, so that it does not stand before the others."""
    later = now + POSTPONED
    StageVisit.objects.filter(pk=visit_id, left_at__isnull=True, notice_at__lte=now).update(notice_at=later)
    StageOwnership.objects.filter(visit=visit_id, until__isnull=True, notice_at__lte=now).update(notice_at=later)


def _plan(
    visit: StageVisit,
    spell: StageOwnership | None,
    alerts: Sequence[Alert],
    roster: Roster,
    silence: Silence,
    now: datetime,
) -> Plan:
    of_stage = {AlertKind(alert.kind): alert for alert in alerts if alert.kind in STAGE_KINDS}
    of_spells: defaultdict[int, dict[AlertKind, Alert]] = defaultdict(dict)
    for alert in alerts:
        if alert.kind not in STAGE_KINDS:
            of_spells[alert.occasion][AlertKind(alert.kind)] = alert
    stage, vacancy = _stage_climb(visit, of_stage, now), Climb()
    if visit.left_at is None and spell is not None and spell.owner_id is None:
        facts = deadlines.vacancy_facts(spell, visit)
        vacancy = climb(facts, now, of_spells.pop(spell.pk, {}), VACANCY, first=AlertKind.VACANCY_OPEN)
    ending = DEPARTED.get(visit.departure, Ending.OWNED)
    over = [stand_still(known, ending) for known in of_spells.values()]
    return Plan(
        raisings=_raisings(visit, spell, stage, vacancy, roster, silence),
        climbs=(stage, vacancy, *over),
        hints=_hints(visit, spell, stage, vacancy, now),
    )


def _stage_climb(visit: StageVisit, known: Mapping[AlertKind, Alert], now: datetime) -> Climb:
    if visit.left_at is not None:
        return stand_still(known, DEPARTED[visit.departure])
    if any(hold.ended_at is None and hold.pauses_clock for hold in visit.holds.all()):
        return stand_still(known, Ending.HELD)
    return climb(deadlines.visit_facts(visit), now, known, STAGE)


def _raisings(
    visit: StageVisit, spell: StageOwnership | None, stage: Climb, vacancy: Climb, roster: Roster, silence: Silence
) -> tuple[Raising, ...]:
    """The rungs owed. Only the highest of each clock is told; who hears of the stall needs no word of the vacancy."""
    model, owner = visit.release.model, spell.owner_id if spell else None
    said = deadlines.rules_of(visit.policy).recipients
    raisings: list[Raising] = []
    heard: set[int] = set()
    for owed, occasion in ((stage.owed, 0), (vacancy.owed, spell.pk if spell else 0)):
        for kind in owed[:-1]:
            raisings.append(Raising(kind, visit.pk, occasion, ending=Ending.OVERTAKEN))
        if owed:
            named = audience(owed[-1], model, Stage(visit.stage), owner, roster, said)
            since = spell.since if spell and owed[-1] in VACANCY_KINDS else None
            kept = silence.kept(named, owed[-1], visit, since, bound(owed[-1], model, owner, roster))
            told = [person for person in kept if person not in heard]
            heard.update(told)
            raisings.append(Raising(owed[-1], visit.pk, occasion, tuple(told)))
    return tuple(raisings)


def _hints(
    visit: StageVisit, spell: StageOwnership | None, stage: Climb, vacancy: Climb, now: datetime
) -> tuple[Hints, ...]:
    if visit.left_at is not None:
        return ()
    breach = Rung.BREACHED.percent
    hints = [Hints(visit, reaches(deadlines.visit_facts(visit), breach, now), stage.notice_at)]
    if spell is not None and spell.owner_id is None:
        stalls_at = reaches(deadlines.vacancy_facts(spell, visit), breach, now)
        hints.append(Hints(spell, stalls_at, vacancy.notice_at))
    return tuple(hints)


def _write(plans: Sequence[Plan], now: datetime) -> int:
    climbs = [step for plan in plans for step in plan.climbs]
    close_alerts({pk: ending for step in climbs for pk, ending in step.endings.items()}, now)
    reopen_alerts([pk for step in climbs for pk in step.reopened], now)
    raised = raise_alerts([raising for plan in plans for raising in plan.raisings], now)
    hints = [hint for plan in plans for hint in plan.hints]
    changed = [h for h in hints if (h.row.stalls_at, h.row.notice_at) != (h.stalls_at, h.notice_at)]
    for model in (StageVisit, StageOwnership):
        mine = [hint for hint in changed if isinstance(hint.row, model)]
        save_hints(model, {hint.row.pk: (hint.stalls_at, hint.notice_at) for hint in mine})
    return raised
