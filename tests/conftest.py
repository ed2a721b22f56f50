"""What every test shares: which services there are, and what is skipped without them."""

import importlib.util
import os
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from tests import prepared
from tests.services import chromium_path

pytest_plugins = ["tests.fixtures"] if importlib.util.find_spec("tests.fixtures") else []


def pytest_configure(config: pytest.Config) -> None:
    # Playwright's synchronous API runs an event loop in the test's thread: Django would take that for async code.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
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
