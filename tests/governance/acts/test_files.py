"""Originals: the bytes and the row survive each other, and the storage is chosen by a setting."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from governance.acts.evidence import EvidenceFacts, attach_evidence
from governance.acts.files import store_file
from governance.errors import Conflict, Invalid, NotFound, NotPermitted
from governance.models import AuditEvent
from governance.stored_files import BrokenFileError, name_of, opened
from governance.trail import writers
from models_registry.models import EvidenceFile
from models_registry.vocabulary import Stage
from tests.models_registry.originals import pdf
from tests.world import World
from tracker.evidence_storage import BUCKET, evidence_storage


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, settings: Any) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def test_a_file_is_kept_once_under_its_digest_and_told_on_the_trail(world: World) -> None:
    release, data = world.release_at(Stage.VALIDATION), pdf()
    file = store_file(world.engineer, release.pk, BytesIO(data), "../Report: Q3.pdf", at=world.tick())
    again = store_file(world.colleague, release.pk, BytesIO(data), "copy.pdf", at=world.tick())
    assert again == file
    assert (file.name, file.media_type, file.size) == ("Report_ Q3.pdf", "application/pdf", len(data))
    assert file.stored_as == name_of(file.digest)
    assert "Report" not in file.stored_as
    assert AuditEvent.objects.filter(act="file.store").get().detail["digest"] == file.digest
    with opened(file) as kept:
        assert kept.read() == data


def test_two_releases_share_the_bytes_and_not_the_row(world: World, storage: Path) -> None:
    one, other = world.release_at(Stage.BRIEF), world.release_at(Stage.BRIEF)
    files = [
        store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick()) for release in (one, other)
    ]
    assert files[0] != files[1]
    assert len([path for path in storage.rglob("*") if path.is_file()]) == 1
    with pytest.raises(Invalid):
        attach_evidence(world.engineer, one.pk, EvidenceFacts("document", "D", "x", file=files[1].pk), at=world.tick())


def test_evidence_takes_the_digest_of_its_file(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    file = store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
    facts = EvidenceFacts("document", "D", "x", content_digest="0" * 64, file=file.pk)
    piece = attach_evidence(world.engineer, release.pk, facts, at=world.tick())
    assert (piece.content_digest, piece.file) == (file.digest, file)


def test_who_may_not_work_on_it_leaves_no_byte(world: World, storage: Path) -> None:
    release = world.release_at(Stage.BRIEF)
    for person in (world.viewer, world.officer, world.stranger):
        with pytest.raises(NotPermitted):
            store_file(person, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
    with pytest.raises(NotFound):
        store_file(world.engineer, 10**6, BytesIO(b"a,b"), "a.csv", at=world.tick())
    with pytest.raises(Invalid) as refused:
        store_file(world.engineer, release.pk, BytesIO(b"#!/bin/sh"), "a.pdf", at=world.tick())
    assert refused.value.problems[0].field == "file"
    assert not storage.exists()
    assert not EvidenceFile.objects.exists()


def test_a_retired_release_takes_no_file(world: World) -> None:
    release = world.release_at(Stage.RETIRED)
    with pytest.raises(Conflict):
        store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())


def test_a_crash_after_the_bytes_leaves_what_the_next_try_finds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = world.release_at(Stage.BRIEF)

    def crash(*_: object) -> None:
        raise RuntimeError("pulled plug")

    with monkeypatch.context() as patch:
        patch.setattr(writers, "file_stored", crash)
        with pytest.raises(RuntimeError), transaction.atomic():
            store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
    assert not EvidenceFile.objects.exists()
    call_command("check_files")
    file = store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
    assert file.stored_as == name_of(file.digest)
    assert len(list(Path(default_storage.path("evidence")).rglob("*"))) == 2  # a folder and one file


def test_what_a_crash_left_half_written_is_replaced_by_the_whole(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    data = b"a,b\n" * 1000
    file = store_file(world.engineer, release.pk, BytesIO(data), "a.csv", at=world.tick())
    Path(default_storage.path(file.stored_as)).write_bytes(data[:7])
    with pytest.raises(BrokenFileError, match="digest differs"):
        opened(file)
    store_file(world.engineer, release.pk, BytesIO(data), "a.csv", at=world.tick())
    with opened(file) as kept:
        assert kept.read() == data


def test_the_command_names_what_is_missing_changed_and_left_over(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    release = world.release_at(Stage.BRIEF)
    lost, changed, whole = (
        store_file(world.engineer, release.pk, BytesIO(text), f"{text.decode()}.csv", at=world.tick())
        for text in (b"lost", b"changed", b"whole")
    )
    Path(default_storage.path(lost.stored_as)).unlink()
    Path(default_storage.path(changed.stored_as)).write_bytes(b"else")
    default_storage.save("evidence/ff/" + "f" * 64, BytesIO(b"x"))
    with pytest.raises(CommandError, match="1 missing, 1 changed"):
        call_command("check_files")
    said = capsys.readouterr().out
    assert f"missing: {lost.name}" in said
    assert f"changed: {changed.name}" in said
    assert whole.name not in said
    assert "left over: evidence/ff/" in said


def test_the_table_takes_no_change_and_no_second_row(world: World) -> None:
    release = world.release_at(Stage.BRIEF)
    file = store_file(world.engineer, release.pk, BytesIO(b"a,b"), "a.csv", at=world.tick())
    for statement in ("UPDATE {} SET name = 'x'", "DELETE FROM {}"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement.format(EvidenceFile._meta.db_table))
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidenceFile.objects.create(release=release, name="b", size=1, digest=file.digest, stored_as="x")


def test_the_setting_chooses_the_storage(monkeypatch: pytest.MonkeyPatch) -> None:
    assert evidence_storage("") == {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    monkeypatch.setattr("tracker.evidence_storage.find_spec", lambda name: name)
    assert evidence_storage("s3://evidence-eu/throughline/") == {
        "BACKEND": BUCKET,
        "OPTIONS": {"bucket_name": "evidence-eu", "location": "throughline"},
    }
    for odd in ("bucket", "https://x.example/y", "s3://", "s3://key:secret@bucket", "s3://bucket/?x=1", "s3://[x"):
        with pytest.raises(ImproperlyConfigured, match="write s3://bucket/folder"):
            evidence_storage(odd)
    monkeypatch.setattr("tracker.evidence_storage.find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"install 'django-storages\[s3\]"):
        evidence_storage("s3://evidence-eu")


def test_the_bucket_is_private_and_never_waits_for_ever() -> None:
    pytest.importorskip("storages.backends.s3", reason="needs the extra s3")
    from tracker.evidence_bucket import EvidenceBucket

    bucket = EvidenceBucket(bucket_name="evidence-eu", location="throughline")
    assert (bucket.bucket_name, bucket.location, bucket.default_acl) == ("evidence-eu", "throughline", None)
    assert (bucket.client_config.connect_timeout, bucket.client_config.read_timeout) == (5, 30)
