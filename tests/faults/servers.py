"""A PostgreSQL cluster and a Redis of a run's own, which it may stop, empty and kill: nobody else uses them."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import redis

from tests.operations.machine import free_port, wait_for

PATIENCE = 30.0  # seconds
ROLE = "throughline"


def postgres_programs() -> Path | None:
    """The folder with initdb and pg_ctl; None where no PostgreSQL server is installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    if folders:
        return folders[-1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def missing() -> str:
    """What keeps faults from being tried on this machine, as a sentence; empty when nothing does."""
    if postgres_programs() is None:
        return "needs the programs of a PostgreSQL server (initdb, pg_ctl)"
    return "" if shutil.which("redis-server") else "needs redis-server"


class Postgres:
    """A cluster in a folder. It never waits for the disk: its machine is not switched off, only its processes end."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.data, self.log = folder / "postgres", folder / "postgres.log"
        self.programs = postgres_programs()
        # PostgreSQL refuses to run as root; its package brings a user for that.
        self.user = "postgres" if os.geteuid() == 0 else None
        self.data.mkdir()
        if self.user:
            shutil.chown(folder, self.user)
            shutil.chown(self.data, self.user)
        self._run("initdb", "-A", "trust", "-N", "-U", ROLE, "--no-instructions", "-E", "UTF8", "--locale", "C.UTF-8")
        self.start()

    def address(self, name: str = "throughline") -> str:
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.log), "-o", options, "start")

    def stop(self, *, hard: bool = False) -> None:
        """`hard`: at once, as a crash would; the log is replayed at the next start."""
        self._run("pg_ctl", "-w", "-m", "immediate" if hard else "fast", "stop", check=False)

    def restart(self) -> None:
        self.stop(hard=True)
        self.start()

    def _run(self, program: str, *words: str, check: bool = True) -> None:
        assert self.programs is not None
        command = (str(self.programs / program), "-D", str(self.data), *words)
        group = pwd.getpwnam(self.user).pw_gid if self.user else None
        done = subprocess.run(
            command,
            user=self.user,
            group=group,
            extra_groups=[] if self.user else None,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")


class Redis:
    """A broker that keeps nothing on disk: what it forgets, it has forgotten."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.start()

    @property
    def address(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        words = ("--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no")
        self.process = subprocess.Popen(
            ("redis-server", *words), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        wait_for(self._answers, PATIENCE)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def forget(self) -> None:
        client = redis.Redis(port=self.port)
        client.flushall()
        client.close()

    def _answers(self) -> bool:
        client = redis.Redis(port=self.port)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


class Tables:
    """Reads of the database that outlive its restarts."""

    def __init__(self, address: str) -> None:
        self.address = address.replace("postgres:", "postgresql:", 1)

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """One short connection, whose work is committed at the end."""
        connection = self._connected()
        try:
            with connection, connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, statement: str, values: object = None) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def one(self, statement: str, values: object = None) -> Any:
        ((value,),) = self.rows(statement, values)
        return value

    def do(self, statement: str, values: object = None) -> None:
        with self.cursor() as cursor:
            cursor.execute(statement, values)

    def create(self, name: str) -> None:
        """A new database beside this one."""
        connection = self._connected()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{name}"')
        connection.close()

    def _connected(self) -> Any:
        end = time.monotonic() + PATIENCE
        while True:
            try:
                return psycopg2.connect(self.address, connect_timeout=5)
            except psycopg2.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
