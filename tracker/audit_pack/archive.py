"""The pack as a ZIP: the PDF, the data, every evidence file, and a manifest that `sha256sum -c` accepts.

Written while it is sent: memory holds one chunk. The same bytes for the same pack: fixed dates, a fixed order, and
nothing is compressed, since what is large in it is compressed already.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, Final

from governance.stored_files import BrokenFileError, opened
from models_registry.models import EvidenceFile
from tracker.audit_pack.facts import Pack

MANIFEST: Final = "SHA256SUMS"
_CHUNK: Final = 256 * 1024
_LONGEST: Final = 120  # characters of a file's own name in the archive
# What no system takes in a name, and what would need an escape in the manifest.
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]')


class _Sink:
    """Takes what `zipfile` writes, and hands it on; it cannot seek, so sizes follow each file."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._written = 0

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        self._written += len(data)
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def tell(self) -> int:
        return self._written

    def taken(self) -> bytes:
        parts, self._parts = b"".join(self._parts), []
        return parts


def archived(pack: Pack, pdf: bytes) -> Iterator[bytes]:
    """The archive, chunk by chunk. A file that cannot be read whole is named in `MISSING.txt` and is not in it."""
    sink = _Sink()
    sums: list[tuple[str, str]] = []
    broken: list[str] = []
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]  # a stream that only writes is enough
        for name, data in ((f"{pack.name}.pdf", pdf), (f"{pack.name}.json", pack.json)):
            yield from _add(archive, sink, pack, name, _chunks_of(data), sums)
        for file in pack.files:
            try:
                stream = opened(file)
            except BrokenFileError as problem:
                broken.append(f"{path_of(file)}: {problem}")
                continue
            with stream:
                yield from _add(archive, sink, pack, path_of(file), _read(stream), sums)
        if broken:
            text = "".join(f"{line}\n" for line in broken).encode()
            yield from _add(archive, sink, pack, "MISSING.txt", [text], sums)
        lines = "".join(f"{digest}  {name}\n" for digest, name in sums).encode()
        yield from _add(archive, sink, pack, MANIFEST, [lines], [])
    yield sink.taken()


def path_of(file: EvidenceFile) -> str:
    """Where a file lies in the archive: its number keeps names apart, the rest is its own name made harmless."""
    own = _UNSAFE.sub("_", file.name).strip(" .") or "file"
    if len(own) > _LONGEST:
        stem, dot, ending = own.rpartition(".")
        own = f"{stem[: _LONGEST - 12]}{dot}{ending[:10]}" if dot else own[:_LONGEST]
    return f"evidence/{file.pk}-{own}"


def _add(
    archive: zipfile.ZipFile,
    sink: _Sink,
    pack: Pack,
    name: str,
    chunks: Iterable[bytes],
    sums: list[tuple[str, str]],
) -> Iterator[bytes]:
    seen = hashlib.sha256()
    moment = pack.as_of.timetuple()
    entry = zipfile.ZipInfo(name, date_time=(max(moment.tm_year, 1980), *moment[1:6]))
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    with archive.open(entry, "w") as target:
        for chunk in chunks:
            seen.update(chunk)
            target.write(chunk)
            yield sink.taken()
    yield sink.taken()
    sums.append((seen.hexdigest(), name))


def _chunks_of(data: bytes) -> Iterator[bytes]:
    return (data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK))


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk
