"""Unclaimed work by the skill that is missing for it, now and month by month: evidence for people who bring it.

A skill is missing for a piece of work when nobody who may own it brings the skill and has room. People are taken as
they are today, for the months before too: what they brought then is not kept in a way that could be counted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.fields.json import KeyTextTransform

from governance.calendar import BusinessCalendar
from governance.candidates import Pool, read_pool
from governance.deadlines import business_calendar, published_rules
from governance.models import StageOwnership
from governance.policy import BUDGETED_STAGES, PolicyRules
from governance.skills import needs
from models_registry.models import Brief, CostEntry, Team
from models_registry.vocabulary import RiskTier, Skill, Stage
from tracker.insight.scope import Scope

MONTHS: Final = 6
_TENTH: Final = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Month:
    """One month, in UTC."""

    start: datetime

    @property
    def end(self) -> datetime:
        return self.start.replace(year=self.start.year + self.start.month // 12, month=self.start.month % 12 + 1)

    @property
    def label(self) -> str:
        return f"{self.start:%b} ’{self.start.year % 100:02d}"


@dataclass(slots=True)
class Missing:
    """What waits for one skill. `now`: vacancies that are open and cannot be filled; `nobody` of them in teams where
    nobody brings the skill, the rest where all who do own as much as they carry. `days`: business days without an owner
    by month. `idle`: what was spent on the releases that wait now, by currency.
    """

    skill: Skill
    now: int = 0
    nobody: int = 0
    teams: set[str] = field(default_factory=set)
    days: list[Decimal] = field(default_factory=list)
    idle: dict[str, Decimal] = field(default_factory=dict)

    @property
    def full(self) -> int:
        """Vacancies that wait because all who bring the skill own as much as they carry."""
        return self.now - self.nobody

    @property
    def team_names(self) -> list[str]:
        return sorted(self.teams)

    @property
    def total(self) -> Decimal:
        return sum(self.days, Decimal(0)).quantize(_TENTH)


@dataclass(frozen=True, slots=True)
class SkillMap:
    """`skills` with what was missing longest first. `vacant`: what is without an owner now, whatever it takes; `days`
    of every month for all of it, so that the share which a missing skill explains can be told.
    """

    months: Sequence[Month]
    skills: Sequence[Missing]
    vacant: int
    waiting: int
    days: Sequence[Decimal]

    @property
    def worst(self) -> Missing | None:
        """The skill that most days without an owner are due to."""
        found = max(self.skills, key=lambda one: (one.total, one.now))
        return found if found.total or found.now else None


def skill_map(scope: Scope, now: datetime) -> SkillMap:
    """The map of everything in the scope: seven queries, whatever the history."""
    months = _months(now)
    rows = list(_spells(scope, months[0].start))
    teams = {team.pk: team for team in Team.objects.filter(pk__in={row[5] for row in rows}).select_related("calendar")}
    rules = {key: published_rules(key) for key in {row[4] for row in rows}}
    pool = read_pool(list(teams), now, officers=True)
    found = {skill: Missing(skill, days=[Decimal(0)] * MONTHS) for skill in Skill}
    days, open_now, releases = [Decimal(0)] * MONTHS, set(), defaultdict[int, set[Skill]](set)
    for since, until, stage, tier, policy, team, release, mode, plan in rows:
        spread = _spread(business_calendar(teams[team].calendar), since, until or now, months)
        days = [one + more for one, more in zip(days, spread, strict=True)]
        if until is None:
            open_now.add(release)
        brief = {"serving_mode": mode, "retraining_plan": plan}
        for skill, nobody in _missing(pool, team, stage, rules[policy], tier, brief).items():
            one = found[skill]
            one.days = [before + more for before, more in zip(one.days, spread, strict=True)]
            if until is None:
                one.now, one.nobody = one.now + 1, one.nobody + nobody
                one.teams.add(teams[team].name)
                releases[release].add(skill)
    _add_idle(found, releases)
    longest_first = sorted(found.values(), key=lambda one: (-one.total, -one.now))
    return SkillMap(months, longest_first, len(open_now), len(releases), days)


def _spells(scope: Scope, since: datetime) -> QuerySet[Any, Any]:
    """The vacancies that were open at any time since then, each as one light row."""
    draft = ExpressionWrapper(Q(signed_at__isnull=True), BooleanField())
    briefs = Brief.objects.filter(release=OuterRef("visit__release")).order_by(draft, "-number")
    said = {
        name: Subquery(briefs.values(said=KeyTextTransform(key, "content"))[:1])
        for name, key in (("asks_mode", "serving_mode"), ("asks_plan", "retraining_plan"))
    }
    vacant = StageOwnership.objects.filter(
        Q(until__isnull=True) | Q(until__gt=since),
        scope.models("visit__release__model__"),
        owner__isnull=True,
        visit__stage__in=BUDGETED_STAGES,
    )
    columns = ("visit__stage", "visit__tier", "visit__policy_id", "visit__release__model__team_id", "visit__release_id")
    return vacant.order_by().annotate(**said).values_list("since", "until", *columns, "asks_mode", "asks_plan")


def _missing(
    pool: Pool, team: int, stage: str, rules: PolicyRules, tier: str, brief: Mapping[str, Any]
) -> dict[Skill, bool]:
    """The skills for which nobody has room, and whether that is because nobody brings them at all."""
    wanted = needs(stage, rules.stage(RiskTier(tier), Stage(stage)).skills, brief)
    people = pool.candidates(team, stage, wanted, rules)
    missing = {}
    for need in wanted:
        able = [one for one in people if need.skill in one.fit.has]
        if all(one.load.full for one in able):
            missing[need.skill] = not able
    return missing


def _spread(calendar: BusinessCalendar, since: datetime, until: datetime, months: Sequence[Month]) -> list[Decimal]:
    """The business days from one moment to another, by month."""
    return [
        Decimal(calendar.business_seconds(max(since, month.start), min(until, month.end))) / calendar.day_seconds
        for month in months
    ]


def _add_idle(found: Mapping[Skill, Missing], releases: Mapping[int, set[Skill]]) -> None:
    """What was spent on the releases that wait now; each counts for every skill that it waits for. One query."""
    rows = CostEntry.objects.filter(release__in=list(releases)).order_by().values_list("release_id", "currency")
    for release, currency, amount in rows.annotate(spent=Sum("amount")):
        for skill in releases[release]:
            idle = found[skill].idle
            idle[currency] = idle.get(currency, Decimal(0)) + amount


def _months(now: datetime) -> list[Month]:
    """The present month and those before, oldest first."""
    here = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = [here]
    for _ in range(MONTHS - 1):
        first = found[-1]
        found.append(first.replace(year=first.year - (first.month == 1), month=(first.month - 2) % 12 + 1))
    return [Month(start) for start in reversed(found)]
