"""The review queue and one review: in which order, how far they are, whose they are, and what changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.acts.holds import hold
from governance.acts.intake import start_release
from governance.acts.ownership import claim
from governance.acts.reviews import decide, request_review, withdraw_review
from governance.acts.transitions import advance, break_glass, park
from governance.errors import NotFound
from governance.models import Review
from models_registry.models import Membership, Person, Release
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, TeamRole
from tests.world import COMPLETE_BRIEF, World
from tracker.review_desk import (
    Desk,
    Filters,
    ReviewPage,
    Row,
    closed_of,
    closed_reviews,
    every_row,
    read_desk,
    review_page,
)

DAY = timedelta(days=1)


def look(
    world: World, person: Person | None = None, *, now: datetime | None = None, number: int = 1, **asked: object
) -> Desk:
    return read_desk(person or world.officer, Filters(**asked), now or world.now, number=number)  # type: ignore[arg-type]


def open_page(world: World, release: Release, person: Person | None = None) -> ReviewPage:
    return review_page(person or world.officer, world.open_review(release).pk, world.now)


def row_of(desk: Desk, release: Release) -> Row:
    return next(row for row in desk.rows if row.review.release_id == release.pk)


def names(desk: Desk) -> list[str]:
    return [row.review.visit.release.model.name for row in desk.rows]


def waiting(world: World, name: str = "", tier: RiskTier = RiskTier.LOW, **more: object) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name=name, tier=tier, **more)  # type: ignore[arg-type]


def judge(world: World, release: Release, outcome: str = "approve", officer: Person | None = None) -> None:
    review, digest = world.open_review(release), world.digest(release)
    decide(officer or world.officer, review.pk, outcome, "Looked at it.", seen_digest=digest, at=world.tick())


# --- The queue ------------------------------------------------------------------------------------------------------


def test_reviews_come_by_due_time_and_then_by_risk(world: World) -> None:
    waiting(world, "first")
    waiting(world, "second")
    same = Review.objects.order_by("-pk").values_list("due_at", flat=True)[0]
    high = waiting(world, "high", RiskTier.HIGH)
    Review.objects.filter(release=high).update(due_at=same)
    assert names(look(world)) == ["first", "high", "second"]


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
    every = [closed_of(review).review.release.model.name for review in closed_reviews(world.officer, Filters())]
    assert every == ["refused", "approved"]
    assert list(closed_reviews(world.officer, Filters(tier="high"))) == []


# --- One review -----------------------------------------------------------------------------------------------------


def test_a_hidden_review_is_as_missing_as_none(world: World) -> None:
    release = waiting(world, restricted=True)
    for number in (world.open_review(release).pk, 999_999):
        with pytest.raises(NotFound):
            review_page(world.stranger, number, world.now)
    assert open_page(world, release, world.viewer).review == world.open_review(release)


def test_controls_are_the_requirements_and_each_kind_of_evidence_asked_for(world: World) -> None:
    found = open_page(world, waiting(world))
    asked = [(one.number, one.title, one.state) for one in found.controls if one.asked]
    assert asked == [("C2", "Training run", "met"), ("C3", "Validation report", "met"), ("C4", "Model card", "met")]
    assert {one.title for one in found.controls if not one.asked} == {
        kind.label for kind in EvidenceKind if kind.label not in {title for _, title, _ in asked}
    }
    assert (found.requirements_state, found.requirements_met, len(found.compared)) == ("met", 5, 5)
    assert (found.controls_met, found.controls_asked) == (4, 4)
    assert found.controls[0].pieces[0].title == "Training run 1"


def test_a_missing_kind_and_a_measured_value_beyond_its_limit_show(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, release.pk, "An outage.", at=world.tick())
    attach_evidence(
        world.engineer,
        release.pk,
        EvidenceFacts(
            EvidenceKind.BENCHMARK,
            "Load test",
            "runs/1",
            measurements=[{"code": "latency_p95", "value": "400", "unit": "ms", "slice": ""}],
        ),
        at=world.tick(),
    )
    review = Review.objects.get(release=release, kind="retrospective")
    found = review_page(world.officer, review.pk, world.now)
    assert (found.requirements_state, found.requirements_met) == ("unmet", 0)
    assert found.controls[0].state == "missing"
    assert found.glass is not None
    assert found.glass.reason == "An outage."
    assert found.controls_met == 0


def test_approvals_given_for_an_earlier_state_are_stale(world: World) -> None:
    release = waiting(world, tier=RiskTier.HIGH)
    judge(world, release)
    found = open_page(world, release, world.second_officer)
    assert ([word.stale for word in found.words], found.have, found.completes) == ([False], 1, True)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    found = open_page(world, release, world.second_officer)
    assert ([word.stale for word in found.words], found.have, found.completes) == ([True], 0, False)


def test_a_closed_review_keeps_its_words_though_the_dossier_moves_on(world: World) -> None:
    release = waiting(world)
    review = world.open_review(release)
    judge(world, release)
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    found = review_page(world.officer, review.pk, world.now)
    assert (found.open, found.have, found.need, found.may_ask_again) == (False, 1, 1, False)


def test_who_may_take_the_request_back_and_who_may_ask_again(world: World) -> None:
    release = waiting(world)
    review = world.open_review(release)
    may = {person.full_name: review_page(person, review.pk, world.now).may_withdraw for person in people(world)}
    assert may == {"Marta Oliveira": True, "Jonas Weber": True, "Ravi Menon": False, "Samuel Okafor": False}
    judge(world, release, "request_changes")
    again = {person.full_name: review_page(person, review.pk, world.now).may_ask_again for person in people(world)}
    assert again == {"Marta Oliveira": True, "Jonas Weber": True, "Ravi Menon": False, "Samuel Okafor": False}


def people(world: World) -> list[Person]:
    return [world.lead, world.engineer, world.viewer, world.officer]


def test_the_acts_since_the_page_was_read_are_told_when_they_touch_the_dossier(world: World) -> None:
    release = waiting(world)
    found = open_page(world, release)
    assert found.changed_since(found.seen) == []
    claim(world.officer, release.pk, at=world.tick())
    attach_evidence(world.engineer, release.pk, EvidenceFacts(EvidenceKind.DOCUMENT, "DPIA", "doc/1"), at=world.tick())
    assert [(act.who, act.did) for act in found.changed_since(found.seen)] == [
        ("Jonas Weber", "attached “DPIA”, document")
    ]


def test_what_changed_since_the_release_before_was_approved(world: World) -> None:
    first = world.release_at(Stage.DEPLOYMENT)
    amend_brief(world.engineer, first.pk, "After the approval.", at=world.tick())
    world.sign(first, latency_ms="77")
    second = start_release(world.engineer, first.model, at=world.tick())
    assert review_page(world.officer, Review.objects.get(release=first).pk, world.now).since is None
    changed = {**COMPLETE_BRIEF, "latency_ms": "200", "region": "eu-north-1"}
    save_brief(world.engineer, second.pk, changed, at=world.tick())
    sign_brief(world.engineer, second.pk, at=world.tick())
    advance(world.engineer, second.pk, at=world.tick())
    break_glass(world.lead, second.pk, "An outage.", at=world.tick())
    found = review_page(world.officer, Review.objects.get(release=second, kind="approval").pk, world.now).since
    assert found is not None
    assert (found.review.release, found.version) == (first, 1)
    assert [(one.label, one.before, one.after) for one in found.brief] == [
        ("Latency", "120 ms", "200 ms"),
        ("Region", "eu-west-1", "eu-north-1"),
    ]
    assert list(found.lost) == [kind.label for kind in EvidenceKind]
    assert list(found.gained) == []


def test_a_page_costs_the_same_however_much_the_dossier_holds(world: World) -> None:
    release = waiting(world, tier=RiskTier.HIGH)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            found = open_page(world, release)
            for part in ("part", "barred", "words", "controls", "compared", "brief", "since", "glass", "earlier"):
                getattr(found, part)
            assert found.activity
        return len(queries)

    judge(world, release, "request_changes")
    request_review(world.engineer, release.pk, "Again.", at=world.tick())
    cost()
    before = cost()
    for number in range(20):
        facts = EvidenceFacts(EvidenceKind.DOCUMENT, f"Document {number}", f"doc/{number}")
        attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    judge(world, release, "request_changes")
    request_review(world.engineer, release.pk, "And again.", at=world.tick())
    assert cost() == before
