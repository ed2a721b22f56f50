"""XLSX workbooks, each sheet read into numbered lines of text cells."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any, Final
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tracker.integrations.inventory.delimited import Grid, Line, collect
from tracker.integrations.inventory.files import Content, UnreadableFileError

# What zipfile, zlib, expat and openpyxl raise between them for archives that were cut, changed or made to hurt.
DAMAGED: Final = (
    BadZipFile, InvalidFileException, ParseError, zlib.error, LookupError, ValueError, TypeError, AttributeError,
    ArithmeticError, EOFError, OSError, RuntimeError,
)  # fmt: skip


def read_workbook(content: Content, sheet: str = "") -> list[Grid]:
    """One grid per sheet that holds anything, or only the named one. Raises `UnreadableFileError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # drop-down lists and styles that are not kept are no loss here
            return _grids(content, sheet)
    except UnreadableFileError:
        raise
    except DAMAGED as problem:
        raise UnreadableFileError(
            content.name, f"the workbook is damaged ({type(problem).__name__}).", "Open it and save it again."
        ) from None


def _grids(content: Content, wanted: str) -> list[Grid]:
    book = load_workbook(BytesIO(content.data), read_only=True, data_only=True, keep_links=False)
    try:
        sheets = book.worksheets
        if wanted:
            sheets = [one for one in sheets if one.title.casefold() == wanted.casefold()]
        if not sheets:
            names = ", ".join(repr(one.title) for one in book.worksheets)
            raise UnreadableFileError(content.name, f"there is no sheet {wanted!r}.", f"Its sheets are {names}.")
        return [_grid(content, one) for one in sheets]
    finally:
        book.close()


def _grid(content: Content, sheet: Any) -> Grid:
    sheet.reset_dimensions()  # the size that a sheet claims is often wrong, in both directions
    return collect(content.name, _lines(sheet), sheet=sheet.title, visible=sheet.sheet_state == "visible")


def _lines(sheet: Any) -> Iterator[Line]:
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = tuple(as_text(value) for value in row)
        yield Line(number, _without_empty_end(cells))


def _without_empty_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1]:
        end -= 1
    return cells[:end]


def as_text(value: object) -> str:
    """A cell as its reader sees it: a day without its midnight, a whole number without '.0', yes or no for a tick."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)
