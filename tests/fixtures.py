"""Fixtures of the domain, and how transactional tests empty tables that refuse to be emptied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from governance.triggers import LAW_GUARDS
from models_registry.triggers import FACT_GUARDS, install, remove
from tests.world import world

__all__ = ["world"]

GUARDS = (*FACT_GUARDS, *LAW_GUARDS)


@pytest.fixture(autouse=True, scope="session")
def guards_step_aside_for_the_cleaning() -> Iterator[None]:
    """SQLite empties tables row by row, which the guards refuse; PostgreSQL truncates, which they do not see."""
    cleaning: Any = TransactionTestCase._fixture_teardown

    def clean(case: TransactionTestCase) -> None:
        if connection.vendor != "sqlite":
            cleaning(case)
            return
        remove(GUARDS, connection)
        try:
            cleaning(case)
        finally:
            install(GUARDS, connection)

    TransactionTestCase._fixture_teardown = clean  # type: ignore[method-assign]  # restored below
    yield
    TransactionTestCase._fixture_teardown = cleaning  # type: ignore[method-assign]  # as it was
