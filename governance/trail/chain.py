"""Links of the hash chains: one chain per release and one for the organisation.

Acts on different releases lock different heads, so they never wait for each other. The organisation's chain records
each new release chain, and a seal binds all heads that moved since the seal before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from governance.models import AuditEvent, ChainHead
from governance.trail.hashing import fold, genesis, hash_of
from models_registry.models import Person, Release

ORGANISATION = "organisation"
SYSTEM_NAME = "Throughline"


@dataclass(frozen=True)
class Entry:
    """What one link tells, before it is chained."""

    act: str
    subject: str
    subject_name: str
    at: datetime
    actor: Person | None = None
    release_id: int | None = None
    model_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)


def release_chain(release_id: int) -> str:
    return f"release:{release_id}"


def plain(value: Any) -> Any:
    """The value as JSON keeps it on both databases: money and moments as text, no floats."""
    if isinstance(value, Mapping):
        return {str(key).replace("\x00", ""): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(inner) for inner in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return str(Decimal(str(value)))
    return str(value).replace("\x00", "")


def append(chain: str, entries: Iterable[Entry]) -> list[AuditEvent]:
    """Add links to one chain, inside the caller's transaction, holding the chain's head.

    Raises `TransactionManagementError` outside a transaction: a trail row without its act must not exist.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("The trail is written inside the act's transaction.")
    head = locked_head(chain)
    events = []
    for entry in entries:
        event = _linked(entry, chain, head)
        head.sequence, head.hash = event.sequence, event.hash
        events.append(event)
    AuditEvent.objects.bulk_create(events, batch_size=500)
    for event in events:
        head.rows = fold(head.rows, event.pk)
    head.save(update_fields=["sequence", "hash", "rows"])
    return events


def open_chains(
    releases: Sequence[Release], first: Sequence[Sequence[Entry]], at: datetime, actor: Person | None
) -> None:
    """Start the chain of each new release with its first entries, and record the new chains with the organisation.

    `first[i]` are the entries of `releases[i]`, in order and not empty. Costs a constant number of statements. The
    record binds those entries as a seal would: whoever empties a chain cannot begin it anew unseen.
    """
    heads: dict[str, ChainHead] = {}
    events, openings = [], []
    for release, entries in zip(releases, first, strict=True):
        chain = release_chain(release.pk)
        head = ChainHead(chain=chain, sequence=0, hash=genesis(chain))
        for entry in entries:
            event = _linked(entry, chain, head)
            head.sequence, head.hash = event.sequence, event.hash
            events.append(event)
        head.sealed_sequence = head.sequence
        heads[chain] = head
        openings.append(
            Entry(
                act="chain.open",
                subject=f"release:{release.pk}",
                subject_name=str(release),
                at=at,
                actor=actor,
                release_id=release.pk,
                model_id=release.model_id,
                detail={"heads": {chain: [head.sequence, head.hash]}},
            )
        )
    AuditEvent.objects.bulk_create(events, batch_size=500)
    for event in events:
        heads[event.chain].rows = fold(heads[event.chain].rows, event.pk)
    ChainHead.objects.bulk_create(heads.values(), batch_size=500)
    append(ORGANISATION, openings)


def locked_head(chain: str) -> ChainHead:
    """The head of a chain, locked until the transaction ends; a chain without links gets one."""
    ChainHead.objects.bulk_create([ChainHead(chain=chain, hash=genesis(chain))], ignore_conflicts=True)
    return ChainHead.objects.select_for_update().get(chain=chain)


def _linked(entry: Entry, chain: str, head: ChainHead) -> AuditEvent:
    event = AuditEvent(
        chain=chain,
        sequence=head.sequence + 1,
        at=entry.at,
        actor_id=entry.actor.pk if entry.actor else None,
        actor_name=str(entry.actor).replace("\x00", "")[:200] if entry.actor else SYSTEM_NAME,
        act=entry.act,
        subject=entry.subject,
        subject_name=entry.subject_name.replace("\x00", "")[:300],
        release_id=entry.release_id,
        model_id=entry.model_id,
        detail=plain(entry.detail),
        previous=head.hash,
    )
    event.hash = hash_of(event)
    return event
