"""Many people who claim as many vacancies at random and at once, beside one who claims alone.

They come to as many processes and threads as a site has by default, which take one after the other. The time of a claim
runs from when a thread takes it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.utils import timezone

from governance.acts.policies import install_policy
from governance.models import Policy, StageOwnership, StageVisit, Tenure
from governance.policy import DEFAULT_RULES
from governance.trail.chain import Entry, open_chains
from models_registry.models import Membership, Person, RegisteredModel, Release, Team, WorkCalendar
from models_registry.vocabulary import Stage, TeamRole

PEOPLE: Final = 200
PROCESSES: Final = 2
THREADS: Final = 4
MOST_TIMES: Final = 5.0
ALONE: Final = 30  # claims that nobody contends for


@dataclass(frozen=True, slots=True)
class Claimed:
    """Milliseconds: the 95th percentile of all tries at once, and the median of a claim alone; and who won."""

    people: int
    winners: int
    tries: int
    p95: float
    alone: float

    @property
    def times(self) -> float:
        return self.p95 / self.alone

    @property
    def meets(self) -> bool:
        return self.winners == self.people and self.times < MOST_TIMES


def fill_vacancies(people: int = PEOPLE) -> list[int]:
    """One team of so many people, and as many releases whose brief nobody owns, and some more to claim alone."""
    install_policy(DEFAULT_RULES, "Bench.")
    calendar = WorkCalendar.objects.create(name="Claims", always_open=True)
    team = Team.objects.create(name="Claims", slug="claims", calendar=calendar)
    members = Person.objects.bulk_create(
        Person(email=f"claimer{n}@bench.example", full_name=f"Claimer {n}", password="!") for n in range(people)
    )
    Membership.objects.bulk_create(Membership(team=team, person=one, role=TeamRole.ENGINEER) for one in members)
    at, policy = timezone.now(), Policy.objects.latest("pk")
    models = RegisteredModel.objects.bulk_create(
        RegisteredModel(slug=f"claim-{n}", name=f"claim-{n}", team=team) for n in range(people + ALONE)
    )
    releases = Release.objects.bulk_create(Release(model=model, number=1) for model in models)
    visits = StageVisit.objects.bulk_create(
        StageVisit(release=release, stage=Stage.BRIEF, tier="low", policy=policy, entered_at=at) for release in releases
    )
    StageOwnership.objects.bulk_create(StageOwnership(visit=visit, since=at, began=Tenure.ENTERED) for visit in visits)
    with transaction.atomic():
        first = [[Entry("model.register", f"model:{row.model_id}", row.model.name, at)] for row in releases]
        open_chains(releases, first, at, None)
    return [release.pk for release in releases]


def measure_claims(releases: list[int], people: int = PEOPLE) -> Claimed:
    """First some claims alone, then everybody at once."""
    alone = _run([["alone", *releases[people:]]])
    order = {"at": time.time() + 4, "releases": releases[:people]}
    tried = _run([["together", json.dumps(order | {"part": part})] for part in range(PROCESSES)])
    spells = StageOwnership.objects.filter(
        visit__release__in=releases[:people], until__isnull=True, owner__isnull=False
    )
    owners = set(spells.values_list("owner_id", flat=True))
    won = spells.count() if len(owners) == people else len(owners)
    tried.sort()
    alone.sort()
    return Claimed(people, won, len(tried), tried[int(len(tried) * 0.95)], alone[len(alone) // 2])


def _run(orders: list[list[object]]) -> list[float]:
    """The milliseconds of every try of every process."""
    started = [
        subprocess.Popen((sys.executable, "-m", "bench.claimers", *map(str, order)), stdout=subprocess.PIPE, text=True)
        for order in orders
    ]
    said = [process.communicate(timeout=600)[0] for process in started]
    return [found for lines in said for found in json.loads(lines.splitlines()[-1])]


def line(found: Claimed) -> str:
    what = f"{found.people} people, {found.winners} winners, {found.tries} tries, p95 ms"
    return f"{what:44}{found.p95:>12.1f}{found.alone:>12.1f}{found.times:>8.2f}{'' if found.meets else '  missed'}"
