"""Django's admin: for administrators alone, and a window that opens nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from governance.acts.costs import CostFacts, record_cost
from governance.acts.holds import hold, nudge
from governance.acts.ownership import offer_handover
from governance.acts.transitions import break_glass
from models_registry.models import Person, RegisteredModel
from models_registry.vocabulary import CostKind, Stage, WaitsOn
from tests.world import World
from tracker.admin import OURS
from tracker.stalls.sweep import notice

OTHERS = ("lead", "engineer", "viewer", "officer", "auditor", "stranger")


def site() -> admin.AdminSite:
    reverse("admin:index")  # the addresses are what arranges the site
    return admin.site


def shown() -> list[type[Model]]:
    return list(site()._registry)


def request_of(person: Person) -> Any:
    request = RequestFactory().get("/admin/")
    request.user = person
    return request


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_every_table_of_ours_is_shown_and_nothing_that_others_registered() -> None:
    ours = {model for label in OURS for model in apps.get_app_config(label).get_models()}
    assert set(shown()) == ours | {AccessAttempt}


def test_nothing_grants_a_change_even_to_a_superuser(world: World) -> None:
    world.admin.is_superuser = True
    request = request_of(world.admin)
    for model, window in site()._registry.items():
        assert window.has_view_permission(request), model
        assert not window.has_add_permission(request), model
        assert not window.has_change_permission(request), model
        assert window.has_delete_permission(request) == (model is AccessAttempt), model
        assert window.get_actions(request) == {}, model
        assert window.get_inline_instances(request) == [], model
        assert window.list_editable == (), model


@pytest.mark.parametrize("role", OTHERS)
def test_only_administrators_get_in(world: World, role: str) -> None:
    person = getattr(world, role)
    request = request_of(person)
    assert not any(window.has_view_permission(request) for window in site()._registry.values())
    client = client_of(person)
    for address_ in (reverse("admin:index"), address(Person, "changelist"), address(Person, "change", person.pk)):
        answer = client.get(address_)
        assert answer.status_code in {302, 403}
        assert person.email.encode() not in answer.content


def test_an_administrator_who_lost_the_role_is_out_at_once(world: World) -> None:
    client = client_of(world.admin)
    assert client.get("/admin/").status_code == 200
    Person.objects.filter(pk=world.admin.pk).update(role="member")
    assert client.get("/admin/").status_code in {302, 403}


def filled(world: World) -> None:
    """Rows in nearly every table, by real acts."""
    world.release_at(Stage.COMPLIANCE_REVIEW)
    live, stuck = world.release_at(Stage.LIVE), world.release_at(Stage.VALIDATION)
    offer_handover(world.engineer, stuck.pk, world.colleague, "Please.", at=world.tick())
    nudge(world.lead, stuck.pk, "How does it go?", at=world.tick())
    hold(
        world.engineer,
        stuck.pk,
        reason_code="data_access",
        reason="The grant is not there yet.",
        waits_on=WaitsOn.EXTERNAL,
        expected_end=world.now + timedelta(days=3),
        at=world.tick(),
    )
    spent = CostFacts(Stage.LIVE, CostKind.COMPUTE, world.now.date(), "EUR", Decimal(90))
    record_cost(world.engineer, live.pk, spent, at=world.tick())
    glassy = world.release_at(Stage.VALIDATION)
    break_glass(world.lead, glassy.pk, "The regulator asks for it today.", at=world.tick())
    notice(world.now + timedelta(days=60))


def test_every_list_and_every_row_opens_and_offers_no_button(world: World) -> None:
    filled(world)
    client = client_of(world.admin)
    opened = 0
    for model in shown():
        listing = client.get(address(model, "changelist"), {"q": "card"})
        assert listing.status_code == 200, model
        row = model._default_manager.first()
        if row is None:
            continue
        page = client.get(address(model, "change", row.pk))
        assert page.status_code == 200, model
        assert b'name="_save"' not in page.content, model
        assert b"deletelink" not in page.content, model
        opened += 1
    assert opened >= 20


def test_what_is_sent_by_hand_is_refused_and_changes_nothing(world: World) -> None:
    filled(world)
    client = client_of(world.admin)
    before = {model: model._default_manager.count() for model in shown()}
    for model in shown():
        row = model._default_manager.first()
        assert client.post(address(model, "add"), {"name": "Mallory"}).status_code == 403, model
        if row is None:
            continue
        assert client.post(address(model, "change", row.pk), {"name": "Mallory"}).status_code == 403, model
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        picked = {"action": "delete_selected", "_selected_action": str(row.pk)}
        client.post(address(model, "changelist"), picked)
    assert {model: model._default_manager.count() for model in shown()} == before
    assert not RegisteredModel.objects.filter(name="Mallory").exists()


def test_nobody_reads_a_password_hash(world: World) -> None:
    page = client_of(world.admin).get(address(Person, "change", world.lead.pk)).content.decode()
    assert "marta.oliveira@team.example" in page
    assert world.lead.password not in page
    assert "md5$" not in page
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[world.lead.pk])


def test_the_admin_has_no_password_page_of_its_own(world: World) -> None:
    answer = client_of(world.admin).get(reverse("admin:password_change"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("account_change_password"))


def test_an_administrator_lets_a_locked_out_person_try_again(world: World) -> None:
    tried = AccessAttempt.objects.create(username="jonas", ip_address="10.0.0.9", failures_since_start=8)
    client = client_of(world.admin)
    assert b"post_data" not in client.get(address(AccessAttempt, "change", tried.pk)).content
    assert client.post(address(AccessAttempt, "delete", tried.pk), {"post": "yes"}).status_code == 302
    assert not AccessAttempt.objects.exists()


def test_a_list_costs_the_same_for_few_rows_and_for_many(world: World) -> None:
    client, lists = client_of(world.admin), [model for model in shown() if model is not AccessAttempt]
    filled(world)
    costs = []
    for _ in range(2):
        found = []
        for model in lists:
            with CaptureQueriesContext(connection) as asked:
                client.get(address(model, "changelist"))
            found.append((model._meta.label, len(asked)))
        costs.append(found)
        for _ in range(2):
            filled(world)
    assert costs[0] == costs[1]
