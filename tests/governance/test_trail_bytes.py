"""No byte of the trail changes unseen: every column of a chain, every byte of it, changed one at a time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from governance.models import AuditEvent
from governance.trail import release_chain, seal, verify_chain
from governance.trail.writers import on_release
from models_registry.vocabulary import Stage
from tests.governance import tampering
from tests.world import World

pytestmark = pytest.mark.django_db
COLUMNS = [str(field.column) for field in AuditEvent._meta.concrete_fields]
TYPES = {str(field.column): field.db_type(connection) or "" for field in AuditEvent._meta.concrete_fields}


@pytest.fixture
def chain(world: World) -> str:
    """Two links, the second with text beyond ASCII and moments that are not on the second."""
    release = world.release_at(Stage.BRIEF, name="Zoé")
    at = world.tick().replace(microsecond=20_500)
    on_release(release, "brief.save", None, at, number=7, changed=["gpu", "région"], more={"yes": True, "none": None})
    seal(world.now)
    tampering.guards_down()
    name = release_chain(release.pk)
    assert verify_chain(name).flaws == ()
    return name


def test_every_byte_of_every_column_counts(chain: str) -> None:
    unseen, changed = [], 0
    for number in AuditEvent.objects.filter(chain=chain).values_list("pk", flat=True):
        for column in COLUMNS:
            for position, other in _changes(_stored(number, column)):
                with tampering.undone():
                    if not _written(number, column, other):
                        continue
                    changed += 1
                    if verify_chain(chain).holds:
                        unseen.append((column, position, other))
    assert unseen == []
    assert changed > 400


def _changes(stored: bytes) -> Iterator[tuple[int, bytes]]:
    """The column's bytes with one of them changed, for each of them; the bit that changes is another one each time."""
    for position, byte in enumerate(stored):
        yield position, stored[:position] + bytes([byte ^ 1 << position % 8]) + stored[position + 1 :]


def _stored(number: int, column: str) -> bytes:
    text = f"CAST({column} AS TEXT)"
    as_bytes = f"CAST({text} AS BLOB)" if connection.vendor == "sqlite" else f"convert_to({text}, 'UTF8')"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {as_bytes} FROM governance_auditevent WHERE id = %s", [number])
        (found,) = cursor.fetchone()
    return bytes(found or b"")


def _written(number: int, column: str, value: bytes) -> bool:
    """Whether the database took it, and took it for something else than what was there."""
    as_text = "CAST(%s AS TEXT)" if connection.vendor == "sqlite" else f"convert_from(%s, 'UTF8')::{TYPES[column]}"
    before = _rows()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE governance_auditevent SET {column} = {as_text} WHERE id = %s", [value, number])
    except DatabaseError:
        return False  # the table itself refused it
    return _rows() != before


def _rows() -> list[tuple[object, ...]]:
    cells = [f"CAST({column} AS {'BLOB' if connection.vendor == 'sqlite' else 'TEXT'})" for column in COLUMNS]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(cells)} FROM governance_auditevent ORDER BY id")
        return list(cursor.fetchall())
