"""Two people at one form: the second is told who was first, instead of undoing a change unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import IntegrityError, transaction

from governance.errors import Conflict
from governance.models import AuditEvent
from models_registry.requirements import digest_of


def mark(said: Mapping[str, Any]) -> str:
    """What a page remembers of the facts it showed, handed back with the change as `seen`."""
    return digest_of(said)


def refuse_stale(seen: str | None, said: Mapping[str, Any], subject: str, name: str) -> None:
    """Refuse a change to facts that are no longer the ones seen; `seen` None asks for no such care.

    `subject` as on the trail, for example `team:7`; `said` are the locked facts as they are now.
    """
    if seen is None or seen == mark(said):
        return
    last = AuditEvent.objects.filter(act__startswith=f"{subject.partition(':')[0]}.", subject=subject).last()
    raise Conflict(
        f"{last.actor_name if last else 'Somebody'} changed {name} after you opened it.",
        remedy="What you typed is still here. Saving again puts yours in place of theirs.",
    )


@contextmanager
def only_one(message: str) -> Iterator[None]:
    """What two people add at the same moment is added once; the later one gets `Conflict`, not a failure."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as twin:
        raise Conflict(message, remedy="Reload the list and look for it there.") from twin
