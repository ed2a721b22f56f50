"""The pack with its files, and the addresses that hand it out: whole, and open to whoever may see the model."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from governance import stored_files
from models_registry.models import EvidenceFile, Person, Release
from models_registry.vocabulary import Stage
from tests.world import World

pytestmark = pytest.mark.django_db
NAMES = ("report.pdf", "../../etc/passwd", "a\\b\nc d .txt", "-rf *", "Zoé 中文.csv", f"{'x' * 250}.json")


def with_files(world: World) -> Release:
    release = world.release_at(Stage.VALIDATION)
    for number, name in enumerate(NAMES):
        data = f"file {number} ".encode() * 1000
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        stored = stored_files.put(BytesIO(data), digest)
        EvidenceFile.objects.create(
            release=release, name=name, media_type="text/plain", size=len(data), digest=digest, stored_as=stored
        )
    return release


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_archive_holds_everything_and_its_sums_are_right(world: World, tmp_path: Path) -> None:
    release = with_files(world)
    address = reverse("pack_zip", args=[release.model.slug, 1])
    answer = client_of(world.auditor).get(address)
    data = b"".join(answer)
    assert answer.streaming
    with zipfile.ZipFile(BytesIO(data)) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path)
    assert (len(names), names[-1]) == (len(NAMES) + 3, "SHA256SUMS")
    assert all(name.startswith("evidence/") and "\n" not in name and "../" not in name for name in names[2:-1])
    tool = shutil.which("sha256sum")
    assert tool is not None
    checked = subprocess.run([tool, "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout.count(b": OK\n")) == (0, len(NAMES) + 2)
    assert b"".join(client_of(world.admin).get(address)) == data


def test_a_file_that_is_gone_is_named_and_the_rest_is_there(world: World) -> None:
    release = with_files(world)
    EvidenceFile.objects.create(
        release=release, name="lost.txt", media_type="text/plain", size=1, digest="sha256:0", stored_as="evidence/no"
    )
    answer = client_of(world.auditor).get(reverse("pack_zip", args=[release.model.slug, 1]))
    with zipfile.ZipFile(BytesIO(b"".join(answer))) as archive:
        assert archive.read("MISSING.txt").decode().count("lost.txt") == 2
        assert len(archive.namelist()) == len(NAMES) + 4


def test_every_export_is_a_download_and_linked_from_both_pages(world: World) -> None:
    release = world.release_at(Stage.COMPLIANCE_REVIEW, restricted=True)
    auditor, stranger = client_of(world.auditor), client_of(world.stranger)
    pages = (reverse("model", args=[release.model.slug]), reverse("review", args=[world.open_review(release).pk]))
    said = [auditor.get(page).content.decode() for page in pages]
    for name, kind in (
        ("pack_pdf", "application/pdf"),
        ("pack_zip", "application/zip"),
        ("card_md", "text/markdown; charset=utf-8"),
        ("bom_json", "application/vnd.cyclonedx+json; version=1.6"),
    ):
        address = reverse(name, args=[release.model.slug, 1])
        answer = auditor.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert answer["Content-Disposition"].startswith(f'attachment; filename="{release.model.slug}-1')
        assert [address in page for page in said] == [True, True]
        assert stranger.get(address).status_code == 404
        assert auditor.get(reverse(name, args=[release.model.slug, 2])).status_code == 404
