"""The command lines of Throughline's processes. The container file runs the same ones; a test compares them."""

import sys
from pathlib import Path

from tracker.operations.processes import Command

MANAGE = Path(__file__).resolve().parent.parent.parent / "manage.py"


def web() -> Command:
    return Command(
        "web", (sys.executable, "-m", "gunicorn", "--config", "python:tracker.operations.web", "tracker.wsgi")
    )


def beat() -> Command:
    return Command("beat", (sys.executable, "-m", "celery", "--app", "tracker", "beat", "--loglevel", "info"))


def worker(number: int) -> Command:
    name = f"worker-{number}"
    options = ("--concurrency", "1", "--without-gossip", "--without-mingle", "--hostname", f"{name}@%h")
    return Command(name, (sys.executable, "-m", "celery", "--app", "tracker", "worker", "--loglevel", "info", *options))


def manage(*words: str) -> Command:
    return Command(words[0], (sys.executable, str(MANAGE), *words))
