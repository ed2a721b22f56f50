"""Read the trail as it stands at one moment, whatever somebody has made of its rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction

from governance.trail.hashing import Link

BATCH: Final = 1_000  # rows fetched at once
UNREADABLE: Final = (ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What Python raises for a value that is no moment, no text or no JSON."""

_TEXT: Final = ("chain", "actor_name", "act", "subject", "subject_name", "detail", "previous", "hash")


@dataclass(frozen=True, slots=True)
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


def links(where: str, values: Sequence[str | int]) -> Iterator[Link | Damaged]:
    """The events of a condition along their chains. Memory stays flat; a damaged row does not end the reading.

    Past Django's models, which take most of the time that verification has, and fail on what is no event.
    """
    read = _of_postgres if connection.vendor == "postgresql" else _of_sqlite
    columns = ", ".join(_column(name) for name in ("id", *Link._fields[1:]))
    statement = f"SELECT {columns} FROM governance_auditevent WHERE {where} ORDER BY chain, sequence"  # noqa: S608
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, values)
        while rows := cursor.fetchmany(BATCH):
            for row in rows:
                yield read(row)


def _column(name: str) -> str:
    """The column as its driver can always hand it over: what was never written by us comes as something else."""
    if connection.vendor == "postgresql":
        within = "'0001-01-02' AND '9999-12-30'"  # the moments that Python knows, in whatever zone
        return f"CASE WHEN at BETWEEN {within} THEN at END" if name == "at" else name
    if name in _TEXT:
        return f"CASE typeof({name}) WHEN 'text' THEN CAST({name} AS BLOB) END"
    if name == "at":
        return "CASE typeof(at) WHEN 'text' THEN CAST(at AS BLOB) END"
    return f"CASE typeof({name}) WHEN 'integer' THEN {name} WHEN 'null' THEN NULL ELSE 'no number' END"


def _of_postgres(row: Sequence[Any]) -> Link | Damaged:
    try:
        if row[3] is None:
            raise ValueError("No moment.")
        return Link._make((*row[:11], json.loads(row[11]), *row[12:]))
    except UNREADABLE:
        return Damaged(row[1], row[2])


def _of_sqlite(row: Sequence[Any]) -> Link | Damaged:
    """SQLite keeps moments and JSON as text, and any text that reads the same: only the spelling of ours is whole."""
    known = dict(zip(Link._fields, row, strict=True))
    try:
        known |= {name: known[name].decode() for name in (*_TEXT, "at")}
        at, detail = datetime.fromisoformat(known["at"]), json.loads(known["detail"])
        if str(at) != known["at"] or json.dumps(detail) != known["detail"]:
            raise ValueError("Another spelling.")
        return Link(**known | {"at": at.replace(tzinfo=UTC), "detail": detail})
    except UNREADABLE:
        return _damaged(known)


def _damaged(known: Mapping[str, Any]) -> Damaged:
    chain = known["chain"]
    return Damaged(chain.decode(errors="replace") if isinstance(chain, bytes) else str(chain), known["sequence"])
