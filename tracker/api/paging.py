"""Pages by key: the next page begins after the last row of this one, wherever that row is by then."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from governance.errors import invalid

USUAL: Final = 50
MOST: Final = 200

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Order:
    """A column with a total order once the key is added. `descending`: the largest first."""

    column: str
    descending: bool = False
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page, and the address of the next one, empty on the last."""

    rows: Sequence[Row]
    next: str | None

    def as_json(self, told: Callable[[Row], dict[str, Any]]) -> dict[str, Any]:
        return {"results": [told(row) for row in self.rows], "next": self.next}


def page_of(request: Request, rows: QuerySet[Row], order: Order) -> Page[Row]:
    """The page that `limit` and `after` ask for. Raises `Invalid` for a limit or cursor that cannot be read."""
    limit = _limit(request)
    sign = "-" if order.descending else ""
    found = rows.order_by(f"{sign}{order.column}", f"{sign}pk")
    if cursor := request.query_params.get("after", ""):
        found = found.filter(_beyond(order, cursor))
    read = list(found[: limit + 1])
    if len(read) <= limit:
        return Page(read, None)
    last = read[limit - 1]
    value = getattr(last, order.column)
    query = request.query_params.copy()
    query["after"] = _written([value.isoformat() if isinstance(value, datetime) else value, last.pk])
    return Page(read[:limit], f"{request.build_absolute_uri(request.path)}?{query.urlencode()}")


def _limit(request: Request) -> int:
    said = request.query_params.get("limit", str(USUAL))
    if not (said.isascii() and said.isdigit() and 1 <= int(said[:6]) <= MOST):
        raise invalid("limit", f"Ask for 1 to {MOST} rows.")
    return int(said)


def _beyond(order: Order, cursor: str) -> Q:
    try:
        value, key = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if order.is_time:
            value = parse_datetime(value)
        fits = isinstance(key, int) and 0 < key < 2**63 and isinstance(value, datetime if order.is_time else str | int)
        if not fits or (isinstance(value, int) and abs(value) >= 2**63) or (isinstance(value, str) and "\x00" in value):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise invalid("after", "Use the address in `next` of the page before, as it is.") from None
    way = "lt" if order.descending else "gt"
    return Q(**{f"{order.column}__{way}": value}) | Q(**{order.column: value, f"pk__{way}": key})


def _written(value: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
