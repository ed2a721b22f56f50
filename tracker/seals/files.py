"""The file of seals: one line of JSON a day, only ever added to, `YYYY.jsonl` in a folder of its own."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

LONGEST: Final = 1_000  # characters of a line
_HEAD: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Seal:
    """Where the organisation's chain stood at the end of a day, or when the day was sealed: link and hash.

    `late`: the day was missed and sealed afterwards, from what the trail said then.
    """

    day: date
    sequence: int
    head: str
    late: bool = False

    def __str__(self) -> str:
        return json.dumps(asdict(self) | {"day": self.day.isoformat()})


class BadSeal(ValueError):
    """A line of a file of seals that is none."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line


def read_seals(lines: Iterable[str]) -> Iterator[Seal]:
    """The seals of a file, in its order; empty lines are left out. Raises `BadSeal`."""
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read(number, line)


def seals_on_disk(folder: Path) -> list[Seal]:
    """Every seal of the folder, by the years. Raises `BadSeal`; `OSError` where the folder cannot be read."""
    seals: list[Seal] = []
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9].jsonl")):
        with path.open(encoding="utf-8", errors="replace") as file:
            seals += read_seals(_whole(file))
    return seals


def add_seals(folder: Path, missing: Callable[[Seal | None], Sequence[Seal]]) -> list[Seal]:
    """Append what `missing` gives for the newest seal that is there, and return it. Raises `BadSeal`, `OSError`.

    One at a time, whoever else wants to; on the disk before it returns. A line that a crash cut off is ended first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        there = seals_on_disk(folder)
        added = list(missing(there[-1] if there else None))
        for seal in added:
            _append(folder / f"{seal.day:%Y}.jsonl", f"{seal}\n")
        if added:
            _to_disk(folder)
    return added


def _append(path: Path, line: str) -> None:
    with path.open("ab+") as file:
        if file.tell() and not _ends_whole(path):
            line = f"\n{line}"
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _whole(lines: Iterable[str]) -> Iterator[str]:
    """Our own file's lines without what a crash cut off: that is no JSON, and a whole line of the same day follows."""
    for line in lines:
        cut_off = line.startswith("{") and not line.rstrip("\n").endswith("}")
        yield "" if cut_off else line


def _to_disk(folder: Path) -> None:
    """The folder itself, so that a new file's name outlives a crash as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(number: int, line: str) -> Seal:
    if len(line) > LONGEST:
        raise BadSeal(number, "is too long for a seal")
    try:
        said = json.loads(line)
        seal = Seal(date.fromisoformat(said["day"]), said["sequence"], said["head"], bool(said.get("late")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadSeal(number, "is no seal: it needs a day, a sequence and a head") from error
    if type(seal.sequence) is not int or not 0 < seal.sequence < 2**63 or not isinstance(seal.head, str):
        raise BadSeal(number, "has no sequence above 0 or no head")
    if not _HEAD.fullmatch(seal.head):
        raise BadSeal(number, "has a head that is not 64 hexadecimal digits")
    return seal
