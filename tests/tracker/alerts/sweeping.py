"""What the tests of sweeps share: who was told of what, in plain sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from models_registry.models import Person, Release
from models_registry.vocabulary import AlertKind
from tracker.models import Alert, Channel, Delivery

WORKDAY = timedelta(days=1)  # of the test calendar: 09:00 to 17:00 UTC, so a day later is eight business hours later


def kinds(release: Release, *, open_only: bool = False, about: str = "") -> list[str]:
    """The kinds of alert of a release that begin with `about`, in the order in which they were raised."""
    alerts = Alert.objects.filter(visit__release=release, kind__startswith=about).order_by("pk")
    return [alert.kind for alert in alerts if not (open_only and alert.closed_at)]


def told(release: Release, kind: AlertKind, channel: Channel = Channel.EMAIL) -> set[Person]:
    """Who got a delivery of this kind of alert of a release over a channel."""
    rows = Delivery.objects.filter(alert__visit__release=release, alert__kind=kind, channel=channel)
    return {row.recipient for row in rows.select_related("recipient") if row.recipient}


def ending(release: Release, kind: AlertKind) -> str:
    return Alert.objects.get(visit__release=release, kind=kind).closed_because


class Killed(BaseException):
    """Ends a piece of work as a kill would: nothing that catches errors sees it."""


@contextmanager
def killed_at(statement: int) -> Iterator[Callable[[], int]]:
    """Die instead of sending the given SQL statement; gives the count of statements so far."""
    count = 0

    def die(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(die):
        yield lambda: count


def business_days(start: datetime, days: float) -> datetime:
    """So many business days of eight hours after a moment, for a calendar of Monday to Friday, 09:00 to 17:00 UTC."""
    from governance.calendar import BusinessCalendar

    calendar = BusinessCalendar.from_facts("UTC", {day: [("09:00", "17:00")] for day in range(5)})
    found = calendar.add(start, round(days * 8 * 3600))
    assert found is not None
    return found
