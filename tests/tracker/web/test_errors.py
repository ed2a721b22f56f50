"""A refusal becomes a status, a plain sentence and a way out, never a failure of the server."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from governance.errors import Conflict, Invalid, NotFound, NotPermitted, Refused, Unmet
from governance.gates import Check
from models_registry.requirements import FieldProblem
from tests.world import World
from tracker.web import errors

CHECK = Check("latency", "p95 latency within 120 ms", False, "Measured 184 ms.", "Jonas Weber", "attach", "unmet")


def refuse(refusal: Exception, **headers: str) -> HttpResponse | None:
    request = RequestFactory().post("/releases/1/hold/", headers=headers)
    request.user = AnonymousUser()
    return errors.Refusals(lambda _: HttpResponse()).process_exception(request, refusal)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotFound(), 404),
        (NotPermitted("Only leads may."), 403),
        (Conflict("Priya was faster."), 409),
        (Unmet("Not ready.", [CHECK]), 422),
        (Invalid([FieldProblem("latency_ms", "Give a positive number.")]), 422),
        (Refused("No."), 400),
    ],
)
def test_each_kind_of_refusal_has_its_status_and_says_why(refusal: Refused, status: int) -> None:
    answer = refuse(refusal)
    assert answer is not None
    assert answer.status_code == status
    assert refusal.message in answer.content.decode()


def test_a_shut_gate_lists_every_reason() -> None:
    answer = refuse(Unmet("Not ready.", [CHECK]))
    assert answer is not None
    assert "p95 latency within 120 ms: Measured 184 ms." in answer.content.decode()


def test_htmx_gets_a_note_where_the_reader_looks() -> None:
    page = refuse(Conflict("Priya was faster."), **{"HX-Request": "true", "HX-Target": "row-3"})
    dialog = refuse(Conflict("Priya was faster."), **{"HX-Request": "true", "HX-Target": "dialog"})
    assert page is not None
    assert dialog is not None
    assert (page["HX-Retarget"], dialog["HX-Retarget"]) == ("#notices", "#dialog-notices")
    assert "<html" not in page.content.decode()
    assert 'role="alert"' in page.content.decode()


def test_names_in_a_refusal_are_escaped() -> None:
    answer = refuse(Conflict("<script>alert(1)</script> was faster."))
    assert answer is not None
    assert "<script>alert" not in answer.content.decode()


def test_other_exceptions_and_the_api_are_left_alone() -> None:
    assert refuse(ValueError("a fault")) is None
    request = RequestFactory().post("/api/v1/releases/1/hold/")
    assert errors.Refusals(lambda _: HttpResponse()).process_exception(request, NotFound()) is None


def test_what_is_missing_and_what_is_hidden_look_the_same(client: Client, world: World) -> None:
    client.force_login(world.stranger)
    missing = client.get("/no/such/page/")
    hidden = refuse(NotFound())
    assert missing.status_code == 404
    assert hidden is not None
    for text in ("Not found", "There is no such page, or it is not open to you."):
        assert text in missing.content.decode()
        assert text in hidden.content.decode()


def test_a_refusal_for_want_of_a_role_says_what_was_said() -> None:
    request = RequestFactory().get("/settings/")
    request.user = AnonymousUser()
    assert "Your role does not include this." in errors.forbidden(request).content.decode()
    assert "Ask Marta." in errors.forbidden(request, PermissionDenied("Ask Marta.")).content.decode()


def test_a_form_from_elsewhere_is_told_what_to_do(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.lead)
    answer = client.post(reverse("theme"))
    assert answer.status_code == 403
    assert "reload the page and send it again" in answer.content.decode()


def test_the_page_for_a_failure_needs_no_database_and_no_reader() -> None:
    answer = errors.failed(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something broke here" in answer.content.decode()
