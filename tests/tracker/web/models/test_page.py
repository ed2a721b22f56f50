"""The page of a model: what it says first, what each person may do from it, and what it hides."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from governance.acts.briefs import amend_brief
from governance.acts.costs import CostFacts, record_cost
from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.holds import hold
from governance.acts.intake import start_release
from governance.acts.ownership import offer_handover
from governance.acts.transitions import break_glass, kill, park
from models_registry.models import ImportedRow, ImportRun, Person, Release
from models_registry.vocabulary import RiskTier, Stage
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World


def address(release: Release) -> str:
    return f"/models/{release.model.slug}/?release={release.number}"


def acts_of(page: object, release: Release) -> set[str]:
    """The acts on the release that the page leads to."""
    text = getattr(page, "content").decode()  # noqa: B009  a test response is not typed as one
    prefix = f'"/releases/{release.pk}/'
    return {part.split("/")[0] for part in text.split(prefix)[1:]}


def test_the_first_line_tells_state_reason_owner_and_cost(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    facts = CostFacts("validation", "compute", world.now.date(), amount=Decimal(1200))
    record_cost(world.engineer, release.pk, facts, at=world.tick())
    world.tick(timedelta(days=21))
    late = CostFacts("validation", "compute", world.now.date(), amount=Decimal(340))
    record_cost(world.engineer, release.pk, late, at=world.tick())
    said = words(visit(world.viewer).get(address(release)))
    assert "Stalled in validation, " in said
    assert "past its budget." in said
    assert "Owner Jonas Weber." in said
    assert "Cost so far €1,540, €340 of it since the budget passed." in said


@pytest.mark.parametrize(
    ("stage", "first"),
    [
        (Stage.BRIEF, "In brief, "),
        (Stage.COMPLIANCE_REVIEW, "Nobody owns compliance review, for "),
        (Stage.LIVE, "Live since "),
        (Stage.RETIRED, "Retired since "),
    ],
)
def test_every_state_has_its_own_first_line(world: World, visit: Visit, stage: Stage, first: str) -> None:
    assert first in words(visit(world.lead).get(address(world.release_at(stage))))


def test_a_parked_a_given_up_and_a_held_release_tell_why(world: World, visit: Visit) -> None:
    parked, killed, held = (world.release_at(Stage.BRIEF) for _ in range(3))
    park(world.lead, parked.pk, "no_budget", "Next year perhaps", at=world.tick())
    kill(world.lead, killed.pk, "no_value", "Nobody needs it.", at=world.tick())
    hold(
        world.engineer,
        held.pk,
        reason_code="legal_contract",
        reason="The licence is not signed.",
        waits_on="external",
        expected_end=world.now + timedelta(days=10),
        at=world.tick(),
    )
    client = visit(world.viewer)
    assert "Parked in brief since" in words(client.get(address(parked)))
    assert "No budget. Next year perhaps." in words(client.get(address(parked)))
    assert "Given up in brief on" in words(client.get(address(killed)))
    said = words(client.get(address(held)))
    assert "On hold in brief until" in said
    assert "The licence is not signed." in said


def test_open_checks_come_before_done_ones_each_with_its_act(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, tier=RiskTier.MEDIUM)
    facts = EvidenceFacts("model_card", "Card 1", "wiki/1")
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    page = visit(world.engineer).get(address(release))
    said = words(page)
    assert said.index("Missing: Training run") < said.index("Done: Model card Attached: Card 1.")
    text = page.content.decode()
    assert f'href="/releases/{release.pk}/evidence/add/?kind=benchmark' in text
    assert f'href="/releases/{release.pk}/candidate/' in text


def test_an_open_gate_gives_the_owner_one_primary_act(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    page = visit(world.engineer).get(address(release))
    assert "Move into validation" in words(page)
    assert page.content.decode().count('class="btn btn-primary"') == 1
    assert "Nothing is missing to enter validation" in words(page)


def test_whoever_may_not_move_it_sees_who_can(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    world.sign(release)
    page = visit(world.viewer).get(address(release))
    assert "Only the owner of the stage, a lead or an administrator moves a release." in words(page)
    assert "disabled" in page.content.decode()
    assert acts_of(page, release) == {"brief", "coverage"}


@pytest.mark.parametrize("name", ["viewer", "auditor", "officer", "stranger"])
def test_readers_find_no_act_that_they_may_not_do(world: World, visit: Visit, name: str) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    page = visit(getattr(world, name)).get(address(release))
    assert page.status_code == 200
    assert acts_of(page, release) == {"brief", "coverage"}
    assert "model_edit" not in page.content.decode()


def test_an_engineer_is_offered_the_vacancy_and_a_lead_its_assignment(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    engineer = acts_of(visit(world.engineer).get(address(release)), release)
    lead = acts_of(visit(world.lead).get(address(release)), release)
    assert "claim" in engineer
    assert not engineer & {"assign", "park", "kill", "break-glass"}
    assert {"claim", "assign", "park", "kill", "break-glass", "send-back"} <= lead
    assert "nudge" not in lead


def test_each_state_offers_its_own_acts_to_a_lead(world: World, visit: Visit) -> None:
    live, parked, killed = world.release_at(Stage.LIVE), world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF)
    park(world.lead, parked.pk, "no_budget", "Next year.", at=world.tick())
    kill(world.lead, killed.pk, "no_value", "Nobody needs it.", at=world.tick())
    client = visit(world.lead)
    offered = {name: acts_of(client.get(address(one)), one) for name, one in (("live", live), ("parked", parked))}
    assert {"retire", "send-back"} <= offered["live"]
    assert not offered["live"] & {"park", "kill", "reopen", "break-glass", "hold"}
    assert {"reopen", "kill"} <= offered["parked"]
    assert not offered["parked"] & {"park", "assign", "hold", "break-glass", "nudge"}
    assert "kill" not in acts_of(client.get(address(killed)), killed)


def test_a_second_release_is_chosen_by_its_number(world: World, visit: Visit) -> None:
    first = world.release_at(Stage.LIVE)
    second = start_release(world.engineer, first.model, at=world.tick())
    client = visit(world.lead)
    assert "In brief, " in words(client.get(f"/models/{first.model.slug}/"))
    assert "Live since " in words(client.get(address(first)))
    assert "release 2" in words(client.get(address(second)))
    assert client.get(f"/models/{first.model.slug}/?release=3").status_code == 404
    assert client.get(f"/models/{first.model.slug}/?release=x").status_code == 200


def test_what_is_hidden_cannot_be_told_from_what_is_missing(world: World, visit: Visit) -> None:
    secret = world.release_at(Stage.BRIEF, name="secret-model", restricted=True)
    client = visit(world.stranger)
    hidden = client.get(address(secret))
    missing = client.get("/models/no-such-model/")
    assert (hidden.status_code, missing.status_code) == (404, 404)
    assert words(hidden) == words(missing)
    assert visit(world.viewer).get(address(secret)).status_code == 200


def test_broken_glass_is_told_with_its_reason_and_review(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    break_glass(world.lead, release.pk, "The regulator asks for it.", at=world.tick())
    said = words(visit(world.viewer).get(address(release)))
    assert "Broken glass: Marta Oliveira passed the gate into validation with 3 checks unmet" in said
    assert "The regulator asks for it." in said
    assert "The review in retrospect is due" in said


def test_an_offer_is_answered_from_the_page_by_whom_it_names(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    offer = offer_handover(world.engineer, release.pk, world.colleague, "All is written.", at=world.tick())
    assert f"/releases/offers/{offer.pk}/accept/" in visit(world.colleague).get(address(release)).content.decode()
    asked = visit(world.lead).get(address(release)).content.decode()
    assert f"/releases/offers/{offer.pk}/accept/" not in asked
    assert "All is written." in asked


def test_an_amendment_is_marked_and_the_brief_in_force_is_shown(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    amend_brief(world.engineer, release.pk, "The budget grew.", at=world.tick())
    said = words(visit(world.engineer).get(address(release)))
    assert "amendment open" in said
    assert "brief revision 1, signed" in said


def test_the_row_of_an_import_is_shown_as_it_was_found(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    run = ImportRun.objects.create(
        file_name="inventory.csv", file_digest="sha256:0", map_name="guessed", as_of=world.now.date()
    )
    ImportedRow.objects.create(
        key="1", model=release.model, run=run, line=7, raw={"Use case": "<b>Cards</b>", "PII": ""}, digest="sha256:0"
    )
    page = visit(world.viewer).get(address(release))
    assert "inventory.csv, line 7" in words(page)
    assert "&lt;b&gt;Cards&lt;/b&gt;" in page.content.decode()


def test_only_whoever_reads_the_trail_is_led_to_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    assert "Full audit trail" in words(visit(world.auditor).get(address(release)))
    said = words(visit(world.engineer).get(address(release)))
    assert "Full audit trail" not in said
    assert "registered the model in Payments risk, low risk" in said


def test_the_whole_activity_is_one_link_away(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.RETIRED)
    client = visit(world.viewer)
    assert "registered the model" not in words(client.get(address(release)))
    assert "registered the model" in words(client.get(f"{address(release)}&activity=all"))


def test_metrics_of_any_shape_do_no_harm(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    odd = EvidenceFacts("benchmark", "Odd", "javascript:alert(1)", measurements=[{"code": "cpu", "value": "1e2"}])
    attach_evidence(world.engineer, release.pk, odd, at=world.tick())
    page = visit(world.engineer).get(address(release)).content.decode()
    assert 'href="javascript:' not in page
    assert json.dumps("javascript:alert(1)").strip('"') in page


@pytest.mark.parametrize("name", ["lead", "engineer", "officer", "auditor", "admin", "viewer"])
def test_every_stage_opens_for_every_role(world: World, visit: Visit, name: str) -> None:
    person: Person = getattr(world, name)
    for stage in Stage:
        release = world.release_at(stage, tier=RiskTier.HIGH if stage is Stage.COMPLIANCE_REVIEW else RiskTier.LOW)
        assert visit(person).get(address(release)).status_code == 200


def test_the_page_costs_the_same_however_much_was_written_down(world: World, visit: Visit) -> None:
    small, large = world.release_at(Stage.DEPLOYMENT), world.release_at(Stage.DEPLOYMENT)
    for number in range(10):
        facts = EvidenceFacts("document", f"Note {number}", f"wiki/{number}")
        attach_evidence(world.engineer, large.pk, facts, at=world.tick())
        cost = CostFacts("deployment", "other", world.now.date(), amount=Decimal(10 + number))
        record_cost(world.engineer, large.pk, cost, at=world.tick())
    client = visit(world.lead)
    assert queries_of(client, address(large)) <= queries_of(client, address(small)) + 1 <= 34
