"""Costs as pages: one by form, many by file, undone by a reversal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.acts.costs import CostFacts, record_cost
from models_registry.models import CostEntry, Release
from models_registry.vocabulary import Stage
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World

HEADER = "date,stage,kind,hours,rate,amount,currency,note\n"
LINES = HEADER + "2026-05-04,brief,engineering,10,100,,EUR,setup\n2026-05-05,brief,compute,,,250.50,USD,GPU\n"


def upload(client: Client, release: Release, text: str | bytes, name: str = "costs.csv") -> Any:
    data = text.encode() if isinstance(text, str) else text
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    return client.post(f"/releases/{release.pk}/costs/import/", {"file": file})


def test_engineering_is_counted_in_hours_at_the_teams_rate(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    asked = client.get(f"/releases/{release.pk}/costs/add/")
    assert "Left empty: 95.00 EUR, the team's." in words(asked)
    said = {"kind": "engineering", "hours": "2.5", "stage": "brief", "incurred_on": "2026-06-01", "amount": "9"}
    answer = client.post(f"/releases/{release.pk}/costs/add/", said)
    assert answer.status_code == 303
    entry = CostEntry.objects.get()
    assert (entry.amount, entry.currency, entry.hours) == (Decimal("237.50"), "EUR", Decimal("2.50"))
    assert "237.50 EUR recorded." in words(client.get(answer["Location"]), "body")


def test_a_double_press_records_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    once = value_of(client.get(f"/releases/{release.pk}/costs/add/"), "once")
    said = {"kind": "compute", "amount": "10", "stage": "brief", "incurred_on": "2026-06-01", "once": once}
    for _ in range(2):
        assert client.post(f"/releases/{release.pk}/costs/add/", said).status_code == 303
    assert CostEntry.objects.count() == 1
    assert value_of(client.get(f"/releases/{release.pk}/costs/add/"), "once") != once


@pytest.mark.parametrize(
    "odd",
    [
        {"amount": ""},
        {"amount": "-5"},
        {"amount": "NaN"},
        {"amount": "1e400"},
        {"amount": "many"},
        {"currency": "XXX"},
        {"stage": "nowhere"},
        {"kind": "magic"},
        {"incurred_on": "2031-01-01"},
        {"incurred_on": "soon"},
    ],
)
def test_a_cost_that_cannot_be_is_refused_and_kept(world: World, visit: Visit, odd: dict[str, str]) -> None:
    release = world.release_at(Stage.BRIEF)
    said = {"kind": "compute", "amount": "10", "stage": "brief", "incurred_on": "2026-06-01", "note": "kept", **odd}
    answer = visit(world.engineer).post(f"/releases/{release.pk}/costs/add/", said)
    assert answer.status_code == 422
    assert value_of(answer, "note") == "kept"
    assert not CostEntry.objects.exists()


def test_every_line_of_a_file_is_recorded_once(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    client = visit(world.engineer)
    answer = upload(client, release, LINES)
    assert answer.status_code == 303
    assert "2 lines of costs.csv recorded" in words(client.get(answer["Location"]), "body")
    assert sorted((entry.amount, entry.currency) for entry in CostEntry.objects.all()) == [
        (Decimal("250.50"), "USD"),
        (Decimal("1000.00"), "EUR"),
    ]
    assert upload(client, release, LINES).status_code == 303
    assert CostEntry.objects.count() == 2
    assert "€1,000 and $251" in words(client.get(f"/models/{release.model.slug}/"))


def test_one_bad_line_keeps_all_out_and_is_named(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    text = LINES + "2031-01-01,brief,compute,,,5,EUR,ahead\n2026-05-06,brief,compute,,,5,EURO,odd\n"
    answer = upload(visit(world.engineer), release, text)
    assert answer.status_code == 422
    said = words(answer)
    assert "Line 4, incurred_on: The date lies ahead" in said
    assert "Line 5, currency:" in said
    assert not CostEntry.objects.exists()


def test_a_single_bad_line_is_named_too(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    answer = upload(visit(world.engineer), release, HEADER + "\n2031-01-01,brief,compute,,,5,EUR,ahead\n")
    assert answer.status_code == 422
    assert "Line 3, incurred_on: The date lies ahead" in words(answer)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"PK\x03\x04 not really", "costs.csv"),
        (b"a" * (2 * 1024 * 1024 + 1), "the limit is 2 MB"),
        (b"\x00\x01\x02\x03\x04\x05" * 100, "binary"),
        (b"just words\n", "lacks: date, stage, kind"),
    ],
)
def test_a_file_of_another_kind_is_refused(world: World, visit: Visit, data: bytes, complaint: str) -> None:
    release = world.release_at(Stage.BRIEF)
    answer = upload(visit(world.engineer), release, data)
    assert answer.status_code == 422
    assert complaint in words(answer)
    assert not CostEntry.objects.exists()


def test_a_file_that_is_far_too_big_is_refused_unread(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    answer = upload(visit(world.engineer), release, b"a" * (33 * 1024 * 1024))
    assert answer.status_code == 413
    assert "The file is too big: 33.0 MB" in words(answer)


def test_no_file_is_asked_for(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    answer = visit(world.engineer).post(f"/releases/{release.pk}/costs/import/")
    assert answer.status_code == 422
    assert "Choose the file with the costs." in words(answer)


def test_a_name_of_a_file_is_only_text(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    page = upload(visit(world.engineer), release, b"x", name="<img src=x>.csv").content.decode()
    assert "<img src=x>" not in page


def test_an_entry_is_reversed_once_and_never_a_reversal(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    facts = CostFacts("brief", "compute", date(2026, 5, 4), amount=Decimal(80))
    entry = record_cost(world.engineer, release.pk, facts, at=world.tick())
    client = visit(world.engineer)
    address = f"/releases/costs/{entry.pk}/reverse/"
    assert "Reverse 80.00 EUR" in words(client.get(address))
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Booked twice."}).status_code == 303
    assert client.post(address, {"reason": "Booked twice."}).status_code == 409
    undone = CostEntry.objects.get(reverses=entry)
    assert undone.amount == Decimal("-80.00")
    assert client.post(f"/releases/costs/{undone.pk}/reverse/", {"reason": "No."}).status_code == 409
    said = words(client.get(f"/models/{release.model.slug}/"))
    assert "reversal" in said
    assert "reversed" in said


def test_readers_spend_nothing(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF, restricted=True)
    facts = CostFacts("brief", "compute", date(2026, 5, 4), amount=Decimal(80))
    entry = record_cost(world.engineer, release.pk, facts, at=world.tick())
    paths = (f"{release.pk}/costs/add", f"{release.pk}/costs/import", f"costs/{entry.pk}/reverse")
    for person, status in ((world.viewer, 403), (world.auditor, 403), (world.stranger, 404)):
        client = visit(person)
        for path in paths:
            assert client.get(f"/releases/{path}/").status_code == status
            assert client.post(f"/releases/{path}/", {"reason": "No."}).status_code == status
    assert CostEntry.objects.count() == 1
