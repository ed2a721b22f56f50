"""The daily digest of the trail, to auditors and administrators: its head, what was done, and how to compare."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final

import structlog
from django.db.models import Count, F
from django.template.loader import render_to_string
from django.urls import reverse

from governance.models import AuditEvent
from models_registry.models import Person
from models_registry.vocabulary import OrgRole
from tracker.alerts.channels import ChannelError, EmailSender, Message
from tracker.alerts.letters import link
from tracker.alerts.parcels import LEASE, MOST_TRIES, wait_after
from tracker.audit_words import label_of
from tracker.seals.files import Seal
from tracker.seals.models import SealLetter

logger = structlog.get_logger(__name__)

READERS: Final = (OrgRole.AUDITOR, OrgRole.ADMIN)
MOST_AT_ONCE: Final = 200
ACTS_SHOWN: Final = 8


def write_letters(seal: Seal, now: datetime) -> int:
    """A letter of this day to each reader who has none yet; returns how many there are now."""
    readers = Person.objects.filter(role__in=READERS, is_active=True).values_list("pk", flat=True)
    letters = [
        SealLetter(day=seal.day, recipient_id=reader, sequence=seal.sequence, head=seal.head, next_attempt_at=now)
        for reader in readers
    ]
    SealLetter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=500)
    return len(letters)


def post(now: datetime) -> int:
    """Send what is due; returns how many went out. A crash between sending and marking sends it once more."""
    sender = EmailSender()
    sent = 0
    try:
        due = SealLetter.objects.filter(next_attempt_at__lte=now).select_related("recipient")
        for letter in due.order_by("next_attempt_at", "pk")[:MOST_AT_ONCE]:
            if not _claimed(letter, now):
                continue
            try:
                sender.send(message_of(letter, now))
            except ChannelError as error:
                _failed(letter, error, now)
                if error.down:
                    break
            else:
                SealLetter.objects.filter(pk=letter.pk).update(next_attempt_at=None, sent_at=now, answer="")
                sent += 1
    finally:
        sender.close()
    return sent


def message_of(letter: SealLetter, now: datetime) -> Message:
    """The mail. What was done is counted by kind of act; who did what to which model stays in Throughline."""
    end = min(datetime.combine(letter.day + timedelta(days=1), time(), tzinfo=UTC), now)
    recent = AuditEvent.objects.filter(at__gte=end - timedelta(days=1), at__lt=end).order_by()
    acts = recent.values_list("act").annotate(count=Count("pk")).order_by("-count", "act")
    subject = f"Trail sealed on {letter.day:%d %B %Y}: link {letter.sequence:,}"
    context = {
        "letter": letter,
        "subject": subject,
        "reader": str(letter.recipient),
        "acts": [(label_of(act), count) for act, count in acts[:ACTS_SHOWN]],
        "total": recent.count(),
        "sent": f"{now.astimezone(UTC):%d %B %Y, %H:%M} UTC",
        "home": link("/"),
        "audit": link(reverse("audit")),
    }
    return Message(
        to=letter.recipient.email,
        subject=subject,
        text=render_to_string("alerts/seal.txt", context),
        html=render_to_string("alerts/seal.html", context),
        key=str(letter.key),
    )


def _claimed(letter: SealLetter, now: datetime) -> bool:
    """Whether it is ours to send: pushed forward by a lease before anything is sent."""
    mine = SealLetter.objects.filter(pk=letter.pk, next_attempt_at=letter.next_attempt_at)
    return mine.update(next_attempt_at=now + LEASE, attempts=F("attempts") + 1) == 1


def _failed(letter: SealLetter, error: ChannelError, now: datetime) -> None:
    tries = letter.attempts + 1
    again = now + wait_after(tries) if error.again and tries < MOST_TRIES else None
    SealLetter.objects.filter(pk=letter.pk).update(next_attempt_at=again, answer=error.answer[:500])
    logger.warning("seal_undelivered", tries=tries, again=again is not None, why=error.answer)
