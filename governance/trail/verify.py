"""Verification: finds any edit, removal, insertion, reorder, or vanished chain, in memory that does not grow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

from governance.models import AuditEvent, ChainHead
from governance.trail.chain import ORGANISATION, release_chain
from governance.trail.hashing import Link, fold, genesis, hash_of
from governance.trail.notes import Notes
from governance.trail.reading import BATCH, UNREADABLE, Damaged, links, one_moment
from models_registry.models import Release

BINDING_ACTS: Final = ("chain.open", "trail.seal")
MOST_FLAWS: Final = 1_000  # kept by name; the others are counted


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong: in which chain, at which link (0 for the chain as a whole), and what."""

    chain: str
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence}: {self.what}" if self.sequence else f"{self.chain}: {self.what}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one verification. `head` is the hash of the newest link of the organisation's chain, or empty.

    That hash covers all that the organisation's chain has bound: noted outside, it shows later that none of it was
    replaced. `flaws` holds the first thousand, in the order in which they were met; `found` counts all of them.
    """

    chains: int
    events: int
    flaws: tuple[Flaw, ...]
    head: str = ""
    found: int = 0

    @property
    def holds(self) -> bool:
        return not self.flaws

    @property
    def first(self) -> Flaw | None:
        """The first broken link; where no link is broken, the first flaw of a chain as a whole."""
        return first_of(self.flaws)


def first_of(flaws: Sequence[Flaw]) -> Flaw | None:
    return next((flaw for flaw in flaws if flaw.sequence), next(iter(flaws), None))


@dataclass
class _Walk:
    """What was seen so far: the chain that is being walked, and the flaws. The rest is in the notes."""

    notes: Notes
    chain: str | None = None
    sequence: int = 0
    hash: str = ""
    row: int = 0
    rows: str = ""
    bound: Iterator[tuple[int, str]] = field(default_factory=lambda: iter(()))
    next_bound: tuple[int, str] | None = None
    head: str = ""
    events: int = 0
    flaws: list[Flaw] = field(default_factory=list)
    found: int = 0

    def flaw(self, chain: str, sequence: int, what: str) -> None:
        self.found += 1
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(Flaw(chain, sequence, what))

    def take(self, found: Iterable[Link | Damaged]) -> None:
        """Walk whole chains, one after the other."""
        for link in found:
            self.events += 1
            if link.chain != self.chain:
                self.end()
                self._begin(link.chain)
            if isinstance(link, Damaged):
                self._damaged(link)
            else:
                self._link(link)
        self.end()

    def end(self) -> None:
        """The chain is over: what is bound beyond its last link is gone."""
        if self.chain is None:
            return
        while self.next_bound is not None:
            self.flaw(self.chain, self.next_bound[0], "is bound by the organisation's chain and is gone")
            self.next_bound = next(self.bound, None)
        self.notes.walk(self.chain, (self.sequence, self.hash, self.rows))
        if self.chain == ORGANISATION:
            self.head = self.hash
        self.chain = None

    def note(self, link: Link) -> None:
        """Keep what an opening or a seal binds; of a damaged one, whatever can be read."""
        heads = link.detail.get("heads") if isinstance(link.detail, dict) else None
        named = {chain: place for chain, place in heads.items() if chain.isascii()} if isinstance(heads, dict) else {}
        if link.act == "chain.open":
            self.notes.open(named)
        self.notes.bind((chain, place[0], ascii(place[1])[1:-1]) for chain, place in named.items() if _is_place(place))

    def _begin(self, chain: str) -> None:
        self.chain, self.sequence, self.hash, self.row, self.rows = chain, 0, genesis(chain), 0, ""
        # The organisation's own chain is what binds; nothing binds it.
        self.bound = iter(()) if chain == ORGANISATION else self.notes.bound(chain)
        self.next_bound = next(self.bound, None)

    def _link(self, link: Link) -> None:
        place = self._place(link.sequence)
        if link.sequence != self.sequence + 1:
            self.flaw(link.chain, place, f"expected link {self.sequence + 1}; something was removed or inserted")
        if link.previous != self.hash:
            self.flaw(link.chain, place, "does not follow from the link before it")
        if link.pk <= self.row:
            self.flaw(link.chain, place, "has a row number below the link before it; rows were exchanged")
        if not hash_fits(link):
            self.flaw(link.chain, place, "was edited after it was written")
        self._compare(place, link.hash)
        self.sequence, self.hash, self.row, self.rows = place, link.hash, link.pk, fold(self.rows, link.pk)
        if link.chain == ORGANISATION and link.act in BINDING_ACTS:
            self.note(link)

    def _compare(self, place: int, digest: str) -> None:
        """With what the organisation's chain says of this link, and that it passed none by."""
        while self.next_bound is not None and self.next_bound[0] <= place:
            sequence, noted = self.next_bound
            if sequence < place:
                self.flaw(str(self.chain), sequence, "is bound by the organisation's chain and is gone")
            elif noted != digest:
                self.flaw(str(self.chain), place, "differs from what the organisation's chain bound")
            self.next_bound = next(self.bound, None)

    def _damaged(self, row: Damaged) -> None:
        self.sequence = self._place(row.sequence)
        self.flaw(row.chain, self.sequence, "cannot be read; it was edited after it was written")
        self._compare(self.sequence, "")
        self.hash = ""

    def _place(self, sequence: object) -> int:
        """SQLite keeps whatever was written into a column of numbers."""
        return sequence if isinstance(sequence, int) and 0 < sequence < 2**63 else self.sequence + 1


