"""The people that policies speak of: who is in each group that approves or advises, and in each team."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q

from governance.controls import OFFICERS
from governance.groups import OFFICERS_NAME, able, rosters
from governance.models import ApproverGroup
from governance.permissions import WORKING_ROLES
from governance.policy import PolicyRules
from governance.policy_reach import Group, People, TeamPeople
from models_registry.models import Membership, RegisteredModel, Team
from models_registry.vocabulary import OrgRole, RiskTier, Stage


def group_names() -> dict[str, str]:
    """The names of all groups that a policy may name, by their short ones; the compliance officers come first."""
    return {OFFICERS: OFFICERS_NAME, **dict(ApproverGroup.objects.order_by("name").values_list("slug", "name"))}


def people_for(rules: PolicyRules) -> People:
    """The organisation as it is, for `flaws` to hold these rules against: a constant number of queries."""
    roles = dict(able(Q()).values_list("pk", "role"))
    found = rosters(groups_in(rules))
    return People(
        groups={
            slug: Group(name, frozenset(person.pk for person in found.of(slug))) for slug, name in found.names.items()
        },
        teams=_teams(roles),
        administrators=frozenset(person for person, role in roles.items() if role == OrgRole.ADMIN),
    )


def groups_in(rules: PolicyRules) -> set[str]:
    """The groups that these rules ask to approve or to advise."""
    asked = [rules.stage(tier, Stage.COMPLIANCE_REVIEW) for tier in RiskTier]
    return {slug for rule in asked for slug in (*rule.feedback, *(one.group for one in rule.approvers))}


def _teams(roles: dict[int, str]) -> tuple[TeamPeople, ...]:
    members: dict[int, set[int]] = defaultdict(set)
    workers: dict[int, set[int]] = defaultdict(set)
    for team, person, role in Membership.objects.order_by().values_list("team_id", "person_id", "role"):
        members[team].add(person)
        if person in roles and role in WORKING_ROLES:
            workers[team].add(person)
    tiers: dict[int, set[RiskTier]] = defaultdict(set)
    for team, tier in RegisteredModel.objects.order_by().values_list("team_id", "risk_tier").distinct():
        tiers[team].add(RiskTier(tier))
    return tuple(
        TeamPeople(name, frozenset(members[key]), frozenset(workers[key]), frozenset(tiers[key]))
        for key, name in Team.objects.order_by("name").values_list("pk", "name")
    )
