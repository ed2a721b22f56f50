"""The gate as the acts see it: another candidate is another model, and has to be measured again."""

from governance.acts.evidence import EvidenceFacts, attach_evidence, name_candidate
from governance.dossiers import gate_of
from models_registry.models import Release
from models_registry.vocabulary import EvidenceKind, Stage
from tests.world import World


def open_checks(world: World, release: Release) -> set[str]:
    return {check.code for check in gate_of(world.visit(release)).unmet}


def test_another_candidate_reopens_what_was_measured_on_the_first_and_nothing_else(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    assert open_checks(world, release) == set()
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="d" * 64, at=world.tick())
    reopened = open_checks(world, release)
    assert {"evidence:validation_report", "evidence:training_run", "evidence:model_card"} <= reopened
    assert {"requirement:latency_p95", "requirement:throughput"} <= reopened
    assert reopened.isdisjoint({"candidate", "brief_in_force", "evidence:dataset", "evidence:access_grant"})


def test_evidence_about_the_new_candidate_meets_its_check(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="d" * 64, at=world.tick())
    facts = EvidenceFacts(EvidenceKind.MODEL_CARD, "Model card 2", "runs/card-2", measurements=[])
    attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    assert "evidence:model_card" not in open_checks(world, release)


def test_going_back_to_the_first_candidate_brings_its_evidence_back(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    world.prove(release)
    first = Release.objects.select_related("candidate").get(pk=release.pk).candidate
    assert first is not None
    name_candidate(world.engineer, release.pk, uri="models:/other/2", digest="d" * 64, at=world.tick())
    name_candidate(world.engineer, release.pk, uri=first.uri, digest=first.digest, at=world.tick())
    assert open_checks(world, release) == set()
