"""A long trail, and how long its verification takes beside reading and hashing the same rows in a bare loop."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import islice
from typing import Final

from django.db import connection, transaction

from governance.models import AuditEvent, ChainHead
from governance.trail import ORGANISATION, Entry, hash_of, release_chain, verify
from governance.trail.chain import append
from governance.trail.hashing import Link, fold, genesis
from models_registry.models import Release

LINKS: Final = 20  # of each release: 1,000,000 rows for 50,000 models
MOST_TIMES: Final = 3.0
MOST_MEGABYTES: Final = 64.0
_BATCH: Final = 20_000
_COLUMNS: Final = ("id", *Link._fields[1:])
_BEGUN: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Verified:
    """Seconds of both loops over the same rows, and the most memory that verification held, in megabytes."""

    rows: int
    chains: int
    bare: float
    verification: float
    megabytes: float

    @property
    def times(self) -> float:
        return self.verification / self.bare

    @property
    def meets(self) -> bool:
        return self.times <= MOST_TIMES and self.megabytes <= MOST_MEGABYTES


def fill_trail(links: int = LINKS) -> int:
    """Give each release a chain, opened and sealed by the organisation's. The acts are bypassed; returns the rows."""
    with connection.cursor() as cursor:
        # What the portfolio has on the trail is for pages to read; no chain of it holds.
        cursor.execute("TRUNCATE governance_auditevent, governance_chainhead RESTART IDENTITY")
    number = 0
    for some in _batches(Release.objects.order_by("pk").values_list("pk", flat=True).iterator()):
        events, heads = [], []
        for release in some:
            chain, previous, rows = release_chain(release), genesis(release_chain(release)), ""
            for sequence in range(1, links + 1):
                number += 1
                event = _event(number, release, sequence, previous)
                previous, rows = event.hash, fold(rows, number)
                events.append(event)
            heads.append(ChainHead(chain=chain, sequence=links, hash=previous, rows=rows, sealed_sequence=links))
        _copy(events)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('governance_auditevent', 'id'), %s)", [number])
            append(ORGANISATION, [_opening(head) for head in heads])
            ChainHead.objects.bulk_create(heads, batch_size=1000)
        number += len(heads)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE governance_auditevent")
    return number


def measure_trail() -> Verified:
    """Both loops in turn, after one of each that is not counted. Raises `AssertionError` if the trail does not hold."""
    bare_loop()
    verdict = verify()
    assert verdict.holds, verdict.first
    bare, verification = _timed(bare_loop), _timed(verify)
    tracemalloc.start()
    verify()
    megabytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return Verified(verdict.events, verdict.chains, bare, verification, megabytes)


def bare_loop() -> None:
    """Read every row in the order of the chains, and hash it; nothing is compared with anything."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(_COLUMNS)} FROM governance_auditevent ORDER BY chain, sequence")
        while rows := cursor.fetchmany(1000):
            for row in rows:
                hash_of(Link._make((*row[:11], json.loads(row[11]), *row[12:])))


def heading() -> str:
    return f"\n{'trail':32}{'rows':>10}{'chains':>12}{'verify s':>10}{'bare s':>10}{'times':>8}{'peak MB':>10}"


def line(found: Verified) -> str:
    times = f"{found.verification:>10.1f}{found.bare:>10.1f}{found.times:>8.2f}{found.megabytes:>10.1f}"
    return f"{'verification':32}{found.rows:>10,}{found.chains:>12,}{times}{'' if found.meets else '  missed'}"


def verdict(found: Verified) -> str:
    asked = f"Asked: at most {MOST_TIMES:g} times the bare loop, in at most {MOST_MEGABYTES:g} MB whatever the size."
    return f"\n{asked}\n{'Verification keeps to it' if found.meets else 'Missed by the verification'}."


def _timed(loop: object) -> float:
    begun = time.perf_counter()
    assert callable(loop)
    loop()
    return time.perf_counter() - begun


def _batches(numbers: Iterator[int]) -> Iterator[list[int]]:
    while some := list(islice(numbers, _BATCH // LINKS)):
        yield some


def _event(number: int, release: int, sequence: int, previous: str) -> AuditEvent:
    event = AuditEvent(
        pk=number,
        chain=release_chain(release),
        sequence=sequence,
        at=_BEGUN + timedelta(seconds=number),
        actor_id=number % 400 + 1,
        actor_name=f"Person {number % 400:05}",
        act="evidence.attach",
        subject=f"release:{release}",
        subject_name=f"fraud-model-{release:07} release 1",
        release_id=release,
        model_id=release,
        detail={"kind": "benchmark", "title": f"Load test {sequence}", "digest": f"sha256:{number:064x}", "of": None},
        previous=previous,
    )
    event.hash = hash_of(event)
    return event


def _opening(head: ChainHead) -> Entry:
    bound = {"heads": {head.chain: [head.sequence, head.hash]}}
    return Entry("chain.open", head.chain, head.chain, _BEGUN, detail=bound)


def _copy(events: list[AuditEvent]) -> None:
    """Into the table as fast as PostgreSQL takes rows."""
    text = StringIO()
    for event in events:
        cells = [event.pk, *(getattr(event, name) for name in Link._fields[1:])]
        cells[11] = json.dumps(event.detail)
        text.write("\t".join(str(cell).replace("\\", "\\\\") for cell in cells) + "\n")
    text.seek(0)
    with connection.cursor() as cursor:
        cursor.cursor.copy_expert(f"COPY governance_auditevent ({', '.join(_COLUMNS)}) FROM STDIN", text)
