"""Django's admin shows administrators every table, and lets nobody change a row past the acts."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from models_registry.vocabulary import OrgRole

pytestmark = pytest.mark.django_db
OUR_MODELS = [
    model._meta.label_lower
    for label in ("models_registry", "governance", "tracker")
    for model in apps.get_app_config(label).get_models()
]


@pytest.fixture
def administrator(client: Client) -> Client:
    person = get_user_model().objects.create_user(
        "root@company.example", "correct horse", full_name="Ruth Root", role=OrgRole.ADMIN
    )
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("label", OUR_MODELS)
def test_every_table_can_be_looked_at_and_not_added_to(administrator: Client, label: str) -> None:
    address = label.replace(".", "_")
    assert administrator.get(reverse(f"admin:{address}_changelist")).status_code == 200
    assert administrator.get(reverse(f"admin:{address}_add")).status_code == 403
    assert administrator.post(reverse(f"admin:{address}_add"), {}).status_code == 403


def test_a_row_can_be_read_and_neither_changed_nor_deleted(administrator: Client) -> None:
    ada = get_user_model().objects.create_user("ada@company.example", "correct horse", full_name="Ada Adeyemi")
    page = administrator.get(reverse("admin:models_registry_person_change", args=[ada.pk]))
    assert page.status_code == 200
    assert b"Ada Adeyemi" in page.content
    assert ada.password.encode() not in page.content
    for act in ("change", "delete"):
        address = reverse(f"admin:models_registry_person_{act}", args=[ada.pk])
        assert administrator.post(address, {"full_name": "Somebody Else", "post": "yes"}).status_code == 403
    ada.refresh_from_db()
    assert ada.full_name == "Ada Adeyemi"


@pytest.mark.parametrize("role", [role for role in OrgRole if role is not OrgRole.ADMIN])
def test_nobody_else_gets_in(client: Client, role: OrgRole) -> None:
    person = get_user_model().objects.create_user("eve@company.example", "correct horse", full_name="Eve", role=role)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get(reverse("admin:models_registry_person_changelist"))
    assert answer.status_code in {302, 403}
    assert b"Eve" not in answer.content


def test_tables_that_mean_nothing_here_are_not_shown() -> None:
    shown = {model._meta.label_lower for model in admin.site._registry}
    assert {label for label in shown if label.split(".")[0] not in {"models_registry", "governance", "tracker"}} == {
        "axes.accessattempt",
    }
