"""Who gets in: no token, a bad one, one that may not, one that does not reach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from governance.errors import Invalid, NotFound
from governance.models import AuditEvent
from models_registry.vocabulary import Stage
from tests.tracker.api.speaking import Program, operations
from tests.world import World
from tracker.tokens import LONGEST_LIFE, ApiToken, Scope, issue_token, revoke_token

DAY = timedelta(days=1)


def _path(template: str) -> str:
    return template.replace("{slug}", "nothing").replace("{number}", "1").replace("{release}", "1")


@pytest.mark.django_db
def test_every_operation_asks_a_stranger_for_a_token() -> None:
    for how, template, _ in operations():
        answer = Client().generic(how.upper(), _path(template))
        assert (template, answer.status_code, answer["WWW-Authenticate"]) == (template, 401, "Bearer")
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "not_authenticated"


@pytest.mark.django_db
def test_a_token_that_only_reads_changes_nothing_anywhere(world: World) -> None:
    program = Program(world.engineer, Scope.READ)
    for how, template, _ in operations():
        if how != "get":
            answer = program.send(how, _path(template).removeprefix("/api/v1"))
            assert (template, answer.status_code, answer.json()["code"]) == (template, 403, "scope_missing")


def test_an_unusable_token_is_refused_with_the_reason(world: World) -> None:
    program = Program(world.engineer)
    assert program.get("/me/").status_code == 200
    later = timezone.now() - DAY
    ApiToken.objects.update(created_at=later - DAY, expires_at=later)
    assert program.get("/me/").json()["code"] == "token_expired"
    ApiToken.objects.update(expires_at=timezone.now() + DAY)
    revoke_token(world.engineer, program.token.pk)
    assert program.get("/me/").json()["code"] == "token_revoked"
    other = Program(world.colleague)
    world.colleague.is_active = False
    world.colleague.save()
    assert other.get("/me/").json()["code"] == "token_of_inactive_person"
    for header, code in (
        ("Bearer tl_guess", "token_unusable"),
        ("Bearer", "token_malformed"),
        ("Bearer a b", "token_malformed"),
    ):
        answer = Client().get("/api/v1/me/", headers={"Authorization": header})
        assert (answer.status_code, answer.json()["code"]) == (401, code)


def test_a_token_reaches_only_its_teams_whatever_the_person_may_see(world: World) -> None:
    other = world.make_team("Pricing")
    ours, theirs = world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF, team=other, actor=world.admin)
    program = Program(world.admin, teams=(world.team,))
    assert [one["slug"] for one in program.get("/models/").json()["results"]] == [ours.model.slug]
    assert program.get(f"/releases/{ours.pk}/").status_code == 200
    for path in (f"/releases/{theirs.pk}/", f"/models/{theirs.model.slug}/", f"/releases/{theirs.pk}/trail/"):
        assert program.get(path).status_code == 404
    assert program.post(f"/releases/{theirs.pk}/park/", {"reason_code": "no_budget", "reason": "x"}).status_code == 404
    refused = program.post("/models/", {"team": other.slug, "name": "another"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "team")


def test_what_is_hidden_is_missing_over_the_api_too(world: World) -> None:
    hidden = world.release_at(Stage.BRIEF, restricted=True)
    program = Program(world.stranger)
    for there, nowhere in (
        (f"/models/{hidden.model.slug}/", "/models/nothing-of-the-kind/"),
        (f"/releases/{hidden.pk}/", "/releases/987654/"),
        (f"/releases/{hidden.pk}/gate/", "/releases/987654/gate/"),
    ):
        assert (program.get(there).status_code, program.get(there).json()) == (404, program.get(nowhere).json())
    assert program.get("/models/").json()["results"] == []


def test_only_a_digest_is_kept_and_making_and_revoking_are_on_the_trail(world: World) -> None:
    token, text = issue_token(world.engineer, "Pipeline", [Scope.READ], timezone.now() + DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM tracker_apitoken")
        assert text not in str(cursor.fetchall())
    revoke_token(world.admin, token.pk)
    revoke_token(world.admin, token.pk)  # a double click
    events = AuditEvent.objects.filter(act__startswith="token.").order_by("pk")
    assert [(one.act, one.actor_name) for one in events] == [
        ("token.issue", "Jonas Weber"),
        ("token.revoke", "Lena Fischer"),
    ]
    assert all(text not in str(one.detail) for one in events)
    with pytest.raises(NotFound):
        revoke_token(world.colleague, token.pk)


def test_a_token_is_named_bounded_and_no_more_than_its_person(world: World) -> None:
    soon = timezone.now() + DAY
    for wrong, field in (
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"scopes": [Scope.ADMIN]}, "scopes"),
        ({"expires_at": timezone.now() - DAY}, "expires_at"),
        ({"expires_at": timezone.now() + LONGEST_LIFE + DAY}, "expires_at"),
        ({"teams": [world.make_team("Pricing")]}, "teams"),
    ):
        facts: dict[str, Any] = {"name": "Pipeline", "scopes": [Scope.READ], "expires_at": soon, **wrong}
        with pytest.raises(Invalid) as refused:
            issue_token(world.engineer, **facts)
        assert refused.value.problems[0].field == field
    assert ApiToken.objects.count() == 0


def test_use_is_noted_without_a_write_for_each_request(world: World) -> None:
    program = Program(world.engineer)
    program.get("/me/")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    program.get("/me/")
    assert ApiToken.objects.get().last_used_at == first
    me = program.get("/me/").json()
    assert (me["email"], me["teams"][0]["slug"], me["scopes"]) == (
        world.engineer.email,
        "payments-risk",
        ["read", "ingest", "act"],
    )


def test_an_address_that_is_none_answers_in_json(world: World) -> None:
    answer = Program(world.engineer).client.get("/api/v1/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_the_description_is_read_by_whoever_signed_in_and_its_page_asks_to(world: World) -> None:
    client = Client()
    assert client.get("/api/schema/").status_code == 401
    assert client.get("/api/docs/")["Location"].startswith("/accounts/login/")
    client.force_login(world.viewer)
    assert client.get("/api/schema/").status_code == 200
    page = client.get("/api/docs/")
    assert (page.status_code, b"cdn" in page.content) == (200, False)
    for how, template, said in operations():
        assert said["description"].strip(), (how, template)


def test_what_no_database_keeps_and_what_no_list_knows_is_refused_by_name(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    program = Program(world.engineer)
    for path, query in (
        ("/models/", "tier"),
        ("/releases/", "stage"),
        ("/releases/", "owner"),
        ("/releases/", "stalled"),
    ):
        refused = program.get(path, **{query: "nothing"})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, query)
    assert program.get("/models/", team="a\x00b").status_code == 422
    assert program.get("/models/", q="a\x00b", tag="a\x00b").status_code == 200
    metrics = {"uri": "models:/a/1", "digest": "ab" * 32, "metrics": {"auc": ["a\x00b"]}}
    assert program.post(f"/releases/{release.pk}/candidate/", metrics).json()["errors"][0]["field"] == "body"
    deep = program.client.generic("POST", "/api/v1/models/", "[" * 100_000, content_type="application/json")
    assert (deep.status_code, deep.json()["code"]) == (400, "nested_too_deeply")


def test_another_token_of_the_same_person_gets_no_answer_of_this_one(world: World) -> None:
    body = {"team": "payments-risk", "name": "mine"}
    assert Program(world.engineer).post("/models/", body, Idempotency_Key="k1").status_code == 201
    other = Program(world.engineer).post("/models/", body, Idempotency_Key="k1")
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
