"""Calendar arithmetic that both databases do in their own words, so that no row has to leave them for it."""

from __future__ import annotations

from typing import Any, Final

from django.db import connection
from django.db.models import FloatField, Func, IntegerField


class Weekdays(Func):
    """Days from Monday 5 January 1970 to a moment, without Saturdays and Sundays, as a fraction."""

    _FORMULA: Final = "(FLOOR(({day}) / 7) * 5 + LEAST(({day}) - FLOOR(({day}) / 7) * 7, 5))"
    template = _FORMULA.format(day="EXTRACT(EPOCH FROM %(expressions)s)::double precision / 86400 - 4")
    output_field = FloatField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        formula = self._FORMULA.replace("LEAST", "MIN").replace("FLOOR(", "CAST(").replace("/ 7)", "/ 7 AS INTEGER)")
        day = "julianday(%(expressions)s) - 2440591.5"
        return self.as_sql(compiler, connection, template=formula.format(day=day), **extra)


class Hundredths(Func):
    """A number in whole hundredths, rounded."""

    template = "FLOOR((%(expressions)s) * 100 + 0.5)::integer"
    output_field = IntegerField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        return self.as_sql(compiler, connection, template="CAST((%(expressions)s) * 100 + 0.5 AS INTEGER)", **extra)


def quarter_number(column: str) -> str:
    """SQL for the quarter of a moment in UTC, counted from the year 0: four a year."""
    if connection.vendor == "sqlite":
        return f"(substr({column}, 1, 4) * 4 + (substr({column}, 6, 2) - 1) / 3)"
    moment = f"{column} AT TIME ZONE 'UTC'"
    return f"(EXTRACT(YEAR FROM {moment})::integer * 4 + EXTRACT(QUARTER FROM {moment})::integer - 1)"
