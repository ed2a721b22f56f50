"""The board: what stands where, what is urgent on top, and never more cards than a reader looks through."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.holds import hold, resume
from governance.acts.reviews import decide
from governance.acts.transitions import kill, park, send_back
from models_registry.models import Person, Release
from models_registry.vocabulary import RiskTier, Stage
from tests.world import World
from tracker.flow import CARDS, Board, Column, Pipeline, Show

DAY = timedelta(days=1)


def board(world: World, person: Person | None = None, **asked: str) -> Board:
    show = Show(asked.pop("show", Show.FLIGHT))
    return Pipeline(person or world.lead, world.now, show=show, **asked).board()


def column(found: Board, stage: Stage) -> Column:
    return next(one for one in found.columns if one.stage == stage)


def named(found: Column) -> list[str]:
    return [card.standing.name for card in found.cards]


def put_on_hold(world: World, release: Release) -> None:
    hold(
        world.engineer,
        release.pk,
        reason_code="data_access",
        reason="The grant is not signed.",
        waits_on="external",
        expected_end=world.now + 20 * DAY,
        at=world.tick(),
    )


def test_every_stage_has_a_column_and_a_release_stands_in_one(world: World) -> None:
    for stage in (Stage.BRIEF, Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT, Stage.LIVE, Stage.RETIRED):
        world.release_at(stage, name=stage.value)
    found = board(world)
    assert [one.stage for one in found.columns] == list(Stage)[:-1]
    assert {one.stage.value: named(one) for one in found.columns} == {
        one.value: [one.value] for one in list(Stage)[:-1]
    }
    assert found.in_flight == 4


def test_late_ones_come_first_then_held_ones_then_whoever_has_least_time_left(world: World) -> None:
    world.release_at(Stage.BRIEF, name="latest")
    world.tick(2 * DAY)
    world.release_at(Stage.BRIEF, name="late")
    held = world.release_at(Stage.BRIEF, name="held")
    put_on_hold(world, held)
    world.tick(9 * DAY)
    world.release_at(Stage.BRIEF, name="soon")
    world.tick(DAY)
    world.release_at(Stage.BRIEF, name="fresh")
    briefs = column(board(world), Stage.BRIEF)
    assert named(briefs) == ["latest", "late", "held", "soon", "fresh"]
    assert (briefs.total, briefs.past, briefs.held) == (5, 2, 1)
    assert [card.past for card in briefs.cards] == [True, True, False, False, False]


def test_what_is_resumed_is_held_no_longer(world: World) -> None:
    release = world.release_at(Stage.BRIEF, name="held")
    put_on_hold(world, release)
    resume(world.engineer, release.pk, at=world.tick())
    briefs = column(board(world), Stage.BRIEF)
    assert (briefs.held, briefs.cards[0].standing.held) == (0, None)


def test_live_shows_the_last_thirty_days_and_counts_all(world: World) -> None:
    world.release_at(Stage.LIVE, name="old")
    world.tick(42 * DAY)
    world.release_at(Stage.LIVE, name="new")
    live = column(board(world), Stage.LIVE)
    assert named(live) == ["new"]
    assert (live.total, live.recent, live.more) == (2, 1, 1)
    travelled = live.cards[0].travelled
    assert travelled is not None
    assert travelled > 0


def test_parked_and_killed_are_behind_their_filter(world: World) -> None:
    parked = world.release_at(Stage.VALIDATION, name="parked")
    park(world.lead, parked.pk, "no_budget", "Next year.", at=world.tick())
    killed = world.release_at(Stage.BRIEF, name="killed")
    kill(world.lead, killed.pk, "no_value", "Nobody needs it.", at=world.tick())
    flight = board(world)
    assert (flight.in_flight, flight.parked, flight.killed) == (0, 1, 1)
    assert all(not one.cards for one in flight.columns)
    assert named(column(board(world, show="parked"), Stage.VALIDATION)) == ["parked"]
    assert named(column(board(world, show="killed"), Stage.BRIEF)) == ["killed"]
    assert [one.stage for one in board(world, show="killed").columns] == list(Stage)[:4]


def test_a_column_holds_fifty_cards_and_says_how_many_more_there_are(world: World) -> None:
    for number in range(CARDS + 2):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    briefs = column(board(world), Stage.BRIEF)
    assert (len(briefs.cards), briefs.total, briefs.more) == (CARDS, CARDS + 2, 2)


def test_filters_narrow_the_cards_and_the_counts(world: World) -> None:
    other = world.make_team("Motor claims")
    world.release_at(Stage.BRIEF, name="high", tier=RiskTier.HIGH)
    world.release_at(Stage.BRIEF, name="elsewhere", team=other, actor=world.admin)
    assert named(column(board(world, tier="high"), Stage.BRIEF)) == ["high"]
    narrowed = board(world, team="motor-claims")
    assert (named(column(narrowed, Stage.BRIEF)), narrowed.in_flight) == (["elsewhere"], 1)


def test_a_restricted_release_is_neither_shown_nor_counted_to_a_stranger(world: World) -> None:
    world.release_at(Stage.COMPLIANCE_REVIEW, name="secret", restricted=True)
    hidden = board(world, world.stranger)
    assert (hidden.in_flight, hidden.vacant, column(hidden, Stage.COMPLIANCE_REVIEW).total) == (0, 0, 0)
    assert board(world, world.viewer).in_flight == 1
    assert board(world, world.officer).vacant == 1


def test_a_review_tells_how_many_approvals_are_given(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, name="high", tier=RiskTier.HIGH)
    review = world.open_review(release)
    assert column(board(world), Stage.COMPLIANCE_REVIEW).cards[0].approvals == (0, 2)
    world.verify(release)
    decide(world.officer, review.pk, "approve", "Fine.", seen_digest=world.digest(release), at=world.tick())
    assert column(board(world), Stage.COMPLIANCE_REVIEW).cards[0].approvals == (1, 2)


def test_what_was_sent_back_says_so(world: World) -> None:
    release = world.release_at(Stage.VALIDATION, name="back")
    send_back(world.engineer, release.pk, Stage.BRIEF, "The latency is wrong.", at=world.tick())
    assert column(board(world), Stage.BRIEF).cards[0].standing.arrived_by == "sent_back"


def test_the_columns_tell_the_budget_of_the_policy(world: World) -> None:
    budget = column(board(world), Stage.VALIDATION).budget
    assert budget is not None
    assert [int(days) for days in budget] == [10, 10]
    assert column(board(world), Stage.LIVE).budget is None


def test_the_number_of_queries_is_the_same_for_one_card_and_for_fifty(world: World) -> None:
    def counted() -> list[int]:
        counts = []
        for show in Show:
            with CaptureQueriesContext(connection) as queries:
                board(world, show=show)
            counts.append(len(queries))
        return counts

    def add_parked(name: str) -> None:
        parked = world.release_at(Stage.BRIEF, name=name)
        park(world.lead, parked.pk, "no_budget", "Next year.", at=world.tick())

    world.release_at(Stage.BRIEF, name="first")
    world.release_at(Stage.COMPLIANCE_REVIEW, name="reviewed")
    add_parked("first-parked")
    board(world)
    one = counted()
    for number in range(CARDS):
        world.release_at(Stage.BRIEF, name=f"m-{number}")
    add_parked("second-parked")
    assert len(column(board(world), Stage.BRIEF).cards) == CARDS
    assert counted() == one
    assert max(one) <= 8
