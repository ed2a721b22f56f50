"""Unclaimed work by missing skill: what is missing, for how long, and what it costs to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.costs import CostFacts, record_cost
from governance.acts.ownership import claim
from models_registry.vocabulary import CostKind, OrgRole, RiskTier, Skill, Stage
from tests.tracker.web.visiting import Visit, queries_of, visit, words
from tests.world import World
from tracker.insight import scope_of
from tracker.insight.skill_map import Missing, SkillMap, skill_map

__all__ = ["visit"]


def read(world: World, **asked: str) -> SkillMap:
    return skill_map(scope_of(world.admin, **asked, now=world.now), world.now)


def of(found: SkillMap, skill: Skill) -> Missing:
    return next(one for one in found.skills if one.skill is skill)


def brings(world: World, name: str, *skills: str, limit: int | None = None) -> None:
    person = getattr(world, name)
    person.skills, person.load_limit = list(skills), limit
    person.save()


def test_a_skill_that_nobody_of_the_team_brings_is_missing(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    brings(world, "engineer", "serving")
    brings(world, "stranger", "retraining")
    brings(world, "viewer", "retraining")
    found = read(world)
    assert (found.vacant, found.waiting) == (1, 1)
    assert (of(found, Skill.SERVING).now, of(found, Skill.PIPELINE).now) == (0, 0)
    retraining = of(found, Skill.RETRAINING)
    assert (retraining.now, retraining.nobody, retraining.full, retraining.team_names) == (1, 1, 0, ["Payments risk"])
    brings(world, "colleague", "retraining")
    assert read(world).waiting == 0


def test_it_is_missing_too_when_all_who_bring_it_own_as_much_as_they_carry(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    brings(world, "engineer", "serving", "retraining", limit=1)
    assert read(world).waiting == 0
    claim(world.engineer, world.release_at(Stage.DEPLOYMENT).pk, at=world.tick())
    found = of(read(world), Skill.SERVING)
    assert (found.now, found.nobody, found.full) == (1, 0, 1)


def test_who_left_and_who_only_reads_brings_nothing(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    brings(world, "engineer", "serving", "retraining")
    world.engineer.role = OrgRole.AUDITOR
    world.engineer.save()
    assert of(read(world), Skill.SERVING).nobody == 1
    world.engineer.role, world.engineer.is_active = OrgRole.MEMBER, False
    world.engineer.save()
    assert of(read(world), Skill.SERVING).nobody == 1


def test_days_without_an_owner_fall_into_the_months_in_which_they_were(world: World) -> None:
    world.now = datetime(2026, 6, 26, 9, tzinfo=UTC)  # a Friday
    release = world.release_at(Stage.DEPLOYMENT)
    begun = world.spell(release).since
    world.now = datetime(2026, 7, 2, 9, tzinfo=UTC)
    claim(world.colleague, release.pk, at=world.now)
    found = read(world)
    assert [month.label for month in found.months][-2:] == ["Jun ’26", "Jul ’26"]
    june = world.calendar  # eight hours a day, Monday to Friday, in UTC
    assert june.timezone == "UTC"
    days = of(found, Skill.RETRAINING).days
    assert days[-1] == Decimal(1)
    assert Decimal(0) < days[-2] <= Decimal(3)
    assert days[:-2] == [0] * 4
    assert (found.days == days, of(found, Skill.RETRAINING).now, begun.month) == (True, 0, 6)


def test_money_that_lies_idle_is_told_by_currency_and_only_for_what_waits_now(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    for amount, currency in (("100", "EUR"), ("50", "EUR"), ("7", "USD")):
        facts = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), currency, Decimal(amount))
        record_cost(world.engineer, release.pk, facts, at=world.tick())
    assert of(read(world), Skill.SERVING).idle == {"EUR": Decimal(150), "USD": Decimal(7)}
    claim(world.colleague, release.pk, at=world.tick())
    assert of(read(world), Skill.SERVING).idle == {}


def test_the_scope_counts_only_what_is_asked_for_and_may_be_seen(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT, restricted=True, tier=RiskTier.HIGH)
    assert read(world, tier="low").vacant == 0
    assert read(world, team="payments-risk").vacant == 1
    assert skill_map(scope_of(world.stranger, now=world.now), world.now).vacant == 0


def test_many_vacancies_are_read_in_as_many_queries_as_one(world: World) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            read(world)
        return len(found)

    world.release_at(Stage.DEPLOYMENT)
    read(world)
    one = cost()
    for _ in range(4):
        world.release_at(Stage.DEPLOYMENT)
    assert cost() == one == 7


@pytest.mark.parametrize("who", ["lead", "engineer", "viewer", "officer", "auditor", "admin", "stranger"])
def test_the_page_says_what_is_missing_and_has_its_tables(world: World, visit: Visit, who: str) -> None:
    world.now = world.now.replace(hour=9)
    world.release_at(Stage.DEPLOYMENT)
    world.now += timedelta(days=3)
    client = visit(getattr(world, who))
    said = words(client.get("/insights/skills/"))
    assert "One of 1 vacancy waits for a skill that nobody with room brings." in said
    assert "nobody brings it for 1" in said
    assert "Business days without an owner by missing skill" in said
    for name in ("now", "months"):
        assert client.get(f"/insights/skills/?format=csv&of={name}").status_code == 200
    assert client.get("/insights/skills/?format=csv&of=nonsense").status_code == 404


def test_the_page_of_nothing_says_so(world: World, visit: Visit) -> None:
    client = visit(world.engineer)
    assert "No work waits for want of a skill." in words(client.get("/insights/skills/"))
    assert queries_of(client, "/insights/skills/") <= 16
