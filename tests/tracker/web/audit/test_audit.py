"""The audit pages: who may read them, how they filter, export and verify, and what they cost."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.test import Client

from governance.acts.intake import ModelFacts, edit_model
from governance.acts.transitions import kill
from governance.models import AuditEvent
from governance.trail import release_chain
from models_registry.vocabulary import RiskTier, Stage
from tests.governance import tampering
from tests.tracker.web.visiting import Visit, queries_of, words
from tests.world import World
from tracker import audit_log


def streamed(client: Client, address: str) -> tuple[str, str]:
    answer: Any = client.get(address)
    return answer["Content-Type"], b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.parametrize("who", ["lead", "engineer", "viewer", "stranger"])
@pytest.mark.parametrize("address", ["/audit/", "/audit/?format=csv", "/audit/?format=jsonl", "/audit/1/"])
def test_members_are_refused_with_a_reason_and_the_way_out(world: World, visit: Visit, who: str, address: str) -> None:
    world.release_at(Stage.BRIEF, name="claims-triage")
    client = visit(getattr(world, who))
    answer = client.get(address)
    assert answer.status_code == 403
    said = words(answer)
    assert "The whole trail is open to auditors, compliance officers and administrators." in said
    assert "The activity of a model you may see is on its own page." in said
    assert "claims-triage" not in answer.content.decode()
    assert client.post("/audit/verify/").status_code == 403


@pytest.mark.parametrize("who", ["auditor", "officer", "admin"])
def test_events_are_told_with_before_and_after(world: World, visit: Visit, who: str) -> None:
    release = world.release_at(Stage.VALIDATION, name="claims-triage")
    facts = ModelFacts("claims-routing", "Scores card payments.", RiskTier.LOW)
    edit_model(world.lead, release.model_id, facts, at=world.tick())
    said = words(visit(getattr(world, who)).get("/audit/"))
    assert "edited the model: name Name claims-triage became claims-routing" in said
    assert "moved it into validation, Jonas Weber answers for it Stage Brief became Validation" in said
    assert f"{release_chain(release.pk)}#1" in said


def test_filters_narrow_the_list_the_count_and_the_exports(world: World, visit: Visit) -> None:
    world.release_at(Stage.VALIDATION, name="alpha")
    beta = world.release_at(Stage.VALIDATION, name="beta")
    kill(world.lead, beta.pk, "no_value", "=cmd()", at=world.tick())
    client = visit(world.auditor)
    asked = "model=beta&person=marta&act=release.kill&since=2026-06-01&until=2026-06-30"
    page = client.get(f"/audit/?{asked}")
    assert "1 event matches the filters." in words(page)
    assert "=cmd()" in words(page)
    assert "alpha" not in words(page)
    kind, text = streamed(client, f"/audit/?{asked}&format=csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert kind == "text/csv; charset=utf-8"
    assert [(row["act"], row["actor"], json.loads(row["detail"])["reason"]) for row in rows] == [
        ("release.kill", "Marta Oliveira", "=cmd()")
    ]
    kind, text = streamed(client, f"/audit/?{asked}&format=jsonl")
    lines = [json.loads(line) for line in text.splitlines()]
    assert kind == "application/jsonl; charset=utf-8"
    assert [(line["act"], line["release_id"], line["detail"]["reason"]) for line in lines] == [
        ("release.kill", beta.pk, "=cmd()")
    ]
    everything = streamed(client, "/audit/?format=jsonl")[1].splitlines()
    assert len(everything) == AuditEvent.objects.count()


def test_nonsense_in_the_address_is_left_out_and_what_finds_nothing_says_so(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    client = visit(world.auditor)
    odd = "release=x&act=nonsense&since=yesterday&until=0001-01-01&before=x&after=%00&person=%00"
    assert "registered the model" in words(client.get(f"/audit/?{odd}"))
    assert "No event matches" in words(client.get("/audit/?model=nothing+like+it"))
    assert client.get("/audit/999999/").status_code == 404


@pytest.mark.slow
def test_the_list_is_paged_by_place_in_both_directions(world: World, visit: Visit) -> None:
    for _ in range(20):
        world.release_at(Stage.VALIDATION)
    client = visit(world.auditor)
    first = client.get("/audit/")
    older = first.context["window"].older
    second = client.get("/audit/", {"before": str(older)})
    assert b'rel="prev"' not in first.content
    assert b'rel="next"' in first.content
    assert b'rel="prev"' in second.content
    numbers = {row.event.pk for row in first.context["window"].rows} & {
        row.event.pk for row in second.context["window"].rows
    }
    assert numbers == set()
    back = client.get("/audit/", {"after": str(second.context["window"].newer)})
    assert [row.event.pk for row in back.context["window"].rows] == [
        row.event.pk for row in first.context["window"].rows
    ]


def test_one_event_shows_everything_and_its_place(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, name="claims-triage")
    event = AuditEvent.objects.get(chain=release_chain(release.pk), act="stage.advance")
    page = visit(world.auditor).get(f"/audit/{event.pk}/")
    said = words(page)
    for part in ("Advanced", "Jonas Weber", "Brief Validation", "Its hash fits what it says", "As it is written"):
        assert part in said
    assert event.hash in page.content.decode()
    assert f"/models/{release.model.slug}/" in page.content.decode()


def test_an_edited_event_is_shown_as_broken(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    event = AuditEvent.objects.get(chain=release_chain(release.pk), sequence=2)
    tampering.guards_down()
    tampering.events(pk=event.pk).update(actor_name="Somebody Else")
    assert "This link does not hold. Its hash does not fit what it says" in words(
        visit(world.auditor).get(f"/audit/{event.pk}/")
    )


def test_verifying_says_that_the_trail_holds_as_a_page_and_as_a_part(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.auditor)
    said = words(client.post("/audit/verify/"))
    assert f"The trail holds: {AuditEvent.objects.count()} events in 2 chains" in said
    part = client.post("/audit/verify/", headers={"HX-Request": "true", "HX-Target": "verdict"}).content.decode()
    assert "The trail holds:" in part
    assert "<html" not in part
    assert "The chain of this release holds:" in words(client.post("/audit/verify/", {"release": release.pk}))
    assert client.get("/audit/verify/").status_code == 405


def test_verifying_names_the_flaws(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    tampering.guards_down()
    tampering.events(chain=release_chain(release.pk), sequence=2).update(actor_name="Somebody Else")
    client = visit(world.auditor)
    assert f"{release_chain(release.pk)}#2: was edited after it was written" in words(client.post("/audit/verify/"))
    assert "The chain of this release does not hold:" in words(client.post("/audit/verify/", {"release": release.pk}))
    assert "The chain of this release does not hold:" in words(client.post("/audit/verify/", {"release": "424242"}))


def test_a_long_trail_is_verified_by_the_command(world: World, visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    world.release_at(Stage.BRIEF)
    monkeypatch.setattr(audit_log, "VERIFIED_HERE", 2)
    assert "python manage.py verify_trail" in words(visit(world.auditor).post("/audit/verify/"))


def test_the_list_costs_as_many_queries_for_fifty_as_for_a_few(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF)
    before = queries_of(visit(world.auditor), "/audit/")
    for _ in range(8):
        world.release_at(Stage.VALIDATION)
    assert queries_of(visit(world.auditor), "/audit/") == before
    assert queries_of(visit(world.auditor), "/audit/?model=card&person=jonas&act=brief.sign&since=2026-01-01") == before
    assert before <= 8


def test_a_name_with_a_script_in_it_stays_text(world: World, visit: Visit) -> None:
    world.release_at(Stage.BRIEF, name="<script>alert(1)</script>")
    page = visit(world.auditor).get("/audit/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
