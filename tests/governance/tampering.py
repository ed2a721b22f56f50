"""What somebody with the database's password might do to the trail; the guards are already out of the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet

from governance.models import AuditEvent, ChainHead
from governance.trail import Verdict, hash_of, verify
from governance.trail.hashing import fold, genesis
from governance.triggers import LAW_GUARDS
from models_registry.triggers import remove

Tampering = Callable[[], None]
FAR = 1_000_000


def events(**chosen: Any) -> QuerySet[AuditEvent]:
    """The plain queryset of Django: the trail's own refuses to change anything."""
    return QuerySet(AuditEvent).filter(**chosen)


def guards_down() -> None:
    remove([guard for guard in LAW_GUARDS if guard.table == "governance_auditevent"], connection)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside is taken back, so that the next tampering finds the trail whole."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def verdict_after(tampering: Tampering) -> Verdict:
    with undone():
        tampering()
        return verify()


def put_head(chain: str) -> None:
    """Make the head agree with whatever is now the newest link, as a careful forger would."""
    newest = events(chain=chain).order_by("-sequence").first()
    if newest is None:
        ChainHead.objects.filter(chain=chain).delete()
    else:
        rows = ""
        for number in events(chain=chain).order_by("sequence").values_list("pk", flat=True):
            rows = fold(rows, number)
        ChainHead.objects.filter(chain=chain).update(sequence=newest.sequence, hash=newest.hash, rows=rows)


def rechain(chain: str) -> None:
    """Number the links anew and compute every hash again, from the beginning of the chain to its head."""
    events(chain=chain).update(sequence=F("sequence") + FAR)
    previous = genesis(chain)
    for sequence, event in enumerate(events(chain=chain).order_by("sequence"), start=1):
        event.sequence, event.previous = sequence, previous
        previous = hash_of(event)
        events(pk=event.pk).update(sequence=sequence, previous=event.previous, hash=previous)
    put_head(chain)


def cut(chain: str, after: int) -> None:
    """Take every link after this one away and put the head where the chain now ends."""
    events(chain=chain, sequence__gt=after)._raw_delete(connection.alias)
    put_head(chain)


def lift_out(event: AuditEvent) -> None:
    events(pk=event.pk)._raw_delete(connection.alias)


def push_in(event: AuditEvent, **changes: Any) -> None:
    """Put a forged link before this one, so that the later ones move up by one."""
    later = events(chain=event.chain, sequence__gte=event.sequence)
    later.update(sequence=F("sequence") + FAR)
    later = events(chain=event.chain, sequence__gte=event.sequence + FAR)
    later.update(sequence=F("sequence") - FAR + 1)
    forged = AuditEvent.objects.get(pk=event.pk)
    forged.pk, forged.sequence, forged.previous = None, event.sequence, "f" * 64
    for name, value in changes.items():
        setattr(forged, name, value)
    forged.hash = hash_of(forged)
    AuditEvent.objects.bulk_create([forged])


def exchange(one: AuditEvent, other: AuditEvent, *names: str) -> None:
    """Give each of two links the other's values of these columns."""
    kept = {name: getattr(one, name) for name in names}
    taken = {name: getattr(other, name) for name in names}
    aside = {"sequence": FAR, "previous": "a" * 64, "hash": "b" * 64, "id": -1}
    events(pk=one.pk).update(**{name: aside.get(name, value) for name, value in kept.items()})
    stand_in = -1 if "id" in names else one.pk
    events(pk=other.pk).update(**kept)
    events(pk=stand_in).update(**taken)
