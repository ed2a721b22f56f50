"""Fixtures of the domain, and how transactional tests empty tables that refuse to be emptied."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase

from governance import deadlines
from governance.triggers import CLOCK_GUARDS, LAW_GUARDS, REVIEW_GUARDS
from models_registry.triggers import CALENDAR_GUARDS, EVIDENCE_GUARDS, FACT_GUARDS, install, remove
from tests.world import world

__all__ = ["world"]

GUARDS = (*FACT_GUARDS, *EVIDENCE_GUARDS, *CALENDAR_GUARDS, *LAW_GUARDS, *REVIEW_GUARDS, *CLOCK_GUARDS)


@pytest.fixture(autouse=True)
def policies_are_forgotten() -> Iterator[None]:
    """Rules and revisions are remembered by id, and rolled-back tests give the same id to different ones."""
    yield
    deadlines._published_rules.cache_clear()
    deadlines._kept.cache_clear()


@pytest.fixture(autouse=True, scope="session")
def guards_step_aside_for_the_cleaning() -> Iterator[None]:
    """SQLite empties tables row by row, which the guards refuse; PostgreSQL truncates, which they do not see."""
    case: Any = TransactionTestCase
    cleaning = case._fixture_teardown

    def clean(running: TransactionTestCase) -> None:
        if connection.vendor != "sqlite":
            cleaning(running)
            return
        remove(GUARDS, connection)
        try:
            cleaning(running)
        finally:
            install(GUARDS, connection)

    case._fixture_teardown = clean
    yield
    case._fixture_teardown = cleaning
