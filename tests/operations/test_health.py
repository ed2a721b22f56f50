"""Liveness asks nothing of anybody; readiness names what is wrong."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from tests.operations.machine import PYTHON, ROOT, clean_environment
from tracker.heartbeat import STALE_AFTER, TASKS, Heartbeat, beat

ASK = """
import django, json
django.setup()
from django.test import Client
answer = Client().get("/readyz")
print(json.dumps([answer.status_code, answer.json()]))
"""


def ask_in_a_new_process(**environment: str) -> tuple[int, list[str]]:
    """The status and the problems that a fresh process answers with under these settings."""
    settings = {"DJANGO_SETTINGS_MODULE": "tracker.settings", "THROUGHLINE_MODE": "demo", "LOG_LEVEL": "CRITICAL"}
    done = subprocess.run(
        [PYTHON, "-c", ASK],
        cwd=ROOT,
        env=clean_environment(**settings, **environment),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    status, body = json.loads(done.stdout.splitlines()[-1])
    assert body["ready"] is False
    return status, body["problems"]


def test_liveness_needs_no_database(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "probed.by.address"})
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_background_work_ran_just_now(client: Client) -> None:
    beat()
    answer = client.get("/readyz", headers={"host": "probed.by.address"})
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "problems": []})


@pytest.mark.django_db
def test_not_ready_before_background_work_ever_ran(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["Background work has never run: start Beat and a worker."]


@pytest.mark.django_db
def test_not_ready_once_background_work_has_stopped(client: Client) -> None:
    last = timezone.now() - STALE_AFTER - timedelta(seconds=1)
    Heartbeat.objects.create(name=TASKS, at=last)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == [
        f"Background work has not run since {last:%Y-%m-%d %H:%M:%S} UTC: look at Beat and the workers."
    ]


@pytest.mark.django_db
def test_a_heartbeat_is_one_row_however_often_it_beats() -> None:
    beat()
    beat()
    assert Heartbeat.objects.count() == 1


def test_not_ready_while_migrations_wait(tmp_path: Path) -> None:
    status, (problem,) = ask_in_a_new_process(THROUGHLINE_VAR=str(tmp_path))
    assert status == 503
    assert problem.endswith("database migration(s) have not run: run manage.py migrate.")


def test_not_ready_while_the_database_is_away(tmp_path: Path) -> None:
    status, problems = ask_in_a_new_process(
        THROUGHLINE_VAR=str(tmp_path), DATABASE_URL="postgres://root@127.0.0.1:1/throughline"
    )
    assert (status, problems) == (503, ["The database does not answer."])
