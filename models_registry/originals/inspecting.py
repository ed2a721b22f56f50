"""Look at an upload once, from its first byte to its last: digest, size, and what it really is."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final

from models_registry.originals.archives import check_archive, kind_of_archive
from models_registry.originals.kinds import KINDS, TEXTS, UnfitError
from models_registry.originals.pdf import check_pdf
from models_registry.originals.signatures import foreign, kind_of_binary
from models_registry.originals.texts import check_text, kind_of_text

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 25 * MEGABYTE
LONGEST_NAME: Final = 120
_CHUNK: Final = 256 * 1024
_ODD: Final = re.compile(r'[\\/:*?"<>|]')


@dataclass(frozen=True, slots=True)
class Inspected:
    """What is known of a file that is taken. `digest`: `sha256:` and 64 hexadecimal characters; `size` in bytes."""

    name: str
    media_type: str
    size: int
    digest: str


def inspect(stream: IO[bytes], name: str) -> Inspected:
    """Read a seekable stream and judge it; the stream is left at its beginning.

    Raises `UnfitError` for what is empty, too big, of a kind that is not taken, or not what its name says.
    """
    name = safe_name(name) or "The file"
    size, digest = _measured(stream, name)
    kind = _kind(stream, name, size)
    stream.seek(0)
    return Inspected(name, KINDS[kind].media_type, size, digest)


def safe_name(name: str) -> str:
    """The last part of a file's name, without what could mislead a reader or a file system; its ending stays."""
    last = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(letter for letter in unicodedata.normalize("NFC", last) if unicodedata.category(letter)[0] != "C")
    plain = " ".join(_ODD.sub("_", shown).split()).strip(". ")
    ending = PurePosixPath(plain).suffix[:12]
    return plain if len(plain) <= LONGEST_NAME else plain[: LONGEST_NAME - len(ending)] + ending


def _measured(stream: IO[bytes], name: str) -> tuple[int, str]:
    stream.seek(0)
    seen, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise UnfitError(
                f"{name} is bigger than {MOST_BYTES // MEGABYTE} MB, which is the most that is taken: "
                "split it, or leave it where it lies and give its address as the source."
            )
        seen.update(chunk)
    if not size:
        raise UnfitError(f"{name} is empty: check what it was saved from, and choose it again.")
    return size, f"sha256:{seen.hexdigest()}"


def _kind(stream: IO[bytes], name: str, size: int) -> str:
    stream.seek(0)
    head = stream.read(8192)
    stream.seek(max(0, size - 2048))
    tail = stream.read(2048)
    kind = kind_of_binary(head, tail)
    if kind is None:
        kind = kind_of_text(_whole(stream), name) if _is_text(head) else None
    if kind is None:
        raise UnfitError(foreign(head, name))
    if kind == "zip":
        kind = kind_of_archive(stream, name)
    _agree(kind, name)
    if kind == "pdf":
        check_pdf(_whole(stream), name)
    elif kind in {"zip", "xlsx", "docx"}:
        check_archive(stream, name)
    elif kind in TEXTS:
        check_text(_whole(stream), kind, name)
    return kind


def _whole(stream: IO[bytes]) -> bytes:
    stream.seek(0)
    return stream.read(MOST_BYTES + 1)


def _is_text(head: bytes) -> bool:
    return b"\x00" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _agree(kind: str, name: str) -> None:
    """A name that says something else than the content misleads whoever opens the file later."""
    known, ending = KINDS[kind], PurePosixPath(name).suffix.lower()
    if ending in known.endings or (kind == "yaml" and name == "MLmodel"):
        return
    if not ending:
        raise UnfitError(f"{name} has no ending and is {known.said}: rename it to end in {known.endings[0]}.")
    raise UnfitError(
        f"{name} is {known.said} by its content: rename it to end in {known.endings[0]}, or choose the right file."
    )
