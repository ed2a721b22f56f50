"""Evidence, the candidate and the deployment specification as pages."""

from __future__ import annotations

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.models import DeploymentSpec, Evidence, ModelVersion
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import COMPLETE_DEPLOYMENT, World

CARD = {
    "kind": "model_card",
    "title": "Card 1",
    "source": "https://wiki.example/1",
    "summary": "",
    "content_digest": "",
}
DIGEST = "ab" * 32


def test_evidence_is_attached_with_its_measured_values(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    asked = client.get(f"/releases/{release.pk}/evidence/add/?kind=benchmark")
    assert value_of(asked, "kind") == "benchmark"
    assert '<option value="latency_p95">' in asked.content.decode()
    said = {
        **CARD,
        "kind": "benchmark",
        "measurements.0.code": "latency_p95",
        "measurements.0.value": "84",
        "measurements.0.unit": "ms",
        "measurements.2.code": "metric:auc",
        "measurements.2.value": "0.93",
    }
    answer = client.post(f"/releases/{release.pk}/evidence/add/", said)
    assert answer["Location"] == f"/models/{release.model.slug}/?release=1"
    piece = Evidence.objects.get()
    assert [(row["code"], row["value"]) for row in piece.measurements] == [
        ("latency_p95", "84"),
        ("metric:auc", "0.93"),
    ]
    assert "84 ms" in words(client.get(answer["Location"]))


def test_a_bad_value_is_told_in_its_line_and_everything_is_kept(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    said = {**CARD, "title": "Bench", "measurements.1.code": "latency_p95", "measurements.1.value": "fast"}
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/add/", said)
    assert answer.status_code == 422
    assert 'href="#id_measurements.0.value"' in answer.content.decode()
    assert value_of(answer, "measurements.0.value") == "fast"
    assert value_of(answer, "title") == "Bench"
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [{"kind": "rumour"}, {"title": ""}, {"title": "t" * 300}, {"source": ""}, {"content_digest": "12"}, {"kind": ""}],
)
def test_what_is_missing_or_unknown_is_refused(world: World, visit: Visit, odd: dict[str, str]) -> None:
    release = world.release_at(Stage.VALIDATION)
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/add/", {**CARD, **odd})
    assert answer.status_code == 422
    assert not Evidence.objects.exists()


def test_a_double_press_attaches_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    for _ in range(2):
        assert client.post(f"/releases/{release.pk}/evidence/add/", CARD).status_code == 303
    assert Evidence.objects.count() == 1


def test_more_lines_are_one_press_away(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    said = {**CARD, "add": "measurements", "measurements.0.code": "cpu", "measurements.2.code": ""}
    answer = client.post(f"/releases/{release.pk}/evidence/add/", said)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'name="measurements.5.code"' in page
    assert value_of(answer, "measurements.0.code") == "cpu"
    assert value_of(answer, "title") == "Card 1"
    part = client.post(
        f"/releases/{release.pk}/evidence/add/", said, headers={**HTMX, "HX-Target": "measurements"}
    ).content.decode()
    assert 'name="measurements.5.code"' in part
    assert 'name="title"' not in part
    assert not Evidence.objects.exists()


def test_a_record_is_superseded_and_both_are_told(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    old = attach_evidence(
        world.engineer,
        release.pk,
        EvidenceFacts("benchmark", "Load 1", "runs/1", measurements=[{"code": "cpu", "value": "2", "unit": "cores"}]),
        at=world.tick(),
    )
    client = visit(world.engineer)
    address = f"/releases/{release.pk}/evidence/add/?supersedes={old.pk}"
    asked = client.get(address)
    assert (value_of(asked, "title"), value_of(asked, "measurements.0.code")) == ("Load 1", "cpu")
    assert value_of(asked, "measurements.0.value") == ""
    said = {**CARD, "kind": "benchmark", "title": "Load 2"}
    assert client.post(address, said).status_code == 303
    again = client.post(address, {**said, "title": "Load 3"})
    assert again.status_code == 409
    assert "was already superseded by “Load 2”" in words(again)
    assert value_of(again, "title") == "Load 3"
    page = words(client.get(f"/releases/evidence/{old.pk}/"))
    assert "This record no longer counts." in page
    assert "Load 2" in page
    assert "1 superseded" in words(client.get(f"/models/{release.model.slug}/"))


def test_evidence_of_another_release_cannot_be_superseded_from_here(world: World, visit: Visit) -> None:
    mine, other = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    piece = attach_evidence(world.engineer, other.pk, EvidenceFacts("document", "Note", "wiki/9"), at=world.tick())
    client = visit(world.engineer)
    for odd in (piece.pk, 10**30, "x", -1):
        assert client.get(f"/releases/{mine.pk}/evidence/add/?supersedes={odd}").status_code == 404


def test_a_record_is_hidden_with_its_model(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, restricted=True)
    piece = attach_evidence(world.engineer, release.pk, EvidenceFacts("document", "Note", "wiki/9"), at=world.tick())
    assert visit(world.viewer).get(f"/releases/evidence/{piece.pk}/").status_code == 200
    assert visit(world.stranger).get(f"/releases/evidence/{piece.pk}/").status_code == 404


def test_a_candidate_is_named_and_named_again(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    address = f"/releases/{release.pk}/candidate/"
    refused = client.post(address, {"uri": "models:/x/1", "digest": "12"})
    assert refused.status_code == 422
    assert value_of(refused, "uri") == "models:/x/1"
    assert client.post(address, {"uri": "models:/x/1", "digest": DIGEST}).status_code == 303
    assert client.post(address, {"uri": "models:/x/1", "digest": DIGEST}).status_code == 303
    assert ModelVersion.objects.get().digest == f"sha256:{DIGEST}"
    assert "In place of version 1" in words(client.get(address))


def test_a_deployment_is_specified_in_revisions(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    client = visit(world.engineer)
    address = f"/releases/{release.pk}/deployment/"
    asked = words(client.get(address))
    assert "The brief asks for eu-west-1, availability ≥ 99.9%" in asked
    owner = {"service_owner": str(world.colleague.pk)}
    assert client.post(address, {"environment": "production", **owner}).status_code == 303
    assert client.post(address, {**COMPLETE_DEPLOYMENT, **owner}).status_code == 303
    newest = DeploymentSpec.objects.order_by("-number")[0]
    assert (newest.number, newest.service_owner, newest.content["replicas"]) == (2, world.colleague, "3")
    again = client.get(address)
    assert value_of(again, "rollback_plan") == COMPLETE_DEPLOYMENT["rollback_plan"]
    assert value_of(again, "service_owner") == str(world.colleague.pk)


@pytest.mark.parametrize(
    "odd",
    [
        {"replicas": "-1"},
        {"image_digest": "latest"},
        {"monitoring_url": "javascript:alert(1)"},
        {"availability_percent": "101"},
        {"currency": "EURO"},
        {"service_owner": "999999"},
    ],
)
def test_a_specification_that_cannot_be_is_refused(world: World, visit: Visit, odd: dict[str, str]) -> None:
    release = world.release_at(Stage.DEPLOYMENT)
    answer = visit(world.engineer).post(f"/releases/{release.pk}/deployment/", {**COMPLETE_DEPLOYMENT, **odd})
    assert answer.status_code == 422
    assert not DeploymentSpec.objects.exists()
    assert value_of(answer, "endpoint") == COMPLETE_DEPLOYMENT["endpoint"]


@pytest.mark.parametrize("act", ["evidence/add", "candidate", "deployment"])
def test_readers_write_nothing_down(world: World, visit: Visit, act: str) -> None:
    release = world.release_at(Stage.VALIDATION)
    for person in (world.viewer, world.auditor, world.officer, world.stranger):
        client = visit(person)
        assert client.get(f"/releases/{release.pk}/{act}/").status_code == 403
        assert client.post(f"/releases/{release.pk}/{act}/", CARD).status_code == 403
    assert not Evidence.objects.exists()


def test_a_retired_release_takes_nothing_new_and_says_so(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.RETIRED)
    before = Evidence.objects.count()
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/add/", CARD)
    assert answer.status_code == 409
    assert "This release is retired" in words(answer)
    assert value_of(answer, "title") == "Card 1"
    assert Evidence.objects.count() == before
