"""What a PDF could do to whoever opens it: run JavaScript, start programs, or carry other files.

The names are those of ISO 32000-2, 12.6 (actions) and 7.11.4 (embedded files). Objects may lie in compressed streams
and names may be written with `#` and two digits, so both are undone first.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from models_registry.originals.kinds import UnfitError

MOST_UNPACKED: Final = 128 * 1024 * 1024
_ENDING: Final = 2048
_STREAM: Final = re.compile(rb"stream[ \t]*(?:\r\n|\n|\r)")
_CHUNK: Final = 4 * 1024
_ESCAPED: Final = re.compile(rb"#([0-9a-fA-F]{2})")
_ACTIVE: Final = (
    (re.compile(rb"/JavaScript\b"), "runs JavaScript"),
    (re.compile(rb"/Launch\b"), "starts a program"),
    (re.compile(rb"/EmbeddedFiles?\b"), "carries other files inside it"),
    (re.compile(rb"/RichMedia\b"), "carries media that can run scripts"),
    (re.compile(rb"/Rendition\b"), "carries media that can run scripts"),
    (re.compile(rb"/GoToE\b"), "opens a file inside it"),
    (re.compile(rb"/XFA[\s\[(<0-9]"), "holds a form that can run scripts"),
)
_LOCKED: Final = re.compile(rb"/Encrypt\s*(<<|\d+\s+\d+\s+R)")
_OTHER_FILTERS: Final = (
    b"ASCIIHex",
    b"ASCII85",
    b"/AHx",
    b"/A85",
    b"LZW",
    b"RunLength",
    b"/RL",
    b"Crypt",
    b"Predictor",
)
_AGAIN: Final = "print it to a new PDF and attach that."


def check_pdf(data: bytes, name: str) -> None:
    """Raises `UnfitError` for a PDF that is cut off, cannot be looked into, or can do more than be read."""
    if b"%%EOF" not in data[-_ENDING:]:
        raise UnfitError(f"{name} begins like a PDF and does not end like one: it was cut off. Save it again.")
    _refuse_active(data, name)
    if _LOCKED.search(_unescaped(data)):
        raise UnfitError(f"{name} is encrypted, so nobody can look into it: save it without a password.")
    left, end_of_last = MOST_UNPACKED, 0
    for found in _STREAM.finditer(data):
        begin = data.rfind(b" obj", end_of_last, found.start())
        header = _unescaped(data[max(end_of_last, begin) : found.start()])
        end_of_last = found.end()
        if b"/ObjStm" in header and any(odd in header for odd in _OTHER_FILTERS):
            raise UnfitError(f"{name} hides its objects in a way that cannot be looked into: {_AGAIN}")
        unpacked, read = _unpacked(data, found.end(), left)
        left -= max(len(unpacked), read)
        if left <= 0:
            raise UnfitError(f"{name} unpacks to more than {MOST_UNPACKED // 1024 // 1024} MB: {_AGAIN}")
        _refuse_active(unpacked, name)


def _unpacked(data: bytes, start: int, most: int) -> tuple[bytes, int]:
    """A deflated stream, up to a limit, and how many bytes were read; nothing where it is not compressed like this."""
    # The first two bytes of zlib's format are a multiple of 31: most other streams are told apart without a try.
    if len(data) < start + 2 or data[start] & 0x0F != 8 or (data[start] * 256 + data[start + 1]) % 31:
        return b"", 0
    inflating, found, at = zlib.decompressobj(), bytearray(), start
    try:
        # By pieces: what follows the stream would be copied whole otherwise, once for each stream.
        while not inflating.eof and at < len(data) and max(len(found), at - start) < most:
            piece = data[at : at + _CHUNK]
            at += len(piece)
            found += inflating.decompress(piece, most - len(found))
        at -= len(inflating.unused_data)
    except zlib.error:
        pass
    return bytes(found), at - start


def _unescaped(data: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), data)


def _refuse_active(data: bytes, name: str) -> None:
    plain = _unescaped(data)
    for pattern, does in _ACTIVE:
        if pattern.search(plain):
            raise UnfitError(f"{name} {does}, which a document that is only read does not need: {_AGAIN}")
