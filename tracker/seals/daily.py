"""Once a day the head of the trail goes into a file outside the database; days that were missed are caught up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.db.models import QuerySet

from governance import trail
from governance.models import AuditEvent
from governance.trail import ORGANISATION
from tracker.seals.files import Seal, add_seals
from tracker.seals.letters import write_letters

LONGEST_GAP: Final = 400  # days; what was missed before that is not caught up


def seal_day(folder: Path, now: datetime) -> list[Seal]:
    """Seal today (UTC), and each day since the last seal. Does nothing when today is sealed. Returns what was added.

    Every chain is bound into the organisation's first, whose head then speaks for all of them. Raises `OSError`,
    `BadSeal`; the letters of a day are written in any case, so that a full disk does not keep them back.
    """
    today = now.astimezone(UTC).date()
    added: list[Seal] = []
    newest: list[Seal] = []

    def missing(last: Seal | None) -> Sequence[Seal]:
        if last is None or last.day < today:
            trail.seal(now)
        newest.extend(_newest(today))
        added.extend(_missing(last, today))
        return added

    try:
        add_seals(folder, missing)
    finally:
        if seal := next(iter(newest or _newest(today)), None):
            write_letters(seal, now)
    return added


def _missing(last: Seal | None, today: date) -> Iterator[Seal]:
    if last is not None:
        begin = max(last.day + timedelta(days=1), today - timedelta(days=LONGEST_GAP))
        for day in (begin + timedelta(days=ahead) for ahead in range((today - begin).days)):
            if (found := _head_at_the_end_of(day)) and found[0] >= last.sequence:
                yield Seal(day, *found, late=True)
    if last is None or last.day < today:
        yield from _newest(today)


def _newest(today: date) -> Iterator[Seal]:
    found = _links().order_by("-sequence").first()
    if found:
        yield Seal(today, *found)


def _head_at_the_end_of(day: date) -> tuple[int, str] | None:
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=UTC)
    return _links().filter(at__lt=end).order_by("-sequence").first()


def _links() -> QuerySet[AuditEvent, tuple[int, str]]:
    return AuditEvent.objects.filter(chain=ORGANISATION).values_list("sequence", "hash")
