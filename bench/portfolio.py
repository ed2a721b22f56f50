"""A large portfolio written straight into PostgreSQL: many models at every stage, four visits each on average.

The acts are bypassed because walking 200,000 of them would take an hour and measure nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from django.db import connection, transaction

from governance.acts.policies import install_policy
from governance.policy import DEFAULT_RULES
from models_registry.models import Membership, Person, Team, WorkCalendar
from models_registry.vocabulary import OrgRole, TeamRole
from tests.world import COMPLETE_BRIEF, COMPLETE_DEPLOYMENT, MEASURED

STATEMENTS = Path(__file__).with_name("portfolio.sql")
PEOPLE_PER_TEAM = 8
MODELS_PER_TEAM = 250
OFFICERS = 6
LEAD = "person0@bench.example"
ENGINEER = "person1@bench.example"
OFFICER = "officer0@bench.example"


def fill(models: int) -> int:
    """Write the portfolio into an empty, migrated database; returns how many visits there are."""
    install_policy(DEFAULT_RULES, "Bench.")
    teams, people, officers = organisation(max(models // MODELS_PER_TEAM, 2))
    values: dict[str, int | str] = {
        "models": models,
        "team": teams[0].pk,
        "teams": len(teams),
        "person": people[0].pk,
        "team_size": PEOPLE_PER_TEAM,
        "officer": officers[0].pk,
        "officers": len(officers),
        "brief": json.dumps(COMPLETE_BRIEF),
        "deployment": json.dumps(COMPLETE_DEPLOYMENT),
        "measured": json.dumps(MEASURED),
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in STATEMENTS.read_text(encoding="utf-8").split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("SELECT count(*) FROM governance_stagevisit")
        (visits,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # as autovacuum would in a while
    return int(visits)


def organisation(count: int) -> tuple[Sequence[Team], Sequence[Person], Sequence[Person]]:
    """So many teams, their people (the first of each team leads it) and the officers, each list by rising keys."""
    calendar = WorkCalendar.objects.create(name="Bench", timezone="Europe/Berlin", country="DE")
    teams = Team.objects.bulk_create(
        Team(name=f"Team {n:04}", slug=f"team-{n:04}", calendar=calendar, division="Bench") for n in range(count)
    )
    people = Person.objects.bulk_create(
        Person(email=f"person{n}@bench.example", full_name=f"Person {n:05}", password="!")
        for n in range(count * PEOPLE_PER_TEAM)
    )
    roles = [TeamRole.LEAD, *[TeamRole.ENGINEER] * (PEOPLE_PER_TEAM - 1)]
    Membership.objects.bulk_create(
        Membership(team=teams[n // PEOPLE_PER_TEAM], person=person, role=roles[n % PEOPLE_PER_TEAM])
        for n, person in enumerate(people)
    )
    officers = Person.objects.bulk_create(
        Person(
            email=f"officer{n}@bench.example", full_name=f"Officer {n}", password="!", role=OrgRole.COMPLIANCE_OFFICER
        )
        for n in range(OFFICERS)
    )
    return teams, people, officers
