"""Production refuses what only a demo may have, and says which setting to change."""

import subprocess
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth import get_user_model

from tests.operations.machine import PYTHON, ROOT, clean_environment
from tracker.checks import refuse_demo_sign_ins, refuse_to_start, refuse_unsafe_settings

GOOD = {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "throughline.example.org"}


def check(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "manage.py", "check"],
        cwd=ROOT,
        env=clean_environment(THROUGHLINE_VAR=str(var), **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_production_is_what_one_gets_unasked_and_it_needs_a_secret(tmp_path: Path) -> None:
    done = check(tmp_path, ALLOWED_HOSTS="throughline.example.org")
    assert done.returncode != 0
    assert done.stderr == (
        "SECRET_KEY is not set: give production a long random one, or set THROUGHLINE_MODE=demo to try Throughline.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("DEBUG", "true", "DEBUG is on"),
        ("SECRET_KEY", "short", "SECRET_KEY is shorter than 32 characters"),
        ("ALLOWED_HOSTS", "", "ALLOWED_HOSTS is empty or has a wildcard"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS is empty or has a wildcard"),
        ("THROUGHLINE_MODE", "staging", "it must be 'demo' or 'production'"),
        ("EVIDENCE_STORAGE", "ftp://bucket", "write s3://bucket/folder"),
    ],
)
def test_production_refuses(tmp_path: Path, setting: str, value: str, sentence: str) -> None:
    done = check(tmp_path, **(GOOD | {setting: value}))
    assert done.returncode != 0
    assert done.stderr.count(sentence) == 1


def test_sound_settings_are_accepted(tmp_path: Path) -> None:
    done = check(tmp_path, **GOOD)
    assert (done.returncode, "no issues" in done.stdout) == (0, True), done.stderr


def test_the_demo_keeps_its_own_secret_for_its_owner_alone(tmp_path: Path) -> None:
    secrets = set()
    for _ in range(2):
        assert check(tmp_path, THROUGHLINE_MODE="demo").returncode == 0
        secrets.add((tmp_path / "secret-key").read_text())
    assert len(secrets) == 1
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_demo_sign_ins_stop_production_from_starting(
    settings: LazySettings, capsys: pytest.CaptureFixture[str]
) -> None:
    people = get_user_model()
    people.objects.create_user("Lead@Demo.Example", "throughline", full_name="Demo Lead")
    gone = people.objects.create_user("gone@demo.example", "throughline", full_name="Gone", is_active=False)
    assert refuse_demo_sign_ins(None, ["default"]) == []

    settings.DEMO = False
    settings.ALLOWED_HOSTS = ["throughline.example.org"]
    (problem,) = refuse_demo_sign_ins(None, ["default"])
    assert problem.msg.startswith("1 active demo sign-in(s) ending in @demo.example exist")
    with pytest.raises(SystemExit):
        refuse_to_start()
    assert problem.msg in capsys.readouterr().err

    people.objects.exclude(pk=gone.pk).update(is_active=False)
    assert refuse_demo_sign_ins(None, ["default"]) == []


def test_a_demo_may_be_a_demo(settings: LazySettings) -> None:
    settings.DEBUG = True
    settings.ALLOWED_HOSTS = ["*"]
    assert refuse_unsafe_settings(None) == []
