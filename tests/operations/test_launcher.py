"""``make demo``'s launcher, run for real: it starts, says so, keeps its data, and leaves nothing running."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from sqlite3 import connect

import pytest

from tests.operations.machine import ROOT, clean_environment, free_port, processes_with, status_of, wait_for

pytestmark = [pytest.mark.embedded, pytest.mark.slow, pytest.mark.xdist_group("launcher")]
START_WITHIN = 120.0  # seconds; far more than it takes, for a busy machine
MARK = "THROUGHLINE_VAR"


@dataclass
class Demo:
    """A running launcher and what it prints."""

    process: subprocess.Popen[str]
    port: int
    var: Path
    output: Path

    @property
    def told(self) -> str:
        return self.output.read_text()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def family(self) -> set[int]:
        return processes_with(MARK, str(self.var))

    def wait_until_announced(self) -> float:
        return wait_for(lambda: "Throughline is at" in self.told or self.process.poll() is not None, START_WITHIN)


@contextmanager
def demo(var: Path, output: Path) -> Iterator[Demo]:
    port = free_port()
    with output.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tracker.operations.demo", "--port", str(port)],
            cwd=ROOT,
            env=clean_environment(**{MARK: str(var)}),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            text=True,
        )
    running = Demo(process, port, var, output)
    try:
        yield running
    finally:
        process.terminate()
        process.wait(timeout=10)
        wait_for(lambda: not running.family, 10)


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One data folder for the whole file, as on a desk where the demo is started again and again."""
    return tmp_path_factory.mktemp("var")


def people(var: Path) -> list[tuple[int, str]]:
    with closing(connect(var / "throughline.sqlite3")) as database:
        return database.execute("select id, email from models_registry_person order by id").fetchall()


def test_the_first_start_announces_the_address_and_the_sign_ins_once_the_page_answers(
    var: Path, tmp_path: Path
) -> None:
    with demo(var, tmp_path / "out") as running:
        running.wait_until_announced()
        assert running.process.poll() is None, running.told
        assert f"Throughline is at {running.address}\n" in running.told
        for name in ("lead", "engineer", "officer", "auditor", "admin"):
            assert f"{name}@demo.example" in running.told
        assert status_of(f"{running.address}/readyz") == 200
        assert status_of(f"{running.address}/accounts/login/") == 200

        taken = subprocess.run(
            [sys.executable, "-m", "tracker.operations.demo", "--port", str(running.port)],
            cwd=ROOT,
            env=clean_environment(**{MARK: str(tmp_path)}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert taken.returncode == 2
        assert taken.stderr.startswith(f"Port {running.port} is taken by another program:")
        assert taken.stderr.count("\n") == 1
        assert status_of(f"{running.address}/healthz") == 200


def test_a_second_start_keeps_the_data_and_a_signal_ends_all_of_it(var: Path, tmp_path: Path) -> None:
    before = people(var)
    with demo(var, tmp_path / "out") as running:
        running.wait_until_announced()
        assert people(var) == before
        assert len(running.family) >= 4  # launcher, web and its worker, Beat
        running.process.terminate()
        assert running.process.wait(timeout=30) == 0
        assert running.family == set()
        assert status_of(f"{running.address}/healthz") == 0


def test_killing_the_launcher_leaves_no_orphans(var: Path, tmp_path: Path) -> None:
    with demo(var, tmp_path / "out") as running:
        running.wait_until_announced()
        assert len(running.family) >= 4
        running.process.kill()
        running.process.wait()
        wait_for(lambda: not running.family, 5)
        assert status_of(f"{running.address}/healthz") == 0


def test_a_web_process_that_dies_is_started_again_and_reported(var: Path, tmp_path: Path) -> None:
    with demo(var, tmp_path / "out") as running:
        running.wait_until_announced()
        (master,) = (number for number in running.family if is_master(number, running.family))
        subprocess.run(["/bin/kill", "-9", str(master)], check=True)
        wait_for(lambda: "web ended unexpectedly (signal SIGKILL)." in running.told, 10)
        wait_for(lambda: status_of(f"{running.address}/healthz") == 200, 30)


def is_master(number: int, family: set[int]) -> bool:
    """gunicorn's master is the web process whose parent is not another web process."""
    folder = Path("/proc") / str(number)
    parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    if b"gunicorn" not in (folder / "cmdline").read_bytes():
        return False
    return b"gunicorn" not in (Path("/proc") / str(parent) / "cmdline").read_bytes()
