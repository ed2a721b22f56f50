"""Open an inventory file: find the sheet, the header row and the columns, and give every data row with its line.

The header is found by score, because title rows stand above it; blank rows and columns fall away; a header printed
again further down is skipped; two columns of one name are told apart by a number, in the order in which they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tracker.integrations.inventory.cells import clean, fold
from tracker.integrations.inventory.delimited import Grid, Line, read_text
from tracker.integrations.inventory.files import Content, Kind, UnreadableFileError, content_of, take_in
from tracker.integrations.inventory.workbook import read_workbook

HEADER_WITHIN: Final = 40  # rows with content; a header lower down is not looked for
LONGEST_HEADER: Final = 1_000
DATA_LIKE: Final = re.compile(
    r"[\d\s.,:/%$€£-]+( ?[ap]m)?|\S+@\S+\.\S+|https?://\S+|yes|no|true|false|n/?a|none|unknown", re.I
)


@dataclass(frozen=True)
class Row:
    """One data row: the line it begins on, and its cells in the order of the table's headers, as they were found."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A file as a table. `headers` are one line each and unique; `notes` tell what had to be decided to read it."""

    file_name: str
    digest: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    header_line: int
    sheet: str
    notes: tuple[str, ...]

    def raw(self, row: Row) -> dict[str, str]:
        """The row as it was found, by header. NUL characters are dropped: no database keeps them."""
        return {header: cell.replace("\x00", "") for header, cell in zip(self.headers, row.cells, strict=True)}

    def column(self, index: int) -> list[str]:
        return [row.cells[index] for row in self.rows]


KnownHeader = Callable[[str], bool]


def open_table(path: Path, known: KnownHeader, sheet: str = "") -> Table:
    """Read a CSV or XLSX file. `known` says whether a folded header is one that some map expects; it helps to find
    the header row and the right sheet. Raises `UnreadableFileError`."""
    return table_of(take_in(path), known, sheet)


def read_upload(name: str, data: bytes, known: KnownHeader, sheet: str = "") -> Table:
    """The same for a file that came in over the web. Raises `UnreadableFileError`."""
    return table_of(content_of(name, data), known, sheet)


def table_of(content: Content, known: KnownHeader, sheet: str = "") -> Table:
    if content.kind is Kind.TEXT:
        if sheet:
            raise UnreadableFileError(content.name, "a text file has no sheets.", "Leave --sheet out.")
        grids = [read_text(content)]
    else:
        grids = [grid for grid in read_workbook(content, sheet) if grid.lines]
    if not grids or not grids[0].lines:
        raise UnreadableFileError(
            content.name, "there is no row with anything in it.", "Check the export it came from."
        )
    placed = [(grid, _header(grid, known)) for grid in grids]
    grid, position = max(placed, key=lambda pair: _promise(pair[0], pair[1], known))
    return _table(content, grid, position, len(grids))


def _promise(grid: Grid, position: int, known: KnownHeader) -> tuple[bool, int, int]:
    """How likely a sheet is the inventory: one that is shown, then with headers that are known, then the longest."""
    matches = sum(known(fold(cell)) for cell in grid.lines[position].cells)
    return grid.visible, min(matches, 3), len(grid.lines) - position


def _header(grid: Grid, known: KnownHeader) -> int:
    """The position of the row that looks most like a header."""
    candidates = grid.lines[:HEADER_WITHIN]
    width = max(sorted(line.filled for line in candidates)[len(candidates) * 3 // 4], 1)
    scores = [_header_score(line, width, known) - 0.02 * index for index, line in enumerate(candidates)]
    return scores.index(max(scores))


def _header_score(line: Line, width: int, known: KnownHeader) -> float:
    filled = [clean(cell) for cell in line.cells if cell.strip()]
    distinct = len({fold(cell) for cell in filled})
    data_like = sum(1 for cell in filled if DATA_LIKE.fullmatch(cell) or len(cell) > LONGEST_HEADER)
    recognised = sum(known(fold(cell)) for cell in filled)
    return min(distinct / width, 1.2) + 2 * recognised / max(len(filled), 3) - 1.5 * data_like / max(len(filled), 1)


def _table(content: Content, grid: Grid, position: int, sheets: int) -> Table:
    header = grid.lines[position]
    below = grid.lines[position + 1 :]
    width = max((len(line.cells) for line in (header, *below)), default=0)
    keep = [index for index in range(width) if any(_cell(line, index).strip() for line in (header, *below))]
    headers = _headers(header, keep)
    printed = [fold(_cell(header, index)) for index in keep]
    rows, again = [], 0
    for line in below:
        if len(printed) > 1 and all(fold(_cell(line, at)) == name for at, name in zip(keep, printed, strict=True)):
            again += 1
        else:
            rows.append(Row(line.number, tuple(_cell(line, index) for index in keep)))
    facts = {"above": position, "blank": grid.blank, "again": again, "columns": width - len(keep), "sheets": sheets}
    notes = (*grid.notes, *_notes(grid, header, facts))
    return Table(content.name, content.digest, headers, tuple(rows), header.number, grid.sheet, notes)


def _headers(header: Line, keep: list[int]) -> tuple[str, ...]:
    """One-line headers, the second of a name marked ' (2)'; a column without one is called by its letter."""
    seen: dict[str, int] = {}
    names = []
    for index in keep:
        name = clean(_cell(header, index))[:LONGEST_HEADER] or f"column {letter(index)}"
        seen[name] = seen.get(name, 0) + 1
        while seen[name] > 1 and f"{name} ({seen[name]})" in seen:
            seen[name] += 1
        unique = name if seen[name] == 1 else f"{name} ({seen[name]})"
        seen.setdefault(unique, 1)
        names.append(unique)
    return tuple(names)


def _notes(grid: Grid, header: Line, facts: Mapping[str, int]) -> list[str]:
    notes = []
    if grid.sheet:
        chosen = f" of {facts['sheets']} with content" if facts["sheets"] > 1 else ""
        notes.append(f"sheet {grid.sheet!r}{chosen}")
    if facts["above"]:
        notes.append(f"title rows above the header: {facts['above']} (the header is on line {header.number})")
    for what, count in (("blank rows", "blank"), ("empty columns", "columns"), ("repeats of the header", "again")):
        if facts[count]:
            notes.append(f"{what} left out: {facts[count]}")
    return notes


def _cell(line: Line, index: int) -> str:
    return line.cells[index] if index < len(line.cells) else ""


def letter(index: int) -> str:
    """The spreadsheet's name of a column: 0 is A, 26 is AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name
