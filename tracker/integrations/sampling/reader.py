"""The process that reads one sample: bytes in, JSON out. It limits itself before it looks at anything."""

from __future__ import annotations

import contextlib
import json
import resource
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final

MOST_TEXT: Final = 8_000_000  # characters of all values together, so that the answer stays small too
CPU_SECONDS: Final = 30  # should nobody be left who waits for the answer


def main() -> None:
    _limit(int(sys.argv[1]))
    try:
        answer = _read(sys.stdin.buffer.read())
    except MemoryError:
        answer = {"memory": True}
    json.dump(answer, sys.stdout)


def _limit(memory: int) -> None:
    """Addresses, time, and no byte on a disk: neither a file nor, if it dies, a picture of its memory."""
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        with contextlib.suppress(ValueError, OSError):  # a system that does not know this one, or has a lower one
            resource.setrlimit(what, (most, most))


def _read(data: bytes) -> dict[str, Any]:
    from tracker.integrations.inventory.files import UnreadableFileError
    from tracker.integrations.sampling.reading import columns_of

    try:
        columns = columns_of(data)
    except UnreadableFileError as problem:
        return {"what": problem.what, "way_out": problem.way_out}
    room = MOST_TEXT // max(len(columns), 1)
    return {"columns": [(one.name, one.type, list(within(one.values, room))) for one in columns]}


def within(values: Sequence[str], room: int) -> Iterator[str]:
    """The first values, of so many characters together."""
    for value in values:
        room -= len(value)
        if room < 0:
            return
        yield value


if __name__ == "__main__":
    main()
