"""Every address that the resolver knows: the door, the forged form, the hidden object, the reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from governance.acts.costs import CostFacts, record_cost
from governance.acts.delegations import delegate
from governance.acts.files import store_file
from governance.acts.findings import raise_finding
from governance.acts.groups import add_to_group, make_group
from governance.acts.ownership import offer_handover
from governance.acts.reviews import Condition
from governance.acts.waivers import grant_waiver
from governance.models import AuditEvent, HandoverOffer
from models_registry.models import CostEntry, Evidence, Person, Release
from models_registry.vocabulary import CostKind, EvidenceKind, Stage
from tests.world import World
from tracker.models import Delivery
from tracker.saved_views import save_view
from tracker.stalls.sweep import notice

# Where somebody who is not signed in has business.
DOORS = {
    "account_login",
    "account_logout",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
}
ROLES = ("lead", "engineer", "viewer", "officer", "auditor", "admin", "stranger")
WRITING = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"(models_registry|governance)_', re.IGNORECASE)
# Names of arguments that stand for something that may be hidden.
HIDEABLE = {"release", "offer", "entry", "pk", "slug"}


REVIEW_ROUTES = (
    "review_take",
    "review_assign",
    "review_judge",
    "review_feedback",
    "review_feedback_stop",
    "review_revoke",
    "review_finding_raise",
    "review_waive",
)
FINDING_ROUTES = ("review_finding_resolve", "review_finding_close", "review_finding_reopen", "review_finding_move")


@dataclass(frozen=True)
class Address:
    """One route: its name for `reverse`, the names of its arguments, and its view."""

    name: str
    arguments: tuple[str, ...]
    view: Callable[..., Any]


def addresses() -> list[Address]:
    """Every page; the API has a door of its own, and tests of its own beside it."""
    return [one for one in _walk(get_resolver(), "") if not one.name.startswith("api_")]


def _walk(resolver: URLResolver, space: str) -> Iterator[Address]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _walk(entry, f"{entry.namespace}:" if entry.namespace else space)
        elif entry.name:
            yield Address(f"{space}{entry.name}", tuple(entry.pattern.regex.groupindex), entry.callback)


OURS = [one for one in addresses() if ":" not in one.name and not one.name.startswith("account_")]
HIDING = [one for one in OURS if set(one.arguments) & HIDEABLE and not one.name.startswith("settings_")]
ADMIN_ARGUMENTS = {"app_label": "governance", "object_id": "1", "content_type_id": "1", "url": "x"}
SIGN_IN_ARGUMENTS = {"uidb36": "1", "key": "set-password"}


@dataclass
class Shown:
    """The objects that addresses lead to: those of one release."""

    release: Release
    offer: int
    entry: int
    person: int
    of_name: dict[str, int]

    def path(self, address: Address) -> str:
        return reverse(address.name, kwargs={name: self._value(address.name, name) for name in address.arguments})

    def _value(self, route: str, name: str) -> object:
        if name == "slug" and route.startswith(("settings_group", "settings_seat")):
            return "legal"
        if name == "slug":
            return "payments-risk" if route.startswith("settings_") else self.release.model.slug
        if name == "pk":
            return self.of_name[route]
        if name == "pack":
            return "eu-ai-act"
        values = {"release": self.release.pk, "offer": self.offer, "entry": self.entry, "person": self.person}
        return values.get(name, 1)  # the first calendar, absence, version of the policy


@pytest.fixture
def shown(world: World) -> Callable[..., Shown]:
    """Everything that has a page of its own, about one release in compliance review."""

    def make(*, restricted: bool = False) -> Shown:
        release = world.release_at(Stage.VALIDATION, restricted=restricted)
        offer_handover(world.engineer, release.pk, world.colleague, "Please.", at=world.tick())
        offered = HandoverOffer.objects.get()
        spent = CostFacts(Stage.VALIDATION, CostKind.COMPUTE, world.now.date(), "EUR", Decimal(90))
        record_cost(world.engineer, release.pk, spent, at=world.tick())
        kept = store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
        reviewed = world.release_at(Stage.COMPLIANCE_REVIEW, restricted=restricted)
        notice(world.now + timedelta(days=60))
        entry, event = CostEntry.objects.get(), AuditEvent.objects.filter(release_id=reviewed.pk).latest("pk")
        delivery = Delivery.objects.filter(recipient=world.lead).latest("pk").pk
        evidence = Evidence.objects.filter(release=reviewed).latest("pk").pk
        saved = save_view(world.officer, "Mine", "tier=high").pk
        legal = make_group(world.admin, "Legal", at=world.tick())
        add_to_group(world.admin, legal.pk, world.viewer, at=world.tick())
        leave = world.now + timedelta(days=30)
        delegate(world.officer, world.second_officer, world.now, leave, "On leave.", at=world.tick())
        review = world.open_review(reviewed)
        due = world.now + timedelta(days=30)
        condition = Condition("Name the owner", "", "", "low", world.engineer, due)
        finding = raise_finding(world.officer, review.pk, condition, at=world.tick()).pk
        waiver = grant_waiver(
            world.officer, reviewed.pk, "evidence:model_card", "It comes later.", due, at=world.tick()
        ).pk
        numbers = {
            "review": world.open_review(reviewed).pk,
            "evidence": evidence,
            "evidence_classify": Evidence.objects.get(release=reviewed, kind=EvidenceKind.DATASET).pk,
            "evidence_file": kept.pk,
            "audit_event": event.pk,
            "inbox_read": delivery,
            "inbox_open": delivery,
            **dict.fromkeys(REVIEW_ROUTES, world.open_review(reviewed).pk),
            **dict.fromkeys(FINDING_ROUTES, finding),
            "review_waiver_end": waiver,
            "review_view_rename": saved,
            "review_view_delete": saved,
        }
        return Shown(release, offered.pk, entry.pk, world.viewer.pk, numbers)

    return make


def path_of(address: Address) -> str:
    """An address with arguments that need not exist."""
    values: dict[str, object] = {**ADMIN_ARGUMENTS, **SIGN_IN_ARGUMENTS}
    given = {name: values.get(name, "no-such-thing" if name == "slug" else 999_999) for name in address.arguments}
    return reverse(address.name, kwargs=given)


def client_of(person: Person, *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict)
    client.force_login(person)
    return client


@contextmanager
def no_writes() -> Iterator[list[str]]:
    """Collects statements that write the tables which only acts write."""
    found: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITING.match(sql):
            found.append(sql[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield found


def test_there_are_addresses_to_walk() -> None:
    names = {one.name for one in addresses()}
    assert {"stalls", "review", "model", "release_claim", "settings_person", "admin:index"} <= names
    assert len(OURS) > 60


# --- The door -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_without_a_sign_in_every_address_leads_to_the_door() -> None:
    client, open_ones = Client(), set()
    for address in addresses():
        for ask in (client.get, client.post):
            answer = ask(path_of(address))
            # The admin has a door of its own, which leads to ours.
            if answer.status_code == 302 and answer["Location"].startswith(("/accounts/login/", "/admin/login/")):
                continue
            if answer.status_code not in {403, 404}:
                open_ones.add(address.name)
    assert open_ones <= DOORS
    assert open_ones >= {"account_login", "account_reset_password"}
    assert client.get("/admin/login/")["Location"].startswith("/accounts/login/")


@pytest.mark.django_db
def test_the_health_addresses_tell_a_stranger_nothing_of_the_work(world: World) -> None:
    world.release_at(Stage.BRIEF, name="secret-plan")
    for path in ("/healthz", "/readyz"):
        assert b"secret-plan" not in Client().get(path).content


# --- The forged form ------------------------------------------------------------------------------------------------


def test_no_view_is_exempt_from_the_csrf_check() -> None:
    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE
    assert [one.name for one in addresses() if getattr(one.view, "csrf_exempt", False)] == []


@pytest.mark.django_db
def test_a_form_that_another_site_sends_is_refused_everywhere(world: World) -> None:
    client = client_of(world.admin, strict=True)
    with no_writes() as written:
        accepted = [one.name for one in addresses() if client.post(path_of(one), {"x": "y"}).status_code != 403]
    assert accepted == []
    assert written == []


# --- The hidden object ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_stranger_cannot_tell_a_hidden_object_from_a_missing_one(world: World, shown: Callable[..., Shown]) -> None:
    hidden = shown(restricted=True)
    client = client_of(world.stranger)
    told_apart = []
    for address in HIDING:
        for ask in (client.get, client.post):
            there, nowhere = ask(hidden.path(address)), ask(path_of(address))
            if (there.status_code, _said(there)) != (nowhere.status_code, _said(nowhere)):
                told_apart.append(f"{ask.__name__} {address.name}: {there.status_code}, {nowhere.status_code}")
    assert told_apart == []


@pytest.mark.django_db
def test_what_is_hidden_is_named_on_no_page_of_a_stranger(world: World, shown: Callable[..., Shown]) -> None:
    name = shown(restricted=True).release.model.name
    client = client_of(world.stranger)
    naming = []
    for address in OURS:
        if not address.arguments:
            for query in ({}, {"format": "csv"}, {"q": "card"}):
                answer = client.get(path_of(address), query)
                if name in b"".join(answer).decode():
                    naming.append((address.name, query))
    assert naming == []


def _said(answer: Any) -> str:
    """What the page says itself: the frame tells the time, and tokens differ by chance."""
    text = b"".join(answer).decode()
    _, found, main = text.partition("<main")
    said = main.partition("</main>")[0] if found else text
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", said)


# --- The reader -----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_page_answers_every_role_and_reading_writes_nothing(
    world: World, shown: Callable[..., Shown], role: str
) -> None:
    there = shown()
    client = client_of(getattr(world, role))
    odd = []
    with no_writes() as written:
        for address in OURS:
            answer = client.get(there.path(address))
            if answer.status_code not in {200, 302, 303, 403, 404, 405, 409, 422}:
                odd.append((address.name, answer.status_code))
    assert odd == []
    assert written == []


@pytest.mark.django_db
def test_an_empty_form_is_answered_by_what_to_do_and_never_by_a_failure(
    world: World, shown: Callable[..., Shown]
) -> None:
    there = shown()
    client = client_of(world.admin)
    answers = {one.name: client.post(there.path(one), {}).status_code for one in OURS}
    assert {name for name, status in answers.items() if status >= 500} == set()
