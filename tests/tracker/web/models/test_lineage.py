"""The lineage on the pages of a model and of its review: as a list that says everything, gaps included."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.vocabulary import EvidenceKind, Stage
from tests.models_registry.details import run_detail
from tests.tracker.web.visiting import Visit, words
from tests.world import World


def test_both_pages_list_the_way_and_what_is_unknown(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    facts = EvidenceFacts(EvidenceKind.TRAINING_RUN, "Run 2", "runs/2", detail=run_detail("holdout & co"))
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    for person, address in (
        (world.viewer, f"/models/{release.model.slug}/"),
        (world.officer, f"/reviews/{world.open_review(release).pk}/"),
    ):
        said = words(visit(person).get(address))
        assert "holdout & co unknown No dataset evidence describes it" in said
        assert "Training run 1 commit 9f2c1d7 , from card transactions" in said
        assert "1 unknown" in said


def test_a_long_lineage_costs_no_query_more(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.viewer), f"/models/{release.model.slug}/"
    client.get(address)
    with CaptureQueriesContext(connection) as few:
        client.get(address)
    for number in range(12):
        facts = EvidenceFacts(EvidenceKind.DATASET, f"T{number}", f"t/{number}", detail={"name": f"T{number}"})
        attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    with CaptureQueriesContext(connection) as many:
        client.get(address)
    assert len(many) == len(few)


def test_a_lineage_too_big_to_be_drawn_whole_says_what_is_drawn(
    world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models_registry.requirements.lineage.MOST_DRAWN", 3)
    monkeypatch.setattr("models_registry.requirements.lineage.NEAREST", 2)
    release = world.release_at(Stage.COMPLIANCE_REVIEW)
    page = visit(world.viewer).get(f"/models/{release.model.slug}/")
    assert "entries 2 are drawn, the nearest to the candidate. The list has all of them." in words(page)
    nodes = re.findall(r"<li data-node=[^>]*>", page.content.decode())
    assert len([node for node in nodes if "data-far" not in node]) == 2 < len(nodes)
