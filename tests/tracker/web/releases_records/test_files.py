"""Files with evidence: uploaded in the form, kept through its mistakes, and handed out as downloads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.files import store_file
from models_registry.models import Evidence, EvidenceFile, Release
from models_registry.originals import MOST_BYTES
from models_registry.vocabulary import Stage
from tests.models_registry.originals import pdf
from tests.tracker.web.visiting import HTMX, Visit, queries_of, value_of, words
from tests.world import World
from tracker.web.oversize import MOST_UPLOAD

SAID = {"kind": "document", "title": "Report 1", "source": "", "summary": "As agreed.", "content_digest": ""}


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def add(release: Release) -> str:
    return f"/releases/{release.pk}/evidence/add/"


def upload(name: str, data: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "text/html")


def test_a_file_is_attached_shown_with_its_digest_and_downloaded_in_one_press(world: World, visit: Visit) -> None:
    release, data = world.release_at(Stage.VALIDATION), pdf()
    client = visit(world.engineer)
    answer = client.post(add(release), {**SAID, "file": upload('Bericht "Q3" für €.pdf', data)})
    assert answer.status_code == 303
    piece = Evidence.objects.select_related("file").get()
    assert piece.file is not None
    assert (piece.source, piece.content_digest) == (f"file {piece.file.name}", piece.file.digest)
    address = f"/releases/files/{piece.file.pk}/"
    for page in (client.get(answer["Location"]), client.get(f"/releases/evidence/{piece.pk}/")):
        assert f'href="{address}" download' in page.content.decode()
        assert piece.file.digest in page.content.decode()
    sent = client.get(address)
    assert b"".join(sent) == data
    assert sent["Content-Type"] == "application/pdf"
    assert sent["Content-Disposition"] == "attachment; filename*=utf-8''Bericht%20_Q3_%20f%C3%BCr%20%E2%82%AC.pdf"
    assert sent["X-Content-Type-Options"] == "nosniff"
    assert sent["Content-Security-Policy"].startswith("sandbox")
    assert int(sent["Content-Length"]) == len(data)


def test_a_file_is_hidden_with_its_model_and_open_to_who_reads_it(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION, restricted=True)
    file = store_file(world.engineer, release.pk, upload("a.csv", b"a"), "a.csv", at=world.tick())
    hidden = visit(world.stranger).get(f"/releases/files/{file.pk}/")
    missing = visit(world.stranger).get("/releases/files/999999/")
    assert (hidden.status_code, words(hidden)) == (404, words(missing))
    assert visit(world.viewer).get(f"/releases/files/{file.pk}/").status_code == 200
    assert Client().get(f"/releases/files/{file.pk}/").status_code == 302


def test_a_changed_or_lost_file_is_shown_as_broken(world: World, visit: Visit, storage: Path) -> None:
    release = world.release_at(Stage.VALIDATION)
    file = store_file(world.engineer, release.pk, upload("a.csv", b"a,b"), "a.csv", at=world.tick())
    path = storage / file.stored_as
    path.write_bytes(b"a,c")
    changed = visit(world.engineer).get(f"/releases/files/{file.pk}/")
    assert (changed.status_code, "a.csv is not what was uploaded" in words(changed)) == (409, True)
    path.unlink()
    assert "a.csv cannot be read" in words(visit(world.engineer).get(f"/releases/files/{file.pk}/"))


def test_another_mistake_loses_neither_the_file_nor_a_word(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    answer = client.post(add(release), {**SAID, "title": "", "file": upload("a.csv", b"a,b")})
    assert answer.status_code == 422
    kept = EvidenceFile.objects.get()
    assert (value_of(answer, "stored"), value_of(answer, "summary")) == (str(kept.pk), "As agreed.")
    assert "Kept: a.csv" in words(answer)
    assert client.post(add(release), {**SAID, "stored": str(kept.pk)}).status_code == 303
    assert Evidence.objects.get().file == kept


def test_a_kept_file_can_be_left_out_or_replaced(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    kept = store_file(world.engineer, release.pk, upload("a.csv", b"a,b"), "a.csv", at=world.tick())
    client = visit(world.engineer)
    said = {**SAID, "source": "wiki/1", "stored": str(kept.pk)}
    assert client.post(add(release), {**said, "without_file": "on"}).status_code == 303
    assert client.post(add(release), {**said, "title": "2", "file": upload("b.csv", b"c")}).status_code == 303
    assert [piece.file and piece.file.name for piece in Evidence.objects.order_by("pk")] == [None, "b.csv"]


def test_the_file_of_another_release_is_not_taken_by_its_number(world: World, visit: Visit) -> None:
    mine, other = world.release_at(Stage.VALIDATION), world.release_at(Stage.VALIDATION)
    foreign = store_file(world.engineer, other.pk, upload("a.csv", b"a,b"), "a.csv", at=world.tick())
    client = visit(world.engineer)
    for odd in (str(foreign.pk), "9" * 30, "x", "-1"):
        assert client.post(add(mine), {**SAID, "stored": odd}).status_code == 422
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.pdf", b"#!/bin/sh\n", "a.pdf is a script"),
        ("a.csv", b"", "a.csv is empty"),
        ("a.csv", b"a" * (MOST_BYTES + 1024 * 1024), "a.csv is bigger than 25 MB"),
        ("a.csv", pdf(), "a.csv is a PDF by its content"),
    ],
    ids=["script", "empty", "26 MB", "wrong ending"],
)
def test_a_file_that_is_not_taken_is_told_at_the_field(
    world: World, visit: Visit, name: str, data: bytes, reason: str
) -> None:
    release = world.release_at(Stage.VALIDATION)
    answer = visit(world.engineer).post(add(release), {**SAID, "source": "wiki/1", "file": upload(name, data)})
    assert answer.status_code == 422
    assert reason in words(answer)
    assert 'id="id_file-err0"' in answer.content.decode()
    assert value_of(answer, "title") == "Report 1"
    assert not Evidence.objects.exists()
    assert not EvidenceFile.objects.exists()


def test_a_form_beyond_all_measure_is_refused_unread(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    answer = visit(world.engineer).post(add(release), {**SAID, "file": upload("a.csv", b"a" * MOST_UPLOAD)})
    assert answer.status_code == 413
    assert "25 MB is the most that is taken" in words(answer)


def test_more_lines_keep_the_file_too(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    client = visit(world.engineer)
    answer = client.post(add(release), {**SAID, "add": "measurements", "file": upload("a.csv", b"a,b")})
    assert answer.status_code == 200
    assert value_of(answer, "stored") == str(EvidenceFile.objects.get().pk)
    assert 'enctype="multipart/form-data"' in client.get(add(release), headers=HTMX).content.decode()


def test_readers_upload_nothing(world: World, visit: Visit, storage: Path) -> None:
    release = world.release_at(Stage.VALIDATION)
    for person in (world.viewer, world.officer, world.auditor):
        assert visit(person).post(add(release), {**SAID, "file": upload("a.csv", b"a")}).status_code == 403
    assert list(storage.iterdir()) == []


def test_a_page_of_many_files_costs_as_many_queries_as_one_of_few(world: World, visit: Visit) -> None:
    release = world.release_at(Stage.VALIDATION)
    for number in range(12):
        file = store_file(world.engineer, release.pk, upload("a.csv", b"%d" % number), "a.csv", at=world.tick())
        facts = EvidenceFacts("document", f"D{number}", "x", file=file.pk)
        attach_evidence(world.engineer, release.pk, facts, at=world.tick())
        if number == 0:
            few = queries_of(visit(world.engineer), f"/models/{release.model.slug}/")
    assert queries_of(visit(world.engineer), f"/models/{release.model.slug}/") == few
