"""Small tools for tests that start real processes on this machine."""

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
CHOOSERS = {
    "ALLOWED_HOSTS",
    "CELERY_BROKER_URL",
    "DATABASE_URL",
    "DJANGO_SETTINGS_MODULE",
    "MAKELEVEL",
    "PORT",
    "SECRET_KEY",
    "THROUGHLINE_MODE",
}


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without what chooses a database, a mode or a parent."""
    return {name: value for name, value in os.environ.items() if name not in CHOOSERS} | extra


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for(holds: Callable[[], object], seconds: float) -> float:
    """How long it took until it held. Fails when it does not in time."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < seconds, f"still waiting after {seconds} s"
        time.sleep(0.05)
    return time.monotonic() - begun


def status_of(address: str) -> int:
    """The HTTP status, or 0 when nothing answers."""
    try:
        with _direct.open(address, timeout=10) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code
    except OSError:
        return 0


def processes_with(variable: str, value: str) -> set[int]:
    """The living processes that were started with this in their environment: a launcher and all that it started."""
    wanted = f"{variable}={value}".encode()
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0") and not _is_dead(folder):
                found.add(int(folder.name))
        except OSError:
            continue
    return found


def _is_dead(folder: Path) -> bool:
    """A zombie has ended; only its exit code is still unread."""
    return (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
