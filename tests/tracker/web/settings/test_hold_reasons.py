"""The settings page of the reasons of holds: read by all, changed by administrators."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.acts.hold_reasons import add_hold_reason
from governance.models import HoldReasonEntry
from models_registry.vocabulary import Stage
from tests.tracker.stall_reading import on_hold
from tests.tracker.web.visiting import Visit, visit, words
from tests.world import World

__all__ = ["visit"]

PAGE = "/settings/hold-reasons/"


def test_everybody_reads_the_list_and_only_administrators_change_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.BRIEF)
    on_hold(world, release, until=world.now.replace(year=world.now.year + 1))
    said = words(visit(world.engineer).get(PAGE))
    assert "9 reasons to put a release on hold" in said
    assert "1 open" in said
    assert "New reason" not in said
    for address in ("new/", "1/", "1/retire/"):
        assert visit(world.engineer).get(f"{PAGE}{address}").status_code in (403, 404)
    exported: Any = visit(world.engineer).get(f"{PAGE}?format=csv")
    assert b"data_access" in b"".join(exported.streaming_content)


def test_an_administrator_adds_renames_moves_retires_and_restores(world: World, visit: Visit) -> None:
    client = visit(world.admin)
    assert client.post(f"{PAGE}new/", {"label": "", "waits_on": "owner"}).status_code == 422
    assert client.post(f"{PAGE}new/", {"label": "Ethics board", "waits_on": "reviewer"}).status_code == 303
    entry = HoldReasonEntry.objects.get(code="ethics_board")
    assert client.post(f"{PAGE}{entry.pk}/", {"label": "Ethics", "waits_on": "reviewer"}).status_code == 303
    assert client.post(f"{PAGE}{entry.pk}/place/", {"to": "up"}).status_code == 303
    assert list(HoldReasonEntry.objects.values_list("code", flat=True))[-2] == "ethics_board"
    assert "can be offered again" in words(client.get(f"{PAGE}{entry.pk}/retire/"))
    assert client.post(f"{PAGE}{entry.pk}/retire/").status_code == 303
    assert "retired" in words(client.get(PAGE))
    assert client.post(f"{PAGE}{entry.pk}/retire/").status_code == 409
    assert client.post(f"{PAGE}{entry.pk}/restore/").status_code == 303
    entry.refresh_from_db()
    assert (entry.label, entry.retired_at) == ("Ethics", None)


def test_the_list_costs_the_same_for_many_reasons(world: World, visit: Visit) -> None:
    client = visit(world.admin)
    client.get(PAGE)
    counted = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counted.append(len(queries))
        for number in range(10):
            add_hold_reason(world.admin, f"Reason {len(counted)} {number}", "owner")
    assert counted[0] == counted[1]
