"""The supervisor: what dies is started again, what keeps dying ends everything, and nothing is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.operations.machine import PYTHON, ROOT, clean_environment, processes_with, wait_for
from tracker.operations.processes import POLITE_SECONDS, Command
from tracker.operations.supervisor import RESTARTS, Supervisor, readable_problems

MARK = "THROUGHLINE_TEST_RUN"


def python(name: str, code: str) -> Command:
    return Command(name, (PYTHON, "-c", code))


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(clean_environment(**{MARK: str(tmp_path)}), tmp_path / "log")


def test_what_keeps_dying_ends_everything_and_says_why(
    supervisor: Supervisor, capsys: pytest.CaptureFixture[str]
) -> None:
    supervisor.start([python("web", "import sys; sys.exit('no such table')")])
    assert supervisor.watch() == 1
    told = capsys.readouterr().out
    assert told.count("web ended unexpectedly (exit code 1).") == RESTARTS + 1
    assert told.count("no such table") >= RESTARTS + 1
    assert told.rstrip().endswith("stopping everything.")


DIES_ONCE = """
import pathlib, sys, time
been_here = pathlib.Path(sys.argv[1])
if not been_here.exists():
    been_here.touch()
    sys.exit(3)
time.sleep(60)
"""

# A parent and its child that both ignore SIGTERM.
DEAF = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"])
    time.sleep(0.5)
print("up", flush=True)
time.sleep(60)
"""


def test_what_dies_once_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start([Command("beat", (PYTHON, "-c", DIES_ONCE, str(tmp_path / "been-here")))])
    first = supervisor.children[0].process.pid
    wait_for(lambda: supervisor.children[0].exit_code is not None, 10)
    assert supervisor.keep_alive()
    assert supervisor.children[0].process.pid != first
    assert supervisor.children[0].exit_code is None
    supervisor.stop()


def test_the_deaf_are_ended_by_force_before_five_seconds_are_over(supervisor: Supervisor, tmp_path: Path) -> None:
    assert POLITE_SECONDS < 5
    supervisor.start([python("web", DEAF)])
    wait_for(lambda: "up" in supervisor.children[0].last_words(), 10)
    assert len(processes_with(MARK, str(tmp_path))) == 2
    supervisor.stop()
    wait_for(lambda: not processes_with(MARK, str(tmp_path)), 10)


def test_children_end_with_a_launcher_that_was_killed(tmp_path: Path) -> None:
    launcher = (
        "import os, sys, time\n"
        "from tracker.operations.processes import Command\n"
        "from tracker.operations.supervisor import Supervisor\n"
        "s = Supervisor(os.environ, None)\n"
        "s.start([Command('a', (sys.executable, '-c', 'import time; time.sleep(60)'))] * 2)\n"
        "s.watch()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", launcher], cwd=ROOT, env=clean_environment(**{MARK: str(tmp_path)})
    )
    wait_for(lambda: len(processes_with(MARK, str(tmp_path))) == 3, 20)
    process.kill()
    process.wait()
    wait_for(lambda: not processes_with(MARK, str(tmp_path)), 5)


def test_a_long_log_is_set_aside_once(tmp_path: Path) -> None:
    from tracker.operations.processes import BIGGEST_LOG, log_file

    path = log_file(tmp_path, "web")
    path.touch()
    os.truncate(path, BIGGEST_LOG + 1)
    assert log_file(tmp_path, "web") == path
    assert not path.exists()
    assert (tmp_path / "web.log.1").stat().st_size == BIGGEST_LOG + 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"ready": false, "problems": ["The database does not answer."]}', "The database does not answer."),
        (b"<h1>Server Error</h1>", "the page answers with an error"),
        (b"[]", "the page answers with an error"),
    ],
)
def test_the_reason_for_not_being_ready_is_readable(body: bytes, words: str) -> None:
    assert readable_problems(body) == words
