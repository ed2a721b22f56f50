"""``make test``: the checks that read the code, then every test on each database that answers, and in a browser.

The last line printed is pytest's own; what ran is listed just above it.
"""

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("models_registry", "governance", "tracker")
PYTHON = (sys.executable, "-m")
STATIC_CHECKS: dict[str, tuple[str, ...]] = {
    "lint": (*PYTHON, "ruff", "check", "."),
    "format": (*PYTHON, "ruff", "format", "--check", "."),
    "strict types": (*PYTHON, "mypy"),
    "import contracts": (str(Path(sys.executable).parent / "lint-imports"), "--no-cache"),
    "security lint": (*PYTHON, "bandit", "-q", "-r", "-c", "pyproject.toml", "--severity-level", "medium", *PACKAGES),
    "migrations": (sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"),
    "templates": (*PYTHON, "djlint", "--lint", "--quiet", "templates"),
}


@dataclass(frozen=True)
class Suite:
    """One run of pytest: on which database, with what beside it."""

    name: str
    environment: dict[str, str]
    arguments: tuple[str, ...]


def plain_environment() -> dict[str, str]:
    """The shell's environment without what would choose a database or a mode for the tests."""
    chosen = {
        "DATABASE_URL",
        "CELERY_BROKER_URL",
        "THROUGHLINE_MODE",
        "THROUGHLINE_VAR",
        "SECRET_KEY",
        "DEBUG",
        "MAKELEVEL",
    }
    return {name: value for name, value in os.environ.items() if name not in chosen}


def suites() -> tuple[list[Suite], list[str]]:
    """What can run here, and one sentence for each thing that cannot."""
    plain = plain_environment()
    missing = []
    browser = services.chromium_path() is not None
    if not browser:
        missing.append("Chromium is not installed: no browser tests.")
    if services.java_path() is None:
        missing.append("No Java Development Kit is installed: the PDF of an audit pack is not put before veraPDF.")
    planned = [Suite("SQLite and Chromium" if browser else "SQLite", plain, ())]
    postgres, redis = services.postgres_url(), services.redis_url()
    if services.postgres_answers(postgres) and services.redis_answers(redis):
        served = plain | {"DATABASE_URL": postgres, "CELERY_BROKER_URL": redis}
        planned.append(
            Suite("PostgreSQL and Redis", served, ("-m", "not e2e and not embedded", "--with-services-only"))
        )
    else:
        missing.append("PostgreSQL and Redis do not both answer: no tests on them.")
    return planned, missing


def failed_checks() -> list[str]:
    """Run every check that reads the code, show the output of those that fail, and return their names."""
    failed = []
    environment = plain_environment() | {"THROUGHLINE_MODE": "demo", "SECRET_KEY": "for-checks-only"}
    for name, command in STATIC_CHECKS.items():
        begun = time.monotonic()
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        verdict = "ok" if done.returncode == 0 else "FAILED"
        print(f"{name:<18}{verdict:<8}{time.monotonic() - begun:.1f} s", flush=True)
        if done.returncode:
            print(done.stdout + done.stderr, flush=True)
            failed.append(name)
    return failed


def run_suite(suite: Suite, so_far: list[str]) -> tuple[int, str]:
    """Run pytest, and return its exit code and one line about it."""
    lines = [*so_far, f"{suite.name}: this run, whose result is the last line"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = (*PYTHON, "pytest", "-n", "2", "--dist", "loadgroup", f"--junit-xml={report}", *suite.arguments)
        environment = suite.environment | {"THROUGHLINE_RAN": "\n".join(lines)}
        print(f"\nTests on {suite.name}", flush=True)
        code = subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode
        return code, f"{suite.name}: {counts(report)}"


def counts(report: Path) -> str:
    """What a JUnit report says, in words."""
    if not report.exists():
        return "did not run to its end"
    total: dict[str, int] = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for element in ElementTree.parse(report).getroot().iter("testsuite"):
        for key in total:
            total[key] += int(element.get(key, "0"))
    bad = total["failures"] + total["errors"]
    return f"{total['tests'] - bad - total['skipped']} passed, {bad} failed, {total['skipped']} skipped"


def main() -> int:
    planned, missing = suites()
    strict = os.environ.get("CI") == "true"
    if missing and strict:
        print(*missing, "With CI=true that is a failure.", sep="\n", file=sys.stderr)
        return 1
    if failed := failed_checks():
        print(f"Not tested yet, because these failed: {', '.join(failed)}.", file=sys.stderr)
        return 1
    lines = [f"Static checks: {', '.join(STATIC_CHECKS)}: passed", *missing]
    worst = 0
    for suite in planned:
        code, line = run_suite(suite, lines)
        lines.append(line)
        worst = worst or code
    return worst


if __name__ == "__main__":
    sys.exit(main())
