"""The faults. Each strikes a plant that works, in a short or a long form; what comes of it is judged afterwards."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.invariants import Verdict, judge
from tests.faults.plant import STEP, Plant, another, patient
from tests.faults.traffic import Traffic
from tests.operations.machine import wait_for
from tracker.operations import commands

HOUR: Final = timedelta(hours=1)
PATIENCE: Final = 120.0  # seconds
WORKERS: Final = ("worker-1", "worker-2")
ALERTS: Final = "SELECT count(*) FROM tracker_alert"
FAILED: Final = "SELECT count(*) FROM tracker_deliveryattempt WHERE NOT succeeded"
SEPARATOR: Final = "-" * 79 + "\n"  # between two mails in one of Django's mail files


class CannotBeTried(Exception):
    """Why this machine does not allow a fault."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong, in words, and how; `strike` returns how often it went wrong."""

    what: str
    strike: Callable[[Plant, bool], int]


@dataclass
class Result:
    """One line of the table."""

    what: str
    times: int = 0
    seconds: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)
    skipped: str = ""


def suffer(plant: Plant, faults: Sequence[Fault], *, long: bool) -> Result:
    """Let them strike one after the other, let the plant settle, and judge."""
    begun = time.monotonic()
    found = Result(", ".join(fault.what for fault in faults))
    for fault in faults:
        try:
            found.times += fault.strike(plant, long)
        except CannotBeTried as reason:
            found.skipped = str(reason)
    try:
        plant.settle(180)
        stuck = ""
    except AssertionError as error:
        stuck = str(error)
    found.verdict = judge(plant)
    if stuck:
        found.verdict.broken.append(stuck)
    found.seconds = time.monotonic() - begun
    return found


def _killed(plant: Plant, long: bool) -> int:
    """Of web, worker and Beat one at a time, while two people claim what is vacant."""
    rounds = 50 if long else 3
    with _people_at_work(plant) as traffic:
        for turn in range(rounds):
            plant.add_work(30)
            plant.jump(STEP)
            time.sleep(plant.random.uniform(0, 3.0 if long else 1.2))
            plant.kill(plant.random.choice(sorted(plant.children)) if long else ("worker-1", "beat", "web")[turn % 3])
            if turn % 10 == 9:
                plant.settle(180)
        wait_for(partial(_has_claimed, plant, traffic), PATIENCE)  # so that there is a claim to ask for
    return rounds


def _has_claimed(plant: Plant, traffic: Traffic) -> bool:
    plant.keep_alive()
    return bool(traffic.taken)


@contextmanager
def _people_at_work(plant: Plant) -> Iterator[Traffic]:
    traffic = Traffic(plant)
    try:
        yield traffic
    finally:
        plant.keep_alive()
        plant.claims_lost += traffic.stop()
        plant.claims += len(traffic.taken)


def _forgetful(plant: Plant, long: bool) -> int:
    rounds = 10 if long else 2
    for _ in range(rounds):
        plant.add_work(30)
        plant.jump(STEP)
        time.sleep(plant.random.uniform(0, 1))
        plant.redis.forget()
    return rounds


def _broker_away(plant: Plant, long: bool) -> int:
    plant.add_work(30)
    plant.jump(STEP)
    plant.redis.stop()
    time.sleep(20 if long else 3)
    plant.redis.start()
    return 1


def _database_away_in_sweep(plant: Plant, long: bool) -> int:
    rounds = 5 if long else 1
    for _ in range(rounds):
        before = plant.tables.one(ALERTS)
        plant.add_work(1500 if long else 600)
        plant.jump(STEP)
        wait_for(partial(_grown, plant, ALERTS, before), PATIENCE)
        plant.postgres.restart()
    return rounds


def _database_away_in_delivery(plant: Plant, long: bool) -> int:
    rounds = 5 if long else 1
    plant.mail.slow = 0.2
    for _ in range(rounds):
        plant.add_work(60)
        plant.jump(STEP)
        before = plant.mail.begun
        wait_for(partial(_delivered_since, plant, before), PATIENCE)
        time.sleep(plant.random.uniform(0, 0.4))
        plant.postgres.restart()
    plant.mail.slow = 0.0
    return rounds


def _delivering(plant: Plant) -> bool:
    """The clock goes on, so that what waits to be sent is sent."""
    plant.jump(timedelta(seconds=5))
    time.sleep(0.2)
    return True


