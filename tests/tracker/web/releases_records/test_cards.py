"""Importing a model card: looked at first, then attached with its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from models_registry.models import Evidence, EvidenceFile
from models_registry.vocabulary import Stage
from tests.tracker.integrations.cards.test_cards import CARD
from tests.tracker.web.visiting import Visit, value_of, words
from tests.world import World


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(data: bytes, name: str = "README.md") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, data)}


def test_a_card_is_shown_before_it_is_attached(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/import/"
    assert address in client.get(f"/models/{release.model.slug}/").content.decode()
    assert "Choose the card" in words(client.get(address))
    preview = client.post(address, upload(CARD.encode()))
    shown = words(preview)
    assert preview.status_code == 200
    assert not Evidence.objects.exists()
    assert "7 thumbnail: https://x.example/a.png The record has no place for it" in shown
    assert "For payments in euros." in shown
    assert "f1 0.91 Cards (test)" in shown
    said = {"attach": "yes", "stored": value_of(preview, "stored"), "title": "Our card", "source": "hub/scorer"}
    for _ in range(2):  # a double press
        assert client.post(address, {**said, "with_values": "on"}).status_code == 303
    piece = Evidence.objects.select_related("file").get()
    assert (piece.kind, piece.title, len(piece.measurements)) == ("model_card", "Our card", 2)
    assert piece.file is not None
    assert piece.file.name == "README.md"
    page = words(client.get(f"/releases/evidence/{piece.pk}/"))
    assert "What could not be read 7" in page
    assert "4 license The key is given more than once" in page


def test_the_values_can_be_left_out_and_a_mistake_keeps_the_preview(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/import/"
    stored = value_of(client.post(address, upload(CARD.encode())), "stored")
    said = {"attach": "yes", "stored": stored, "title": "", "source": "hub/scorer"}
    refused = client.post(address, said)
    assert refused.status_code == 422
    assert (value_of(refused, "stored"), value_of(refused, "source")) == (stored, "hub/scorer")
    assert "For payments in euros." in words(refused)
    assert client.post(address, {**said, "title": "Card"}).status_code == 303
    assert Evidence.objects.get().measurements == []


@pytest.mark.parametrize(
    ("data", "name", "reason"),
    [
        (b"#!/bin/sh", "README.md", "README.md is a script"),
        (b"", "README.md", "README.md is empty"),
        (b'{"a": 1}', "card.json", "no card of the Model Card Toolkit"),
        (b"---\nsize_categories: [x]\n---\n", "README.md", "the card of a dataset"),
    ],
)
def test_what_is_no_card_is_told_at_the_field(world: World, visit: Visit, data: bytes, name: str, reason: str) -> None:
    release = world.release_at(Stage.VALIDATION)
    answer = visit(world.engineer).post(f"/releases/{release.pk}/evidence/import/", upload(data, name))
    assert answer.status_code == 422
    assert reason in words(answer)
    assert 'id="id_file-err0"' in answer.content.decode()
    assert not Evidence.objects.exists()


def test_nothing_chosen_is_asked_for_and_a_changed_file_is_not_attached(
    world: World, visit: Visit, storage: Path
) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/import/"
    assert "Choose the file of the card." in words(client.post(address, {"attach": "yes", "title": "x"}))
    stored = value_of(client.post(address, upload(CARD.encode())), "stored")
    (storage / EvidenceFile.objects.get().stored_as).write_text("else")
    refused = client.post(address, {"attach": "yes", "stored": stored, "title": "Card", "source": "x"})
    assert (refused.status_code, "its digest differs" in words(refused)) == (422, True)


def test_a_card_takes_the_place_of_another_and_readers_import_none(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client, address = visit(world.engineer), f"/releases/{release.pk}/evidence/import/"
    said = {"attach": "yes", "title": "Card", "source": "x"}
    first = value_of(client.post(address, upload(CARD.encode())), "stored")
    client.post(address, {**said, "stored": first})
    old = Evidence.objects.get()
    address = f"{address}?supersedes={old.pk}"
    second = value_of(client.post(address, upload(CARD.replace("euros", "pounds").encode())), "stored")
    assert client.post(address, {**said, "stored": second}).status_code == 303
    assert Evidence.objects.latest("pk").supersedes == old
    for person in (world.viewer, world.officer, world.stranger):
        assert visit(person).post(f"/releases/{release.pk}/evidence/import/", upload(b"# X")).status_code == 403
