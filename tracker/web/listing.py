"""What all lists share: pages of fifty, filters and order in the address, and CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Generic, TypeVar

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse

SIZE: Final = 50
_LONGEST_FILTER: Final = 200
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\N{FULLWIDTH EQUALS SIGN}", "\N{FULLWIDTH PLUS SIGN}")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Listing(Generic[Row]):
    """One page of a list. `first` and `last` count rows from 1."""

    rows: Sequence[Row]
    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.number * self.size, self.total)

    @property
    def next(self) -> int | None:
        return self.number + 1 if self.number < self.pages else None

    @property
    def previous(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def coming(self) -> int:
        """How many rows the next page holds."""
        return min(self.size, self.total - self.last)


def page_number(request: HttpRequest) -> int:
    """The page asked for; 1 for anything that is not one."""
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 9 else 1


def paginate(
    request: HttpRequest, source: QuerySet[Any, Row] | Sequence[Row], *, size: int = SIZE, total: int | None = None
) -> Listing[Row]:
    """The page of `source` that the address names; one past the end is the last one. Counts unless `total` is given."""
    if total is None:
        total = source.count() if isinstance(source, QuerySet) else len(source)
    number = min(page_number(request), max(1, -(-total // size)))
    return Listing(list(source[(number - 1) * size : number * size]), number, total, size)


@dataclass(frozen=True, slots=True)
class Sort:
    """How a list is ordered: the key in the address and the columns it stands for."""

    key: str
    order: tuple[str, ...]
    flipped: bool

    @property
    def descending(self) -> bool:
        return self.order[0].startswith("-")

    @property
    def turned(self) -> str:
        """What the address asks for the same order turned round."""
        return self.key if self.flipped else f"-{self.key}"


def sort_of(request: HttpRequest, allowed: Mapping[str, str | tuple[str, ...]], default: str) -> Sort:
    """The order that `?sort=key` asks for (`?sort=-key` turns it round); `default` for anything not allowed."""
    asked = request.GET.get("sort", "")
    key = asked.removeprefix("-")
    if key not in allowed:
        asked = key = default
    columns = allowed[key]
    order = (columns,) if isinstance(columns, str) else columns
    flipped = asked.startswith("-")
    return Sort(key, tuple(map(_turned, order)) if flipped else order, flipped)


def _turned(column: str) -> str:
    return column[1:] if column.startswith("-") else f"-{column}"


def filters_of(request: HttpRequest, *names: str) -> dict[str, str]:
    """The filters that the address sets, stripped; an absent or empty one is an empty text."""
    return {name: request.GET.get(name, "").replace("\x00", "").strip()[:_LONGEST_FILTER] for name in names}


class _Echo:
    """A file that hands back what is written, so that `csv` can stream."""

    def write(self, value: str) -> str:
        return value


def safe_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers, moments become ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float | Decimal):
        return value
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) or text.startswith(_FORMULA) else text


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """`name.csv`, streamed row by row, in UTF-8 with the mark that spreadsheets look for."""
    writer = csv.writer(_Echo())

    def lines() -> Iterator[str]:
        yield "\ufeff"
        yield writer.writerow(header)
        for row in rows:
            yield writer.writerow([safe_cell(cell) for cell in row])

    answer = StreamingHttpResponse(lines(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
