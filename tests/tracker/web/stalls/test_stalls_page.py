"""The stall dashboard as each role gets it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from governance.acts import holds, ownership
from governance.acts.costs import CostFacts, record_cost
from governance.acts.transitions import break_glass
from models_registry.models import Release
from models_registry.vocabulary import CostKind, Stage
from tests.tracker.web.visiting import HTMX, Visit, queries_of, words
from tests.world import World

ADDRESS = "/stalls/"


def wait(world: World, days: int = 14) -> None:
    """Let calendar days go by."""
    world.now += timedelta(days=days)


def row(client: Client, release: Release) -> str:
    """The words of one row of the dashboard."""
    text = client.get(ADDRESS).content.decode()
    begin = text.index(f'id="stall-{release.pk}"')
    return text[begin : text.index("</tr>", begin)]


def test_it_asks_for_a_sign_in() -> None:
    answer = Client().get(ADDRESS)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/stalls/")


def test_the_first_sentence_is_the_answer(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    world.release_at(Stage.DEPLOYMENT)
    wait(world)
    said = words(visit(world.lead).get(ADDRESS))
    assert "2 of 2 releases in flight are past their budget , one of them without an owner." in said
    assert "Past budget 2 of 2 in flight" in said
    assert "Nobody owns it 1 of the 2 card-fraud-scorer-2" in said


def test_each_row_says_what_how_long_who_why_and_what_it_costs(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    wait(world)
    facts = CostFacts(Stage.BRIEF, CostKind.COMPUTE, world.now.date(), "USD", Decimal(1200))
    record_cost(world.engineer, release.pk, facts, at=world.tick())
    said = row(visit(world.lead), release)
    for part in (
        "card-fraud-scorer-1",
        "+5d",
        "of 5d",
        "Jonas Weber",
        "Brief incomplete.",
        "$1,200",
        "+$1,200",
        "Nudge",
    ):
        assert part in said


def test_a_vacancy_has_the_only_primary_button_for_whoever_may_assign_or_claim(world: World, visit: Visit) -> None:
    release, owned = world.release_at(Stage.DEPLOYMENT), world.release_at(Stage.BRIEF)
    wait(world)
    assert ">Assign<" in row(visit(world.lead), release)
    assert "btn-primary" not in row(visit(world.lead), owned)
    engineer = row(visit(world.colleague), release)
    assert "Claim" in engineer
    assert "Assign" not in engineer
    viewer = row(visit(world.viewer), release)
    assert "for Payments risk" in viewer
    assert "<form" not in viewer


@pytest.mark.parametrize("name", ["lead", "engineer", "viewer", "officer", "auditor", "admin", "stranger"])
def test_every_role_may_look_and_a_restricted_model_stays_hidden_from_strangers(
    world: World, visit: Visit, name: str
) -> None:
    world.release_at(Stage.BRIEF, name="hidden-scorer", restricted=True)
    world.release_at(Stage.BRIEF, name="open-scorer")
    wait(world)
    said = visit(getattr(world, name)).get(ADDRESS).content.decode()
    assert "open-scorer" in said
    assert ("hidden-scorer" in said) is (name != "stranger")


def test_the_three_groups_and_their_counts(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="late")
    held = world.release_at(Stage.BRIEF, name="waiting")
    holds.hold(
        world.engineer,
        held.pk,
        reason_code="legal_contract",
        reason="The licence is with legal.",
        waits_on="external",
        expected_end=world.now + timedelta(days=40),
        at=world.tick(),
    )
    wait(world, 9)
    world.release_at(Stage.BRIEF, name="coming")
    wait(world, 6)
    client = visit(world.lead)
    said = words(client.get(ADDRESS))
    assert "All 3 Past budget 1 Hold overdue 0 Stalls next 1 On hold 1" in said
    assert "Legal or contract. The licence is with legal. It waits on someone outside." in said
    assert "Resume" in said
    only_held = words(client.get(f"{ADDRESS}?show=held"))
    assert "waiting" in only_held
    assert "coming r1" not in only_held


def test_filters_stay_in_the_address_and_name_what_is_chosen(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="ours")
    wait(world)
    client = visit(world.lead)
    text = client.get(f"{ADDRESS}?stage=brief&tier=low&show=past&sort=cost").content.decode()
    assert '<option value="brief" selected>' in text
    assert '<option value="low" selected>' in text
    assert '<input type="hidden" name="show" value="past">' in text
    assert (
        "stage=brief" in text[text.index('aria-label="Show"') : text.index("</div>", text.index('aria-label="Show"'))]
    )


def test_nothing_stalls_nothing_matches_and_nothing_is_there_are_told_apart(world: World, visit: Visit) -> None:
    client = visit(world.lead)
    assert "Nothing is in flight" in words(client.get(ADDRESS))
    world.release_at(Stage.BRIEF)
    client = visit(world.lead)
    assert "Nothing is past its budget" in words(client.get(ADDRESS))
    assert "No release matches" in words(client.get(f"{ADDRESS}?tier=high"))


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=x", "?page=99999999999", "?sort=secret", "?tier=%00", "?owner=²", "?team=%F0%9F%A6%84"]
)
def test_an_address_that_means_nothing_shows_the_dashboard(world: World, visit: Visit, query: str) -> None:
    world.release_at(Stage.BRIEF)
    wait(world)
    assert visit(world.lead).get(f"{ADDRESS}{query}").status_code == 200


def test_the_charts_have_their_numbers_as_tables(world: World, visit: Visit) -> None:
    for _ in range(3):
        world.release_at(Stage.BRIEF)
    wait(world)
    text = visit(world.lead).get(ADDRESS).content.decode()
    said = words(visit(world.lead).get(ADDRESS))
    assert "Brief holds all three past budget" in said
    assert "Half of the 3 in flight have been in their stage for 12 business days or less" in said
    assert "Releases in flight by stage and business days in it" in text
    assert text.count('data-v="3"') == 2  # once by age, once by clock state


def test_a_script_in_a_name_is_text(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, name="<script>alert(1)</script>")
    wait(world)
    said = row(visit(world.lead), release)
    assert "<script>" not in said
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in said


def test_broken_glass_is_marked(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    break_glass(world.lead, release.pk, "The regulator waits for a figure today.", at=world.tick())
    wait(world, 30)
    assert "Broken glass" in row(visit(world.lead), release)


def test_the_export_holds_every_row_that_the_filters_let_through(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="=cmd|calc")
    world.release_at(Stage.DEPLOYMENT, name="vacant")
    wait(world)
    client = visit(world.lead)
    answer = client.get(f"{ADDRESS}?format=csv")
    lines = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]  # it streams
    assert answer["Content-Disposition"] == 'attachment; filename="stalls.csv"'
    assert [(line["Model"], line["Owner"], line["Reason"]) for line in lines] == [
        ("'=cmd|calc", "Jonas Weber", "Brief incomplete"),
        ("vacant", "", "No owner"),
    ]
    assert lines[0]["Past budget (business hours)"] == "47.0"
    answer = client.get(f"{ADDRESS}?format=csv&owner=none")
    assert len(list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))) == 2  # type: ignore[attr-defined]


def test_no_part_of_it_needs_a_script_and_none_is_inline(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    wait(world)
    text = visit(world.lead).get(ADDRESS).content.decode()
    main = text[text.index("<main") : text.index("</main>")]
    assert " style=" not in main
    assert "<script" not in main
    assert 'method="post" action="/releases/' in main


def test_fifty_rows_cost_as_many_queries_as_one_and_at_most_fifteen(world: World, visit: Visit) -> None:
    for stage in (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW, Stage.DEPLOYMENT):
        release = world.release_at(stage)
        if world.spell(release).owner_id is None:
            fit = world.officer if stage == Stage.COMPLIANCE_REVIEW else world.engineer
            ownership.claim(fit, release.pk, at=world.tick())
    wait(world, 30)
    few = {name: queries_of(visit(getattr(world, name)), ADDRESS) for name in ("lead", "officer", "viewer")}
    for _ in range(50):
        world.release_at(Stage.BRIEF)
    wait(world, 30)
    many = {name: queries_of(visit(getattr(world, name)), ADDRESS) for name in few}
    assert few == many
    assert max(many.values()) <= 15
    assert "Next 3" in words(visit(world.lead).get(ADDRESS))
    assert queries_of(visit(world.lead), f"{ADDRESS}?page=2&sort=cost") <= 15


# --- The one-click nudge ----------------------------------------------------------------------------------------------


def test_one_click_nudges_and_answers_with_the_row(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    wait(world)
    client = visit(world.lead)
    headers = {**HTMX, "HX-Target": f"stall-{release.pk}"}
    address = f"/releases/{release.pk}/nudge/"
    answer = client.post(address, {"expected_visit": world.visit(release).pk}, headers=headers)
    text = answer.content.decode().strip()
    assert answer.status_code == 200
    assert text.startswith("<tr")
    assert text.endswith("</tr>")
    assert "Nudged just now" in text
    assert "disabled" in text
    assert world.visit(release).nudges.get().sent_to == world.engineer
    again = client.post(address, headers=headers)
    assert (again.status_code, again["HX-Retarget"]) == (409, "#notices")
    assert "nudged already" in again.content.decode()
    assert world.visit(release).nudges.count() == 1


def test_without_a_script_the_nudge_goes_back_to_the_dashboard(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    wait(world)
    client = visit(world.lead)
    answer = client.post(f"/releases/{release.pk}/nudge/?next=/stalls/%3Ftier%3Dlow")
    assert (answer.status_code, answer["Location"]) == (303, "/stalls/?tier=low")
    assert "Jonas Weber is reminded" in client.get("/stalls/?tier=low").content.decode()
