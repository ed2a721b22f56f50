"""A whole Throughline under fire: its own database and broker, real processes, sinks at the other end, and a clock."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from tests.faults import portfolio
from tests.faults.planting import UNGUARDED
from tests.faults.servers import Postgres, Redis, Tables
from tests.faults.sinks import HttpSink, MailSink
from tests.operations.machine import ROOT, clean_environment, free_port, status_of, wait_for
from tracker.operations import commands
from tracker.operations.processes import Child, Command, end_group

PATIENCE: Final = 180.0  # seconds; machines that tests share are slow
STEP: Final = timedelta(seconds=61)  # further than the longest interval of Beat
CLOCK: Final = Path(__file__).with_name("clock")

# What is still to be done: visits at a rung, and messages that wait.
UNDONE: Final = """
SELECT (SELECT count(*) FROM governance_stagevisit WHERE left_at IS NULL AND notice_at <= %(now)s)
     + (SELECT count(*) FROM governance_stageownership WHERE until IS NULL AND notice_at <= %(now)s),
       count(*), max(next_attempt_at)
FROM tracker_delivery WHERE state = 'waiting'
"""


class Plant:
    """Everything runs from the beginning; `close` ends it. Times are those of the plant's own, movable clock."""

    def __init__(self, folder: Path, seed: int, *, schema: str = "", planted: str = "") -> None:
        self.folder, self.random = folder, random.Random(seed)
        self.wrong_by = 0.0
        self.clock = folder / "clock"
        self._set_clock()
        self.postgres, self.redis = Postgres(folder), Redis(folder)
        self.mail, self.web = MailSink(), HttpSink()
        self.tables = Tables(self.postgres.address())
        self.port = free_port()
        self.var = folder / "var"
        self.environment = self._environment(planted)
        self._make_database(schema)
        portfolio.found(self.tables, self.now)
        if planted == "locks":
            self.tables.do(UNGUARDED)
        self.rounds = 0
        self.claims, self.claims_lost = 0, list[str]()
        self.registrar = self._hire()
        self.web.key = self._ask("destine", self.web.address)
        self.children: dict[str, Child] = {}
        for command in (commands.web(), commands.worker(1), commands.worker(2), patient(commands.beat())):
            self.start(command)
        wait_for(self._is_ready, PATIENCE)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.wrong_by)

    def jump(self, by: timedelta) -> None:
        """Put the wall clock of every process forward or back."""
        self.wrong_by += by.total_seconds()
        self._set_clock()
        time.sleep(0.05)

    def add_work(self, count: int) -> None:
        """Visits that are due by now."""
        self.rounds += 1
        self._ask("work", f"round{self.rounds}", count, self.now.isoformat())

    def start(self, command: Command, **environment: str) -> None:
        log = self.folder / f"{command.name}.log"
        self.children[command.name] = Child(command, self.environment | environment, log)

    def restart(self, name: str, **environment: str) -> None:
        """End it as a supervisor would find it dead, and start it again."""
        child = self.children[name]
        end_group(child)
        child.process.wait()
        self.start(child.command, **environment)

    def kill(self, name: str) -> None:
        """kill -9 of the process itself or of one that it has started, whichever chance says; it is started again."""
        child = self.children[name]
        with suppress(ProcessLookupError):
            os.kill(self.random.choice(_group(child.process.pid)), signal.SIGKILL)
        self.keep_alive()

    def keep_alive(self) -> None:
        for name, child in list(self.children.items()):
            if child.exit_code is not None:
                self.restart(name)

    def remove(self, name: str) -> None:
        child = self.children.pop(name)
        end_group(child)
        child.process.wait()

    def settle(self, seconds: float = PATIENCE) -> None:
        """Let the plant finish what it owes. Its clock runs ahead meanwhile, so that no lease has to be sat out.

        Raises `AssertionError` with what is left when it does not get there in time.
        """
        end = time.monotonic() + seconds
        quiet = 0
        while quiet < 2:
            due, waiting, last = self.tables.rows(UNDONE, {"now": self.now})[0]
            quiet = quiet + 1 if not due and not waiting else 0
            left = f"{due} visits and {waiting} messages are left after {seconds:.0f} s"
            assert time.monotonic() < end, left
            ahead = last - self.now if last else STEP
            self.jump(min(max(ahead, STEP), timedelta(minutes=10)))
            self.keep_alive()
            self._wait_for_a_round()

    def _wait_for_a_round(self) -> None:
        """Until Beat and a worker have done their work once more, as the heartbeat shows."""
        begun = self.now
        end = time.monotonic() + 5
        while time.monotonic() < end:
            if self.tables.rows("SELECT 1 FROM tracker_heartbeat WHERE name = 'tasks' AND at >= %s", [begun]):
                break
            time.sleep(0.1)
        time.sleep(0.3)

    def verify_trail(self) -> str:
        """Empty when every chain holds, else the first flaws."""
        return self._ask("verify")

    def _ask(self, *order: object) -> str:
        """Have the registrar do something; returns what it says. Raises `RuntimeError` when it has ended."""
        pipe, answers = self.registrar.stdin, self.registrar.stdout
        assert pipe is not None
        assert answers is not None
        pipe.write(json.dumps(order) + "\n")
        pipe.flush()
        if not (said := answers.readline()):
            raise RuntimeError(f"The registrar ended over {order}; its words are in {self.folder}.")
        answer: str = json.loads(said)
        return answer

    def _hire(self) -> subprocess.Popen[str]:
        command = (sys.executable, "-m", "tests.faults.registrar")
        with (self.folder / "registrar.log").open("w") as log:
            return subprocess.Popen(
                command,
                env=self.environment,
                cwd=ROOT,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )

    def close(self) -> None:
        for name in list(self.children):
            self.remove(name)
        self.registrar.kill()
        self.registrar.communicate()
        self.mail.stop()
        self.web.stop()
        self.redis.stop()
        self.postgres.stop(hard=True)

    def _is_ready(self) -> bool:
        time.sleep(0.2)
        return status_of(f"{self.address}/readyz") == 200

    def _set_clock(self) -> None:
        """In one write: whoever reads it sees the whole line."""
        line = f"{self.wrong_by:.6f}".encode()[:39] + b"\n"
        descriptor = os.open(self.clock, os.O_WRONLY | os.O_CREAT, 0o644)
        os.pwrite(descriptor, line.rjust(40), 0)
        os.close(descriptor)

    def _environment(self, planted: str) -> dict[str, str]:
        own = {
            "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "THROUGHLINE_MODE": "demo",
            "THROUGHLINE_VAR": str(self.var),
            "SECRET_KEY": "a-key-for-the-faults-only-" + "0" * 32,
            "DATABASE_URL": self.postgres.address(),
            "CELERY_BROKER_URL": self.redis.address,
            "EMAIL_URL": self.mail.address,
            "OUTBOUND_ALLOW": "127.0.0.1",
            "PORT": str(self.port),
            "WEB_PROCESSES": "1",
            "FAULTS_CLOCK": str(self.clock),
            "PYTHONPATH": os.pathsep.join((str(CLOCK), str(ROOT))),
            "PYTHONUNBUFFERED": "1",
        }
        return clean_environment(**own) | ({"FAULTS_PLANT": planted} if planted else {})

    def _make_database(self, schema: str) -> None:
        """Migrate, or take over the tables of a database that is migrated, which is faster."""
        Tables(self.postgres.address("postgres")).create("throughline")
        if not schema:
            command = commands.manage("migrate", "--verbosity", "0")
            subprocess.run(command.argv, env=self.environment, cwd=ROOT, check=True, stdin=subprocess.DEVNULL)
            return
        dump = subprocess.run(("pg_dump", "--schema-only", "--no-owner", schema), check=True, capture_output=True)
        done = subprocess.run(
            ("pg_dump", "--data-only", "--table=django_migrations", schema), check=True, capture_output=True
        )
        address = self.postgres.address()
        for part in (dump.stdout, done.stdout):
            subprocess.run(
                ("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", address),
                input=part,
                check=True,
                stdout=subprocess.DEVNULL,
            )


def patient(beat: Command) -> Command:
    """Beat looks at the clock once a second, or it would sleep through the steps that the clock makes here."""
    return Command(beat.name, (*beat.argv, "--max-interval", "1"))


def another(beat: Command, number: int) -> Command:
    return Command(f"{beat.name}-{number}", beat.argv)


def _group(leader: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(group) == leader and state != "Z":
                found.append(int(stat.parent.name))
    return sorted(found) or [leader]


def scratch() -> Path:
    """A folder that PostgreSQL's own user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="throughline-faults-", dir="/tmp"))
    folder.chmod(0o755)
    return folder


def clear(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


__all__ = ["PATIENCE", "STEP", "Plant", "another", "clear", "patient", "scratch"]
