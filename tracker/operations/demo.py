"""``make demo``: the sample portfolio on this machine, one web process and one Beat that runs the tasks itself."""

import argparse
import os
import sys
from pathlib import Path

from tracker.operations.commands import beat, web
from tracker.operations.preflight import REFUSED, Refusal, check_port, check_writable
from tracker.operations.processes import Command
from tracker.operations.supervisor import Stopped, Supervisor, say

ROOT = Path(__file__).resolve().parent.parent.parent
WELCOME = """
Throughline is at {address}

  Sign in with the password "throughline" as
    lead@demo.example       leads a team
    engineer@demo.example   works on models
    officer@demo.example    approves for compliance
    auditor@demo.example    reads everything, changes nothing
    admin@demo.example      administers

  Data, mails and logs are in {var}; Ctrl-C stops everything and keeps them.
"""


def environment(port: int, var: Path) -> dict[str, str]:
    """The demo's own settings; what the shell says about production is left out on purpose."""
    served = {"DATABASE_URL", "CELERY_BROKER_URL", "SECRET_KEY", "DEBUG", "STATIC_ROOT", "ALLOWED_HOSTS"}
    kept = {name: value for name, value in os.environ.items() if name not in served}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
        "THROUGHLINE_MODE": "demo",
        "THROUGHLINE_VAR": str(var),
        "BIND": "127.0.0.1",
        "PORT": str(port),
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "8",
        "PYTHONUNBUFFERED": "1",
    }


def run(port: int, var: Path) -> int:
    """Prepare, start, announce, watch. Returns the exit code."""
    address = f"http://127.0.0.1:{port}"
    supervisor = Supervisor(environment(port, var), var / "log")
    supervisor.watch_signals()
    try:
        prepare = Command("prepare", (sys.executable, "-m", "tracker.operations.prepare", "--demo"))
        if code := supervisor.run_step(prepare):
            return code
        say("Starting the web process and Beat ...")
        supervisor.start([web(), beat()])
        if reason := supervisor.wait_until_ready(address):
            say(f"Throughline did not become ready: {reason}. The logs are in {var / 'log'}.")
            return 1
        say(WELCOME.format(address=address, var=var))
        return supervisor.watch()
    except Stopped:
        say("Stopping ...")
        return 0
    finally:
        supervisor.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description="Run Throughline with its sample portfolio.")
    parser.add_argument("--port", default=os.environ.get("PORT", "8000"))
    given = parser.parse_args()
    var = Path(os.environ.get("THROUGHLINE_VAR", ROOT / "var")).absolute()
    try:
        check_writable(var)
        port = check_port(given.port)
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    os.chdir(ROOT)
    return run(port, var)


if __name__ == "__main__":
    sys.exit(main())
