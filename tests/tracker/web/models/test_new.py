"""Write the first brief: a draft or signed at once, and nothing that was typed is ever lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from governance.models import StageOwnership
from models_registry.models import Brief, RegisteredModel
from models_registry.vocabulary import TeamRole
from tests.tracker.web.visiting import HTMX, Visit, value_of, words
from tests.world import COMPLETE_BRIEF, World

MODEL = {
    "name": "refund-abuse-scorer",
    "team": "payments-risk",
    "risk_tier": "high",
    "purpose": "Holds refunds that are abusive.",
    "personal_data": "yes",
    "tags": "refunds, Tabular",
    "restricted": "on",
}


def sent(**changes: Any) -> dict[str, str]:
    """A complete brief as its form sends it."""
    said: dict[str, str] = {**MODEL, "do": "sign"}
    for name, value in COMPLETE_BRIEF.items():
        if name == "acceptance_metrics":
            for at, row in enumerate(value):
                said |= {f"acceptance_metrics.{at}.{part}": text for part, text in row.items()}
        elif name == "data_sources":
            for at, row in enumerate(value):
                answer = "yes" if row["contains_personal_data"] else "no"
                said |= {f"data_sources.{at}.name": row["name"], f"data_sources.{at}.uri": row["uri"]}
                said[f"data_sources.{at}.contains_personal_data"] = answer
        elif name == "risk_answers":
            said |= {f"risk_answers.{code}": answer for code, answer in value.items()}
        else:
            said[name] = str(value)
    return {**said, **changes}


@pytest.fixture
def client(world: World, visit: Visit) -> Client:
    return visit(world.engineer)


def test_the_requirements_come_right_after_name_team_and_tier(client: Client) -> None:
    page = client.get("/models/new/")
    assert page.status_code == 200
    said = words(page)
    places = [said.index(part) for part in ("Model name", "Team", "Risk tier", "Production requirements", "Purpose")]
    assert places == sorted(places)
    assert "8 kinds of evidence, 2 approvals" in said


def test_a_complete_brief_is_registered_and_signed(client: Client, world: World) -> None:
    answer = client.post("/models/new/", sent())
    model = RegisteredModel.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/models/{model.slug}/?release=1")
    assert (model.name, model.risk_tier, model.restricted, model.personal_data) == (
        "refund-abuse-scorer",
        "high",
        True,
        True,
    )
    assert sorted(model.tags.values_list("name", flat=True)) == ["refunds", "tabular"]
    brief = Brief.objects.get()
    assert brief.signed_by == world.engineer
    assert brief.content["acceptance_metrics"] == COMPLETE_BRIEF["acceptance_metrics"]
    assert brief.content["data_sources"] == COMPLETE_BRIEF["data_sources"]
    assert StageOwnership.objects.get().owner == world.engineer
    assert "its brief is signed" in words(client.get(answer["Location"]), "body")


def test_the_risk_questions_say_what_each_answer_leads_to_and_what_they_come_to(client: Client) -> None:
    said = words(client.get("/models/new/"))
    assert "Who looks at a result before it takes effect?" in said
    assert "Work and the management of workers (Annex III, 4) (at least high, 3 points)" in said
    drafted = client.post("/models/new/", sent(risk_tier="low", **{"risk_answers.safety": "direct"}))
    model = RegisteredModel.objects.get()
    assert (drafted.status_code, model.risk_tier) == (303, "high")
    release = Brief.objects.get().release_id
    told = words(client.get(f"/releases/{release}/brief/"))
    assert "The answers ask for High risk By itself: “Yes, or it runs something that lives depend on”." in told


def test_an_answer_left_out_is_missed_at_its_question_and_the_others_stay(client: Client) -> None:
    answer = client.post("/models/new/", sent(**{"risk_answers.scale": ""}))
    assert answer.status_code == 422
    assert "Answer this too: How many people does it touch in a year?" in words(answer)
    assert 'href="#id_risk_answers.scale"' in answer.content.decode()
    assert value_of(answer, "risk_answers.rights") == "no"
    assert "So far the answers ask for tier low; 1 question open." in words(answer)
    assert not RegisteredModel.objects.exists()


def test_a_draft_may_leave_everything_open(client: Client) -> None:
    answer = client.post("/models/new/", {"name": "bare", "team": "payments-risk", "risk_tier": "low", "do": "draft"})
    assert answer.status_code == 303
    brief = Brief.objects.get()
    assert (brief.content, brief.is_signed) == ({}, False)


def test_a_signature_wants_everything_and_keeps_what_there_is(client: Client) -> None:
    said = sent(latency_ms="", region="")
    answer = client.post("/models/new/", said)
    assert answer.status_code == 422
    assert not RegisteredModel.objects.exists()
    told = words(answer)
    assert "2 things to put right." in told
    assert "Give the latency in milliseconds" in told
    assert "Name the region the model must run in." in told
    assert "8 of 10" in told
    for name in ("name", "purpose", "input_schema", "throughput_rps", "tags", "acceptance_metrics.0.threshold"):
        assert value_of(answer, name) == said[name], name


def test_a_negative_latency_is_refused_at_its_field(client: Client) -> None:
    answer = client.post("/models/new/", sent(latency_ms="-5", do="draft"))
    assert answer.status_code == 422
    assert "Latency is -5: give a number above 0" in words(answer)
    assert 'href="#id_latency_ms"' in answer.content.decode()
    assert not RegisteredModel.objects.exists()


def test_a_schema_is_refused_at_its_line_and_kept(client: Client) -> None:
    schema = '{\n  "type": "object",\n  "properties": {\n    "a": {"maximun": 1}\n  }\n}'
    answer = client.post("/models/new/", sent(output_schema=schema, do="draft"))
    assert answer.status_code == 422
    assert "Line 4:" in words(answer)
    assert "<mark>4</mark>" in answer.content.decode()
    assert value_of(answer, "output_schema") == schema


@pytest.mark.parametrize("reference", ["file:///etc/passwd", "https://example.com/schema.json"])
def test_a_schema_that_leads_elsewhere_is_refused(client: Client, reference: str) -> None:
    answer = client.post("/models/new/", sent(input_schema=f'{{"$ref": "{reference}"}}', do="draft"))
    assert answer.status_code == 422
    assert 'href="#id_input_schema"' in answer.content.decode()
    assert not RegisteredModel.objects.exists()


def test_a_schema_of_some_megabytes_is_refused_by_its_name_and_kept(client: Client) -> None:
    schema = '{"title": "' + "a" * (1024 * 1024) + '"}'
    answer = client.post("/models/new/", sent(input_schema=schema, do="draft"))
    assert answer.status_code == 422
    assert "The schema is larger than 256 KB" in words(answer)
    assert value_of(answer, "input_schema") == schema


def test_a_schema_of_ten_megabytes_is_refused_by_its_name(client: Client) -> None:
    body = "do=draft&name=x&input_schema=" + "a" * (10 * 1024 * 1024) + "&output_schema=b"
    answer = client.post("/models/new/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413
    told = words(answer)
    assert "Input schema holds 10.0 MB: a JSON Schema may have 256 KB." in told
    assert "Nothing was saved." in told


def test_problems_of_a_row_land_in_that_row(client: Client) -> None:
    rows = {
        "acceptance_metrics.0.metric": "auc",
        "acceptance_metrics.0.comparison": "at_least",
        "acceptance_metrics.0.threshold": "0.9",
        "acceptance_metrics.2.metric": "auc",
        "acceptance_metrics.2.comparison": "at_least",
        "acceptance_metrics.2.threshold": "much",
        "acceptance_metrics.2.slice": "region=eu",
    }
    answer = client.post("/models/new/", sent(**rows))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'href="#id_acceptance_metrics.1.threshold"' in page
    assert 'id="id_acceptance_metrics.1.threshold"' in page
    assert value_of(answer, "acceptance_metrics.1.slice") == "region=eu"


def test_a_list_that_lacks_an_entry_says_so_at_its_first_line(client: Client) -> None:
    said = {name: text for name, text in sent().items() if not name.startswith("acceptance_metrics")}
    answer = client.post("/models/new/", said)
    assert answer.status_code == 422
    assert 'href="#id_acceptance_metrics.0.metric"' in answer.content.decode()
    assert "Name at least one acceptance metric" in words(answer)


def test_more_lines_are_one_press_away_and_nothing_is_saved_or_lost(client: Client) -> None:
    first = client.get("/models/new/").content.decode()
    assert 'name="acceptance_metrics.2.metric"' in first
    assert 'name="acceptance_metrics.3.metric"' not in first
    said = sent(add="acceptance_metrics", **{"acceptance_metrics.2.metric": ""})
    answer = client.post("/models/new/", said)
    assert answer.status_code == 200
    assert 'name="acceptance_metrics.4.metric"' in answer.content.decode()
    assert value_of(answer, "name") == "refund-abuse-scorer"
    assert value_of(answer, "acceptance_metrics.0.metric") == "auc"
    assert "to put right" not in words(answer)
    assert not RegisteredModel.objects.exists()


def test_with_a_script_only_the_lines_come_back(client: Client) -> None:
    answer = client.post("/models/new/", sent(add="data_sources"), headers={**HTMX, "HX-Target": "data_sources"})
    page = answer.content.decode()
    assert 'name="data_sources.0.name"' in page
    assert "<main" not in page
    assert 'name="acceptance_metrics.0.metric"' not in page


def test_a_name_that_the_team_uses_already_is_refused_at_the_name(client: Client) -> None:
    client.post("/models/new/", sent(do="draft"))
    answer = client.post("/models/new/", sent(do="draft"))
    assert answer.status_code == 422
    assert "already has a model called refund-abuse-scorer" in words(answer)
    assert RegisteredModel.objects.count() == 1


def test_a_refused_name_undoes_nothing_but_itself(client: Client) -> None:
    answer = client.post("/models/new/", sent(name="n" * 200))
    assert answer.status_code == 422
    assert "Keep the name to 120 characters" in words(answer)
    assert not Brief.objects.exists()


@pytest.mark.parametrize(
    "odd",
    [
        {"team": "no-such-team"},
        {"risk_tier": "extreme"},
        {"serving_mode": "telepathy"},
        {"personal_data": "perhaps"},
        {"name": ""},
        {"name": "\x00\x01"},
        {"acceptance_metrics.0.comparison": "roughly"},
        {"data_sources.0.contains_personal_data": "perhaps"},
        {"data_sources.0.uri": "javascript:alert(1)"},
        {"risk_answers.rights": "perhaps"},
    ],
)
def test_what_no_form_offers_is_refused_and_changes_nothing(client: Client, odd: dict[str, str]) -> None:
    assert client.post("/models/new/", sent(**odd)).status_code == 422
    assert not RegisteredModel.objects.exists()


def test_rows_far_beyond_the_form_are_left_out(client: Client) -> None:
    answer = client.post("/models/new/", sent(**{"acceptance_metrics.999.metric": "x", "do": "draft"}))
    assert answer.status_code == 303
    assert len(Brief.objects.get().content["acceptance_metrics"]) == 1


def test_only_whoever_works_in_a_team_may_register_there(world: World, visit: Visit) -> None:
    for person in (world.viewer, world.auditor, world.officer, world.stranger):
        client = visit(person)
        assert client.get("/models/new/").status_code == 403
        assert client.post("/models/new/", sent()).status_code == 403
    other = world.make_team("Motor claims")
    outsider = world.person("Olga Reyes", team_role=TeamRole.ENGINEER, team=other)
    refused = visit(outsider).post("/models/new/", sent())
    assert refused.status_code == 422
    assert "Choose one of your teams." in words(refused)
    assert not RegisteredModel.objects.exists()
    assert visit(world.admin).post("/models/new/", sent()).status_code == 303
