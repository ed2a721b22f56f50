"""Runs a few processes as one: starts them, says when they are ready, restarts one that dies, and stops all of them."""

import json
import os
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType

from tracker.operations.processes import Child, Command, die_with_parent, end_group, log_file, stop

TICK = 0.1  # seconds
READY_WITHIN = 90.0  # seconds
RESTARTS = 3  # this many
RESTART_WINDOW = 60.0  # within so many seconds; one more death ends everything


def say(line: str) -> None:
    print(line, flush=True)


# Our own loopback address must not go through a proxy that the shell names.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Stopped(Exception):
    """Somebody asked everything to end."""


class Supervisor:
    """One run of some commands under one environment."""

    def __init__(self, environment: Mapping[str, str], logs: Path | None) -> None:
        self.environment = environment
        self.logs = logs
        self.children: list[Child] = []
        self.signals = 0
        self.deaths: list[float] = []

    def watch_signals(self) -> None:
        """From here on Ctrl-C, SIGTERM and a closed terminal end everything in order, and so does the end of make."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        if "MAKELEVEL" in os.environ:
            die_with_parent(os.getppid())

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.signals += 1

    def run_step(self, command: Command) -> int:
        """Run one command to its end and return its exit code. Raises Stopped when asked to end meanwhile."""
        child = Child(command, self.environment)
        self.children = [child]
        while child.exit_code is None:
            self._tick()
        self.children = []
        return child.exit_code

    def start(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self.children.append(self._start(command))

    def _start(self, command: Command) -> Child:
        log = log_file(self.logs, command.name) if self.logs is not None else None
        return Child(command, self.environment, log)

    def wait_until_ready(self, address: str) -> str:
        """An empty string once `address`/readyz answers 200, else the reason why it did not in time."""
        deadline = time.monotonic() + READY_WITHIN
        reason = ""
        while time.monotonic() < deadline:
            reason = why_not_ready(address)
            if not reason:
                return ""
            if not self.keep_alive():
                return "a process keeps ending"
            self._tick()
        return reason

    def watch(self) -> int:
        """Keep everything running until asked to end. Returns 1 when something keeps dying."""
        while self.keep_alive():
            self._tick()
        return 1

    def _tick(self) -> None:
        time.sleep(TICK)
        if self.signals:
            raise Stopped

    def keep_alive(self) -> bool:
        """Start again what has died; False when that happened too often."""
        for place, child in enumerate(self.children):
            if child.exit_code is None:
                continue
            end_group(child)
            now = time.monotonic()
            self.deaths = [at for at in self.deaths if now - at < RESTART_WINDOW] + [now]
            say(f"{child.command.name} ended unexpectedly ({how_it_ended(child.exit_code)}).")
            if words := child.last_words():
                say(f"Its last words, from {child.log}:\n{words}")
            if len(self.deaths) > RESTARTS:
                say(f"That was {len(self.deaths)} times within {RESTART_WINDOW:.0f} seconds: stopping everything.")
                return False
            say(f"Starting {child.command.name} again.")
            self.children[place] = self._start(child.command)
        return True

    def stop(self) -> None:
        """End every process; a second Ctrl-C does not wait for manners."""
        seen = self.signals
        stop(self.children, impatient=lambda: self.signals > seen)
        self.children = []


def how_it_ended(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def why_not_ready(address: str) -> str:
    """Empty when /readyz answers 200; else what it says is wrong, or that nothing answers."""
    try:
        with _direct.open(f"{address}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as answer:
        with answer:
            return readable_problems(answer.read())
    except OSError:
        return "the page does not answer"


def readable_problems(body: bytes) -> str:
    """The problems that /readyz lists, as one line."""
    try:
        return " ".join(json.loads(body)["problems"])
    except (ValueError, KeyError, TypeError):
        return "the page answers with an error"