def _delivered_since(plant: Plant, before: int) -> bool:
    """Whether mails were begun since there were so many."""
    return _delivering(plant) and plant.mail.begun > before


def _grown(plant: Plant, count: str, before: int) -> bool:
    """Whether there are more rows than before."""
    return int(plant.tables.one(count)) > before


def _many_beats(plant: Plant, long: bool) -> int:
    others = [another(patient(commands.beat()), number) for number in (2, 3)][: 2 if long else 1]
    for command in others:
        plant.start(command)
    for _ in range(10 if long else 2):
        plant.add_work(60)
        plant.jump(STEP)
        time.sleep(2)
    for command in others:
        plant.remove(command.name)
    return len(others) + 1


def _clock_set(plant: Plant, long: bool) -> int:
    jumps = [plant.random.choice([HOUR, -HOUR]) for _ in range(18)] if long else []
    for jump in (-HOUR, HOUR, *jumps):
        plant.add_work(30)
        plant.jump(jump)
        time.sleep(2)
    return 2 + len(jumps)


def _mail_hangs(plant: Plant, long: bool) -> int:
    """The server takes a mail and never says so. In the short form the worker that waits for it is killed."""
    plant.mail.hang = wanted = 3 if long else 1
    plant.add_work(30)
    plant.jump(STEP)
    wait_for(lambda: _delivering(plant) and plant.mail.hang == 0, 180)
    if not long:
        for name in WORKERS:
            plant.restart(name)
    return wanted


def _web_refuses(plant: Plant, long: bool) -> int:
    """The other end has a fault, asks for patience, or takes a message and never says so."""
    each, never = (10, [None] * 5) if long else (3, [None])
    answers = [*[(500, {})] * each, *[(429, {"Retry-After": "90"})] * each, *never]
    plant.random.shuffle(answers)
    plant.web.answers = answers[:]
    for _ in range(3 if long else 1):
        plant.add_work(30)
        plant.jump(STEP)
        time.sleep(1)
    wait_for(lambda: _delivering(plant) and not plant.web.answers, 180)
    return len(answers)


def _disk_full(plant: Plant, long: bool) -> int:
    """Mails go into files of a folder that holds next to nothing, until it gets more room."""
    folder = plant.var / "mail"
    folder.mkdir(parents=True, exist_ok=True)
    if not _mount(folder, "size=16k"):
        raise CannotBeTried("a small file system cannot be mounted here")
    names = WORKERS if long else WORKERS[:1]
    try:
        for name in names:
            plant.restart(name, EMAIL_URL="filemail://")
        before = plant.tables.one(FAILED)
        plant.add_work(60 if long else 30)
        plant.jump(STEP)
        wait_for(lambda: _delivering(plant) and _grown(plant, FAILED, before), 180)
        failures = plant.tables.one(FAILED) - before
        _mount(folder, "remount,size=16m")
        if long:
            plant.settle(180)
    finally:
        for name in names:
            plant.restart(name)
        plant.mail.keys += _keys_in_files(folder)
        subprocess.run(("umount", str(folder)), check=False)
    return int(failures)


def _mount(folder: Path, options: str) -> bool:
    command = ("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder))
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _keys_in_files(folder: Path) -> Counter[str]:
    """Of the mails that were written to their end."""
    keys: Counter[str] = Counter()
    for file in folder.iterdir():
        for mail in file.read_text(errors="replace").split(SEPARATOR)[:-1]:
            lines = [line for line in mail.splitlines() if line.startswith("X-Throughline-Key: ")]
            keys.update(line.partition(": ")[2] for line in lines[-1:])
    return keys


FAULTS: Final = (
    Fault("kill -9 of web, worker or Beat", _killed),
    Fault("Redis forgets everything (FLUSHALL)", _forgetful),
    Fault("Redis is away", _broker_away),
    Fault("PostgreSQL ends in the middle of a sweep", _database_away_in_sweep),
    Fault("PostgreSQL ends in the middle of a delivery", _database_away_in_delivery),
    Fault("two or three Beats at once", _many_beats),
    Fault("the clock is set an hour back and forth", _clock_set),
    Fault("the mail server takes a mail and hangs", _mail_hangs),
    Fault("webhooks that answer 500, 429 with Retry-After, or never", _web_refuses),
    Fault("the disk of the mail files is full", _disk_full),
)
