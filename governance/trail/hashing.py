"""What a link of the trail is hashed from, how, and what its chain keeps of row numbers."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from governance.models import AuditEvent


class Link(NamedTuple):
    """A row of the trail as verification reads it. The names are those of `AuditEvent`; the types, if it is whole."""

    pk: int
    chain: str
    sequence: int
    at: datetime
    actor_id: int | None
    actor_name: str
    act: str
    subject: str
    subject_name: str
    release_id: int | None
    model_id: int | None
    detail: Any
    previous: str
    hash: str


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def genesis(chain: str) -> str:
    """The `previous` of a chain's first link: a digest of its name, so that no two chains share a beginning."""
    return hashlib.sha256(f"throughline chain {chain}".encode()).hexdigest()


def hash_of(event: AuditEvent | Link) -> str:
    """SHA-256 over every column of the event but its row number (see `fold`) and the hash itself.

    Raises `TypeError`, `ValueError` or `AttributeError` for a row that was never written by `append`.
    """
    body = {
        "chain": event.chain,
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "act": event.act,
        "subject": event.subject,
        "subject_name": event.subject_name,
        "release_id": event.release_id,
        "model_id": event.model_id,
        "detail": event.detail,
        "previous": event.previous,
    }
    return hashlib.sha256(_CANONICAL(body).encode()).hexdigest()


def fold(rows: str, number: int) -> str:
    """The digest of a chain's row numbers with one more; empty before the first.

    A row's number is known only after it was written, so no hash can cover it. The chain's head keeps this instead.
    """
    return hashlib.sha256(f"{rows}{number}".encode()).hexdigest()
