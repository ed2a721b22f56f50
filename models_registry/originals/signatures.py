"""What binary files are by their first and last bytes; names for those that are not taken."""

from __future__ import annotations

import re
from typing import Final

import puremagic

from models_registry.originals.kinds import TAKEN

_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
)
PROGRAMS: Final = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa\xce", "a macOS program"),
    (b"\xfe\xed\xfa\xcf", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a program or a Java class"),
    (b"\x00asm", "a WebAssembly program"),
    (b"dex\n", "an Android program"),
)
PACKED: Final = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
)
_OLD_OFFICE: Final = b"\xd0\xcf\x11\xe0"
_PICKLE: Final = re.compile(rb"\x80[\x02-\x05]")


def kind_of_binary(head: bytes, tail: bytes) -> str | None:
    """One of `KINDS`, or None for text and for what is not taken."""
    if head.startswith(b"PAR1"):
        return "parquet" if len(tail) > 11 and tail.endswith(b"PAR1") else None
    return next((kind for start, kind in _STARTS if head.startswith(start)), None)


def program(head: bytes) -> str:
    """What kind of program begins like this; empty for none."""
    # Plain text can begin with MZ as well; a program has bytes that no text has.
    found = next((said for start, said in PROGRAMS if head.startswith(start)), "")
    return found if found and (b"\x00" in head[:512] or not head.startswith(b"MZ")) else ""


def foreign(head: bytes, name: str) -> str:
    """The sentence about a binary file that is not taken, naming what it looks like."""
    if said := program(head):
        return f"{name} is {said}, whatever its name says: programs are not taken. Attach the report about it."
    if said := next((said for start, said in PACKED if head.startswith(start)), ""):
        return f"{name} is {said}, which cannot be looked into here: pack it as ZIP, or attach the files one by one."
    if head.startswith(_OLD_OFFICE):
        return f"{name} is an old Office file or locked with a password: save it as XLSX or DOCX without a password."
    if head.startswith(b"PAR1"):
        return f"{name} begins like a Parquet file and does not end like one: it was cut off. Export it again."
    if _PICKLE.match(head):
        return f"{name} is a Python pickle, which runs code when it is opened: save the data as CSV, JSON or Parquet."
    said = _looks_like(head)
    return f"{name} {f'looks like {said}' if said else 'is of no kind that is known here'}. {TAKEN}"


def _looks_like(head: bytes) -> str:
    try:
        found = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return ""
    return found[0].name.strip() if found and found[0].confidence >= 0.4 else ""
