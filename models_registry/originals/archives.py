"""ZIP archives, and the Office files that are ZIP archives: read through in memory, never unpacked to a disk.

A bomb is told by what it unpacks to, by how many entries it has, and by archives inside archives; an archive that
lies about its sizes is told by reading it.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Final

from models_registry.originals.kinds import UnfitError
from models_registry.originals.signatures import PACKED, program

MEGABYTE: Final = 1024 * 1024
MOST_UNPACKED: Final = 250 * MEGABYTE
MOST_ENTRIES: Final = 5_000
MOST_DIRECTORY: Final = 2 * MEGABYTE
MOST_RATIO: Final = 200
RATIO_FROM: Final = 4 * MEGABYTE  # below this, well-compressed text is no danger
MOST_INNER: Final = 25 * MEGABYTE
DEPTH: Final = 1  # archives in the archive are looked into; archives in those are not taken
_CHUNK: Final = 256 * 1024
_MACROS: Final = ("vbaproject.bin", "/macrosheets/", "/activex/")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_END: Final = b"PK\x05\x06"
_END_64: Final = b"PK\x06\x07"
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, struct.error, NotImplementedError)


@dataclass(slots=True)
class _Budget:
    """What may still be unpacked and counted, of the archive and all that is in it."""

    unpacked: int = MOST_UNPACKED
    entries: int = MOST_ENTRIES


def kind_of_archive(stream: IO[bytes], name: str) -> str:
    """`xlsx`, `docx` or `zip`. Raises `UnfitError` for what is none, and for Office files with macros."""
    with _opened(stream, name, _Budget()) as archive:
        names = set(archive.namelist())
    if "[Content_Types].xml" not in names:
        return "zip"
    if any(mark in one.lower() for one in names for mark in _MACROS):
        raise UnfitError(f"{name} holds macros: save it as XLSX or DOCX, without macros.")
    return "xlsx" if "xl/workbook.xml" in names else "docx" if "word/document.xml" in names else "zip"


def check_archive(stream: IO[bytes], name: str) -> None:
    """Read every entry once, counting. Raises `UnfitError` with the reason and the way out."""
    _check(stream, name, _Budget(), DEPTH)


def _check(stream: IO[bytes], name: str, budget: _Budget, depth: int) -> None:
    with _opened(stream, name, budget) as archive:
        for entry in archive.infolist():
            _refuse_odd(entry, name)
            if not entry.is_dir():
                _read_through(archive, entry, name, budget, depth)


def _opened(stream: IO[bytes], name: str, budget: _Budget) -> zipfile.ZipFile:
    """The archive, its directory no bigger than is read without harm: `zipfile` keeps the whole of it."""
    _check_directory(stream, name)
    stream.seek(0)
    try:
        archive = zipfile.ZipFile(stream)
    except _DAMAGED:
        raise UnfitError(f"{name} is a damaged archive: pack it again.") from None
    budget.entries -= len(archive.infolist())
    if budget.entries < 0:
        raise UnfitError(f"{name} holds more than {MOST_ENTRIES:,} entries: attach what matters of them.")
    return archive


def _check_directory(stream: IO[bytes], name: str) -> None:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - 65_557))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise UnfitError(f"{name} begins like a ZIP archive and does not end like one: it was cut off. Pack it again.")
    directory = int.from_bytes(tail[at + 12 : at + 16], "little")
    if directory > MOST_DIRECTORY or tail[max(0, at - 20) : at].startswith(_END_64):
        raise UnfitError(f"{name} holds more entries than are looked into: attach what matters of them.")


def _refuse_odd(entry: zipfile.ZipInfo, name: str) -> None:
    path = entry.filename.replace("\\", "/")
    if path.startswith("/") or ".." in path.split("/") or _DRIVE.match(path):
        raise UnfitError(f"{name} holds an entry that would be unpacked outside its folder: pack it again.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnfitError(f"{name} holds a link to somewhere else ({_short(path)}): pack the file itself.")
    if entry.flag_bits & 1:
        raise UnfitError(f"{name} is locked with a password, so nobody can look into it: pack it without one.")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UnfitError(f"{name} is packed in a way that is not read here: pack it as an ordinary ZIP archive.")
    if entry.file_size > RATIO_FROM and entry.file_size > MOST_RATIO * max(entry.compress_size, 1):
        _bomb(name)


def _read_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, budget: _Budget, depth: int) -> None:
    if entry.file_size > budget.unpacked:
        _bomb(name)
    try:
        with archive.open(entry) as inside:
            head = inside.read(_CHUNK)
            inner = _inner_kind(head, entry, name)
            kept = BytesIO() if inner else None
            chunk = head
            while chunk:
                budget.unpacked -= len(chunk)
                if budget.unpacked < 0:
                    _bomb(name)
                if kept is not None:
                    kept.write(chunk)
                    if kept.tell() > MOST_INNER:
                        _bomb(name)
                chunk = inside.read(_CHUNK)
    except _DAMAGED as problem:
        if isinstance(problem, UnfitError):
            raise
        raise UnfitError(f"{name} is a damaged archive ({_short(entry.filename)}): pack it again.") from None
    if kept is not None:
        if depth <= 0:
            raise UnfitError(f"{name} holds archives inside archives inside archives: attach the files themselves.")
        _check(kept, f"{name}: {_short(entry.filename)}", budget, depth - 1)


def _inner_kind(head: bytes, entry: zipfile.ZipInfo, name: str) -> bool:
    """Whether the entry is an archive to look into. Raises `UnfitError` for programs and other archives."""
    if said := program(head) or next((said for start, said in PACKED if head.startswith(start)), ""):
        raise UnfitError(f"{name} holds {said} ({_short(entry.filename)}), which is not taken: leave it out.")
    return head.startswith(b"PK\x03\x04")


def _short(path: str) -> str:
    return "".join(letter for letter in path if letter.isprintable())[-60:]


def _bomb(name: str) -> None:
    raise UnfitError(
        f"{name} unpacks to far more than it holds, beyond {MOST_UNPACKED // MEGABYTE} MB or "
        f"{MOST_RATIO} times its size: attach what matters of it."
    )
