"""What every test shares: which services there are, and what is skipped without them."""

import importlib.util
import os
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests import prepared
from tests.services import chromium_path

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
}
# These drive management commands and whole processes, which read their database from the environment.
STARTS_PROCESSES = {"operations", "faults", "bench"}

pytest_plugins = ["tests.fixtures"] if importlib.util.find_spec("tests.fixtures") else []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--with-services-only",
        action="store_true",
        help="leave out what touches no database and no service: a second run on another database would only repeat it",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Playwright's synchronous API runs an event loop in the test's thread: Django would take that for async code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def touches_services(item: pytest.Item) -> bool:
    """Whether a test may depend on database or broker: by its marks, its fixtures, or as it starts processes."""
    if any(item.get_closest_marker(mark) for mark in ("django_db", "postgres", "redis")):
        return True
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or item.path.parent.name in STARTS_PROCESSES


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests are marked by where they lie; what a missing service makes impossible is skipped, saying so."""
    without = {
        "postgres": "needs PostgreSQL (set DATABASE_URL)" if connection.vendor != "postgresql" else "",
        "redis": "needs Redis (set CELERY_BROKER_URL)" if not settings.CELERY_BROKER_URL.startswith("redis") else "",
        "e2e": "needs Chromium" if chromium_path() is None else "",
    }
    for item in items:
        if "e2e" in item.path.parent.parts:
            item.add_marker(pytest.mark.e2e)
        for marker, reason in without.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
    if config.getoption("--with-services-only"):
        again = [item for item in items if touches_services(item)]
        config.hook.pytest_deselected(items=[item for item in items if not touches_services(item)])
        items[:] = again


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say just above pytest's closing line what the whole check consisted of; `tests.run` knows."""
    ran = os.environ.get("THROUGHLINE_RAN")
    if ran:
        terminalreporter.section("What ran")
        terminalreporter.write_line(ran)


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> bool:
    """As pytest-django asks it: whether the test database is there already, which `prepared` may have seen to."""
    if connection.vendor == "sqlite":
        return prepared.take(settings.DATABASES["default"]["TEST"]["NAME"])
    return bool(request.config.getvalue("reuse_db"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    if connection.vendor == "sqlite":
        with django_db_blocker.unblock():
            prepared.keep(connection)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the Chromium to drive."""
    path = chromium_path()
    assert path is not None
    return path
