"""The head of the trail leaves the house every day: into a file, into mails, and back into a verification."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from governance.models import AuditEvent, ChainHead
from governance.trail import ORGANISATION, verify
from models_registry.vocabulary import Stage
from tests.governance import tampering
from tests.tracker.test_stalls_races import at_once
from tests.tracker.test_verify_trail import run
from tests.world import MONDAY, World
from tracker.seals import BadSeal, Seal, against, post, read_seals, seal_day, seals_on_disk
from tracker.seals.models import SealLetter

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.SEALS_DIR = tmp_path / "seals"
    return tmp_path / "seals"


def head() -> tuple[int, str]:
    return ChainHead.objects.values_list("sequence", "hash").get(chain=ORGANISATION)


def test_a_day_is_sealed_once_with_the_head_that_binds_every_chain(world: World, folder: Path) -> None:
    world.release_at(Stage.VALIDATION)
    (seal,) = seal_day(folder, world.now)
    assert seal == Seal(MONDAY.date(), *head())
    assert AuditEvent.objects.filter(act="trail.seal").count() == 1
    assert seal_day(folder, world.now + timedelta(hours=3)) == []
    (line,) = (folder / "2026.jsonl").read_text().splitlines()
    assert json.loads(line) == {"day": "2026-06-01", "sequence": seal.sequence, "head": seal.head, "late": False}
    assert against(seals_on_disk(folder)) == (1, [])


def test_missed_days_are_caught_up_from_what_the_trail_said_then(world: World, folder: Path) -> None:
    world.release_at(Stage.BRIEF)
    seal_day(folder, world.now)
    world.tick(2 * DAY)
    world.release_at(Stage.BRIEF)
    there = head()
    world.tick(214 * DAY)
    added = seal_day(folder, world.now)
    assert [seal.day for seal in added] == [MONDAY.date() + n * DAY for n in range(1, 217)]
    assert {(seal.sequence, seal.head) for seal in added[1:-1]} == {there}
    assert [seal.late for seal in added[-2:]] == [True, False]
    assert sorted(path.name for path in folder.glob("*.jsonl")) == ["2026.jsonl", "2027.jsonl"]
    assert against(seals_on_disk(folder)) == (217, [])


def test_a_line_that_a_crash_cut_off_is_left_behind(world: World, folder: Path) -> None:
    world.release_at(Stage.BRIEF)
    folder.mkdir()
    (folder / "2026.jsonl").write_text('{"day": "2026-05-31", "seq')
    (seal,) = seal_day(folder, world.now)
    assert seals_on_disk(folder) == [seal]


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_the_same_moment_seal_a_day_once(world: World, folder: Path) -> None:
    world.release_at(Stage.BRIEF)
    at_once(*[lambda: seal_day(folder, world.now)] * 3)
    assert len(seals_on_disk(folder)) == 1
    assert verify().holds


def test_a_trail_that_was_rewritten_as_a_whole_shows_against_the_file(world: World, folder: Path) -> None:
    world.release_at(Stage.VALIDATION)
    (seal,) = seal_day(folder, world.now)
    assert run("--seals", str(folder / "2026.jsonl"))[0].endswith(f"It keeps to 1 seal of {folder}/2026.jsonl.\n")
    tampering.guards_down()
    tampering.events(chain=ORGANISATION, sequence=1).update(actor_name="Somebody Else")
    tampering.rechain(ORGANISATION)
    assert run()[2] == ""
    _, err, last = run("--seals", str(folder))
    assert err == f"organisation#{seal.sequence}: is not the link that was sealed on 2026-06-01\n"
    assert last.endswith(f"First broken link: organisation#{seal.sequence}.")
    client = Client()
    client.force_login(world.auditor)
    said = client.post(reverse("audit_verify")).content.decode()
    assert f"organisation#{seal.sequence}: is not the link that was sealed on 2026-06-01" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("no json", "line 2: is no seal"),
        ("[]", "line 2: is no seal"),
        ('{"day": "2026-06-31", "sequence": 1, "head": ""}', "line 2: is no seal"),
        ('{"day": "2026-06-30", "sequence": true, "head": ""}', "line 2: has no sequence above 0"),
        ('{"day": "2026-06-30", "sequence": 1, "head": "AB"}', "line 2: has a head that is not 64"),
        ("[" * 900, "line 2: is no seal"),
        ("x" * 1001, "line 2: is too long"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_line(tmp_path: Path, line: str, said: str) -> None:
    whole = str(Seal(date(2026, 6, 1), 7, "0" * 64))
    with pytest.raises(BadSeal, match=said):
        list(read_seals([whole, line]))
    (tmp_path / "seals.jsonl").write_text(f"{whole}\n{line}\n")
    assert said in run("--seals", str(tmp_path / "seals.jsonl"))[2]
    assert "cannot be read" in run("--seals", str(tmp_path / "absent"))[2]


def test_auditors_and_administrators_get_the_head_by_mail_once_a_day(world: World, folder: Path) -> None:
    world.release_at(Stage.BRIEF)
    (seal,) = seal_day(folder, world.now)
    seal_day(folder, world.now + timedelta(hours=1))
    assert (post(world.now), post(world.now)) == (2, 0)
    assert {to for message in mail.outbox for to in message.to} == {world.auditor.email, world.admin.email}
    assert {seal.head in str(message.body) for message in mail.outbox} == {True}
    assert f"{AuditEvent.objects.count()}" in str(mail.outbox[0].body)
    assert SealLetter.objects.filter(sent_at=world.now, next_attempt_at=None).count() == 2


def test_a_mail_that_does_not_go_out_is_tried_again(world: World, folder: Path, settings: Any) -> None:
    world.release_at(Stage.BRIEF)
    seal_day(folder, world.now)
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = "django.core.mail.backends.smtp.EmailBackend", 9
    assert post(world.now) == 0
    first = SealLetter.objects.get(attempts=1)
    assert (first.sent_at, first.answer != "") == (None, True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert post(world.now + DAY) == 2


def test_a_folder_that_cannot_be_written_keeps_no_mail_back(world: World, tmp_path: Path) -> None:
    world.release_at(Stage.BRIEF)
    (tmp_path / "seals").write_text("a file where a folder should be")
    with pytest.raises(OSError, match="exists"):
        seal_day(tmp_path / "seals", world.now)
    assert SealLetter.objects.count() == 2
