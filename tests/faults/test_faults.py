"""The engine under fire, in the short form; `make faults` is the long one."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlunsplit

import pytest
from django.db import connection

from tests.faults.faults import FAULTS, suffer
from tests.faults.plant import Plant, clear, scratch
from tests.faults.servers import missing

pytestmark = [pytest.mark.faults, pytest.mark.postgres, pytest.mark.redis, pytest.mark.xdist_group("faults")]


@pytest.fixture
def plant(db: None) -> Iterator[Plant]:
    if reason := missing():
        pytest.skip(reason)
    folder = scratch()
    try:
        plant = Plant(folder, seed=1, schema=_address())
        try:
            yield plant
        finally:
            plant.close()
    finally:
        clear(folder)


def _address() -> str:
    """Of the test database, whose tables are taken over."""
    at = connection.settings_dict
    password = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    place = f"{at['USER']}{password}@{at['HOST']}:{at['PORT'] or 5432}"
    return urlunsplit(("postgresql", place, f"/{at['NAME']}", "", ""))


def test_nothing_is_lost_and_nothing_doubled_whatever_breaks(plant: Plant) -> None:
    """All faults one after the other; the plant has to settle after the last, with everything told once."""
    found = suffer(plant, FAULTS, long=False)
    assert found.verdict.holds, str(found.verdict)
    assert found.verdict.alerts > 700
    assert found.verdict.messages > 40
    assert plant.claims > 0
