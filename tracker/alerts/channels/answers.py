"""What an answer over HTTP means for the message, and for whatever else waits for the same place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from tracker.alerts.channels.sending import ChannelError
from tracker.outbound import Answer

GONE: Final = 410
# The place itself asks to be left alone, or something in front of it does.
BUSY: Final = frozenset({429, 502, 503, 504})
LONGEST_REST: Final = timedelta(hours=6)


def judged(answer: Answer) -> str:
    """The answer in one line. Raises `ChannelError` unless it is a success."""
    if 200 <= answer.status < 300:
        return str(answer)
    if answer.status == GONE:
        raise ChannelError(f"{answer} (gone: the destination is switched off)", again=False, gone=True)
    if 300 <= answer.status < 400:
        raise ChannelError(f"{answer} (redirects are not followed)", again=True)
    busy = answer.status in BUSY
    raise ChannelError(str(answer), again=True, down=busy, wait=retry_after(answer.headers) if busy else None)


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> timedelta | None:
    """What the header of that name asks for (RFC 9110, 10.2.3), in seconds or as a date; at most six hours."""
    said = headers.get("retry-after", "").strip()
    if not said:
        return None
    if said.isdecimal():
        return min(timedelta(seconds=int(said[:9])), LONGEST_REST)
    try:
        until = parsedate_to_datetime(said)
    except ValueError:
        return None
    # The sender's own clock is not ours: against its Date the wait is right even where the two differ.
    try:
        since = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        since = now or datetime.now(UTC)
    if (until.tzinfo is None) != (since.tzinfo is None):
        return None
    return min(max(until - since, timedelta(0)), LONGEST_REST)
