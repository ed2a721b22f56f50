"""Verification: finds any edit, removal, insertion, reorder, or vanished chain. And the seal that makes it possible."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from governance.models import AuditEvent, ChainHead
from governance.trail.chain import ORGANISATION, Entry, append, genesis, hash_of, release_chain
from models_registry.models import Release

SEAL_BATCH = 5_000


@dataclass(frozen=True)
class Flaw:
    """One thing that is wrong: in which chain, at which link (0 for the chain as a whole), and what."""

    chain: str
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence}: {self.what}" if self.sequence else f"{self.chain}: {self.what}"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one verification."""

    chains: int
    events: int
    flaws: tuple[Flaw, ...]

    @property
    def holds(self) -> bool:
        return not self.flaws


def verify() -> Verdict:
    """Walk every chain from its beginning. Memory stays flat but for the heads and the seals' notes."""
    heads = {head.chain: head for head in ChainHead.objects.all().iterator()}
    sealed = _sealed_links()
    last: dict[str, tuple[int, str]] = {}
    flaws: list[Flaw] = []
    count = 0
    for event in AuditEvent.objects.order_by("chain", "sequence").iterator(chunk_size=2_000):
        count += 1
        flaws.extend(_link_flaws(event, last.get(event.chain)))
        noted = sealed.pop((event.chain, event.sequence), None)
        if noted is not None and noted != event.hash:
            flaws.append(Flaw(event.chain, event.sequence, "differs from what a later seal bound"))
        last[event.chain] = (event.sequence, event.hash)
    flaws.extend(Flaw(chain, sequence, "was sealed and is gone") for chain, sequence in sealed)
    flaws.extend(_head_flaws(heads, last))
    flaws.extend(_vanished(last))
    return Verdict(chains=len(heads), events=count, flaws=tuple(flaws))


def seal(at: datetime) -> int:
    """Bind the heads that moved since the last seal into the organisation's chain. Returns how many were bound.

    The organisation's own head needs no note: each link of that chain already covers all links before it.
    """
    with transaction.atomic():
        moved = list(
            ChainHead.objects.select_for_update()
            .exclude(chain=ORGANISATION)
            .filter(sequence__gt=F("sealed_sequence"))
            .order_by("chain")[:SEAL_BATCH]
        )
        if not moved:
            return 0
        bound = {head.chain: [head.sequence, head.hash] for head in moved}
        append(
            ORGANISATION,
            [Entry(act="trail.seal", subject="trail", subject_name="The trail", at=at, detail={"heads": bound})],
        )
        for head in moved:
            head.sealed_sequence = head.sequence
        ChainHead.objects.bulk_update(moved, ["sealed_sequence"], batch_size=500)
        return len(moved)


def _link_flaws(event: AuditEvent, before: tuple[int, str] | None) -> Iterator[Flaw]:
    sequence, previous = before or (0, genesis(event.chain))
    if event.sequence != sequence + 1:
        yield Flaw(event.chain, event.sequence, f"expected link {sequence + 1}; something was removed or inserted")
    if event.previous != previous:
        yield Flaw(event.chain, event.sequence, "does not follow from the link before it")
    if hash_of(event) != event.hash:
        yield Flaw(event.chain, event.sequence, "was edited after it was written")


def _sealed_links() -> dict[tuple[str, int], str]:
    notes: dict[tuple[str, int], str] = {}
    for event in AuditEvent.objects.filter(chain=ORGANISATION, act="trail.seal").iterator():
        for chain, (sequence, digest) in event.detail.get("heads", {}).items():
            notes[(chain, sequence)] = digest
    return notes


def _head_flaws(heads: dict[str, ChainHead], last: dict[str, tuple[int, str]]) -> Iterator[Flaw]:
    for chain, head in heads.items():
        if (head.sequence, head.hash) != last.get(chain, (0, genesis(chain))):
            yield Flaw(chain, head.sequence, "its newest link is not the one on record")
    for chain in last.keys() - heads.keys():
        yield Flaw(chain, 0, "has links and no head on record")


def _vanished(last: dict[str, tuple[int, str]]) -> Iterator[Flaw]:
    opened = AuditEvent.objects.filter(chain=ORGANISATION, act="chain.open")
    known = {event.detail.get("chain", "") for event in opened.iterator()}
    for chain in known - last.keys():
        yield Flaw(chain, 0, "was opened and has vanished")
    for chain in last.keys() - known - {ORGANISATION}:
        yield Flaw(chain, 0, "was never opened by the organisation's chain")
    for release_id in Release.objects.values_list("id", flat=True).iterator():
        if release_chain(release_id) not in last:
            yield Flaw(release_chain(release_id), 0, "belongs to a release and does not exist")
