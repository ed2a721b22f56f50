"""What differs between two policies, in words that a person reads: where, what, what it was and what it is.

Pure. Only meaning counts: a number written otherwise or another order of a list is no difference.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from governance.controls import Control, Reference
from governance.packs import framework_title
from governance.policy import BUDGETED_STAGES, PolicyRules, StageRule
from models_registry.vocabulary import AssignmentRule, Recipient, RiskTier, Stage

GENERAL: Final = "In general"
_ASSIGNED: Final = {
    AssignmentRule.NONE: "to nobody",
    AssignmentRule.ROUND_ROBIN: "in turn",
    AssignmentRule.LEAST_LOADED: "to whoever has the fewest",
}

Names = Mapping[str, str]
"""The names of approver groups by their short ones; a group that is not in it is told by its short one."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not the same. An empty `before`: it was not there; an empty `after`: it is no more."""

    where: str
    what: str
    before: str
    after: str

    def __str__(self) -> str:
        if not self.before:
            return f"{self.where}: {self.what} {self.after} added"
        if not self.after:
            return f"{self.where}: {self.what} {self.before} removed"
        return f"{self.where}: {self.what} {self.before} → {self.after}"


def differences(before: PolicyRules, after: PolicyRules, names: Names | None = None) -> tuple[Difference, ...]:
    """Everything that differs: the general rules, each tier's stages, then the catalogue of controls."""
    return (
        *_general(before, after),
        *(
            found
            for tier in RiskTier
            for stage in BUDGETED_STAGES
            for found in stage_differences(tier, stage, before, after, names)
        ),
        *_catalogue(before.controls, after.controls),
    )


def stage_differences(
    tier: RiskTier, stage: Stage, before: PolicyRules, after: PolicyRules, names: Names | None = None
) -> tuple[Difference, ...]:
    """What differs for the releases of one tier in one stage."""
    where = f"{tier.label} risk, {stage.label.lower()}"
    was, now = before.stage(tier, stage), after.stage(tier, stage)
    found = [
        *_changed(where, "time budget", days(was.budget_days), days(now.budget_days)),
        *_changed(where, "gate", gate(was), gate(now)),
        *_changed(where, "without an owner it goes to", was.owner.label.lower(), now.owner.label.lower()),
        *_listed(where, "skill", (one.label for one in was.skills), (one.label for one in now.skills)),
        *_listed(where, "evidence", (one.label for one in was.evidence), (one.label for one in now.evidence)),
        *_asked(where, was.controls, now.controls),
    ]
    if stage is Stage.COMPLIANCE_REVIEW:
        found += _review(where, was, now, names or {})
    return tuple(found)


def _general(was: PolicyRules, now: PolicyRules) -> Iterator[Difference]:
    yield from _changed(GENERAL, "time without an owner", days(was.vacancy_days), days(now.vacancy_days))
    yield from _changed(
        GENERAL, "review in retrospect within", days(was.retrospective_days), days(now.retrospective_days)
    )
    yield from _changed(
        GENERAL, "time between nudges", hours(was.nudge_cooldown_hours), hours(now.nudge_cooldown_hours)
    )
    said = {True: "come from outside the team", False: "may be of the team"}
    yield from _changed(
        GENERAL, "officers who approve", said[was.approver_outside_team], said[now.approver_outside_team]
    )
    yield from _changed(GENERAL, "an offered hand-over stands for", days(was.handover_days), days(now.handover_days))
    yield from _changed(GENERAL, "stages owned without a warning", _limit(was.load_limit), _limit(now.load_limit))
    yield from _changed(GENERAL, "an alert may be put off for", _snooze(was), _snooze(now))
    yield from _changed(GENERAL, "the clock pauses for", _pausing(was), _pausing(now))
    for clock, before, after in (
        ("stage", was.recipients.stage, now.recipients.stage),
        ("vacancy", was.recipients.vacancy, now.recipients.vacancy),
    ):
        for rung in before:
            words = f"told of a {clock} clock {rung.replace('_', ' ')}"
            yield from _changed(GENERAL, words, _told(before[rung]), _told(after[rung]))
    yield from _changed(GENERAL, "reviews are given out", _ASSIGNED[was.assignment], _ASSIGNED[now.assignment])


