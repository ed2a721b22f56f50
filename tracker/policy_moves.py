"""What a version of the policy would change for the releases that are still under an older one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db.models import QuerySet, prefetch_related_objects

from governance.clock import Reading
from governance.deadlines import business_calendar, reading, rules_of
from governance.dossiers import gate_of, gather
from governance.gates import Check
from governance.models import Policy, StageOwnership, StageVisit
from governance.policy import BUDGETED_STAGES
from governance.policy_difference import Difference, days, stage_differences
from models_registry.models import Person
from models_registry.vocabulary import RiskTier, Stage, VisitState

NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Touched:
    """A release under an older version, and what would be different for it, in the stage where it is.

    `appear` and `vanish` are checks of its gate; `fall` are those that are met now and would not be, such as approvals,
    which bind to a version. `due` is when its time is used up, and `due_then` when it would be.
    """

    visit: StageVisit
    owner: Person | None
    differences: tuple[Difference, ...]
    appear: tuple[Check, ...]
    vanish: tuple[Check, ...]
    fall: tuple[Check, ...]
    now: Reading
    then: Reading
    day_seconds: int

    @property
    def changed(self) -> bool:
        return bool(self.differences or self.appear or self.vanish or self.fall)

    @property
    def sentences(self) -> list[str]:
        """The differences in short; what a kind of evidence changes is told by its checks."""
        return list(_in_short(one for one in self.differences if one.what != "evidence"))

    @property
    def stage(self) -> Stage:
        return Stage(self.visit.stage)

    @property
    def newly_late(self) -> bool:
        """Whether it would be past its budget at once."""
        return self.then.breached and not self.now.breached


def under_older(policy: Policy) -> QuerySet[StageVisit]:
    """The open visits that an older version judges, in a stage where a policy asks for anything, the oldest first."""
    return (
        StageVisit.objects.filter(
            left_at__isnull=True,
            state=VisitState.UNDERWAY,
            stage__in=BUDGETED_STAGES,
            policy__version__lt=policy.version,
        )
        .select_related("policy", "release__candidate", "release__model__team__calendar")
        .order_by("entered_at", "pk")
    )


def touched(visits: Sequence[StageVisit], policy: Policy, at: datetime, names: Mapping[str, str]) -> list[Touched]:
    """What the version would change for each of these visits: a constant number of queries for a page of them."""
    gather(visits)
    prefetch_related_objects(visits, "holds")
    owners = {
        spell.visit_id: spell
        for spell in StageOwnership.objects.filter(visit__in=visits, until__isnull=True).select_related("owner")
    }
    return [_touched(visit, policy, owners.get(visit.pk), at, names) for visit in visits]


def _touched(
    visit: StageVisit, policy: Policy, spell: StageOwnership | None, at: datetime, names: Mapping[str, str]
) -> Touched:
    owner = spell.owner if spell else None
    before, now, clock = visit.policy, _checks(visit, owner), reading(visit, at)
    visit.policy = policy
    try:
        then, clock_then = _checks(visit, owner), reading(visit, at)
    finally:
        visit.policy = before
    place = RiskTier(visit.tier), Stage(visit.stage)
    found = stage_differences(*place, rules_of(before), rules_of(policy), names)
    return Touched(
        visit,
        owner,
        (*found, *_vacancy(spell, before, policy)),
        appear=tuple(check for code, check in then.items() if code not in now),
        vanish=tuple(check for code, check in now.items() if code not in then),
        fall=tuple(check for code, check in now.items() if check.met and code in then and not then[code].met),
        now=clock,
        then=clock_then,
        day_seconds=business_calendar(visit.release.model.team.calendar).day_seconds,
    )


def _in_short(found: Iterable[Difference]) -> Iterator[str]:
    """One sentence for each change, and one for all that is added to a list or taken from it."""
    for (what, kind), these in groupby(found, key=lambda one: (one.what, _kind(one))):
        same = list(these)
        if kind == "changed":
            yield from (f"{_begun(what)}: {one.before} → {one.after}" for one in same)
            continue
        named = [one.after or one.before for one in same]
        if len(named) <= NAMED:
            yield f"{_begun(what)} {kind}: {', '.join(named)}"
        else:
            shown = ", ".join(named[: NAMED - 1])
            yield f"{len(named)} × {what} {kind}: {shown} and {len(named) - NAMED + 1} more"


def _kind(one: Difference) -> str:
    return "changed" if one.before and one.after else "added" if one.after else "removed"


def _begun(what: str) -> str:
    return f"{what[:1].upper()}{what[1:]}"


def _checks(visit: StageVisit, owner: Person | None) -> dict[str, Check]:
    return {check.code: check for check in gate_of(visit, owner_name=str(owner or "")).checks}


def _vacancy(spell: StageOwnership | None, before: Policy, after: Policy) -> tuple[Difference, ...]:
    """The time that it may go without an owner, for one that has none."""
    was, now = (rules_of(policy).vacancy_days for policy in (before, after))
    if spell is None or spell.owner_id is not None or was == now:
        return ()
    return (Difference("In general", "time without an owner", days(was), days(now)),)
