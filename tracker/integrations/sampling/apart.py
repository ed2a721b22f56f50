"""Read a sample in a process of its own, which may take only so much memory and time, whatever the file says of itself.

A Parquet file of a few kilobytes can stand for gigabytes in ways that its footer does not tell, and the footer itself
unpacks while it is read. What bounds that soundly is the system: the reader ends, and the site goes on.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.sampling.reading import SampleColumn, refuse_size, shown_as

ROOT: Final = Path(__file__).resolve().parents[3]
WAY_OUT: Final = "Take the first hundred rows, without columns of long texts, as CSV."
# Nothing of the site's own is told to the reader: neither its key nor its database.
ENVIRONMENT: Final = {
    "PYTHONPATH": os.fspath(ROOT),
    "PYTHONIOENCODING": "utf-8",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # the others reserve a gigabyte of addresses before they are asked
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one reader may take: `memory` in bytes of addresses, of which the interpreter has a third, and seconds."""

    memory: int = 1024 * 1024 * 1024
    seconds: float = 20


def read_sample(name: str, data: bytes, limits: Limits = Limits()) -> list[SampleColumn]:
    """The columns with up to a thousand values each. Raises `UnreadableFileError` with the reason and the way out."""
    refuse_size(name, data)
    command = [sys.executable, "-B", "-m", "tracker.integrations.sampling.reader", str(limits.memory)]
    try:
        ran = subprocess.run(
            command,
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd=ROOT,
            timeout=limits.seconds,
            check=False,
        )
        answer = json.loads(ran.stdout)
    except subprocess.TimeoutExpired:
        what = f"it takes longer than {limits.seconds:g} seconds to read."
        raise UnreadableFileError(shown_as(name), what, WAY_OUT) from None
    except ValueError:  # it was ended before it could say anything
        raise _too_much(name, limits) from None
    return _columns(name, answer, limits)


def _columns(name: str, answer: dict[str, Any], limits: Limits) -> list[SampleColumn]:
    if answer.get("memory"):
        raise _too_much(name, limits)
    if "what" in answer:
        raise UnreadableFileError(shown_as(name), answer["what"], answer["way_out"])
    return [SampleColumn(*column) for column in answer["columns"]]


def _too_much(name: str, limits: Limits) -> UnreadableFileError:
    room = limits.memory // 1024 // 1024
    return UnreadableFileError(shown_as(name), f"it cannot be read within {room:,} MB of memory.", WAY_OUT)
