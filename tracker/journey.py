"""The way of one release from brief to live: the time that each stage took against its budget, and who answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from governance.clock import Reading
from governance.deadlines import calendar_of, reading, rules_of
from governance.models import Departure, StageVisit
from models_registry.vocabulary import RiskTier, Stage, VisitState

RAIL: Final = (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE)


@dataclass(frozen=True, slots=True)
class Leg:
    """One stage of the way; seconds are business seconds, `day` of them to a day.

    `state`: done, current, todo or skipped. `owner` None: not asked for; empty: nobody. `visits`: how often the release
    was worked on there.
    """

    stage: Stage
    state: str
    day: int
    elapsed: int = 0
    budget: int | None = None
    owner: str | None = None
    entered: datetime | None = None
    left: datetime | None = None
    due: datetime | None = None
    held: bool = False
    note: str = ""
    visits: int = 0


@dataclass(frozen=True, slots=True)
class Journey:
    """The five legs, and the whole way so far up to live against what the policy plans for it.

    Both in business seconds of the team's present calendar: a stage that was left counts with the days it took.
    """

    legs: Sequence[Leg]
    spent: int
    planned: int
    sent_back: int


def journey_of(visits: Sequence[StageVisit], now: datetime, *, live_owner: str = "", ahead: str = "") -> Journey:
    """The journey of a release from all its visits, oldest first, the open one last.

    The visits need what `deadlines.reading` reads, and `ownerships` with their owners. `live_owner`: who is named to
    serve it once it is live. `ahead`: who has claimed the deployment before it begins.
    """
    here = visits[-1]
    worked: dict[Stage, list[StageVisit]] = {}
    for visit in visits:
        if visit.state == VisitState.UNDERWAY:
            worked.setdefault(Stage(visit.stage), []).append(visit)
    place = RAIL.index(Stage(here.stage)) if here.stage in RAIL else len(RAIL)
    legs = [_leg(stage, number - place, worked.get(stage, []), here, now) for number, stage in enumerate(RAIL)]
    if legs[-1].state == "todo" and live_owner:
        legs[-1] = Leg(Stage.LIVE, "todo", legs[-1].day, budget=None, owner=live_owner, note=legs[-1].note)
    coming = RAIL.index(Stage.DEPLOYMENT)
    if legs[coming].state == "todo" and ahead:
        legs[coming] = replace(legs[coming], owner=ahead, note=legs[coming].note or "claimed ahead")
    counted = [visit for stage, known in worked.items() if stage in RAIL[:-1] for visit in known]
    return Journey(
        legs=legs,
        spent=sum(_in_present_days(visit, reading(visit, now).elapsed, here) for visit in counted),
        planned=sum(_planned(stage, here) or 0 for stage in RAIL),
        sent_back=sum(visit.departure == Departure.SENT_BACK for visit in visits),
    )


def _leg(stage: Stage, distance: int, worked: Sequence[StageVisit], here: StageVisit, now: datetime) -> Leg:
    """`distance`: how many stages the leg lies ahead of where the release is now; 0 is here."""
    if distance > 0:
        return Leg(stage, "todo", _day(here), budget=_planned(stage, here), note="next" if distance == 1 else "")
    if not worked:
        note = "not recorded" if here.dates_estimated or here.release.model.source else "skipped"
        state = "skipped" if distance else "current"
        return Leg(stage, state, _day(here), budget=_planned(stage, here), note=note)
    visit = worked[-1]
    clock = reading(visit, now)
    set_aside = not distance and here.state != VisitState.UNDERWAY
    return Leg(
        stage=stage,
        state="current" if not distance else "done",
        day=calendar_of(visit).day_seconds,
        elapsed=clock.elapsed,
        budget=clock.budget,
        owner=_owner(visit),
        entered=visit.entered_at,
        left=visit.left_at,
        due=_due(clock) if not distance else None,
        held=clock.paused or set_aside,
        note=here.state if set_aside else "",
        visits=len(worked),
    )


def _due(clock: Reading) -> datetime | None:
    return None if clock.closed else clock.stalls_at


def _owner(visit: StageVisit) -> str | None:
    """Who answers in a visit, or answered last; nobody is an empty name, and None where no spell was recorded."""
    spells = sorted(visit.ownerships.all(), key=lambda spell: (spell.since, spell.pk))
    if not spells:
        return None
    if visit.left_at is None:
        return str(spells[-1].owner or "")
    return next((str(spell.owner) for spell in reversed(spells) if spell.owner), "")


def _planned(stage: Stage, here: StageVisit) -> int | None:
    """The budget of a stage by the policy and tier that the release travels under now."""
    return rules_of(here.policy).budget_seconds(RiskTier(here.tier), stage, _day(here))


def _day(here: StageVisit) -> int:
    return calendar_of(here).day_seconds


def _in_present_days(visit: StageVisit, seconds: int, here: StageVisit) -> int:
    return seconds * _day(here) // calendar_of(visit).day_seconds
