"""Delimited text of unknown encoding and delimiter, read into numbered lines of cells."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from charset_normalizer import from_bytes

from tracker.integrations.inventory.files import (
    MAX_CELL,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_ROWS,
    Content,
    UnreadableFileError,
)

DELIMITERS: Final = ",;\t|"
SAMPLE: Final = 100_000  # characters looked at to find the delimiter
BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DECLARED: Final = re.compile(r"\Asep=(.)\r?\n")
# What Python keeps of bytes that are no UTF-8, and the Windows-1252 character each of them stands for.
ESCAPED_BYTES: Final[dict[str, str | int | None]] = {
    chr(0xDC00 + byte): bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)
}
MANY_BLANKS: Final = 1_100_000  # a spreadsheet's last row: what lies beyond is no inventory


@dataclass(frozen=True)
class Line:
    """One row as it stands in the file; `number` is the physical line (or sheet row) on which it begins."""

    number: int
    cells: tuple[str, ...]

    @property
    def filled(self) -> int:
        return sum(1 for cell in self.cells if cell.strip())


@dataclass(frozen=True)
class Grid:
    """The rows of one sheet that hold anything, before anybody has said which of them is the header."""

    lines: tuple[Line, ...]
    blank: int
    notes: tuple[str, ...] = ()
    sheet: str = ""
    visible: bool = True


def read_text(content: Content) -> Grid:
    """The grid of a text file. Raises `UnreadableFileError` naming the line where it can."""
    text, encoding, notes = decode(content)
    delimiter, text, skipped = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    grid = collect(content.name, _numbered(reader, content.name, skipped), notes=(f"read as {encoding}", *notes))
    if grid.lines and text.count('"') % 2 and max(cell.count("\n") for cell in grid.lines[-1].cells) > 50:
        raise UnreadableFileError(
            content.name, f"a quote that opens on line {grid.lines[-1].number} is never closed.", "Close it."
        )
    return grid


def collect(
    name: str, numbered: Iterator[Line], *, notes: tuple[str, ...] = (), sheet: str = "", visible: bool = True
) -> Grid:
    """Keep the rows that hold anything, within the limits. Raises `UnreadableFileError` beyond them."""
    lines: list[Line] = []
    cells = blank = 0
    for line in numbered:
        if not any(cell.strip() for cell in line.cells):
            blank += 1
            if blank > MANY_BLANKS:
                raise UnreadableFileError(name, "it has more than a million blank rows.", "Delete the blank rows.")
            continue
        cells += len(line.cells)
        _refuse_beyond_limits(name, line, len(lines) + 1, cells)
        lines.append(line)
    return Grid(tuple(lines), blank, notes, sheet, visible)


def decode(content: Content) -> tuple[str, str, tuple[str, ...]]:
    """The text, the encoding's name, and notes on what had to be repaired. Tried in order of how sure each is."""
    data = content.data
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _strictly(content, encoding), encoding.removesuffix("-sig").upper() + " with a byte order mark", ()
    if wide := _wide_encoding(data):
        return _strictly(content, wide), wide.upper(), ()
    if b"\x00" in data:
        raise UnreadableFileError(content.name, "this is a binary file.")
    try:
        return data.decode("utf-8"), "UTF-8", ()
    except UnicodeDecodeError:
        return _legacy(content)


def _legacy(content: Content) -> tuple[str, str, tuple[str, ...]]:
    """Not UTF-8 throughout: UTF-8 with a few bytes of another source, or Windows-1252, or else a guess."""
    text = content.data.decode("utf-8", "surrogateescape")
    strange = sum(1 for c in text if c in ESCAPED_BYTES)
    if strange < sum(1 for c in text if c > "\x7f") - strange:
        note = f"{strange} bytes were of another encoding and are read as Windows-1252"
        return text.translate(str.maketrans(ESCAPED_BYTES)), "UTF-8", (note,)
    try:
        text = content.data.decode("cp1252")
        if _plausible(text):
            return text, "Windows-1252", ()
    except UnicodeDecodeError:
        pass
    best = from_bytes(content.data[:1_000_000]).best()
    if best is None:
        raise UnreadableFileError(content.name, "its encoding cannot be found out.", "Save it as UTF-8.")
    return content.data.decode(best.encoding, "replace"), best.encoding, (f"the encoding {best.encoding} is a guess",)


def _plausible(text: str) -> bool:
    """Whether a one-byte reading looks like a Latin text: mostly plain letters."""
    letters = [c for c in text[:SAMPLE] if c.isalpha()]
    return sum(1 for c in letters if c > "\x7f") <= 0.25 * len(letters)


def _wide_encoding(data: bytes) -> str:
    """UTF-16 without a mark: every other byte of a Latin text is zero."""
    sample = data[:4096]
    pairs = len(sample) // 2
    if pairs < 2 or sample.count(0) < 0.6 * pairs:
        return ""
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _strictly(content: Content, encoding: str) -> str:
    try:
        return content.data.decode(encoding)
    except UnicodeDecodeError:
        raise UnreadableFileError(
            content.name, f"it begins as {encoding.upper()} and does not go on so.", "Save it as UTF-8."
        ) from None


def _delimiter(text: str) -> tuple[str, str, int]:
    """The delimiter, the text without a `sep=` line, and how many lines were skipped for it."""
    if declared := DECLARED.match(text):
        return declared.group(1), text[declared.end() :], 1
    sample = text[:SAMPLE]
    best = max(DELIMITERS, key=lambda delimiter: _evenness(sample, delimiter, whole=len(text) <= SAMPLE))
    return best, text, 0


def _evenness(sample: str, delimiter: str, *, whole: bool) -> float:
    """How evenly a delimiter divides the rows: the share of rows with the commonest width, weighted by that width."""
    try:
        rows = [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error:
        return 0.0
    widths = Counter(len(row) for row in (rows if whole or len(rows) < 2 else rows[:-1]))
    scores = [count / sum(widths.values()) * (width - 1) ** 0.5 for width, count in widths.items()]
    return max(scores, default=0.0)


def _numbered(reader: Iterator[list[str]], name: str, skipped: int) -> Iterator[Line]:
    """Rows with the physical line each begins on. `line_num` of the reader is the line on which a row ends."""
    start = 1 + skipped
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise UnreadableFileError(
                name, f"the row on line {start} cannot be read; a quote in it is probably not closed.", "Close it."
            ) from None
        yield Line(start, tuple(row))
        start = getattr(reader, "line_num", start) + 1 + skipped


def _refuse_beyond_limits(name: str, line: Line, rows: int, cells: int) -> None:
    if rows > MAX_ROWS + 1 or cells > MAX_CELLS:
        raise UnreadableFileError(
            name, f"it has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells.", "Split it by division."
        )
    if len(line.cells) > MAX_COLUMNS:
        raise UnreadableFileError(
            name, f"line {line.number} has more than {MAX_COLUMNS:,} columns.", "Remove the empty ones."
        )
    if any(len(cell) > MAX_CELL for cell in line.cells):
        raise UnreadableFileError(
            name,
            f"a cell on line {line.number} has more than {MAX_CELL:,} characters.",
            "Shorten it, or close the quote that is open before it.",
        )
