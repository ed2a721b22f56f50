"""What a verification has to remember of every chain, kept on disk: memory stays flat however many chains there are."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from typing import Final

_TABLES: Final = """
CREATE TABLE bound (chain TEXT, sequence INTEGER, hash TEXT, PRIMARY KEY (chain, sequence, hash)) WITHOUT ROWID;
CREATE TABLE opened (chain TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE walked (chain TEXT PRIMARY KEY, sequence INTEGER, hash TEXT, rows TEXT) WITHOUT ROWID;
CREATE TABLE due (chain TEXT PRIMARY KEY) WITHOUT ROWID;
"""

End = tuple[int, str, str]
"""Where a chain ended: its last sequence, that link's hash, and the digest of its row numbers."""


class Notes:
    """A private database in a temporary file, gone with the object. Not shared, never committed, not crash-safe."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN; {_TABLES}")

    def close(self) -> None:
        self._file.close()

    def bind(self, places: Iterable[tuple[str, int, str]]) -> None:
        """The organisation's chain says what these links were: chain, sequence, hash."""
        self._file.executemany("INSERT OR IGNORE INTO bound VALUES (?, ?, ?)", places)

    def open(self, chains: Iterable[str]) -> None:
        self._file.executemany("INSERT OR IGNORE INTO opened VALUES (?)", ((chain,) for chain in chains))

    def walk(self, chain: str, end: End) -> None:
        self._file.execute("INSERT OR REPLACE INTO walked VALUES (?, ?, ?, ?)", (chain, *end))

    def expect(self, chains: Iterable[str]) -> None:
        """These chains have to exist, because their releases do."""
        self._file.executemany("INSERT OR IGNORE INTO due VALUES (?)", ((chain,) for chain in chains))

    def bound(self, chain: str) -> Iterator[tuple[int, str]]:
        """What is bound of one chain, along it."""
        return self._file.execute("SELECT sequence, hash FROM bound WHERE chain = ? ORDER BY sequence", (chain,))

    def mark(self, chain: str) -> int:
        """How far the chain is bound; 0 if it is not."""
        return int(self._one("SELECT coalesce(max(sequence), 0) FROM bound WHERE chain = ?", chain)[0])

    def is_opened(self, chain: str) -> bool:
        return bool(self._one("SELECT count(*) FROM opened WHERE chain = ?", chain)[0])

    def end(self, chain: str) -> End | None:
        found = self._file.execute("SELECT sequence, hash, rows FROM walked WHERE chain = ?", (chain,)).fetchone()
        return (found[0], found[1], found[2]) if found else None

    def bound_and_gone(self) -> Iterator[tuple[str, int]]:
        """Bound places of chains that have no links at all."""
        return self._file.execute(
            "SELECT chain, sequence FROM bound WHERE chain NOT IN (SELECT chain FROM walked) ORDER BY chain, sequence"
        )

    def opened_and_gone(self) -> Iterator[str]:
        return self._chains("SELECT chain FROM opened EXCEPT SELECT chain FROM walked ORDER BY chain")

    def never_opened(self) -> Iterator[str]:
        return self._chains("SELECT chain FROM walked EXCEPT SELECT chain FROM opened ORDER BY chain")

    def due_and_gone(self) -> Iterator[str]:
        return self._chains("SELECT chain FROM due EXCEPT SELECT chain FROM walked ORDER BY chain")

    def without(self, heads: Iterable[str]) -> Iterator[str]:
        """The walked chains that are not among these."""
        self._file.execute("CREATE TEMPORARY TABLE head (chain TEXT PRIMARY KEY) WITHOUT ROWID")
        self._file.executemany("INSERT OR IGNORE INTO head VALUES (?)", ((chain,) for chain in heads))
        return self._chains("SELECT chain FROM walked EXCEPT SELECT chain FROM head ORDER BY chain")

    def _chains(self, statement: str) -> Iterator[str]:
        return (str(chain) for (chain,) in self._file.execute(statement))

    def _one(self, statement: str, chain: str) -> tuple[int]:
        found: tuple[int] = self._file.execute(statement, (chain,)).fetchone()
        return found
