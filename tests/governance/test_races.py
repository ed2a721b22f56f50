"""Many people at the same moment, on real connections: one wins, the others are told who."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection

from governance.acts.briefs import save_brief
from governance.acts.calendars import save_calendar
from governance.acts.extensions import ask_extension, decide_extension
from governance.acts.intake import ModelFacts, register_model
from governance.acts.ownership import claim
from governance.acts.policies import draft_policy, publish_policy
from governance.acts.policy_moves import Moves, move_to_policy
from governance.acts.reviews import decide
from governance.acts.transitions import advance
from governance.errors import Conflict, Invalid, Refused
from governance.models import AuditEvent, Decision, Extension, StageOwnership, StageVisit
from governance.policy import DEFAULT_RULES
from governance.trail import verify
from models_registry.models import CalendarRevision, Person, RegisteredModel
from models_registry.vocabulary import RiskTier, Stage, TeamRole
from tests.world import COMPLETE_BRIEF, World

AT_ONCE = 16


def at_once(attempts: list[Callable[[], object]]) -> list[object]:
    """Run the attempts in threads, as close together as they go; each gives its result or its refusal."""
    gate = threading.Barrier(min(len(attempts), AT_ONCE))

    def run(position: int, attempt: Callable[[], object]) -> object:
        try:
            if position < AT_ONCE:
                gate.wait(timeout=60)
            return attempt()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(len(attempts)), attempts))


@pytest.mark.django_db(transaction=True)
def test_two_hundred_simultaneous_claims_have_one_winner() -> None:
    world = World()
    people = [world.person(f"Engineer {number}", team_role=TeamRole.ENGINEER) for number in range(200)]
    release = world.release_at(Stage.DEPLOYMENT)

    def attempt(person: Person) -> Callable[[], object]:
        return lambda: claim(person, release.pk, at=world.now + timedelta(minutes=1))

    results = at_once([attempt(person) for person in people])

    winners = [result for result in results if isinstance(result, StageOwnership)]
    losers = [result for result in results if isinstance(result, Conflict)]
    assert (len(winners), len(losers)) == (1, 199)
    assert {loser.code for loser in losers} == {"already_claimed"}
    assert all(str(winners[0].owner) in loser.message for loser in losers)
    assert StageOwnership.objects.get(visit__release=release, until__isnull=True).owner == winners[0].owner
    assert AuditEvent.objects.filter(act="owner.claim").count() == 1
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_a_double_click_on_advance_from_many_tabs_moves_once() -> None:
    world = World()
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    seen = world.visit(release).pk
    at = world.now + timedelta(minutes=1)
    results = at_once([lambda: advance(world.engineer, release.pk, expected_visit=seen, at=at)] * 12)
    assert sum(isinstance(result, StageVisit) for result in results) == 1
    assert StageVisit.objects.filter(release=release).count() == 2
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_two_last_approvals_at_once_move_the_release_once() -> None:
    world = World()
    release = world.release_at(Stage.COMPLIANCE_REVIEW, tier=RiskTier.HIGH)
    world.verify(release)
    review, digest, at = world.open_review(release), world.digest(release), world.now + timedelta(minutes=1)

    def approve(officer: Person) -> Callable[[], object]:
        return lambda: decide(officer, review.pk, "approve", "Fine.", seen_digest=digest, at=at)

    results = at_once([approve(officer) for officer in (world.officer, world.second_officer) for _ in range(4)])

    assert sum(isinstance(result, Decision) for result in results) == 2
    assert StageVisit.objects.filter(release=release, stage=Stage.DEPLOYMENT).count() == 1
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_registering_the_same_name_at_once_makes_one_model() -> None:
    world = World()
    results = at_once([lambda: register_model(world.engineer, world.team, ModelFacts("one-name"))] * 8)
    assert sum(not isinstance(result, Refused) for result in results) == 1
    assert all(isinstance(result, Invalid) for result in results if isinstance(result, Refused))
    assert RegisteredModel.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_save_the_same_draft_one_is_told() -> None:
    world = World()
    release = world.release_at(Stage.BRIEF)
    seen = release.briefs.get().updated_at

    def save(milliseconds: str) -> Callable[[], object]:
        content = {**COMPLETE_BRIEF, "latency_ms": milliseconds}
        return lambda: save_brief(world.engineer, release.pk, content, expected=seen)

    results = at_once([save("80"), save("90")])
    assert sorted(type(result).__name__ for result in results) == ["Brief", "Conflict"]


@pytest.mark.django_db(transaction=True)
def test_acts_on_different_releases_at_once_leave_every_chain_whole() -> None:
    world = World()
    releases = [world.release_at(Stage.DEPLOYMENT) for _ in range(6)]
    at = world.now + timedelta(minutes=1)
    attempts: list[Callable[[], object]] = [
        (lambda pk=release.pk: claim(world.engineer, pk, at=at))  # type: ignore[misc]  # bound per release
        for release in releases
    ]
    attempts += [(lambda n=n: register_model(world.lead, world.team, ModelFacts(f"m-{n}"))) for n in range(6)]  # type: ignore[misc]
    results = at_once(attempts)
    assert [result for result in results if isinstance(result, Refused)] == []
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_two_people_who_move_the_same_releases_to_a_policy_move_each_once() -> None:
    world = World()
    releases = [world.release_at(Stage.VALIDATION).pk for _ in range(3)]
    drafted = draft_policy(world.admin, DEFAULT_RULES, "The same once more.", at=world.tick())
    policy = publish_policy(world.officer, drafted.pk, at=world.tick())
    at = world.now + timedelta(minutes=1)

    def move(actor: Person, chosen: list[int]) -> Callable[[], object]:
        return lambda: move_to_policy(actor, policy.pk, chosen, "Same for all.", at=at)

    results = at_once([move(world.officer, releases), move(world.admin, releases[::-1])] * 2)

    moved = [name for result in results if isinstance(result, Moves) for name in result.moved]
    assert len(moved) == len(set(moved)) == 3
    assert AuditEvent.objects.filter(act="policy.move").count() == 3
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_of_two_who_decide_on_more_time_at_once_one_is_told_of_the_other() -> None:
    world = World()
    release = world.release_at(Stage.BRIEF)
    asked = ask_extension(world.engineer, release.pk, Decimal(2), "The data came late.", at=world.tick())

    def attempt(person: Person, give: bool) -> Callable[[], object]:
        return lambda: decide_extension(
            person, release.pk, give=give, answer="So be it.", extension=asked.pk, at=world.now
        )

    # The lead clicks twice, the administrator refuses meanwhile.
    results = at_once([attempt(world.lead, True), attempt(world.lead, True), attempt(world.admin, False)])

    decided = [result for result in results if isinstance(result, Extension)]
    refused = [result for result in results if isinstance(result, Conflict)]
    assert (len(decided), len(refused)) == (1, 2)
    assert all(str(decided[0].decided_by) in one.message for one in refused)
    given = decided[0].state == Extension.State.APPROVED
    assert world.visit(release).extra_seconds == (asked.extra_seconds if given else 0)
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_an_edit_of_the_calendar_and_a_move_at_the_same_moment_both_happen() -> None:
    world = World()
    releases = [world.release_at(Stage.BRIEF) for _ in range(4)]
    for release in releases:
        world.sign(release)
    edits = [
        partial(save_calendar, world.admin, {"closed_days": [day]}, calendar=world.calendar, at=world.now)
        for day in ("2026-07-01", "2026-07-02")
    ]
    moves = [partial(advance, world.engineer, release.pk, at=world.now) for release in releases]
    results = at_once([edits[0], *moves, edits[1]])
    assert [result for result in results if isinstance(result, Refused)] == []
    closed = StageVisit.objects.filter(left_at__isnull=False)
    assert closed.count() == closed.filter(calendar_revision__isnull=False).count() == len(releases)
    assert CalendarRevision.objects.filter(calendar=world.calendar).count() >= 2
