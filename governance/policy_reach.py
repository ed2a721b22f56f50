"""Whether anybody could ever satisfy a policy: what it asks of people, held against the people there are.

Pure. A flaw that is fatal makes an approval impossible; the others leave it hanging on a single absence.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from governance.controls import GroupQuorum
from governance.policy import PolicyRules, StageRule
from models_registry.vocabulary import RiskTier, Stage

NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Group:
    """A group that may approve or advise: its name, and the people of it who can act."""

    name: str
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class TeamPeople:
    """A team: everybody in it, those who can do its work, and the tiers of the models that it has."""

    name: str
    members: frozenset[int]
    workers: frozenset[int]
    tiers: frozenset[RiskTier]


@dataclass(frozen=True, slots=True)
class People:
    """The organisation as a policy meets it. Administrators can do the work of any team."""

    groups: Mapping[str, Group]
    teams: tuple[TeamPeople, ...] = ()
    administrators: frozenset[int] = field(default_factory=frozenset)


class Flaw(NamedTuple):
    """What is wrong at a path of the policy, where that is in words, why, and the way out."""

    path: str
    where: str
    message: str
    fatal: bool


def flaws(rules: PolicyRules, people: People) -> tuple[Flaw, ...]:
    """Everything that makes approvals of this policy impossible or narrow, what is fatal first."""
    found = [flaw for tier in RiskTier for flaw in _tier_flaws(tier, rules, people)]
    return tuple(sorted(found, key=lambda flaw: not flaw.fatal))


def _tier_flaws(tier: RiskTier, rules: PolicyRules, people: People) -> Iterator[Flaw]:
    rule = rules.stage(tier, Stage.COMPLIANCE_REVIEW)
    path, where = f"tiers.{tier}.{Stage.COMPLIANCE_REVIEW}", f"{tier.label} risk"
    broken = False
    for index, asked in enumerate(rule.approvers):
        for message, fatal in _quorum_flaws(asked, people):
            broken = broken or fatal
            yield Flaw(f"{path}.approvers.{index}", f"{where}, approvers", message, fatal)
    for index, slug in enumerate(rule.feedback):
        group = people.groups.get(slug)
        if group is None or not group.people:
            message = f"{_unusable(slug, group)}, so its feedback would never come. {_MEND_GROUP}"
            yield Flaw(f"{path}.feedback.{index}", f"{where}, feedback", message, fatal=True)
    if not broken:
        for message, fatal in _team_flaws(tier, rule, people):
            yield Flaw(f"{path}.approvers", f"{where}, approvers", message, fatal)


_MEND_GROUP: Final = "Add people to it under Settings, or name another group."


def _unusable(slug: str, group: Group | None) -> str:
    return f"There is no group “{slug}”" if group is None else f"Nobody is in {group.name}"


def _quorum_flaws(asked: GroupQuorum, people: People) -> Iterator[tuple[str, bool]]:
    group = people.groups.get(asked.group)
    if group is None or not group.people:
        yield f"{_unusable(asked.group, group)}, so nobody could approve. {_MEND_GROUP}", True
        return
    there = len(group.people)
    if asked.quorum > there:
        yield (
            f"{asked.quorum} people of {group.name} have to approve, and it has {there}. "
            f"Add people to it, or ask for {there} at most.",
            True,
        )
    elif asked.quorum == there:
        who = "the only one there is" if there == 1 else "everybody in it"
        yield (
            f"{_count(asked.quorum)} of {group.name} {'has' if there == 1 else 'have'} to approve, which is {who}: "
            "one absence stops every review.",
            False,
        )


def _team_flaws(tier: RiskTier, rule: StageRule, people: People) -> Iterator[tuple[str, bool]]:
    """Teams whose own people are the approvers: for models they have it is fatal, for models to come narrow."""
    stuck = [(team, why) for team in people.teams for why in [_stuck(team, rule, people)] if why]
    now = [(team.name, why) for team, why in stuck if tier in team.tiers]
    later = [(team.name, why) for team, why in stuck if tier not in team.tiers]
    for found, fatal in ((now, True), (later, False)):
        if found:
            named = ", ".join(name for name, _ in found[:NAMED])
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            release = f"a {tier.label.lower()}-risk release of"
            verb = "could never be approved" if fatal else "could not be approved, if there were one"
            yield f"{release[:1].upper()}{release[1:]} {named}{more} {verb}: {found[0][1]}", fatal


def _stuck(team: TeamPeople, rule: StageRule, people: People) -> str:
    """Why no release of a team could get its approvals, however the work is shared out; empty when one could."""
    outside = frozenset() if rule.team_mates_may_approve else team.members
    for asked in rule.approvers:
        group = people.groups[asked.group]
        left = group.people - outside
        if len(left) < asked.quorum:
            inside = len(group.people) - len(left)
            return (
                f"of {_count(len(group.people))} in {group.name}, {inside} belong to the team, whose members may not "
                f"approve. Let team mates approve, or add {_count(asked.quorum - len(left))} from outside it."
            )
    # Somebody has to own and write it, and nobody approves their own: the best choice of that person decides.
    hands = team.workers | people.administrators
    if not hands or any(_enough_without(one, rule, outside, people) for one in hands):
        return ""
    group = people.groups[rule.approvers[0].group]
    return (
        f"whoever does the work would have to approve it as well, as one of {_count(len(group.people))} "
        f"in {group.name}. Add somebody to the group who does not work on it, or ask for fewer approvals."
    )


def _enough_without(person: int, rule: StageRule, outside: frozenset[int], people: People) -> bool:
    return all(len(people.groups[one.group].people - outside - {person}) >= one.quorum for one in rule.approvers)


def _count(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"
