"""The rows of the stall dashboard: one release each, with clock, owner, reason, cost, and what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import prefetch_related_objects

from governance import permissions
from governance.answers import answer_of, with_answers
from governance.clock import Reading
from governance.deadlines import business_calendar, reading, rules_of, vacancy_reading
from governance.dossiers import gate_of, gather
from governance.models import Acknowledgement, Hold, StageVisit
from governance.stages import STAGE_DUTIES
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Stage
from tracker.absence_words import absence_of
from tracker.dashboard.money import Spent
from tracker.dashboard.reasons import Why, why_held, why_shut, why_vacant
from tracker.dashboard.standing import Spell, Standing

_NOTHING = Spent()


@dataclass(frozen=True, slots=True)
class Acts:
    """What this person may do from the row. The acts ask again."""

    nudge: bool = False
    assign: bool = False
    claim: bool = False
    hold: bool = False
    answer: bool = False

    @property
    def any(self) -> bool:
        return self.nudge or self.assign or self.claim or self.hold or self.answer


@dataclass(frozen=True, slots=True)
class StallRow:
    """One release. `clock` is the one that decides where the row stands: the stage's, or that of the vacancy.

    `vacancy` is set while nobody owns the stage. Readings are business seconds, `day` the length of a business day.
    `cooling`: the owner was nudged so lately that a second nudge would be refused. `answer`: what somebody said to the
    stall, while it stands.
    """

    release_id: int
    visit_id: int
    model: str
    slug: str
    number: int
    team: str
    stage: Stage
    tier: str
    standing: Standing
    clock: Reading
    of_vacancy: bool
    vacancy: Reading | None
    day: int
    entered_at: datetime
    due: datetime | None
    owner_id: int | None
    owner: str
    away: str
    needs: str
    why: Why
    spent: Spent
    hold: Hold | None
    nudged_at: datetime | None
    cooling: bool
    offered_to: str
    glass_broken: bool
    dates_estimated: bool
    answer: Acknowledgement | None
    may: Acts

    @property
    def name(self) -> str:
        return f"{self.model} release {self.number}"

    @property
    def who_may(self) -> str:
        """Who acts on it, for somebody who may not."""
        return "for compliance officers" if self.stage is Stage.COMPLIANCE_REVIEW else f"for {self.team}"

    @property
    def budget_days(self) -> Decimal | None:
        """The budget of the deciding clock in business days."""
        return None if self.clock.budget is None else Decimal(self.clock.budget) / self.day


def rows_of(spells: Sequence[Spell], person: Person, now: datetime, spent: Mapping[int, Spent]) -> list[StallRow]:
    """The rows of placed and marked spells, in their order; the number of queries does not grow with them."""
    visits = [spell.visit for spell in spells]
    prefetch_related_objects(visits, "holds", with_answers())
    gather([spell.visit for spell in spells if _asks_the_gate(spell)])
    return [_row(spell, person, now, spent.get(spell.pk, _NOTHING)) for spell in spells]


def _asks_the_gate(spell: Spell) -> bool:
    """Whether what it waits for has to be read from the gate: a missing owner and a hold say it themselves."""
    return spell.owner_id is not None and _open_hold(spell.visit) is None


def _open_hold(visit: StageVisit) -> Hold | None:
    return next((hold for hold in visit.holds.all() if hold.ended_at is None), None)


def _row(spell: Spell, person: Person, now: datetime, spent: Spent) -> StallRow:
    visit = spell.visit
    release, model, hold = visit.release, visit.release.model, _open_hold(visit)
    stage_clock = reading(visit, now)
    vacancy = vacancy_reading(spell, visit, now) if spell.owner_id is None else None
    of_vacancy = _vacancy_decides(stage_clock, vacancy)
    nudged_at = spell.nudged_at
    cooling = nudged_at is not None and _is_cooling(visit, nudged_at, now)
    return StallRow(
        release_id=release.pk,
        visit_id=visit.pk,
        model=model.name,
        slug=model.slug,
        number=release.number,
        team=model.team.name,
        stage=Stage(visit.stage),
        tier=visit.tier,
        standing=Standing(spell.standing),
        clock=vacancy if of_vacancy and vacancy else stage_clock,
        of_vacancy=of_vacancy,
        vacancy=vacancy,
        day=business_calendar(model.team.calendar).day_seconds,
        entered_at=visit.entered_at,
        due=spell.due,
        owner_id=spell.owner_id,
        owner=str(spell.owner or ""),
        away=absence_of(spell),
        needs=who_is_needed(Stage(visit.stage)),
        why=_why(spell, hold),
        spent=spent,
        hold=hold,
        nudged_at=nudged_at,
        cooling=cooling,
        offered_to=spell.offered_to or "",
        glass_broken=spell.glass_broken,
        dates_estimated=visit.dates_estimated,
        answer=answer_of(visit, now),
        may=_acts(spell, person, stage_clock, cooling=cooling),
    )


def _vacancy_decides(stage: Reading, vacancy: Reading | None) -> bool:
    """Whether the vacancy's clock is the one to show: where the stage's has none, stands still or runs out later."""
    if vacancy is None or (stage.breached and not stage.paused):
        return False
    if vacancy.breached or stage.budget is None:
        return True
    if stage.paused or vacancy.stalls_at is None:
        return False
    return stage.stalls_at is None or vacancy.stalls_at < stage.stalls_at


def _is_cooling(visit: StageVisit, nudged_at: datetime, now: datetime) -> bool:
    calendar = business_calendar(visit.release.model.team.calendar)
    return calendar.business_seconds(nudged_at, now) < rules_of(visit.policy).nudge_cooldown_hours * 3600


def who_is_needed(stage: Stage) -> str:
    """The role that a vacancy of this stage asks for."""
    return (
        "Compliance officer needed"
        if OrgRole.COMPLIANCE_OFFICER in STAGE_DUTIES[stage].owner_org_roles
        else ("Engineer or lead needed")
    )


def _why(spell: Spell, hold: Hold | None) -> Why:
    if hold is not None:
        return why_held(hold)
    if spell.owner_id is None:
        return why_vacant(spell)
    owner, team = str(spell.owner), str(spell.visit.release.model.team)
    report = gate_of(spell.visit, owner_name=owner)
    return why_shut(report, owner, team, changes_asked=spell.changes_asked or "")


def _acts(spell: Spell, person: Person, clock: Reading, *, cooling: bool) -> Acts:
    visit, model = spell.visit, spell.visit.release.model
    may_hold = permissions.allows(
        permissions.hold_if, person, visit, lambda: spell.owner_id == person.pk or spell.stands_in
    )
    return Acts(
        nudge=may_hold and spell.owner_id not in (None, person.pk) and not cooling,
        assign=permissions.allows(permissions.assign, person, visit),
        claim=spell.owner_id is None and permissions.allows(permissions.own_stage, person, model, visit.stage),
        hold=may_hold and clock.budget is not None,
        answer=(may_hold or spell.owner_id == person.pk) and _is_told_of(spell, clock),
    )


def _is_told_of(spell: Spell, clock: Reading) -> bool:
    """Whether people are told of it, so that there is something to answer."""
    return spell.owner_id is None or (clock.rung is not None and not clock.paused)
