"""What nobody owns, as the claim board reads it, and what reading it costs."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance import permissions
from governance.acts import ownership
from governance.acts.delegations import delegate
from governance.acts.early import claim_early
from models_registry.models import Membership
from models_registry.vocabulary import OrgRole, RiskTier, Stage, TeamRole
from tests.tracker.claim_reading import DAY, later, look, shown
from tests.world import COMPLETE_BRIEF, World
from tracker.claims import (
    Filters,
    asks_line,
    claimable,
    every_vacancy,
    read_board,
    vacancies,
)

# --- Vacancies --------------------------------------------------------------------------------------------------------


def test_what_somebody_owns_is_not_on_the_board(world: World) -> None:
    world.release_at(Stage.BRIEF)
    assert (shown(look(world)), look(world).tally.total) == ([], 0)


def test_what_the_person_may_claim_comes_first_then_what_is_more_urgent_then_deployments(world: World) -> None:
    theirs = world.make_team("Motor claims")
    world.release_at(Stage.DEPLOYMENT, name="other-team", team=theirs, actor=world.admin)
    world.release_at(Stage.COMPLIANCE_REVIEW, name="review")
    stepped_down = world.release_at(Stage.VALIDATION, name="validation")
    ownership.step_down(world.engineer, stepped_down.pk, "On leave.", at=world.tick())
    world.release_at(Stage.DEPLOYMENT, name="older")
    world.release_at(Stage.DEPLOYMENT, name="newer")
    board = look(world)
    assert shown(board) == ["validation", "older", "newer", "other-team", "review"]
    assert [row.refusal for row in board.vacancies] == [
        "",
        "",
        "",
        "Open to leads and engineers of Motor claims",
        "Open to compliance officers",
    ]
    assert (board.tally.total, board.tally.mine, board.tally.deployments) == (5, 3, 2)
    assert shown(look(world, world.officer))[0] == "review"


def test_what_suits_the_person_goes_before_what_does_not_and_says_why(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT, name="served")
    batch = world.release_at(Stage.BRIEF, name="validated")
    step = world.tick()
    ownership.step_down(world.engineer, batch.pk, "On leave.", at=step)
    world.colleague.skills = ["serving"]
    world.colleague.save()
    [first, second] = look(world).vacancies
    assert (first.model, first.urgency.fit if first.urgency else None) == ("validated", (3, "suits you whole"))
    assert [need.skill for need in second.skills] == ["serving", "retraining"]
    assert (second.fit.has, second.fit.lacks) == (("serving",), ("retraining",))
    assert second.urgency is not None
    assert second.urgency.words.startswith(f"{second.urgency.points} points: suits you in part 2 × ")
    world.colleague.skills = ["serving", "retraining"]
    world.colleague.save()
    assert {row.urgency.fit[0] for row in look(world).vacancies if row.urgency} == {3}


def test_leads_are_shown_who_could_take_it_best_first_and_nobody_who_is_away(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    world.colleague.skills = ["serving"]
    world.colleague.save()
    [row] = look(world, world.lead).vacancies
    assert [one.person for one in row.suggested] == [world.colleague, world.engineer]
    assert row.suggested[0].why == "brings serving, lacks retraining, owns 0 of 5"
    assert look(world, world.engineer).vacancies[0].suggested == ()
    delegate(world.colleague, world.lead, world.now, world.now + timedelta(days=9), "On leave.", at=world.now)
    [row] = look(world, world.lead).vacancies
    assert [one.person for one in row.suggested] == [world.engineer, world.lead]


def test_deployments_to_come_are_shown_to_who_could_claim_them_ahead(world: World) -> None:
    brief, validated = world.release_at(Stage.BRIEF, name="in-brief"), world.release_at(Stage.VALIDATION, name="nearer")
    assert [row.model for row in look(world).ahead.open] == ["nearer", "in-brief"]
    claim_early(world.colleague, validated.pk, at=world.tick())
    board = look(world)
    assert ([row.model for row in board.ahead.mine], [row.model for row in board.ahead.open]) == (
        ["nearer"],
        ["in-brief"],
    )
    assert [row.release_id for row in look(world, world.engineer).ahead.open] == [brief.pk]
    for stranger in (world.viewer, world.auditor, world.officer):
        assert list(look(world, stranger).ahead.open) == []


def test_among_equals_the_riskier_comes_first(world: World) -> None:
    low = world.release_at(Stage.BRIEF, name="low", tier=RiskTier.LOW)
    high = world.release_at(Stage.BRIEF, name="high", tier=RiskTier.HIGH)
    at = world.tick()
    for release in (low, high):
        ownership.step_down(world.engineer, release.pk, "On leave.", at=at)
    assert shown(look(world)) == ["high", "low"]


def test_the_row_says_what_is_asked_how_long_it_waits_and_how_it_fell_vacant(world: World) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    [row] = look(world, now=later(world, 2)).vacancies
    assert row.release_id == release.pk
    assert row.asks == ("p95 ≤ 120\xa0ms", "300\xa0req/s", "99.9%", "2\xa0cores, 4\xa0GiB", "eu-west-1")
    assert (row.vacancy.elapsed, row.vacancy.budget, row.clock.budget) == (2 * DAY, DAY, 5 * DAY)
    assert row.why.detail == "Nobody has claimed it since it came to deployment."
    assert 0 < row.done < row.checks


def test_a_live_release_shows_the_clock_of_its_vacancy(world: World) -> None:
    release = world.release_at(Stage.LIVE)
    ownership.step_down(world.engineer, release.pk, "Changed teams.", at=world.tick())
    [row] = look(world, now=later(world, 2)).vacancies
    assert (row.of_stage, row.clock, row.checks) == (False, row.vacancy, 0)


def test_a_stranger_sees_no_vacancy_of_a_restricted_model_and_cannot_count_it(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT, name="hidden-one", restricted=True)
    world.release_at(Stage.DEPLOYMENT, name="open-one")
    board = look(world, world.stranger)
    assert (shown(board), board.tally.total) == (["open-one"], 1)
    assert sorted(shown(look(world, world.viewer))) == ["hidden-one", "open-one"]


def test_filters_let_through_what_fits_and_every_team_with_a_vacancy_stays_to_choose(world: World) -> None:
    theirs = world.make_team("Motor claims")
    world.release_at(Stage.DEPLOYMENT, name="other-team", team=theirs, actor=world.admin, tier=RiskTier.HIGH)
    world.release_at(Stage.DEPLOYMENT, name="ours")
    world.release_at(Stage.COMPLIANCE_REVIEW, name="review")
    assert shown(look(world, team="motor-claims")) == ["other-team"]
    assert shown(look(world, stage="compliance_review")) == ["review"]
    assert shown(look(world, tier="high")) == ["other-team"]
    assert sorted(shown(look(world, tier="nonsense", stage="²"))) == ["other-team", "ours", "review"]
    found = look(world, team="motor-claims", tier="low")
    assert (shown(found), found.tally.total) == ([], 0)
    assert list(found.tally.teams) == [("motor-claims", "Motor claims"), ("payments-risk", "Payments risk")]


def test_pages_hold_so_many_and_the_last_one_stands_in_for_those_after_it(world: World) -> None:
    for number in range(3):
        world.release_at(Stage.DEPLOYMENT, name=f"m-{number}")
    first = read_board(world.colleague, Filters(), world.now, size=2)
    last = read_board(world.colleague, Filters(), world.now, number=7, size=2)
    assert (shown(first), first.number) == (["m-0", "m-1"], 1)
    assert (shown(last), last.number) == (["m-2"], 2)


ROLES = [
    (OrgRole.MEMBER, None),
    (OrgRole.MEMBER, TeamRole.LEAD),
    (OrgRole.MEMBER, TeamRole.ENGINEER),
    (OrgRole.MEMBER, TeamRole.VIEWER),
    (OrgRole.ADMIN, None),
    (OrgRole.COMPLIANCE_OFFICER, None),
    (OrgRole.COMPLIANCE_OFFICER, TeamRole.ENGINEER),
    (OrgRole.AUDITOR, None),
    (OrgRole.AUDITOR, TeamRole.ENGINEER),
]


def test_the_condition_in_sql_lets_claim_exactly_whom_the_rule_lets_own(world: World) -> None:
    """`claimable` orders lists by what `permissions.own_stage` decides one by one: the two may never differ."""
    stages = (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE)
    for stage, restricted in product(stages, (False, True)):
        release = world.release_at(stage, restricted=restricted)
        if world.spell(release).owner_id is not None:
            ownership.step_down(world.engineer, release.pk, "On leave.", at=world.tick())
    people = [world.person(f"Person {number}", role=role) for number, (role, _) in enumerate(ROLES)]
    for person, (_, team_role) in zip(people, ROLES, strict=True):
        if team_role is not None:
            Membership.objects.create(team=world.team, person=person, role=team_role)
    for person in people:
        by_sql = set(vacancies(person).filter(claimable(person)).values_list("pk", flat=True))
        by_rule = {
            spell.pk
            for spell in vacancies(person).select_related("visit__release__model__team")
            if permissions.allows(permissions.own_stage, person, spell.visit.release.model, spell.visit.stage)
        }
        assert by_sql == by_rule, person.role


def test_whoever_left_claims_nothing(world: World) -> None:
    world.release_at(Stage.DEPLOYMENT)
    world.colleague.is_active = False
    assert list(vacancies(world.colleague)) == []


# --- What production asks ---------------------------------------------------------------------------------------------


def test_a_batch_states_its_window_and_a_gpu_is_named() -> None:
    batch = {**COMPLETE_BRIEF, "serving_mode": "batch", "batch_window_minutes": "90", "gpu": "A10", "gpu_count": "2"}
    assert asks_line(batch) == (
        "batch in 90\xa0min",
        "300\xa0records/s",
        "99.9%",
        "2\xa0cores, 4\xa0GiB",
        "2 × A10",
        "eu-west-1",
    )


def test_a_draft_says_what_it_has() -> None:
    assert asks_line({"cpu_cores": "2", "latency_ms": "-3"}) == ("2\xa0cores",)
    assert asks_line({}) == asks_line(None) == ()


# --- Export and cost --------------------------------------------------------------------------------------------------


def test_the_export_holds_every_vacancy_in_the_order_of_the_board(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.claims.board._CHUNK", 2)
    for _ in range(5):
        world.release_at(Stage.DEPLOYMENT)
    exported = [row.release_id for row in every_vacancy(world.colleague, Filters(), world.now)]
    assert exported == [row.release_id for row in look(world).vacancies]
    assert [row.slug for row in every_vacancy(world.colleague, Filters(stage="live"), world.now)] == []


def test_fifty_vacancies_and_a_dozen_of_ones_own_cost_as_many_queries_as_one(world: World) -> None:
    def cost() -> int:
        look(world, world.engineer)
        with CaptureQueriesContext(connection) as found:
            look(world, world.engineer)
        return len(found)

    def give_and_take() -> None:
        release = world.release_at(Stage.BRIEF)
        world.release_at(Stage.BRIEF)
        ownership.step_down(world.engineer, release.pk, "On leave.", at=world.tick())

    give_and_take()
    one = cost()
    for _ in range(50):
        give_and_take()
    board = look(world, world.engineer)
    assert (len(board.vacancies), len(board.work), board.more_work) == (50, 12, True)
    # A page that is full asks for nobody else's vacancies.
    assert (one, cost()) == (19, 18)
