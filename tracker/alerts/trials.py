"""The test button: a message that really goes out, and the real answer."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from governance.errors import NotFound
from models_registry.models import Person
from tracker.alerts.channels import ChannelError, Message, sender_to
from tracker.alerts.editing import may_change
from tracker.alerts.models import Channel, Destination
from tracker.alerts.notices import test_notice
from tracker.alerts.payloads import test_payload


def try_out(actor: Person, number: int, now: datetime) -> Destination:
    """Send a test, outside any transaction, and keep the answer. A place that answers has rested enough."""
    found = Destination.objects.select_related("person", "team").filter(pk=number).first()
    if found is None:
        raise NotFound
    may_change(actor, found)
    answer, well = _sent(found, now)
    with transaction.atomic():
        row = Destination.objects.filter(pk=found.pk)
        row.update(tested_at=now, tested_answer=answer[:500], tested_well=well)
        if well:
            row.filter(failures__gt=0).update(failures=0, resting_until=None)
    found.tested_at, found.tested_answer, found.tested_well = now, answer[:500], well
    return found


def _sent(destination: Destination, now: datetime) -> tuple[str, bool]:
    message = _message(destination, now)
    try:
        sender = sender_to(destination)
    except ChannelError as error:
        return error.answer, False
    try:
        return sender.send(message), True
    except ChannelError as error:
        return error.answer, False
    finally:
        sender.close()


def _message(destination: Destination, now: datetime) -> Message:
    if destination.channel == Channel.WEBHOOK:
        return Message("", "", "", "", f"test_{uuid4()}", payload=test_payload(destination.name, now))
    return test_notice(destination.name, now)
