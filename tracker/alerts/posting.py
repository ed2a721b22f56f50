"""Send to destinations: several at once, each in a thread of its own, so that one that hangs holds up no other.

The threads only send. Taking, writing and marking are the main thread's, which alone has a database connection.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from time import monotonic
from typing import Final

import structlog

from tracker.alerts import parcels
from tracker.alerts.channels import ChannelError, Sender, sender_to
from tracker.alerts.loads import loads
from tracker.alerts.outcomes import Posted, Try, record
from tracker.alerts.posts import Post, written

logger = structlog.get_logger(__name__)

THREADS: Final = 8
FLIGHT: Final = 15.0  # seconds after which no further message of one post is begun
BAD_IN_A_ROW: Final = 3  # so many refusals in a row are the place's fault, and not the messages'

Clock = Callable[[], datetime]


def post_due(clock: Clock, end: float) -> tuple[int, int]:
    """Send what is due until nothing is, or until `end` (monotonic). Returns how many arrived, and how many failed."""
    senders: dict[int, Sender] = {}
    flying: dict[Future[Posted], int] = {}
    sent = failed = 0
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="posting")
    try:
        while True:
            if monotonic() < end and len(flying) < THREADS:
                for post in _next(clock(), busy=set(flying.values()), most=THREADS - len(flying)):
                    flying[pool.submit(_fly, post, senders, clock)] = post.destination.pk
            if not flying:
                return sent, failed
            for future in wait(flying, return_when=FIRST_COMPLETED).done:
                del flying[future]
                posted = future.result()
                record(posted, clock())
                good, bad = _count(posted)
                sent, failed = sent + good, failed + bad
    finally:
        pool.shutdown()
        for sender in senders.values():
            sender.close()


def _next(now: datetime, *, busy: set[int], most: int) -> list[Post]:
    """The posts to begin with; what is not to be told after all, or cannot be written, is marked at once."""
    taken = loads(now, busy=busy, most=most)
    posts = written(taken, now) if taken else []
    for post in posts:
        if post.dropped:
            parcels.drop(post.dropped)
        if post.unsaid:
            record(Posted(post.destination, [Try(p, now, e.answer, e) for p, e in post.unsaid], asked=False), now)
    return [post for post in posts if post.ready]


def _fly(post: Post, senders: dict[int, Sender], clock: Clock) -> Posted:
    """Send one after the other, until the place stops answering or the time is up. Never raises."""
    posted, end = Posted(post.destination), monotonic() + FLIGHT
    bad = 0
    for place, (parcel, message) in enumerate(post.ready):
        if posted.down is not None or (place and monotonic() > end):
            posted.left.append(parcel)
            continue
        try:
            answer = _sender(post, senders).send(message)
        except ChannelError as error:
            bad += 1
            error.down = error.down or bad >= BAD_IN_A_ROW
            posted.tries.append(Try(parcel, clock(), error.answer, error))
        except Exception as error:  # a library's own mistake must not end the run
            logger.exception("post_failed", destination=post.destination.pk)
            told = ChannelError(f"could not be sent: {type(error).__name__}", again=True, down=True)
            posted.tries.append(Try(parcel, clock(), told.answer, told))
        else:
            bad = 0
            posted.tries.append(Try(parcel, clock(), answer))
    return posted


def _sender(post: Post, senders: dict[int, Sender]) -> Sender:
    key = post.destination.pk
    if key not in senders:
        senders[key] = sender_to(post.destination)
    return senders[key]


def _count(posted: Posted) -> tuple[int, int]:
    bad = [one for one in posted.tries if one.error is not None]
    for one in bad[:5]:
        logger.warning("undelivered", destination=posted.destination.pk, tries=one.parcel.tries, why=one.answer)
    return len(posted.tries) - len(bad), len(bad)


def clock_from(now: datetime) -> Clock:
    """A clock that shows `now` at first, and goes on."""
    begun = monotonic()
    return lambda: now + timedelta(seconds=monotonic() - begun)
