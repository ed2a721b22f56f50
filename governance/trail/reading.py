"""Read the trail as it stands at one moment, whatever somebody has made of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import QuerySet

from governance.models import AuditEvent

BATCH = 900  # ids in one statement; SQLite takes 999 parameters

# What Django and the JSON reader raise for a row whose columns hold something else than they are for. Only SQLite lets
# such a row be written.
UNREADABLE = (ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True)
class Damaged:
    """A row that cannot be read as an event."""

    chain: str
    sequence: object


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of one moment, though acts go on meanwhile; none of them waits for it."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django's own transactions take the write lock at once; a reading one gives the same view without it.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def links(events: QuerySet[AuditEvent]) -> Iterator[AuditEvent | Damaged]:
    """The events along their chains, one after the other. Memory stays flat; a damaged row does not end the reading."""
    batch: list[int] = []
    for number in events.order_by("chain", "sequence").values_list("pk", flat=True).iterator(chunk_size=BATCH):
        batch.append(number)
        if len(batch) == BATCH:
            yield from _read(batch)
            batch = []
    yield from _read(batch)


def _read(numbers: list[int]) -> Iterator[AuditEvent | Damaged]:
    try:
        found = AuditEvent.objects.in_bulk(numbers)
    except UNREADABLE:
        for number in numbers:
            yield _read_one(number)
    else:
        yield from (found[number] for number in numbers)


def _read_one(number: int) -> AuditEvent | Damaged:
    try:
        return AuditEvent.objects.get(pk=number)
    except UNREADABLE:
        chain, sequence = AuditEvent.objects.values_list("chain", "sequence").get(pk=number)
        return Damaged(str(chain), sequence)
