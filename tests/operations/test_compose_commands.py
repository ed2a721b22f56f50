"""The commands of docker-compose.yml, run as they stand on this machine's PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from tests import services as here
from tests.operations.compose_file import GIVEN, interpolate, raw
from tests.operations.machine import PYTHON, ROOT, clean_environment, free_port, status_of, wait_for

pytestmark = [pytest.mark.postgres, pytest.mark.redis, pytest.mark.slow, pytest.mark.xdist_group("launcher")]


@contextmanager
def own_database() -> Iterator[str]:
    """The address of a database that is made for this and dropped after it."""
    server, _, _ = here.postgres_url().rpartition("/")
    name = f"throughline_compose_{os.getpid()}"
    administer(f"{server}/postgres", f"create database {name}")
    try:
        yield f"{server}/{name}"
    finally:
        administer(f"{server}/postgres", f"drop database {name} with (force)")


def administer(address: str, statement: str) -> None:
    connection = psycopg2.connect(address)
    connection.autocommit = True
    try:
        connection.cursor().execute(statement)
    finally:
        connection.close()


def own_broker() -> str:
    """A numbered database of the Redis server that no other run on this machine is likely to use."""
    server, _, _ = here.redis_url().rpartition("/")
    return f"{server}/{1 + os.getpid() % 13}"


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The application's environment as compose would set it, with the services' addresses of this machine."""
    given: dict[str, Any] = interpolate(raw(), GIVEN)["services"]["web"]["environment"]
    with own_database() as database:
        here_instead = {
            "PATH": f"{Path(PYTHON).parent}:{os.environ['PATH']}",
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": own_broker(),
            "PORT": str(free_port()),
            "THROUGHLINE_VAR": str(tmp_path),
            "STATIC_ROOT": str(tmp_path / "static"),
            "REMAP_SIGTERM": "SIGQUIT",
        }
        yield clean_environment() | {name: str(value) for name, value in given.items()} | here_instead


@contextmanager
def running(name: str, environment: dict[str, str], logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    words = raw()["services"][name]["command"]
    with (logs / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            words, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def probe(name: str, environment: dict[str, str]) -> int:
    """The exit code of a service's health check."""
    words = raw()["services"][name]["healthcheck"]["test"][1:]
    return subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, timeout=60, check=False).returncode


def test_the_services_migrate_start_become_ready_and_stop(environment: dict[str, str], tmp_path: Path) -> None:
    migrate = raw()["services"]["migrate"]["command"]
    done = subprocess.run(migrate, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    address = f"http://127.0.0.1:{environment['PORT']}"
    with running("web", environment, tmp_path):
        wait_for(lambda: status_of(f"{address}/healthz") == 200, 60)
        assert status_of(f"{address}/readyz") == 503  # nothing works in the background yet
        assert probe("beat", environment) == 1
        with running("worker", environment, tmp_path) as worker, running("beat", environment, tmp_path) as beat:
            wait_for(lambda: status_of(f"{address}/readyz") == 200, 60)
            assert {name: probe(name, environment) for name in ("web", "worker", "beat")} == {
                "web": 0,
                "worker": 0,
                "beat": 0,
            }
            assert (worker.poll(), beat.poll()) == (None, None)
    assert status_of(f"{address}/healthz") == 0
    assert probe("web", environment) == 1


def test_make_serve_runs_them_together_and_stops_at_a_signal(environment: dict[str, str], tmp_path: Path) -> None:
    output = tmp_path / "out"
    port = environment.pop("PORT")
    with output.open("w") as file:
        launcher = subprocess.Popen(
            [sys.executable, "-m", "tracker.operations.serve", "--port", port, "--workers", "2"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: "Throughline is at" in output.read_text() or launcher.poll() is not None, 120)
        assert launcher.poll() is None, output.read_text()
        assert status_of(f"http://127.0.0.1:{port}/readyz") == 200
    finally:
        launcher.terminate()
    wait_for(lambda: launcher.poll() is not None, 30)
    assert launcher.returncode == 0