def verify() -> Verdict:
    """Walk every chain from its beginning, as all of them stand at one moment."""
    with one_moment(), closing(Notes()) as notes:
        walk = _Walk(notes)
        walk.take(links("chain = %s", [ORGANISATION]))
        walk.take(links("chain <> %s", [ORGANISATION]))
        for chain, sequence in notes.bound_and_gone():
            walk.flaw(chain, sequence, "is bound by the organisation's chain and is gone")
        heads = ChainHead.objects.order_by("chain")
        count = _check_heads(walk, heads.iterator(BATCH))
        for chain in notes.without(heads.values_list("chain", flat=True).iterator(BATCH)):
            walk.flaw(chain, 0, "has links and no head on record")
        _check_existence(walk)
    return _verdict(walk, count)


def verify_chain(chain: str) -> Verdict:
    """Walk one chain, and compare it with what the organisation's chain says of it; that one is taken at its word."""
    with one_moment(), closing(Notes()) as notes:
        walk = _Walk(notes)
        for link in _binding(chain):
            if isinstance(link, Link):
                walk.note(link)
        walk.take(links("chain = %s", [chain]))
        if notes.end(chain) is None:
            walk.flaw(chain, 0, "has no links")
            for sequence, _ in notes.bound(chain):
                walk.flaw(chain, sequence, "is bound by the organisation's chain and is gone")
        count = _check_heads(walk, ChainHead.objects.filter(chain=chain))
        if chain != ORGANISATION and not notes.is_opened(chain):
            walk.flaw(chain, 0, "was never opened by the organisation's chain")
        if notes.end(chain) is not None and not count:
            walk.flaw(chain, 0, "has links and no head on record")
    return _verdict(walk, count)


def hash_fits(event: AuditEvent | Link) -> bool:
    """Whether the event is as it was when it was hashed."""
    try:
        return hash_of(event) == event.hash
    except UNREADABLE:
        return False


def _is_place(place: object) -> bool:
    return isinstance(place, list) and len(place) == 2 and isinstance(place[0], int) and 0 < place[0] < 2**63


def _verdict(walk: _Walk, chains: int) -> Verdict:
    return Verdict(chains, walk.events, tuple(walk.flaws), walk.head, walk.found)


def _binding(chain: str) -> Iterator[Link | Damaged]:
    """The links of the organisation's chain that speak of this one."""
    speaking = AuditEvent.objects.filter(chain=ORGANISATION, act__in=BINDING_ACTS, detail__heads__has_key=chain)
    numbers = list(speaking.order_by("sequence").values_list("pk", flat=True))
    for start in range(0, len(numbers), BATCH // 2):
        some = numbers[start : start + BATCH // 2]
        yield from links(f"id IN ({', '.join(['%s'] * len(some))})", some)


def _check_heads(walk: _Walk, heads: Iterable[ChainHead]) -> int:
    """Each head beside the chain that was walked; returns how many heads there are."""
    count = 0
    for head in heads:
        count += 1
        sequence, digest, rows = walk.notes.end(head.chain) or (0, "", "")
        if (head.sequence, head.hash) != (sequence, digest):
            walk.flaw(head.chain, sequence, "its newest link is not the one on record")
        elif head.rows != rows:
            walk.flaw(head.chain, 0, "its row numbers are not those on record")
        if head.sealed_sequence != walk.notes.mark(head.chain):
            walk.flaw(head.chain, 0, "its mark of what is sealed does not agree with the seals")
    return count


def _check_existence(walk: _Walk) -> None:
    notes = walk.notes
    for chain in notes.opened_and_gone():
        walk.flaw(chain, 0, "was opened and has vanished")
    for chain in notes.never_opened():
        if chain != ORGANISATION:
            walk.flaw(chain, 0, "was never opened by the organisation's chain")
    notes.expect(map(release_chain, Release.objects.order_by().values_list("id", flat=True).iterator(BATCH)))
    for chain in notes.due_and_gone():
        walk.flaw(chain, 0, "belongs to a release and does not exist")
