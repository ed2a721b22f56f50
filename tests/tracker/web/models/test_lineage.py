"""The lineage on the pages of a model and of its review: as a list that says everything, gaps included."""

from __future__ import annotations

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
