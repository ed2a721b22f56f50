"""The clock of a visit or vacancy read from its rows, and the index hints (`stalls_at`, `notice_at`) that follow.

The hints are never the truth: whoever acts on them reads the clock again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import holidays

from governance.calendar import BusinessCalendar
from governance.clock import ClockFacts, Pause, Reading, reaches, read
from governance.models import Policy, PolicyStatus, StageOwnership, StageVisit
from governance.policy import PolicyRules, parse
from models_registry.models import CalendarRevision, WorkCalendar
from models_registry.vocabulary import RiskTier, Rung, Stage, VisitState


class ClosedDays:
    """Public holidays of a country, computed year by year as asked, and the calendar's own closed days."""

    def __init__(self, country: str, own: Iterable[str]) -> None:
        self._public: Any = holidays.country_holidays(country) if country else ()
        self._own = frozenset(date.fromisoformat(day) for day in own)

    def __contains__(self, day: object) -> bool:
        return day in self._own or day in self._public


@lru_cache(maxsize=256)
def _compiled(calendar_id: int, changed: datetime) -> BusinessCalendar:
    facts = WorkCalendar.objects.get(pk=calendar_id)
    return compile_calendar(facts)


@lru_cache(maxsize=1024)
def _kept(revision_id: int) -> BusinessCalendar:
    return compile_calendar(CalendarRevision.objects.get(pk=revision_id))


def compile_calendar(facts: WorkCalendar | CalendarRevision) -> BusinessCalendar:
    """The law's calendar of these facts, uncached; raises `ValueError` for facts that make no calendar."""
    return BusinessCalendar.from_facts(
        facts.timezone,
        {int(day): [(start, end) for start, end in spans] for day, spans in facts.hours.items()},
        ClosedDays(facts.country, facts.closed_days),
        always_open=facts.always_open,
    )


def business_calendar(facts: WorkCalendar) -> BusinessCalendar:
    """The law's calendar of a saved calendar; compiled once per change of it."""
    return _compiled(facts.pk, facts.updated_at)


def calendar_of(visit: StageVisit) -> BusinessCalendar:
    """The calendar that a visit's time is counted in: its team's, or once it was left, that one as it was then.

    Revisions never change, so each is read and compiled once per process.
    """
    if visit.calendar_revision_id is not None:
        return _kept(visit.calendar_revision_id)
    return business_calendar(visit.release.model.team.calendar)


@lru_cache(maxsize=64)
def _published_rules(policy_id: int) -> PolicyRules:
    return parse(Policy.objects.values_list("rules", flat=True).get(pk=policy_id))


def published_rules(policy_id: int) -> PolicyRules:
    """The rules of a published policy by its key, as every visit has one; read once per process."""
    return _published_rules(policy_id)


def rules_of(policy: Policy) -> PolicyRules:
    """The parsed rules; a published policy never changes, so they are parsed once per process."""
    return _published_rules(policy.pk) if policy.status == PolicyStatus.PUBLISHED else policy.parsed()


def budget_seconds(visit: StageVisit) -> int | None:
    """Business seconds this visit may take: by the policy in force at entry, and by the extensions that were approved.

    None where the stage has no budget.
    """
    if visit.state != VisitState.UNDERWAY:
        return None
    day = calendar_of(visit).day_seconds
    planned = rules_of(visit.policy).budget_seconds(RiskTier(visit.tier), Stage(visit.stage), day)
    return None if planned is None else planned + visit.extra_seconds


def visit_facts(visit: StageVisit) -> ClockFacts:
    """The stage clock's facts. Reads `visit.holds`, `visit.policy` and the team's calendar: prefetch them for lists."""
    return ClockFacts(
        entered_at=visit.entered_at,
        left_at=visit.left_at,
        budget_seconds=budget_seconds(visit),
        # A visit that is not saved yet, as an import makes them by the thousand, has no holds to ask for.
        pauses=tuple(_pauses(visit)) if visit.pk else (),
        calendar=calendar_of(visit),
    )


def _pauses(visit: StageVisit) -> Iterator[Pause]:
    """The holds for which the clock stands still; during the others it goes on."""
    return (Pause(hold.started_at, hold.ended_at) for hold in visit.holds.all() if hold.pauses_clock)


def vacancy_facts(spell: StageOwnership, visit: StageVisit) -> ClockFacts:
    """The vacancy clock's facts; a hold of the stage does not pause it."""
    calendar = calendar_of(visit)
    budget = rules_of(visit.policy).vacancy_seconds(calendar.day_seconds)
    return ClockFacts(spell.since, spell.until, budget, (), calendar)


def reading(visit: StageVisit, now: datetime) -> Reading:
    return read(visit_facts(visit), now)


def vacancy_reading(spell: StageOwnership, visit: StageVisit, now: datetime) -> Reading:
    return read(vacancy_facts(spell, visit), now)


def hint_visit(visit: StageVisit, now: datetime) -> None:
    """Set (not save) the hints of an open visit. The notice goes to the first rung, so that none is ever skipped."""
    facts = visit_facts(visit)
    visit.stalls_at = reaches(facts, Rung.BREACHED.percent, now)
    visit.notice_at = reaches(facts, Rung.AT_RISK.percent, now)


def hint_vacancy(spell: StageOwnership, visit: StageVisit, now: datetime) -> None:
    """Set (not save) the hints of an open spell; a new vacancy is told at once, so its notice is due immediately."""
    if spell.owner_id is not None:
        spell.stalls_at = spell.notice_at = None
        return
    spell.stalls_at = reaches(vacancy_facts(spell, visit), Rung.BREACHED.percent, now)
    spell.notice_at = spell.since


def refresh(visit: StageVisit, now: datetime) -> None:
    """Recompute and save the hints of an open visit after its facts changed."""
    hint_visit(visit, now)
    visit.save(update_fields=["stalls_at", "notice_at"])


def open_visits_of_calendar(calendar: WorkCalendar) -> Iterable[StageVisit]:
    """The open visits that a change of this calendar touches, ready for their clocks to be read."""
    return (
        StageVisit.objects.filter(left_at__isnull=True, release__model__team__calendar=calendar)
        .select_related("policy", "release__model__team__calendar")
        .prefetch_related("holds", "ownerships")
        .order_by("release_id")
    )
