"""What would be left of the quorums if somebody went: of the policy in force, and of the reviews that are open now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from governance.controls import OFFICERS
from governance.deadlines import rules_of
from governance.four_eyes import with_bar
from governance.groups import Rosters, groups_of, rosters
from governance.models import Policy, PolicyStatus, Review
from governance.policy import PolicyRules
from governance.turns import asked_of, listed
from models_registry.models import Person
from models_registry.vocabulary import ReviewState, RiskTier, Stage

MOST_NAMES: Final = 3


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A group that could not give as many approvals as the policy asks of it, and at which tiers."""

    group: str
    name: str
    asked: int
    left: int
    tiers: tuple[RiskTier, ...]


@dataclass(frozen=True, slots=True)
class Loss:
    """What goes with a person: the quorums that nobody could meet, and the open reviews left without enough people."""

    person: Person
    shortfalls: tuple[Shortfall, ...]
    reviews: tuple[Review, ...]

    @property
    def why(self) -> str:
        """The reason in sentences."""
        return " ".join([*map(self._short, self.shortfalls), *([self._left()] if self.reviews else [])])

    @property
    def way_out(self) -> str:
        names = [one.name for one in self.shortfalls if one.group != OFFICERS]
        first = [f"add somebody else to {listed(names)}"] if names else []
        if any(one.group == OFFICERS for one in self.shortfalls):
            first.append("make somebody else a compliance officer")
        ways = f"{listed(first)} first, or publish a policy that asks for fewer."
        return f"{ways[:1].upper()}{ways[1:]}"

    def _short(self, one: Shortfall) -> str:
        tiers = listed([tier.label.lower() for tier in one.tiers])
        left = "nobody would be" if one.left == 0 else f"only {one.left} would be"
        return f"The policy asks for {one.asked} of {one.name} at {tiers} risk, and without {self.person} {left} left."

    def _left(self) -> str:
        shown = [str(review.release) for review in self.reviews[:MOST_NAMES]]
        if (more := len(self.reviews) - len(shown)) > 0:
            shown.append(f"{more} more")
        return f"Open reviews that too few people could decide then: {listed(shown)}."


def loss(person: Person, groups: Collection[str] | None = None) -> Loss | None:
    """What goes with a person who leaves these groups, or all of theirs; None while every quorum can still be met."""
    leaving = set(groups_of(person) if groups is None else groups)
    if not leaving:
        return None
    people = rosters(leaving)
    rules = rules_in_force()
    short = tuple(_shortfalls(rules, person, people)) if rules else ()
    return Loss(person, short, stranded(person, people)) if short else None


def rules_in_force() -> PolicyRules | None:
    """The rules that a visit would begin under now; None before the first policy."""
    policy = Policy.objects.filter(status=PolicyStatus.PUBLISHED).order_by("-version").first()
    return rules_of(policy) if policy else None


def asked_by(rules: PolicyRules) -> Mapping[str, Mapping[RiskTier, int]]:
    """By approver group: how many of it each tier asks for."""
    asked: dict[str, dict[RiskTier, int]] = {}
    for tier in RiskTier:
        for one in rules.stage(tier, Stage.COMPLIANCE_REVIEW).approvers:
            asked.setdefault(one.group, {})[tier] = one.quorum
    return asked


def advised_by(rules: PolicyRules) -> Mapping[str, Sequence[RiskTier]]:
    """By feedback group: the tiers that ask for its advice."""
    asked: dict[str, list[RiskTier]] = {}
    for tier in RiskTier:
        for group in rules.stage(tier, Stage.COMPLIANCE_REVIEW).feedback:
            asked.setdefault(group, []).append(tier)
    return asked


def stranded(person: Person, people: Rosters) -> tuple[Review, ...]:
    """The open reviews that have enough people to decide them with this person, and too few without."""
    waiting = Review.objects.filter(state=ReviewState.OPEN).select_related("release__model").order_by("due_at", "pk")
    asking = {
        review.pk: (review, quorum, group)
        for review in waiting
        for group, quorum in asked_of(review).items()
        if any(member.pk == person.pk for member in people.of(group))
    }
    free: dict[int, set[int]] = {key: set() for key in asking}
    for member in {one.pk: one for group in people.members.values() for one in group}.values() if asking else ():
        open_to = with_bar(Review.objects.filter(pk__in=list(asking)), member).filter(bar="")
        for key in open_to.values_list("pk", flat=True):
            if any(one.pk == member.pk for one in people.of(asking[key][2])):
                free[key].add(member.pk)
    return tuple(
        review
        for key, (review, quorum, _) in asking.items()
        if person.pk in free[key] and len(free[key] - {person.pk}) < quorum <= len(free[key])
    )


def _shortfalls(rules: PolicyRules, person: Person, people: Rosters) -> list[Shortfall]:
    """The quorums that only this person keeps reachable; nobody at all is too few even where it was so before."""
    found = []
    for group, asked in asked_by(rules).items():
        members = {one.pk for one in people.of(group)}
        left = len(members - {person.pk})
        short = {tier: quorum for tier, quorum in asked.items() if left < quorum <= len(members) or left == 0}
        if person.pk in members and short:
            found.append(Shortfall(group, people.name(group), max(short.values()), left, tuple(short)))
    return found
