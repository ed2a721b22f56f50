"""Lists that find a page's keys first and read what a row shows for those alone, in one statement."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q, QuerySet
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


def among(column: str, keys: QuerySet[Any]) -> Q:
    """Whether this column is among the few keys that a sliced query gives."""
    return Q(_Among(F(column), keys.query))


class _Among(In):
    """`IN`, by which PostgreSQL joins: past eight tables it keeps their order, and would join the keys after all rows.

    As an array the keys are read before, and the rows are then found by the index of the column.
    """

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[str | int] | tuple[str | int, ...]]:
        column, before = self.process_lhs(compiler, connection)
        keys, after = self.process_rhs(compiler, connection)
        return f"{column} = ANY(ARRAY{keys})", (*before, *after)
