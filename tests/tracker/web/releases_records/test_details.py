"""The details of runs, datasets and grants as forms: rows without JavaScript, errors in their row, nothing lost."""

from __future__ import annotations

import pytest

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.models import Evidence
from models_registry.vocabulary import EvidenceKind, Stage
from tests.models_registry.details import dataset_detail, grant_detail, run_detail
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import World

RUN, DATASET, GRANT = EvidenceKind.TRAINING_RUN, EvidenceKind.DATASET, EvidenceKind.ACCESS_GRANT
SAID = {"title": "One", "source": "runs/1", "summary": "", "content_digest": ""}


def test_a_run_is_attached_with_rows_and_read_again(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/add/"
    said = {
        **SAID,
        "kind": RUN.value,
        "detail.code.repository": "https://git.example/a",
        "detail.inputs.0.name": "Claims",
        "detail.inputs.0.role": "training",
        "detail.inputs.4.name": "Weather",
        "detail.parameters.1.name": "depth",
        "detail.parameters.1.value": "6",
    }
    assert client.post(address, said).status_code == 303
    piece = Evidence.objects.get()
    assert piece.detail == {
        "code": {"repository": "https://git.example/a"},
        "inputs": [{"name": "Claims", "role": "training"}, {"name": "Weather"}],
        "parameters": [{"name": "depth", "value": "6"}],
    }
    told = words(client.get(f"/releases/evidence/{piece.pk}/"))
    assert "Claims Training not said" in told
    assert "depth 6" in told
    again = client.get(f"{address}?supersedes={piece.pk}")
    assert value_of(again, "detail.inputs.1.name") == "Weather"


def test_what_is_wrong_is_told_in_its_row_and_everything_is_kept(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    said = {
        **SAID,
        "kind": DATASET.value,
        "detail.name": "Claims",
        "detail.row_count": "many",
        "detail.columns.0.name": "email",
        "detail.columns.3.name": "email",
        "detail.columns.3.type": "text",
    }
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/add/", said)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'href="#id_detail.columns.1.name"' in page
    assert 'href="#id_detail.row_count"' in page
    assert "This column is listed twice: remove one of them." in page
    assert [value_of(answer, name) for name in ("detail.row_count", "detail.columns.1.type")] == ["many", "text"]
    assert not Evidence.objects.exists()


def test_more_rows_and_the_fields_of_a_kind_lose_nothing(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/add/"
    part = {**HTMX, "HX-Target": "detail"}
    chosen = client.post(address, {**SAID, "kind": GRANT.value, "add": "kind"}, headers=part)
    assert 'name="detail.grantee"' in chosen.content.decode()
    assert "<h1" not in chosen.content.decode()
    typed = {**SAID, "kind": DATASET.value, "detail.columns.1.name": "email", "add": "detail.columns"}
    more = client.post(address, typed)
    assert (more.status_code, value_of(more, "title"), value_of(more, "detail.columns.0.name")) == (200, "One", "email")
    assert 'name="detail.columns.6.name"' in more.content.decode()
    assert not Evidence.objects.exists()


def test_a_grant_counts_until_its_last_day_is_over(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    facts = EvidenceFacts(GRANT, "DP-1", "DP-1", detail=grant_detail("Claims", until="2026-06-30"))
    piece = attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    assert piece.valid_until is not None
    assert piece.valid_until.isoformat() == "2026-07-01T00:00:00+00:00"
    told = words(visit(world.viewer).get(f"/releases/evidence/{piece.pk}/"))
    assert "What it is for Claims" in told
    assert "Counts until" in told


@pytest.mark.parametrize(
    ("kind", "detail"),
    [(RUN, run_detail("Claims")), (DATASET, dataset_detail("Claims", "Raw")), (GRANT, grant_detail("x"))],
)
def test_a_whole_detail_comes_back_from_the_form_as_it_was(
    world: World, visit: Visit, kind: EvidenceKind, detail: dict[str, object]
) -> None:
    release = world.release_at(Stage.VALIDATION)
    facts = EvidenceFacts(kind, "One", "runs/1", detail=detail)
    piece = attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/add/?supersedes={piece.pk}"
    form = client.get(address).context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields}
    assert client.post(address, {**typed, "title": "Two"}).status_code == 303
    later = Evidence.objects.get(supersedes=piece)
    assert _said(later.detail) == _said(detail)


def _said(raw: object) -> object:
    """A detail without what it leaves empty."""
    if isinstance(raw, dict):
        return {name: _said(value) for name, value in raw.items() if value not in ("", [], {})}
    return [_said(one) for one in raw] if isinstance(raw, list) else raw


def test_what_was_typed_for_one_kind_comes_back_when_it_is_chosen_again(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/add/"
    typed = {
        **SAID,
        "kind": DATASET.value,
        "detail.columns.1.name": "e<m>ail",
        "detail.location": "s3://a",
        "add": "kind",
    }
    scan = client.post(address, {**typed, "kind": "security_scan"})
    assert dict(scan.context["form"].aside) == {"detail.columns.1.name": "e<m>ail", "detail.location": "s3://a"}
    assert "What you typed for another kind is kept here" in words(scan)
    back = client.post(address, {**SAID, **dict(scan.context["form"].aside), "kind": DATASET.value, "add": "kind"})
    form = back.context["form"]
    assert (form["detail.columns.0.name"].value(), form["detail.location"].value()) == ("e<m>ail", "s3://a")
    assert form.aside == []
    sent = {key: value for key, value in typed.items() if key != "add"}
    assert client.post(address, {**sent, "kind": "document"}).status_code == 303
    assert release.evidence.latest("pk").detail == {}
