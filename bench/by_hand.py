"""Hand-written statements: read from `bench/statements/`, and run in order, each with what the ones before have found.

A statement begins with the line `-- name: what` and may ask for `%(column_id)s`: all values that the statements before
it gave in a column of that name. So a page's second statement reads for the rows of its first, as pages do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from django.db import connection

STATEMENTS: Final = Path(__file__).with_name("statements")
_HEADING: Final = re.compile(r"^-- name: (\w+)$", re.MULTILINE)

Row = Mapping[str, Any]
Answer = Mapping[str, list[Row]]


def statements(files: Iterable[str]) -> list[tuple[str, str]]:
    """The statements of these files in order, as pairs of name and text."""
    found = []
    for file in files:
        _, *parts = _HEADING.split((STATEMENTS / f"{file}.sql").read_text(encoding="utf-8"))
        found += [(name, text.strip().removesuffix(";")) for name, text in zip(parts[::2], parts[1::2], strict=True)]
    return found


def answer(parts: Iterable[tuple[str, str]], values: Mapping[str, object]) -> Answer:
    """What each statement gave, by its name."""
    known: dict[str, Any] = dict(values)
    found: dict[str, list[Row]] = {}
    with connection.cursor() as cursor:
        for name, text in parts:
            cursor.execute(text, known)
            columns = [column.name for column in cursor.description]
            rows: list[Row] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            for column in columns:
                known[column] = [*known.get(column, ()), *(row[column] for row in rows if _names(row, column))]
            found[name] = rows
    return found


def _names(row: Row, column: str) -> bool:
    """Whether the row counts in the list of this column: a key that is not there asks for nothing."""
    return row[column] is not None or not column.endswith("_id")
