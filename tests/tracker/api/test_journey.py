"""A release goes from brief to live over the API alone; each refusal says what is missing, in a stable code."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from governance.acts.evidence import write_deployment
from governance.models import BreakGlass, Nudge, Review
from models_registry.models import RegisteredModel, Release
from models_registry.vocabulary import EvidenceKind, Stage
from tests.models_registry.details import detail_of
from tests.tracker.api.speaking import Program
from tests.world import COMPLETE_BRIEF, COMPLETE_DEPLOYMENT, DATA_SOURCE, DIGEST, MEASURED, World


def _stage(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["standing"]["stage"]


def test_from_brief_to_live(world: World) -> None:
    engineer, officer = Program(world.engineer), Program(world.officer)
    made = engineer.post("/models/", {"team": "payments-risk", "name": "api-scorer", "risk_tier": "low"})
    assert (made.status_code, made["Location"]) == (201, "/api/v1/models/api-scorer/")
    number = made.json()["newest"]["release"]
    base = f"/releases/{number}"

    shut = engineer.post(f"{base}/advance/")
    assert (shut.status_code, shut.json()["code"]) == (422, "gate_unmet")
    assert "brief" in {error["check"].split("_")[0].split(".")[0] for error in shut.json()["errors"]}
    gate = engineer.get(f"{base}/gate/").json()
    assert (gate["open"], gate["to_stage"]) == (False, "validation")

    brief = engineer.get(f"{base}/brief/")
    assert engineer.send("put", f"{base}/brief/", {"content": COMPLETE_BRIEF}).status_code == 428
    stale = engineer.send("put", f"{base}/brief/", {"content": COMPLETE_BRIEF}, If_Match='"other"')
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    wrong = engineer.send("put", f"{base}/brief/", {"content": {"latency_ms": "-1"}}, If_Match=brief["ETag"])
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "latency_ms")
    saved = engineer.send("put", f"{base}/brief/", {"content": COMPLETE_BRIEF}, If_Match=brief["ETag"])
    assert (saved.status_code, saved["ETag"] != brief["ETag"]) == (200, True)
    assert _stage(engineer.post(f"{base}/sign-brief/")) == (200, "brief")
    assert _stage(engineer.post(f"{base}/advance/")) == (200, "validation")

    assert engineer.post(f"{base}/candidate/", {"uri": "models:/api-scorer/1", "digest": "x"}).status_code == 422
    named = engineer.post(f"{base}/candidate/", {"uri": "models:/api-scorer/1", "digest": DIGEST})
    assert named.json()["candidate"]["digest"] == DIGEST
    for kind in EvidenceKind:
        body = {
            "kind": kind.value,
            "title": f"{kind.label} 1",
            "source": f"runs/{kind}",
            "measurements": MEASURED if kind == EvidenceKind.BENCHMARK else [],
            "detail": detail_of(kind, DATA_SOURCE),
        }
        assert engineer.post(f"{base}/evidence/", body).status_code == 201
    assert len(engineer.get(f"{base}/evidence/", kind="benchmark").json()["results"]) == 1
    assert {one["state"] for one in engineer.get(f"{base}/debt/").json()} >= {"met", "missing"}
    assert _stage(engineer.post(f"{base}/advance/", {"message": "Ready."})) == (200, "compliance_review")

    release = Release.objects.get(pk=number)
    review = Review.objects.get(release=release)
    world.verify(release)
    seen = officer.get(f"{base}/gate/").json()["digest"]
    answer = {"outcome": "approve", "reason": "Meets the policy.", "seen_digest": seen}
    changed = officer.post(f"/reviews/{review.pk}/decide/", {**answer, "seen_digest": "0" * 64})
    assert (changed.status_code, changed.json()["code"]) == (409, "dossier_changed")
    own = engineer.post(f"/reviews/{review.pk}/decide/", answer)
    assert (own.status_code, own.json()["code"]) == (403, "not_permitted")
    assert _stage(officer.post(f"/reviews/{review.pk}/decide/", answer)) == (200, "deployment")

    assert engineer.get("/releases/", owner="nobody").json()["results"][0]["id"] == number
    claimed = engineer.post(f"{base}/claim/").json()["standing"]
    assert (claimed["owner"]["email"], claimed["vacant"]) == (world.engineer.email, False)
    late = Program(world.colleague).post(f"{base}/claim/")
    assert (late.status_code, late.json()["code"]) == (409, "already_claimed")
    write_deployment(world.engineer, number, COMPLETE_DEPLOYMENT, service_owner=world.engineer)
    moved = engineer.post(f"{base}/advance/", {"expected_visit": claimed["visit"]})
    assert _stage(moved) == (200, "live")
    again = engineer.post(f"{base}/advance/", {"expected_visit": claimed["visit"]})
    assert again.status_code == 409
    words = [one["words"] for one in engineer.get(f"{base}/trail/").json()["results"]]
    assert len(words) > 10
    assert all(word.strip() for word in words)


def test_owning_holding_and_setting_aside(world: World) -> None:
    release = world.release_at(Stage.VALIDATION)
    engineer, lead, base = Program(world.engineer), Program(world.lead), f"/releases/{release.pk}"
    hold = {"reason_code": "data_access", "reason": "Waits for the grant.", "waits_on": "external"}
    bad = engineer.post(f"{base}/hold/", {**hold, "expected_end": "soon"})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "expected_end")
    soon = (timezone.now() + timedelta(days=3)).isoformat()
    assert engineer.post(f"{base}/hold/", {**hold, "expected_end": soon}).json()["standing"]["clock"]["on_hold"] is True
    assert engineer.post(f"{base}/resume/").json()["standing"]["clock"]["on_hold"] is False
    offered = engineer.post(f"{base}/offer-handover/", {"to": world.colleague.email, "note": "Half done."})
    assert offered.status_code == 200
    number = world.visit(release).offers.get().pk
    assert engineer.post(f"/handovers/{number}/accept/").status_code == 403
    taken = Program(world.colleague).post(f"/handovers/{number}/accept/").json()
    assert taken["standing"]["owner"]["email"] == world.colleague.email
    nobody = lead.post(f"{base}/assign/", {"owner": "nobody@team.example"})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "owner")
    assert lead.post(f"{base}/assign/", {"owner": world.engineer.email}).status_code == 200
    assert lead.post(f"{base}/nudge/", {"message": "Any news?"}).status_code == 200
    assert Nudge.objects.count() == 1
    assert engineer.post(f"{base}/step-down/", {"reason": "Leaving."}).json()["standing"]["vacant"] is True
    broken = lead.post(f"{base}/break-glass/", {"reason": "Fraud wave."})
    assert (broken.status_code, broken.json()["standing"]["broken_glass"]) == (200, True)
    assert BreakGlass.objects.count() == 1
    assert lead.post(f"{base}/park/", {"reason_code": "no_budget", "reason": "Next year."}).status_code == 200
    assert _stage(lead.post(f"{base}/reopen/", {"reason": "Money found."}))[0] == 200
    assert lead.post(f"{base}/send-back/", {"target": "brief", "reason": "New needs."}).status_code == 200


def test_the_registry_is_read_page_by_page_and_edited_by_who_saw_it(world: World) -> None:
    for _ in range(5):
        world.release_at(Stage.BRIEF)
    program, seen, path = Program(world.engineer), [], "/models/"
    page = program.get(path, limit=2).json()
    while True:
        seen += [one["slug"] for one in page["results"]]
        if page["next"] is None:
            break
        world.release_at(Stage.BRIEF, name=f"aaa-{len(seen)}")  # comes before, and shifts no page
        page = program.client.get(page["next"]).json()
    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == 5
    for query, field in (({"limit": "0"}, "limit"), ({"after": "x"}, "after"), ({"order": "size"}, "order")):
        refused = program.get("/models/", **query)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    cut = program.client.get("/api/v1/models/?fields=slug&limit=1").json()["results"]
    assert [list(one) for one in cut] == [["slug"]]

    one = program.get(f"/models/{seen[0]}/")
    changed = program.send("patch", f"/models/{seen[0]}/", {"tags": ["cards"]}, If_Match=one["ETag"])
    assert (changed.json()["tags"], changed.json()["purpose"]) == (["cards"], one.json()["purpose"])
    overtaken = program.send("patch", f"/models/{seen[0]}/", {"purpose": "Mine."}, If_Match=one["ETag"])
    assert (overtaken.status_code, RegisteredModel.objects.get(slug=seen[0]).purpose) == (412, one.json()["purpose"])
    assert [hit["slug"] for hit in program.get("/models/", tag="cards").json()["results"]] == [seen[0]]


def test_a_page_of_fifty_costs_as_many_queries_as_one(world: World, django_assert_max_num_queries: Any) -> None:
    program = Program(world.engineer)
    for path in ("/models/", "/releases/"):
        world.release_at(Stage.BRIEF)
        program.get(path)
        with django_assert_max_num_queries(12) as few:
            program.get(path)
        for _ in range(6):
            world.release_at(Stage.VALIDATION)
        with django_assert_max_num_queries(12) as many:
            program.get(path)
        assert len(many.captured_queries) == len(few.captured_queries)
