"""One review: its dossier control by control, who has decided and who may, and what changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.briefs import amend_brief, save_brief, sign_brief
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.intake import start_release
from governance.acts.ownership import claim
from governance.acts.reviews import decide, judge_control, request_review
from governance.acts.transitions import advance, break_glass
from governance.errors import NotFound
from governance.models import Review
from models_registry.models import Person, Release
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.world import COMPLETE_BRIEF, World
from tracker.review_desk import (
    ReviewPage,
    review_page,
)

DAY = timedelta(days=1)


def open_page(world: World, release: Release, person: Person | None = None) -> ReviewPage:
    return review_page(person or world.officer, world.open_review(release).pk, world.now)


def waiting(world: World, name: str = "", tier: RiskTier = RiskTier.LOW, **more: object) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name=name, tier=tier, **more)  # type: ignore[arg-type]


def judge(world: World, release: Release, outcome: str = "approve", officer: Person | None = None) -> None:
    review, digest = world.open_review(release), world.digest(release)
    if outcome == "approve":
        world.verify(release, world.second_officer)
    decide(officer or world.officer, review.pk, outcome, "Looked at it.", seen_digest=digest, at=world.tick())


def test_a_hidden_review_is_as_missing_as_none(world: World) -> None:
    release = waiting(world, restricted=True)
    for number in (world.open_review(release).pk, 999_999):
        with pytest.raises(NotFound):
            review_page(world.stranger, number, world.now)
    assert open_page(world, release, world.viewer).review == world.open_review(release)


def test_controls_are_the_brief_the_requirements_and_each_kind_of_evidence_asked_for(world: World) -> None:
    release = waiting(world)
    found = open_page(world, release)
    said = [(row.id, row.state.control.title, row.state.state, row.open) for row in found.controls]
    assert said == [
        ("c1", "Brief", "unchecked", True),
        ("c2", "Requirements", "unchecked", True),
        ("c3", "Training run", "unchecked", True),
        ("c4", "Validation report", "unchecked", True),
        ("c5", "Model card", "unchecked", True),
    ]
    assert found.controls[1].summary == "5 of 5 met, not judged yet"
    assert found.controls[2].pieces[0].title == "Training run 1"
    shown = {piece.kind for row in found.controls for piece in row.pieces}
    assert {piece.kind for piece in found.other_evidence} == set(EvidenceKind) - shown
    world.verify(release)
    found = open_page(world, release)
    assert (found.controls_held, found.controls_count, found.unheld) == (5, 5, [])
    assert [row.open for row in found.controls] == [False] * 5
    assert found.controls[0].summary == "Verified by Samuel Okafor"


def test_a_change_opens_the_controls_that_it_touches_and_says_what_came_since(world: World) -> None:
    release = waiting(world)
    world.verify(release)
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Card, second edition", "doc/2")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    found = open_page(world, release)
    (row,) = found.unheld
    assert (row.code, row.state.reopened) == ("model_card", True)
    assert list(row.since) == ["“Card, second edition” was attached"]
    assert row.summary == "Changed since it was judged, so it is open again"


def test_a_concern_stands_in_the_summary_and_keeps_the_control_from_holding(world: World) -> None:
    release = waiting(world)
    review, state = world.open_review(release), open_page(world, release).states[4]
    judge_control(
        world.officer, review.pk, "model_card", "concern", "No limits.", seen_digest=state.digest, at=world.tick()
    )
    row = open_page(world, release).controls[4]
    assert (row.icon, row.open, row.summary) == ("finding", True, "A concern by Samuel Okafor: No limits.")


def test_a_missing_kind_and_a_measured_value_beyond_its_limit_show(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, release.pk, "An outage.", at=world.tick())
    slow = [{"code": "latency_p95", "value": "400", "unit": "ms", "slice": ""}]
    facts = EvidenceFacts(EvidenceKind.BENCHMARK, "Load test", "runs/1", measurements=slow)
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    review = Review.objects.get(release=release, kind="retrospective")
    found = review_page(world.officer, review.pk, world.now)
    states = {row.code: row.state.state for row in found.controls}
    assert (states["requirements"], states["training_run"]) == ("unmet", "missing")
    assert found.glass is not None
    assert found.glass.reason == "An outage."
    assert found.unheld[0].open


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
            for part in ("part", "barred", "words", "controls", "brief", "since", "glass", "earlier", "turn", "advice"):
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
