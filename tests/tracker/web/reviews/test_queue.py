"""The pages of the review queue: what each role sees, finds, exports, and what it costs."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.test import Client

from governance.acts.reviews import decide
from governance.acts.transitions import break_glass
from models_registry.models import Membership, Release
from models_registry.vocabulary import RiskTier, Stage, TeamRole
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World

MOST_QUERIES = 15


def waiting(world: World, name: str, tier: RiskTier = RiskTier.LOW, **more: Any) -> Release:
    return world.release_at(Stage.COMPLIANCE_REVIEW, name=name, tier=tier, **more)


def judge(world: World, release: Release, outcome: str) -> None:
    review, digest = world.open_review(release), world.digest(release)
    if outcome == "approve":
        world.verify(release, world.second_officer)
    decide(world.officer, review.pk, outcome, "Looked at it.", seen_digest=digest, at=world.tick())


def table(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # a streamed answer
    return list(csv.DictReader(io.StringIO(text)))


def primary_buttons(answer: Any) -> int:
    """How many there are in the main part of a page."""
    text = answer.content.decode()
    return int(text[text.index("<main") : text.index("</main>")].count("btn-primary"))


def test_an_officer_is_told_what_is_theirs_and_finds_the_one_primary_button(world: World, visit: Visit) -> None:
    waiting(world, "claims-triage")
    waiting(world, "churn-early", RiskTier.HIGH)
    answer = visit(world.officer).get("/reviews/")
    said = words(answer)
    assert "2 decisions are yours: churn-early comes first, due in 7d" in said
    assert "None is past due." in said
    assert primary_buttons(answer) == 1
    assert "Jonas Weber" in said
    assert "Ready for review." in said
    assert "0 of 2" in said


def test_an_officer_with_a_hand_in_a_release_is_told_so(world: World, visit: Visit) -> None:
    Membership.objects.create(team=world.team, person=world.officer, role=TeamRole.ENGINEER)
    waiting(world, "claims-triage", actor=world.officer)
    page = visit(world.officer).get("/reviews/")
    assert "Excluded: requested this review" in words(page)
    assert primary_buttons(page) == 0
    assert "Nothing waits for you" in words(visit(world.officer).get("/reviews/?show=mine"))


@pytest.mark.parametrize("who", ["lead", "engineer", "viewer", "auditor", "admin", "stranger"])
def test_everybody_else_reads_along(world: World, visit: Visit, who: str) -> None:
    waiting(world, "claims-triage")
    said = words(visit(getattr(world, who)).get("/reviews/"))
    assert "1 review is open." in said
    assert "Read only" in said
    assert "Yours to decide" not in said


def test_a_stranger_learns_nothing_of_a_restricted_release(world: World, visit: Visit) -> None:
    waiting(world, "secret-scorer", restricted=True)
    world.release_at(Stage.VALIDATION, name="secret-coming", restricted=True)
    judge(world, waiting(world, "secret-decided", restricted=True), "reject")
    client = visit(world.stranger)
    for address in ("/reviews/", "/reviews/?show=decided", "/reviews/?show=mine"):
        assert b"secret" not in client.get(address).content
    assert table(client, "/reviews/?format=csv") == []
    assert table(client, "/reviews/?show=decided&format=csv") == []
    assert "No review is open." in words(client.get("/reviews/"))
    assert "secret-scorer" in words(visit(world.viewer).get("/reviews/"))


def test_an_empty_queue_says_so_and_a_filter_that_finds_nothing_says_that(world: World, visit: Visit) -> None:
    client = visit(world.officer)
    assert "No review is open" in words(client.get("/reviews/"))
    assert "Nothing was decided yet" in words(client.get("/reviews/?show=decided"))
    waiting(world, "claims-triage")
    assert "No open review matches" in words(client.get("/reviews/?tier=high"))
    assert "claims-triage" in words(client.get("/reviews/?tier=nonsense&kind=nonsense&show=nonsense&page=x"))


def test_what_arrives_next_and_what_was_decided_stand_below(world: World, visit: Visit) -> None:
    world.release_at(Stage.VALIDATION, name="invoice-ocr")
    judge(world, waiting(world, "store-staffing"), "approve")
    judge(world, waiting(world, "warranty-fraud"), "request_changes")
    said = words(visit(world.officer).get("/reviews/"))
    assert said.index("invoice-ocr") < said.index("warranty-fraud") < said.index("store-staffing")
    assert "Training run, Validation report, Model card" in said
    assert "Changes requested" in said
    only_decided = words(visit(world.officer).get("/reviews/?show=decided&tier=low"))
    assert "2 reviews were decided within these filters." in only_decided
    assert "invoice-ocr" not in only_decided


def test_broken_glass_is_marked_on_the_look_back(world: World, visit: Visit) -> None:
    break_glass(world.lead, waiting(world, "claims-triage").pk, "An outage.", at=world.tick())
    assert "In retrospect" in words(visit(world.auditor).get("/reviews/?kind=retrospective"))


def test_the_queue_as_csv_holds_what_the_filters_let_through(world: World, visit: Visit) -> None:
    waiting(world, "=2+2", RiskTier.HIGH)
    waiting(world, "low-one")
    client = visit(world.officer)
    rows = table(client, "/reviews/?format=csv&tier=high")
    assert [(row["Model"], row["Approvals needed"], row["Your part"]) for row in rows] == [
        ("'=2+2", "2", "Yours to decide")
    ]
    assert rows[0]["Requested by"] == "Jonas Weber"
    assert len(table(client, "/reviews/?format=csv")) == 2
    judge(world, Release.objects.get(model__name="low-one"), "reject")
    decided = table(client, "/reviews/?show=decided&format=csv")
    assert [(row["Model"], row["Outcome"], row["By"], row["Late"]) for row in decided] == [
        ("low-one", "Rejected", "Samuel Okafor", "no")
    ]


@pytest.mark.slow
def test_a_page_of_fifty_costs_as_many_queries_as_a_page_of_one(world: World, visit: Visit) -> None:
    judge(world, waiting(world, "decided"), "approve")
    world.release_at(Stage.VALIDATION)
    waiting(world, "one")
    pages = ("/reviews/", "/reviews/?show=mine", "/reviews/?show=decided", "/reviews/?team=payments-risk&tier=low")
    readers = (world.officer, world.lead, world.stranger)
    before = {(who.pk, page): queries_of(visit(who), page) for who in readers for page in pages}
    for _ in range(50):
        waiting(world, f"more-{_}")
    after = {(who.pk, page): queries_of(visit(who), page) for who in readers for page in pages}
    assert after == before
    assert max(after.values()) <= MOST_QUERIES
    assert "1–50 of 51 reviews" in words(visit(world.officer).get("/reviews/"))
