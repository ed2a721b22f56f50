"""``make serve``: production on this machine, against a database and a broker of your own."""

import argparse
import os
import sys
from pathlib import Path

from tracker.operations.commands import beat, web, worker
from tracker.operations.preflight import REFUSED, Refusal, check_port, check_writable
from tracker.operations.processes import Command
from tracker.operations.supervisor import Stopped, Supervisor, say

ROOT = Path(__file__).resolve().parent.parent.parent
NEEDED = {
    "DATABASE_URL": "postgres://user:password@127.0.0.1:5432/throughline",
    "CELERY_BROKER_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "a long random text",
    "ALLOWED_HOSTS": "throughline.example.org",
}


def check_environment() -> None:
    """Raises Refusal naming every variable that is missing, with an example."""
    missing = [f"{name} (for example {example})" for name, example in NEEDED.items() if not os.environ.get(name)]
    if missing:
        raise Refusal(f"make serve needs {', '.join(missing)} in the environment; 'make demo' needs nothing.")


def check_workers(text: str) -> int:
    """How many Celery workers to start. Raises Refusal."""
    count = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= count <= 64:
        raise Refusal(f"WORKERS is {text!r}: it must be a number from 1 to 64.")
    return count


def run(port: int, workers: int) -> int:
    """Prepare, start, announce, watch. Returns the exit code."""
    own = {"DJANGO_SETTINGS_MODULE": "tracker.settings", "THROUGHLINE_MODE": "production", "PORT": str(port)}
    # A worker that is told to stop hands its task back at once: acknowledged late, it runs again elsewhere.
    supervisor = Supervisor(os.environ | own | {"REMAP_SIGTERM": "SIGQUIT"}, logs=None)
    supervisor.watch_signals()
    try:
        if code := supervisor.run_step(Command("prepare", (sys.executable, "-m", "tracker.operations.prepare"))):
            return code
        say(f"Starting the web process, {workers} worker(s) and Beat ...")
        supervisor.start([web(), *(worker(number) for number in range(1, workers + 1)), beat()])
        address = f"http://127.0.0.1:{port}"
        if reason := supervisor.wait_until_ready(address):
            say(f"Throughline did not become ready: {reason}.")
            return 1
        say(f"Throughline is at {address}")
        if os.environ.get("THROUGHLINE_HTTPS", "true").lower() not in {"false", "0", "no", "off"}:
            say("It sends browsers to https: put a TLS proxy in front, or set THROUGHLINE_HTTPS=false to try without.")
        return supervisor.watch()
    except Stopped:
        say("Stopping ...")
        return 0
    finally:
        supervisor.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run Throughline for production on this machine.")
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
    parser.add_argument("--workers", default=os.environ.get("WORKERS", "2"))
    given = parser.parse_args()
    try:
        check_environment()
        workers = check_workers(given.workers)
        port = check_port(given.port, "make serve")
        check_writable(Path(os.environ.get("STATIC_ROOT", ROOT / "staticfiles")))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    os.chdir(ROOT)
    return run(port, workers)


if __name__ == "__main__":
    sys.exit(main())