def _limit(number: int) -> str:
    return str(number) if number else "any number"


def _snooze(rules: PolicyRules) -> str:
    return hours(Decimal(rules.snooze_hours))


def _pausing(rules: PolicyRules) -> str:
    if rules.pausing is None:
        return "every hold"
    return ", ".join(rules.pausing) or "no hold"


def _told(people: Iterable[Recipient]) -> str:
    return ", ".join(one.label.lower() for one in people) or "nobody"


def _review(where: str, was: StageRule, now: StageRule, names: Names) -> Iterator[Difference]:
    old, new = ({one.group: str(one.quorum) for one in rule.approvers} for rule in (was, now))
    for group in dict.fromkeys([*old, *new]):
        name = names.get(group, group)
        if group not in old:
            yield Difference(where, "approvers", "", f"{new[group]} of {name}")
        elif group not in new:
            yield Difference(where, "approvers", f"{old[group]} of {name}", "")
        else:
            yield from _changed(where, f"approvers {name}", old[group], new[group])
    yield from _listed(
        where,
        "feedback from",
        (names.get(one, one) for one in was.feedback),
        (names.get(one, one) for one in now.feedback),
    )
    yield from _changed(where, "team mates of the owner", team_mates(was), team_mates(now))
    yield from _changed(where, "an approval holds", validity(was), validity(now))
    yield from _changed(where, "a decision", signing(was), signing(now))


def _catalogue(was: Mapping[str, Control], now: Mapping[str, Control]) -> Iterator[Difference]:
    for code in dict.fromkeys([*was, *now]):
        if code not in was:
            yield Difference("Controls", "control", "", called(now[code]))
        elif code not in now:
            yield Difference("Controls", "control", called(was[code]), "")
        else:
            yield from _control(was[code], now[code])


def _control(was: Control, now: Control) -> Iterator[Difference]:
    where = f"Control {now.code}"
    yield from _changed(where, "title", was.title, now.title)
    if was.question != now.question:
        yield Difference(where, "question", was.question, now.question)
    yield from _listed(where, "evidence", (one.label for one in was.evidence), (one.label for one in now.evidence))
    old, new = ([referred(one) for one in control.references] for control in (was, now))
    yield from _listed(where, "reference", old, new)


def _changed(where: str, what: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(where, what, before, after)


def _listed(where: str, what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Difference]:
    """One difference for each entry that is new or gone."""
    was, now = dict.fromkeys(before), dict.fromkeys(after)
    yield from (Difference(where, what, "", one) for one in now if one not in was)
    yield from (Difference(where, what, one, "") for one in was if one not in now)


def _asked(where: str, before: Iterable[Control], after: Iterable[Control]) -> Iterator[Difference]:
    """The controls that are asked for newly or no more, by their titles; the same one under a new title is none."""
    was, now = ({one.code: one.title for one in controls} for controls in (before, after))
    yield from (Difference(where, "control", "", title) for code, title in now.items() if code not in was)
    yield from (Difference(where, "control", title, "") for code, title in was.items() if code not in now)


def referred(reference: Reference) -> str:
    """A reference as people say it: the framework's name and the clause."""
    return f"{framework_title(reference.framework)} {reference.clause}"


def called(control: Control) -> str:
    """A control by its title and code."""
    return f"{control.title} ({control.code})"


def days(number: Decimal | int | None) -> str:
    if number is None:
        return "no clock"
    return f"{_plain(Decimal(number))} {'day' if number == 1 else 'days'}"


def hours(number: Decimal) -> str:
    return f"{_plain(number)} {'hour' if number == 1 else 'hours'}"


def _plain(number: Decimal) -> str:
    said = f"{number:f}"
    return said.rstrip("0").rstrip(".") if "." in said else said


def gate(rule: StageRule) -> str:
    return {"prevent": "stays shut until everything is met", "warn": "warns of what is unmet"}[rule.gate.value]


def team_mates(rule: StageRule) -> str:
    return "may approve" if rule.team_mates_may_approve else "may not approve"


def validity(rule: StageRule) -> str:
    months = rule.validity_months
    return "without end" if not months else f"for {months} {'month' if months == 1 else 'months'}"


def signing(rule: StageRule) -> str:
    return "asks for password or second factor again" if rule.sign_again else "asks for no second sign-in"
