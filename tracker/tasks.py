"""What Beat starts: fetch, call, log. Each may overlap with itself, be repeated, or be killed at any point."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from governance import trail
from governance.acts.lapses import lapse_due
from tracker import seals, stalls
from tracker.alerts import delivering
from tracker.remembered import forget_old

logger = structlog.get_logger(__name__)


@shared_task
def sweep() -> None:
    """Notice what stalls, and what people owe each other."""
    noticed = stalls.notice(timezone.now())
    if noticed:
        logger.info("swept", visits=noticed.visits, raised=noticed.raised, closed=noticed.closed, lapsed=noticed.lapsed)


@shared_task
def deliver() -> None:
    """Send the messages that wait."""
    delivered = delivering.deliver(timezone.now())
    if delivered:
        logger.info("delivered", sent=delivered.sent, failed=delivered.failed)


@shared_task
def lapse() -> None:
    """Record the approvals whose time, or whose condition's time, is over."""
    if ended := lapse_due(timezone.now()):
        logger.info("lapsed", approvals=ended)


@shared_task
def forget() -> None:
    """Drop the answers of the API that nobody may ask for again."""
    if dropped := forget_old(timezone.now()):
        logger.info("forgot", answers=dropped)


@shared_task
def seal() -> None:
    """Bind the heads of all chains that moved into the organisation's chain."""
    if bound := trail.seal(timezone.now()):
        logger.info("sealed", chains=bound)


@shared_task
def seal_day() -> None:
    """Put the head of the trail into the file outside the database, once a day."""
    for added in seals.seal_day(settings.SEALS_DIR, timezone.now()):
        logger.info("sealed_day", day=added.day.isoformat(), link=added.sequence, head=added.head, late=added.late)


@shared_task
def post_seals() -> None:
    """Send the heads of the trail to auditors and administrators."""
    if sent := seals.post(timezone.now()):
        logger.info("posted_seals", sent=sent)
