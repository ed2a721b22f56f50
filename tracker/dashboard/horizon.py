"""Business time turned into instants, so that SQL can ask which clocks run out soon and how old a visit is.

The database knows moments, not working hours. For each calendar in sight the questions "used up within two business
days" and "entered at least three business days ago" become one comparison with one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, TypeVar

from django.db.models import BooleanField, Case, CharField, ExpressionWrapper, F, IntegerField, Q, Value, When
from django.db.models.functions import Cast

from governance.calendar import BusinessCalendar
from governance.deadlines import business_calendar, rules_of
from governance.models import HoldReasonEntry, Policy, PolicyStatus
from governance.policy import BUDGETED_STAGES, PolicyRules
from models_registry.models import Team
from models_registry.vocabulary import RiskTier, Rung

SOON_DAYS: Final = Decimal(2)  # business days before the budget ends from which a release stalls next
_LEFT_AT_RISK: Final = 1 - Decimal(Rung.AT_RISK.percent) / 100
_CALENDAR: Final = "visit__release__model__team__calendar_id"
_FARTHEST: Final = timedelta(days=3660)

Moment = TypeVar("Moment")


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of holds; `offered`: it is not retired."""

    code: str
    label: str
    offered: bool


@dataclass(frozen=True)
class Horizon:
    """The moment of reading, the calendars of the teams in sight by id, and the published rules by policy id.

    `newest`: the rules in force, None before a policy is published. `reasons`: every reason of holds, in order.
    """

    now: datetime
    calendars: Mapping[int, BusinessCalendar]
    rules: Mapping[int, PolicyRules]
    newest: PolicyRules | None
    reasons: Sequence[Reason] = ()

    @classmethod
    def read(cls, now: datetime, teams: Iterable[Team]) -> Horizon:
        """One query; the teams come with their calendars."""
        calendars = {team.calendar_id: team.calendar for team in teams}
        policies, reasons = _policies_and_reasons()
        rules = {policy.pk: rules_of(policy) for policy in policies}
        return cls(
            now,
            {key: business_calendar(calendar) for key, calendar in calendars.items()},
            rules,
            rules[policies[0].pk] if policies else None,
            reasons,
        )

    def stage_is_soon(self) -> Q:
        """The stage clock runs out within two business days, or 80 % of its budget is used."""
        found = self._within("visit__stalls_at", SOON_DAYS)
        for policy, rules in self.rules.items():
            for tier in RiskTier:
                for stage in BUDGETED_STAGES:
                    left = (rules.stage(tier, stage).budget_days or Decimal(0)) * _LEFT_AT_RISK
                    if left > SOON_DAYS:
                        here = Q(visit__policy=policy, visit__tier=tier, visit__stage=stage)
                        found |= here & self._within("visit__stalls_at", left)
        return found

    def vacancy_is_soon(self) -> Q:
        """The same of a vacancy's own clock."""
        found = self._within("stalls_at", SOON_DAYS)
        for policy, rules in self.rules.items():
            if (left := rules.vacancy_days * _LEFT_AT_RISK) > SOON_DAYS:
                found |= Q(visit__policy=policy) & self._within("stalls_at", left)
        return found

    def age_bin(self, edges: Sequence[int]) -> Case:
        """Which bin the age of a visit falls in: n while it entered less than `edges[n]` business days ago."""
        whens = self._by_moment(lambda calendar: tuple(ago(calendar, self.now, days) for days in edges))
        cases = [(self._bins(moments), calendars) for moments, calendars in whens.items()]
        if len(cases) == 1:
            return cases[0][0]
        return Case(
            *(When(Q(**{f"{_CALENDAR}__in": calendars}), then=bins) for bins, calendars in cases),
            default=Value(len(edges)),
            output_field=IntegerField(),
        )

    @staticmethod
    def _bins(moments: Sequence[datetime]) -> Case:
        return Case(
            *(When(visit__entered_at__gt=moment, then=Value(number)) for number, moment in enumerate(moments)),
            default=Value(len(moments)),
            output_field=IntegerField(),
        )

    def _within(self, column: str, days: Decimal) -> Q:
        """The column's moment comes before so many business days are over."""
        ends = self._by_moment(lambda calendar: calendar.add(self.now, int(days * calendar.day_seconds)) or self.now)
        found = Q(pk__in=[])
        for end, calendars in ends.items():
            before = Q(**{f"{column}__lte": end})
            found |= before if len(ends) == 1 else before & Q(**{f"{_CALENDAR}__in": calendars})
        return found

    def _by_moment(self, of: Callable[[BusinessCalendar], Moment]) -> dict[Moment, list[int]]:
        """Calendars that agree are asked for together."""
        found: dict[Moment, list[int]] = {}
        for key, calendar in self.calendars.items():
            found.setdefault(of(calendar), []).append(key)
        return found


def _policies_and_reasons() -> tuple[list[Policy], list[Reason]]:
    """The published policies, the newest first, and the reasons of holds: one statement for two short lists."""
    columns = ("sort", "place", "key", "words", "offered")
    policies = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by()
    reasons = HoldReasonEntry.objects.order_by()
    offered = ExpressionWrapper(Q(retired_at__isnull=True), BooleanField())
    rows = policies.values_list(
        Value("policy"), F("version"), Cast("pk", CharField()), Value("", CharField()), Value(value=True)
    ).union(
        reasons.values_list(
            Value("reason"),
            F("position"),
            F("code"),
            F("label"),
            offered,
        ),
        all=True,
    )
    found = sorted((dict(zip(columns, row, strict=True)) for row in rows), key=lambda row: (row["place"], row["words"]))
    published = [row["key"] for row in reversed(found) if row["sort"] == "policy"]
    return (
        [Policy(pk=int(key), status=PolicyStatus.PUBLISHED) for key in published],
        [Reason(row["key"], row["words"], bool(row["offered"])) for row in found if row["sort"] == "reason"],
    )


def ago(calendar: BusinessCalendar, now: datetime, days: int) -> datetime:
    """The latest instant that lies at least so many business days before `now`; ten years back when there is none."""
    wanted, late, step = days * calendar.day_seconds, now, timedelta(days=max(days, 1))
    early = now - step
    while calendar.business_seconds(early, now) < wanted:
        late, step = early, step * 2
        if step > _FARTHEST:
            return now - _FARTHEST
        early = now - step
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        if calendar.business_seconds(middle, now) >= wanted:
            early = middle
        else:
            late = middle
    return early
