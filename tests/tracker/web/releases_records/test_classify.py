"""Columns are classified by a person, with suggestions from names and from a sample that is never stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.evidence import EvidenceFacts, attach_evidence
from models_registry.models import Evidence
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage
from tests.models_registry.details import dataset_detail
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

COLUMNS = [{"name": "mail", "type": "string"}, {"name": "x7", "type": "string", "classification": "none"}]
CSV = b"mail;x7;plz\na@b.example;GB82 WEST 1234 5698 7654 32;10115\nc@d.example;DE89370400440532013000;20095\n"


@pytest.fixture
def piece(world: World) -> Evidence:
    release = world.release_at(Stage.VALIDATION)
    detail = dataset_detail("Claims", "Raw", columns=COLUMNS, lawful_basis="", retention_months="")
    facts = EvidenceFacts(EvidenceKind.DATASET, "Table", "t/1", "What it is.", detail=detail)
    return attach_evidence(world.engineer, release.pk, facts, at=world.tick())


def typed(answer: Any) -> dict[str, str]:
    """What the form would send as it stands."""
    form = answer.context["form"]
    sent = {name: str(form[name].value() or "") for name in form.fields if name != "sample"}
    for column in form.columns:
        start = f"column.{column.number}"
        sent |= {f"{start}.name": column.row.name, f"{start}.type": column.row.type, f"{start}.hint": column.row.hint}
    return sent


def test_what_is_confirmed_becomes_a_record_in_the_place_of_the_old_one(
    world: World, visit: Visit, piece: Evidence
) -> None:
    client, address = visit(world.engineer), f"/releases/evidence/{piece.pk}/classify/"
    page = client.get(address)
    assert "Personal 99 %" not in words(page)
    assert "Personal 95 % The name suggests e-mail addresses." in words(page)
    assert value_of(page, "class.0") == ""
    filled = client.post(address, {**typed(page), "do": "fill"})
    assert filled.context["form"]["class.0"].value() == "personal"
    assert Evidence.objects.count() == 1
    sent = {**typed(filled), "lawful_basis": "consent", "retention_months": "12"}
    assert client.post(address, sent).status_code == 303
    later = Evidence.objects.get(supersedes=piece)
    assert later.detail == {
        **dataset_detail("Claims", "Raw", lawful_basis="consent", retention_months="12"),
        "columns": [{**COLUMNS[0], "classification": "personal"}, COLUMNS[1]],
    }
    assert (later.title, later.source, later.summary) == ("Table", "t/1", "What it is.")
    again = client.post(address, {**sent, "class.0": "none"})
    assert again.status_code == 409
    assert "already superseded" in words(again)


def test_a_sample_adds_suggestions_and_columns_and_is_stored_nowhere(
    world: World, visit: Visit, piece: Evidence
) -> None:
    client, address = visit(world.engineer), f"/releases/evidence/{piece.pk}/classify/"
    sent = {**typed(client.get(address)), "do": "sample", "sample": SimpleUploadedFile("t.csv", CSV)}
    with CaptureQueriesContext(connection) as asked:
        answer = client.post(address, sent)
    assert not any("GB82" in query["sql"] or "a@b.example" in query["sql"] for query in asked)
    said = words(answer)
    assert "Personal 99 % The name suggests e-mail addresses, and the sample holds e-mail addresses." in said
    assert "Financial 99 % The sample holds IBANs with right check digits." in said
    assert "plz only in the sample" in said
    assert "GB82" not in said
    filled = client.post(address, {**typed(answer), "do": "fill"})
    assert [filled.context["form"][f"class.{at}"].value() for at in range(3)] == [
        "personal",
        "none",
        "quasi_identifier",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PAR1 cut", "cannot be read as Parquet"),
        (b"\x00binary\x00", "binary file"),
        (",".join(f"c{n}" for n in range(501)).encode(), "501 columns, and 500 is the most"),
    ],
)
def test_a_sample_that_cannot_be_read_is_told_and_nothing_typed_is_lost(
    world: World, visit: Visit, piece: Evidence, data: bytes, said: str
) -> None:
    client, address = visit(world.engineer), f"/releases/evidence/{piece.pk}/classify/"
    sent = {**typed(client.get(address)), "class.0": "credential", "do": "sample"}
    answer = client.post(address, {**sent, "sample": SimpleUploadedFile("t", data)})
    assert answer.status_code == 422
    assert said in words(answer)
    assert answer.context["form"]["class.0"].value() == "credential"


def test_a_bad_retention_is_told_and_only_the_team_classifies(world: World, visit: Visit, piece: Evidence) -> None:
    address = f"/releases/evidence/{piece.pk}/classify/"
    client = visit(world.engineer)
    answer = client.post(address, {**typed(client.get(address)), "retention_months": "long"})
    assert (answer.status_code, value_of(answer, "retention_months")) == (422, "long")
    assert "The retention must be a plain number" in str(answer.context["form"]["retention_months"].errors)
    assert visit(world.viewer).get(address).status_code == 403
    assert visit(world.officer).post(address, {}).status_code == 403
    assert client.get(f"/releases/evidence/{piece.pk + 999}/classify/").status_code == 404


def test_the_gate_leads_to_the_open_columns(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, tier=RiskTier.MEDIUM)
    facts = EvidenceFacts(EvidenceKind.DATASET, "Table", "t/1", detail=dataset_detail("Claims", columns=COLUMNS))
    table = attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    page = visit(world.engineer).get(f"/models/{release.model.slug}/")
    assert f'href="/releases/evidence/{table.pk}/classify/?next=' in page.content.decode()
    assert "Nobody has said yet what these columns hold. Claims: mail." in words(page)
