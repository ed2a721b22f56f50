"""A policy that nobody could ever satisfy is found, with the reason; one that hangs on a single absence is narrow."""

from __future__ import annotations

from collections.abc import Collection
from copy import deepcopy
from typing import Any

import pytest

from governance.controls import OFFICERS
from governance.policy import DEFAULT_RULES, parse
from governance.policy_reach import Flaw, Group, People, TeamPeople, flaws
from models_registry.vocabulary import RiskTier

ANNA, BEN, CLARA, DAN, EVE = range(1, 6)
LOW = frozenset({RiskTier.LOW})


def team(members: Collection[int], tiers: Collection[RiskTier] = LOW, name: str = "Payments") -> TeamPeople:
    return TeamPeople(name, frozenset(members), frozenset(members), frozenset(tiers))


def people(
    officers: Collection[int], *teams: TeamPeople, admins: Collection[int] = (), **groups: Collection[int]
) -> People:
    named = {slug: Group(slug.capitalize(), frozenset(who)) for slug, who in groups.items()}
    return People({OFFICERS: Group("Compliance officers", frozenset(officers)), **named}, teams, frozenset(admins))


def found(low: dict[str, Any], there: People) -> list[Flaw]:
    """The flaws of the low tier, with this rule for its compliance review."""
    rules = deepcopy(DEFAULT_RULES)
    rules["tiers"]["low"]["compliance_review"] |= low
    return [flaw for flaw in flaws(parse(rules), there) if flaw.path.startswith("tiers.low.")]


def test_a_policy_that_many_can_satisfy_has_no_flaw() -> None:
    assert flaws(parse(DEFAULT_RULES), people([ANNA, BEN, CLARA], team([DAN, EVE]))) == ()


def test_a_quorum_larger_than_the_group_is_fatal_and_says_how_many_there_are() -> None:
    (flaw,) = found({"approvers": [{"group": "legal", "quorum": 3}]}, people([ANNA], legal=[BEN, CLARA]))
    assert flaw == Flaw(
        "tiers.low.compliance_review.approvers.0",
        "Low risk, approvers",
        "3 people of Legal have to approve, and it has 2. Add people to it, or ask for 2 at most.",
        fatal=True,
    )


@pytest.mark.parametrize(
    ("groups", "said"),
    [({}, "There is no group “legal”, so nobody could"), ({"legal": []}, "Nobody is in Legal, so nobody could")],
)
def test_a_group_that_is_not_there_or_empty_is_fatal(groups: dict[str, list[int]], said: str) -> None:
    (flaw,) = found({"approvers": [{"group": "legal", "quorum": 1}]}, people([ANNA], **groups))
    assert flaw.fatal
    assert flaw.message.startswith(said)


def test_feedback_that_would_never_come_is_fatal() -> None:
    found_here = found({"feedback": ["legal"]}, people([ANNA, BEN], legal=[]))
    assert [(flaw.path, flaw.fatal) for flaw in found_here] == [("tiers.low.compliance_review.feedback.0", True)]


def test_exactly_as_many_people_as_the_quorum_is_narrow() -> None:
    (one,) = found({}, people([ANNA]))
    (two,) = found({"approvals": 2}, people([ANNA, BEN]))
    assert not one.fatal
    assert "1 person of Compliance officers has to approve, which is the only one there is" in one.message
    assert "2 people of Compliance officers have to approve, which is everybody in it" in two.message


def test_approvers_who_all_belong_to_the_team_cannot_approve_its_releases() -> None:
    (flaw,) = found({}, people([ANNA, BEN], team([ANNA, BEN, CLARA])))
    assert flaw.fatal
    assert flaw.message == (
        "A low-risk release of Payments could never be approved: of 2 people in Compliance officers, 2 belong to the "
        "team, whose members may not approve. Let team mates approve, or add 1 person from outside it."
    )
    assert found({"team_mates_may_approve": True}, people([ANNA, BEN], team([ANNA, BEN, CLARA]))) == []


def test_a_team_without_a_model_of_the_tier_only_warns() -> None:
    (flaw,) = found({}, people([ANNA, BEN], team([ANNA, BEN], tiers=[RiskTier.HIGH])))
    assert not flaw.fatal
    assert "could not be approved, if there were one" in flaw.message


def test_the_only_approver_who_also_does_the_work_can_approve_nothing() -> None:
    alone = people([ANNA], team([ANNA]))
    flaw = found({"team_mates_may_approve": True}, alone)[0]
    assert flaw.fatal
    assert "whoever does the work would have to approve it as well" in flaw.message
    helped = people([ANNA], team([ANNA]), admins=[EVE])
    assert [flaw.fatal for flaw in found({"team_mates_may_approve": True}, helped)] == [False]


def test_many_teams_in_the_same_case_are_told_in_one_sentence() -> None:
    teams = [team([ANNA, BEN], name=f"Team {number}") for number in range(5)]
    (flaw,) = found({}, people([ANNA, BEN], *teams))
    assert "release of Team 0, Team 1, Team 2 and 2 more could never be approved" in flaw.message


def test_what_is_fatal_comes_first() -> None:
    found_here = flaws(parse(DEFAULT_RULES), people([ANNA]))
    assert [flaw.fatal for flaw in found_here] == [True, False, False]
