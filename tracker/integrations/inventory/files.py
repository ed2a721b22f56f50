"""Take a file in only when it can be an inventory: its size first, then its kind by content."""

from __future__ import annotations

import hashlib
import re
import stat
import zipfile
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 50 * 1024 * 1024
MAX_ROWS: Final = 200_000
MAX_CELLS: Final = 10_000_000
MAX_COLUMNS: Final = 1_000
MAX_CELL: Final = 100_000  # characters; a longer "cell" is nearly always a quote that is never closed
MAX_UNPACKED: Final = 300 * 1024 * 1024

AS_TABLE: Final = "Export the inventory as CSV or XLSX and import that."


class UnreadableFileError(ValueError):
    """The file as a whole cannot be taken in. The text names the file, what is wrong, and the way out."""

    def __init__(self, name: str, what: str, way_out: str = AS_TABLE) -> None:
        self.name, self.what, self.way_out = name, what, way_out
        super().__init__(f"{name}: {what} {way_out}".strip())


class Kind(StrEnum):
    TEXT = "text"
    WORKBOOK = "workbook"


@dataclass(frozen=True)
class Content:
    """A file's bytes, with the digest (SHA-256) it is recognised by when it comes again."""

    name: str
    kind: Kind
    data: bytes

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.data).hexdigest()


SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xd0\xcf\x11\xe0", "this is an old Excel (.xls) or a password-protected workbook."),
    (b"%PDF-", "this is a PDF document."),
    (b"\x1f\x8b", "this is a gzip archive."),
    (b"BZh", "this is a bzip2 archive."),
    (b"\xfd7zXZ", "this is an xz archive."),
    (b"7z\xbc\xaf", "this is a 7-Zip archive."),
    (b"Rar!", "this is a RAR archive."),
    (b"\x28\xb5\x2f\xfd", "this is a Zstandard archive."),
    (b"\x89PNG", "this is a picture."),
    (b"\xff\xd8\xff", "this is a picture."),
    (b"GIF8", "this is a picture."),
    (b"SQLite format 3", "this is an SQLite database."),
    (b"PAR1", "this is a Parquet file."),
    (b"\x7fELF", "this is a program."),
    (b"MZ\x90", "this is a program."),
    (b"{\\rtf", "this is a rich-text document."),
)
MARKUP: Final = re.compile(rb"\s*<(!doctype|html|head|body|\?xml|table|svg)", re.I)
JSON_START: Final = re.compile(rb'\s*(\{\s*["}]|\[\s*[\[{"\]])')
ARCHIVES: Final[tuple[tuple[str, str], ...]] = (
    ("xl/workbook.bin", "this is a binary Excel workbook (.xlsb)."),
    ("word/document.xml", "this is a Word document."),
    ("ppt/presentation.xml", "this is a PowerPoint presentation."),
    ("content.xml", "this is an OpenDocument file."),
)


def take_in(path: Path, name: str = "") -> Content:
    """The content of an inventory file. Raises `UnreadableFileError`; a file that is too big is refused unread."""
    name = name or path.name
    try:
        facts = path.stat()
        if stat.S_ISDIR(facts.st_mode):
            raise UnreadableFileError(name, "this is a folder.", "Name the file inside it.")
        if not stat.S_ISREG(facts.st_mode):
            raise UnreadableFileError(name, "this is not a regular file.", "Copy its content into a file first.")
        refuse_big(name, facts.st_size)
        with path.open("rb") as stream:
            return content_of(name, stream.read(MAX_BYTES + 1))
    except FileNotFoundError:
        raise UnreadableFileError(name, f"there is no file at {path}.", "Check the path.") from None
    except OSError as problem:
        raise UnreadableFileError(name, f"it cannot be read ({problem.strerror}).", "Check who may read it.") from None


def content_of(name: str, data: bytes) -> Content:
    """The content of an upload that is already in memory. Raises `UnreadableFileError`."""
    refuse_big(name, len(data))
    if not data.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise UnreadableFileError(name, "the file is empty.", "Check the export it came from.")
    return Content(name, _kind(name, data), data)


def refuse_big(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise UnreadableFileError(
            name,
            f"it is {size / 1024 / 1024:,.0f} MB and the limit is {MAX_BYTES // 1024 // 1024} MB.",
            "Split it by division, or remove the columns that are not about models.",
        )


def _kind(name: str, data: bytes) -> Kind:
    if data.startswith(b"PK\x03\x04"):
        _check_archive(name, data)
        return Kind.WORKBOOK
    for signature, what in SIGNATURES:
        if data.startswith(signature):
            raise UnreadableFileError(name, what)
    start = data[:4096].removeprefix(b"\xef\xbb\xbf")
    if MARKUP.match(start):
        raise UnreadableFileError(name, "this is a web page or an XML document.")
    if JSON_START.match(start):
        raise UnreadableFileError(name, "this is JSON.")
    return Kind.TEXT


def _check_archive(name: str, data: bytes) -> None:
    """Refuse what is no XLSX, and a bomb: zipfile never unpacks more than the directory says."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = {member.filename: member for member in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise UnreadableFileError(name, "the archive is damaged.", "Save the workbook again.") from None
    for path, what in ARCHIVES:
        if path in members:
            raise UnreadableFileError(name, what)
    if "xl/workbook.xml" not in members:
        raise UnreadableFileError(name, "this is a zip archive.", "Unpack it and import the table inside.")
    unpacked = sum(member.file_size for member in members.values())
    if unpacked > MAX_UNPACKED:
        what = f"it unpacks to {unpacked / 1024 / 1024:,.0f} MB and the limit is {MAX_UNPACKED // 1024 // 1024} MB."
        raise UnreadableFileError(name, what, "Save the sheet as CSV and import that.")
