"""The review queue and what surrounds it: in which order, how far they are, whose turn it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.costs import CostFacts, record_cost
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.holds import hold
from governance.acts.ownership import claim
from governance.acts.reviews import decide, request_review, withdraw_review
from governance.acts.transitions import break_glass, park
from governance.models import ApproverGroup, Delegation, Review
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import CostKind, EvidenceKind, RiskTier, Stage, TeamRole
from tests.world import World
from tracker.review_desk import (
    Desk,
    Filters,
    Row,
    closed_of,
    closed_reviews,
    every_row,
    read_desk,
)

DAY = timedelta(days=1)


def look(
    world: World, person: Person | None = None, *, now: datetime | None = None, number: int = 1, **asked: object
) -> Desk:
    return read_desk(person or world.officer, Filters(**asked), now or world.now, number=number)  # type: ignore[arg-type]


def row_of(desk: Desk, release: Release) -> Row:
    return next(row for row in desk.rows if row.review.release_id == release.pk)


def names(desk: Desk) -> list[str]:
    return [row.review.visit.release.model.name for row in desk.rows]


def waiting(world: World, name: str = "", tier: RiskTier = RiskTier.LOW, **more: object) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name=name, tier=tier, **more)  # type: ignore[arg-type]


def judge(world: World, release: Release, outcome: str = "approve", officer: Person | None = None) -> None:
    review, digest = world.open_review(release), world.digest(release)
    if outcome == "approve":
        world.verify(release, world.second_officer)
    decide(officer or world.officer, review.pk, outcome, "Looked at it.", seen_digest=digest, at=world.tick())


def spend(world: World, release: Release, amount: int, currency: str = "EUR") -> None:
    facts = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), currency, Decimal(amount))
    record_cost(world.engineer, release.pk, facts, at=world.tick())


def test_reviews_come_by_time_left_times_risk_times_the_cost_of_delay(world: World) -> None:
    plain, costly, late = (waiting(world, name) for name in ("plain", "costly", "late"))
    high = waiting(world, "high", RiskTier.HIGH)
    due = world.now + 10 * DAY
    Review.objects.update(due_at=due)
    Review.objects.filter(release=late).update(due_at=world.now - DAY)
    spend(world, costly, 83_400)
    spend(world, costly, 1_200_000, "JPY")
    desk = look(world)
    assert names(desk) == ["late", "high", "costly", "plain"]
    said = {row.review.release_id: (row.urgency.points, row.urgency.sum) for row in desk.rows}
    assert said == {
        late.pk: (6, "6 points: past due 6 × low risk 1 × nothing spent yet 1"),
        high.pk: (3, "3 points: due later 1 × high risk 3 × nothing spent yet 1"),
        costly.pk: (2, "2 points: due later 1 × low risk 1 × €83k lies idle 2"),
        plain.pk: (1, "1 point: due later 1 × low risk 1 × nothing spent yet 1"),
    }
    assert row_of(desk, high).urgency.words == "High risk, due later, nothing spent yet"


def test_of_two_as_urgent_the_one_that_is_due_first_stands_first(world: World) -> None:
    first, second = waiting(world, "first"), waiting(world, "second")
    Review.objects.filter(release=first).update(due_at=world.now + 6 * DAY)
    Review.objects.filter(release=second).update(due_at=world.now + 5 * DAY)
    assert names(look(world)) == ["second", "first"]


def test_a_row_tells_whose_turn_it_is_and_the_filter_finds_it(world: World) -> None:
    free, advised, owned = waiting(world, "free"), waiting(world, "advised"), waiting(world, "owned")
    ApproverGroup.objects.create(slug="legal", name="Legal")
    Review.objects.filter(release=advised).update(feedback_groups=["legal", "gone-by-now"])
    claim(world.second_officer, owned.pk, at=world.tick())
    Delegation.objects.create(
        delegator=world.second_officer,
        deputy=world.officer,
        starts_at=world.now - DAY,
        ends_at=world.now + DAY,
        reason="A week off.",
    )
    desk = look(world)
    assert row_of(desk, free).turn.words == "Waiting for a decision of a compliance officer"
    assert row_of(desk, owned).turn.words == "Waiting for a decision of Samuel Okafor for Elena Rossi"
    assert row_of(desk, advised).turn.words == "Waiting for feedback of Legal and Gone by now"
    found = {turn: names(look(world, turn=turn)) for turn in ("feedback", "taken", "free")}
    assert found == {"feedback": ["advised"], "taken": ["owned"], "free": ["free"]}


def test_members_of_groups_find_the_reviews_that_wait_for_them(world: World) -> None:
    member, deputy = world.stranger, world.person("Dana Deputy")
    legal = ApproverGroup.objects.create(slug="legal", name="Legal")
    legal.seats.create(person=member)
    ApproverGroup.objects.create(slug="legal-abroad", name="Legal abroad")
    asked = {"decide": ["legal"], "advise": ["legal"], "later": ["legal"], "other": ["legal-abroad"], "mate": ["legal"]}
    mates = world.make_team("Mates")
    Membership.objects.create(team=mates, person=member, role=TeamRole.ENGINEER)
    Membership.objects.create(team=mates, person=world.engineer, role=TeamRole.ENGINEER)
    for name, groups in asked.items():
        release = waiting(world, name, team=mates if name == "mate" else world.team)
        quorums = [{"group": group, "quorum": 1} for group in groups if name != "advise"]
        heard = {"advise": ["legal"], "later": ["privacy"]}.get(name, [])
        Review.objects.filter(release=release).update(quorums=quorums, feedback_groups=heard)
    assert sorted(names(look(world, member, mine=True))) == ["advise", "decide"]
    assert look(world, member).counts.mine == 2
    assert names(look(world, deputy, mine=True)) == []
    Delegation.objects.create(
        delegator=member, deputy=deputy, starts_at=world.now - DAY, ends_at=world.now + DAY, reason="A week off."
    )
    assert sorted(names(look(world, deputy, mine=True))) == ["advise", "decide", "mate"]


def test_whoever_owns_what_is_looked_back_at_is_not_asked_to_decide_on_it(world: World) -> None:
    broken = waiting(world, "broken")
    break_glass(world.lead, broken.pk, "An outage.", at=world.tick())
    claim(world.engineer, broken.pk, at=world.tick())
    row = row_of(look(world), broken)
    assert (row.owner, row.turn.words) == (str(world.engineer), "Waiting for a decision of a compliance officer")
    assert row.free
    assert names(look(world, turn="free")) == ["broken"]
    assert names(look(world, turn="taken")) == []


def test_whoever_has_approved_is_not_waited_for_any_more(world: World) -> None:
    release = waiting(world, "half", RiskTier.HIGH)
    claim(world.second_officer, release.pk, at=world.tick())
    assert row_of(look(world), release).turn.words == "Waiting for a decision of Elena Rossi"
    judge(world, release, officer=world.second_officer)
    assert row_of(look(world), release).turn.words == "Waiting for a decision of one more compliance officer"
    assert [names(look(world, turn=turn)) for turn in ("taken", "free")] == [[], [release.model.name]]
    # A change reopens it, so that its owner has a word again.
    attach_evidence(world.engineer, release.pk, EvidenceFacts("model_card", "Card 2", "cards/2"), at=world.tick())
    assert row_of(look(world), release).turn.words == "Waiting for a decision of Elena Rossi"
    assert [names(look(world, turn=turn)) for turn in ("taken", "free")] == [[release.model.name], []]


def test_a_review_without_a_due_time_comes_last(world: World) -> None:
    timeless = waiting(world, "timeless")
    Review.objects.filter(release=timeless).update(due_at=None)
    waiting(world, "timed")
    assert names(look(world)) == ["timed", "timeless"]


def test_a_row_says_who_asked_what_is_there_and_who_answers(world: World) -> None:
    release = waiting(world)
    claim(world.second_officer, release.pk, at=world.tick())
    row = row_of(look(world), release)
    assert (row.review.requested_by, row.review.message) == (world.engineer, "Ready for review.")
    assert (row.have, row.need, row.missing, row.owner) == (0, 1, [], "Elena Rossi")
    assert (row.ready, len(row.states)) == (8, 8)  # three kinds of evidence, five requirements
    assert (row.clock.budget, row.day, row.glass) == (8 * 8 * 3600, 8 * 3600, False)


def test_what_a_new_candidate_has_not_shown_again_is_missing(world: World) -> None:
    release = waiting(world)
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="sha256:" + "ef" * 32, at=world.tick())
    row = row_of(look(world), release)
    assert row.ready == 0
    assert "Training run" in row.missing


def test_an_approval_counts_until_the_dossier_changes(world: World) -> None:
    release = waiting(world, tier=RiskTier.HIGH)
    judge(world, release)
    row = row_of(look(world), release)
    assert (row.have, row.need, row.part.state) == (1, 2, "decided")
    assert row_of(look(world, world.second_officer), release).part.state == "decide"
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    row = row_of(look(world), release)
    assert (row.have, row.part.state) == (0, "decide")


def test_an_approval_of_an_earlier_review_is_not_one_of_this(world: World) -> None:
    release = waiting(world, tier=RiskTier.HIGH)
    judge(world, release)
    judge(world, release, "request_changes", world.second_officer)
    request_review(world.engineer, release.pk, "Nothing changed.", at=world.tick())
    assert row_of(look(world), release).have == 0


def test_everybody_is_told_their_own_part(world: World) -> None:
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.ENGINEER)
    release = waiting(world, actor=world.officer)
    parts = {
        person.full_name: row_of(look(world, person), release).part
        for person in (world.officer, world.second_officer, world.auditor, world.engineer, world.stranger)
    }
    assert {name: part.state for name, part in parts.items()} == {
        "Samuel Okafor": "excluded",
        "Elena Rossi": "decide",
        "Aiko Tanaka": "read",
        "Jonas Weber": "read",
        "Yusuf Demir": "read",
    }
    assert parts["Samuel Okafor"].text == "Excluded: requested this review"
    assert parts["Samuel Okafor"].why == "You requested this review, so somebody else has to decide."


def test_a_restricted_release_is_hidden_from_strangers_and_from_their_counts(world: World) -> None:
    waiting(world, "hidden", restricted=True)
    waiting(world, "plain")
    for person in (world.officer, world.auditor, world.admin, world.engineer):
        assert names(look(world, person)) == ["hidden", "plain"]
    seen = look(world, world.stranger)
    assert (names(seen), seen.counts.open, seen.counts.shown) == (["plain"], 1, 1)


def test_counts_are_over_all_open_reviews_whatever_the_filters_show(world: World) -> None:
    waiting(world, "late")
    waiting(world, "high", RiskTier.HIGH)
    broken = waiting(world, "broken")
    break_glass(world.lead, broken.pk, "An outage.", at=world.tick())
    late = Review.objects.order_by("due_at")[0].due_at
    assert late is not None
    counts = look(world, now=late + timedelta(seconds=1), tier="high").counts
    assert (counts.open, counts.retrospective, counts.shown) == (3, 1, 1)
    assert counts.overdue == Review.objects.filter(due_at__lte=late).count()


def test_filters_by_team_tier_kind_and_by_what_is_ones_own(world: World) -> None:
    other = world.make_team("Motor claims")
    Membership.objects.create(team=other, person=world.engineer, role=TeamRole.ENGINEER)
    Membership.objects.create(team=other, person=world.second_officer, role=TeamRole.ENGINEER)
    waiting(world, "ours", RiskTier.HIGH)
    waiting(world, "theirs", team=other)
    broken = waiting(world, "broken")
    break_glass(world.lead, broken.pk, "An outage.", at=world.tick())
    assert sorted(names(look(world))) == ["broken", "ours", "theirs"]
    assert names(look(world, team="motor-claims")) == ["theirs"]
    assert names(look(world, tier="high")) == ["ours"]
    assert names(look(world, kind="retrospective")) == ["broken"]
    assert sorted(names(look(world, world.second_officer, mine=True))) == ["broken", "ours"]
    assert sorted(names(look(world, world.engineer, mine=True))) == ["ours", "theirs"]
    assert names(look(world, world.lead, mine=True)) == ["broken"]
    assert len(names(look(world, tier="none", kind="such"))) == 3


def test_a_review_in_retrospect_runs_on_its_own_days_and_is_marked(world: World) -> None:
    release = waiting(world)
    break_glass(world.lead, release.pk, "An outage.", at=world.tick())
    row = row_of(look(world), release)
    assert (row.retrospective, row.glass, row.have, row.need) == (True, True, 0, 1)
    assert row.clock.budget == 5 * 8 * 3600
    assert row.clock.stalls_at == row.review.due_at


def test_a_hold_stops_the_clock_of_the_review(world: World) -> None:
    release = waiting(world)
    until = world.now + 9 * DAY
    hold(
        world.officer,
        release.pk,
        reason_code="legal_contract",
        reason="The contract.",
        waits_on="external",
        expected_end=until,
        at=world.tick(),
    )
    assert row_of(look(world), release).clock.paused


@pytest.mark.slow
def test_fifty_reviews_cost_as_many_queries_as_one(world: World) -> None:
    def cost(number: int = 1) -> int:
        with CaptureQueriesContext(connection) as queries:
            look(world, number=number)
        return len(queries)

    waiting(world, tier=RiskTier.HIGH)
    world.release_at(Stage.VALIDATION)
    judge(world, waiting(world))
    look(world)
    alone = cost()
    for _ in range(51):
        waiting(world)
    assert (alone, cost(), cost(2)) == (9, 9, 9)
    assert [len(look(world, number=number).rows) for number in (1, 2, 99)] == [50, 2, 2]
    assert [row.review.pk for row in every_row(world.officer, Filters(), world.now)] == [
        row.review.pk for number in (1, 2) for row in look(world, number=number).rows
    ]


# --- Around it ------------------------------------------------------------------------------------------------------


def test_releases_in_validation_are_named_with_what_they_lack(world: World) -> None:
    coming = world.release_at(Stage.VALIDATION, name="coming")
    parked = world.release_at(Stage.VALIDATION, name="parked")
    park(world.lead, parked.pk, "no_budget", "No money.", at=world.tick())
    world.release_at(Stage.BRIEF)
    world.release_at(Stage.VALIDATION, name="hidden", restricted=True)
    attach_evidence(world.engineer, coming.pk, EvidenceFacts(EvidenceKind.MODEL_CARD, "Card", "doc/1"), at=world.tick())
    found = look(world, world.stranger).arriving
    assert [row.visit.release.model.name for row in found] == ["coming"]
    assert (found[0].owner, found[0].ready) == ("Jonas Weber", 1)
    assert found[0].missing[:2] == ["Training run", "Validation report"]


def test_decisions_of_the_last_thirty_days_are_told_with_the_time_they_took(world: World) -> None:
    approved, refused = waiting(world, "approved"), waiting(world, "refused")
    judge(world, approved)
    world.tick(20 * DAY)
    judge(world, refused, "reject", world.second_officer)
    withdrawn = waiting(world, "withdrawn")
    withdraw_review(world.engineer, world.open_review(withdrawn).pk, "A mistake.", at=world.tick())
    lately = look(world).lately
    assert [(one.review.release.model.name, one.by, one.late) for one in lately.closed] == [
        ("refused", "Elena Rossi", True),
        ("approved", "Samuel Okafor", False),
    ]
    assert (lately.measured, lately.median) == (2, min(one.took for one in lately.closed))
    assert lately.closed[1].digest.startswith("sha256:")
    assert look(world, now=world.now + 40 * DAY).lately.median is None
    every = [
        closed_of(review).review.release.model.name for review in closed_reviews(world.officer, Filters(), world.now)
    ]
    assert every == ["refused", "approved"]
    assert list(closed_reviews(world.officer, Filters(tier="high"), world.now)) == []
