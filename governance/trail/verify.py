"""Verification: finds any edit, removal, insertion, reorder, or vanished chain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from governance.models import AuditEvent, ChainHead
from governance.trail.chain import ORGANISATION, genesis, hash_of, release_chain
from governance.trail.reading import UNREADABLE, Damaged, links, one_moment
from models_registry.models import Release

BINDING_ACTS = ("chain.open", "trail.seal")


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
    """The outcome of one verification. `head` is the hash of the newest link of the organisation's chain, or empty.

    That hash covers all that the organisation's chain has bound: noted outside, it shows later that none of it was
    replaced.
    """

    chains: int
    events: int
    flaws: tuple[Flaw, ...]
    head: str = ""

    @property
    def holds(self) -> bool:
        return not self.flaws


@dataclass
class _Walk:
    """What has been seen along the chains. `bound`: what the organisation's chain says of links of other chains."""

    bound: dict[tuple[str, int], str] = field(default_factory=dict)
    opened: set[str] = field(default_factory=set)
    last: dict[str, tuple[int, str, int]] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    count: int = 0

    def take(self, found: Iterable[AuditEvent | Damaged]) -> None:
        for event in found:
            self.count += 1
            if isinstance(event, Damaged):
                self._damaged(event)
                continue
            self.flaws += _link_flaws(event, self.last.get(event.chain))
            noted = self.bound.pop((event.chain, event.sequence), None)
            if noted is not None and noted != event.hash:
                self.flaws.append(Flaw(event.chain, event.sequence, "differs from what the organisation's chain bound"))
            self.last[event.chain] = (_number(event.sequence, self._next(event.chain)), event.hash, event.pk)
            if event.chain == ORGANISATION and event.act in BINDING_ACTS:
                self.note(event)

    def note(self, event: AuditEvent) -> None:
        """Keep what an opening or a seal binds; of a damaged one, whatever can be read."""
        detail = event.detail if isinstance(event.detail, dict) else {}
        heads = detail.get("heads")
        for chain, place in heads.items() if isinstance(heads, dict) else ():
            if event.act == "chain.open":
                self.opened.add(chain)
            if isinstance(place, list) and len(place) == 2 and isinstance(place[0], int):
                self.bound[(chain, place[0])] = str(place[1])
                self.marks[chain] = max(place[0], self.marks.get(chain, 0))

    def _next(self, chain: str) -> int:
        return self.last[chain][0] + 1 if chain in self.last else 1

    def _damaged(self, row: Damaged) -> None:
        sequence = _number(row.sequence, self._next(row.chain))
        self.flaws.append(Flaw(row.chain, sequence, "cannot be read; it was edited after it was written"))
        self.last[row.chain] = (sequence, "", 0)


def verify() -> Verdict:
    """Walk every chain from its beginning, as all of them stand at one moment."""
    with one_moment():
        walk = _Walk()
        walk.take(links(AuditEvent.objects.filter(chain=ORGANISATION)))
        walk.take(links(AuditEvent.objects.exclude(chain=ORGANISATION)))
        heads = {head.chain: head for head in ChainHead.objects.iterator()}
        flaws = [*walk.flaws, *_cut_off(walk), *_head_flaws(heads, walk), *_vanished(walk)]
    return Verdict(chains=len(heads), events=walk.count, flaws=tuple(flaws), head=_organisation_head(walk))


def verify_chain(chain: str) -> Verdict:
    """Walk one chain, and compare it with what the organisation's chain says of it; that one is taken at its word."""
    with one_moment():
        walk = _Walk()
        binding = AuditEvent.objects.filter(chain=ORGANISATION, act__in=BINDING_ACTS, detail__heads__has_key=chain)
        for event in links(binding):
            if isinstance(event, AuditEvent):
                walk.note(event)
        walk.bound = {key: noted for key, noted in walk.bound.items() if key[0] == chain}
        walk.take(links(AuditEvent.objects.filter(chain=chain)))
        heads = {head.chain: head for head in ChainHead.objects.filter(chain=chain)}
        flaws = [*walk.flaws, *_cut_off(walk), *_head_flaws(heads, walk)]
        if chain != ORGANISATION and chain not in walk.opened:
            flaws.append(Flaw(chain, 0, "was never opened by the organisation's chain"))
        if chain not in walk.last:
            flaws.append(Flaw(chain, 0, "has no links"))
    return Verdict(chains=len(heads), events=walk.count, flaws=tuple(flaws), head=_organisation_head(walk))


def _organisation_head(walk: _Walk) -> str:
    return walk.last[ORGANISATION][1] if ORGANISATION in walk.last else ""


def _link_flaws(event: AuditEvent, before: tuple[int, str, int] | None) -> Iterator[Flaw]:
    sequence, previous, row = before or (0, genesis(event.chain), 0)
    place = _number(event.sequence, sequence + 1)
    if event.sequence != sequence + 1:
        yield Flaw(event.chain, place, f"expected link {sequence + 1}; something was removed or inserted")
    if event.previous != previous:
        yield Flaw(event.chain, place, "does not follow from the link before it")
    if event.pk <= row:
        yield Flaw(event.chain, place, "has a row number below the link before it; rows were exchanged")
    if not hash_fits(event):
        yield Flaw(event.chain, place, "was edited after it was written")


def _number(value: object, otherwise: int) -> int:
    """SQLite keeps whatever was written into a column of numbers."""
    return value if isinstance(value, int) else otherwise


def hash_fits(event: AuditEvent) -> bool:
    """Whether the event is as it was when it was hashed."""
    try:
        return hash_of(event) == event.hash
    except UNREADABLE:
        return False


def _cut_off(walk: _Walk) -> Iterator[Flaw]:
    for chain, sequence in walk.bound:
        yield Flaw(chain, sequence, "is bound by the organisation's chain and is gone")


def _head_flaws(heads: dict[str, ChainHead], walk: _Walk) -> Iterator[Flaw]:
    for chain, head in heads.items():
        sequence, digest, _ = walk.last.get(chain, (0, "", 0))
        if (head.sequence, head.hash) != (sequence, digest):
            yield Flaw(chain, sequence, "its newest link is not the one on record")
        if head.sealed_sequence != walk.marks.get(chain, 0):
            yield Flaw(chain, 0, "its mark of what is sealed does not agree with the seals")
    for chain in walk.last.keys() - heads.keys():
        yield Flaw(chain, 0, "has links and no head on record")


def _vanished(walk: _Walk) -> Iterator[Flaw]:
    for chain in sorted(walk.opened - walk.last.keys()):
        yield Flaw(chain, 0, "was opened and has vanished")
    for chain in sorted(walk.last.keys() - walk.opened - {ORGANISATION}):
        yield Flaw(chain, 0, "was never opened by the organisation's chain")
    for release_id in Release.objects.values_list("id", flat=True).iterator():
        if release_chain(release_id) not in walk.last:
            yield Flaw(release_chain(release_id), 0, "belongs to a release and does not exist")
