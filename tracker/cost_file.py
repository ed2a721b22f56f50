"""Costs from a CSV file, a line each: every line that cannot be used is named, with what is wrong and the way out.

Columns, in any order and with or without capitals: date, stage, kind, hours, rate, amount, currency, note. Engineering
takes hours (and a rate, else the team's), the other kinds an amount.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from governance.acts.costs import CostFacts
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import CostKind, Stage, Word
from tracker.integrations.inventory.delimited import Grid, Line, read_text
from tracker.integrations.inventory.files import Kind, UnreadableFileError, content_of

MOST_BYTES: Final = 2 * 1024 * 1024
MOST_LINES: Final = 2_000
PROBLEMS: Final = 50  # told at once; who mends these sees the next
COLUMNS: Final = ("date", "stage", "kind", "hours", "rate", "amount", "currency", "note")
_NEEDED: Final = ("date", "stage", "kind")
_ALSO: Final[Mapping[str, str]] = {
    "incurred_on": "date", "incurred on": "date", "day": "date", "type": "kind", "cost kind": "kind", "cost": "amount",
    "hourly rate": "rate", "comment": "note", "description": "note",
}  # fmt: skip
_AS_CSV: Final = "Save it as CSV with the columns date, stage, kind, hours, rate, amount, currency, note."
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_POINT: Final = re.compile(r"\d{1,12}(\.\d{1,4})?|\d{1,3}(,\d{3})+(\.\d{1,4})?", re.ASCII)
_COMMA: Final = re.compile(r"\d{1,12},\d{1,2}|\d{1,3}(\.\d{3})+,\d{1,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CostFile:
    """The lines of a file, ready for the act, each with its number in the file; or what is wrong with them."""

    facts: Sequence[CostFacts] = ()
    numbers: Sequence[int] = ()
    problems: Sequence[FieldProblem] = ()
    more: int = 0


def read_costs(name: str, data: bytes) -> CostFile:
    """Read a file. Its lines carry a mark each, so that the same file again records nothing twice."""
    try:
        grid = _grid(name, data)
    except UnreadableFileError as problem:
        return CostFile(problems=[FieldProblem("file", str(problem))])
    if not grid.lines:
        return CostFile(problems=[FieldProblem("file", f"{name}: the file holds no line. {_AS_CSV}")])
    header, lines = grid.lines[0], grid.lines[1:]
    columns = [_column(cell) for cell in header.cells]
    if wrong := _header_problem(columns, header) or _length_problem(lines):
        return CostFile(problems=[FieldProblem("file", wrong)])
    problems: list[FieldProblem] = []
    facts: list[CostFacts] = []
    seen: Counter[str] = Counter()
    for line in lines:
        found, wrong_here = _facts(dict(zip(columns, line.cells, strict=False)), seen)
        problems += [FieldProblem("file", f"Line {line.number}: {text}") for text in wrong_here]
        facts.append(found)
    numbers = [line.number for line in lines]
    return CostFile(facts, numbers, problems[:PROBLEMS], max(0, len(problems) - PROBLEMS))


def _grid(name: str, data: bytes) -> Grid:
    if len(data) > MOST_BYTES:
        raise UnreadableFileError(
            name, f"it is {len(data) / 1024 / 1024:.1f} MB and the limit is 2 MB.", "Split it by month."
        )
    content = content_of(name, data)
    if content.kind is not Kind.TEXT:
        raise UnreadableFileError(name, "this is an Excel workbook.", _AS_CSV)
    return read_text(content)


def _column(cell: str) -> str:
    plain = " ".join(cell.replace("\ufeff", "").replace("_", " ").lower().split())
    return _ALSO.get(plain, plain)


def _header_problem(columns: Sequence[str], header: Line) -> str:
    missing = [name for name in _NEEDED if name not in columns]
    if not {"hours", "amount"}.intersection(columns):
        missing.append("hours or amount")
    if missing:
        return f"Line {header.number} is to name the columns and lacks: {', '.join(missing)}. {_AS_CSV}"
    twice = [name for name, count in Counter(columns).items() if name in COLUMNS and count > 1]
    return f"Line {header.number} names {twice[0]} twice: remove one of the columns." if twice else ""


def _length_problem(lines: Sequence[Line]) -> str:
    if not lines:
        return "The file names its columns and holds no cost: add a line for each."
    if len(lines) > MOST_LINES:
        return f"The file has {len(lines):,} lines; at most {MOST_LINES:,} go in at once. Split it by month."
    return ""


def _facts(cells: Mapping[str, str], seen: Counter[str]) -> tuple[CostFacts, list[str]]:
    """The facts of a line, and what is wrong with it; amounts above zero and known words are the act's business too."""
    said = {name: cells.get(name, "").strip() for name in COLUMNS}
    problems: list[str] = []
    day = _day(said["date"])
    if day is None:
        problems.append(f"“{said['date'][:20]}” is no date: write it as 2026-06-16.")
    stage = _word(said["stage"], Stage, "a stage", problems)
    kind = _word(said["kind"], CostKind, "a kind of cost", problems)
    numbers = {name: _amount(name, said[name], problems) for name in ("hours", "rate", "amount")}
    if kind == CostKind.ENGINEERING and said["amount"] and not said["hours"]:
        problems.append("engineering is counted in hours: fill the column hours, not amount.")
    if kind and kind != CostKind.ENGINEERING and not said["amount"]:
        problems.append(f"{kind} takes an amount: fill the column amount.")
    facts = CostFacts(
        stage=stage,
        kind=kind,
        incurred_on=day or date.min,
        currency=said["currency"].upper(),
        amount=numbers["amount"] if kind != CostKind.ENGINEERING else None,
        hours=numbers["hours"],
        rate=numbers["rate"],
        note=said["note"],
        once=_mark(said, seen),
    )
    return facts, problems


def _mark(said: Mapping[str, str], seen: Counter[str]) -> str:
    """What the line is known by: its content, and its place among lines of the same content."""
    content = hashlib.sha256("\x1f".join(said[name] for name in COLUMNS).encode()).hexdigest()[:40]
    seen[content] += 1
    return f"csv:{content}:{seen[content]}"


def _day(text: str) -> date | None:
    iso, dotted = _ISO.fullmatch(text), _DOTTED.fullmatch(text)
    parts = iso.groups() if iso else tuple(reversed(dotted.groups())) if dotted else None
    try:
        return date(*map(int, parts)) if parts else None
    except ValueError:
        return None


def _word(text: str, words: type[Word], what: str, problems: list[str]) -> str:
    plain = "_".join(text.lower().replace("-", " ").split())
    if plain in set(words):
        return plain
    known = ", ".join(word.label.lower() for word in words)
    problems.append(f"“{text[:30]}” is not {what}: use {known}.")
    return ""


def _amount(name: str, text: str, problems: list[str]) -> Decimal | None:
    """A number written with a point (`1,234.50`) or with a comma (`1.234,50`); the two never mean different things."""
    if not text:
        return None
    if _COMMA.fullmatch(text):
        return Decimal(text.replace(".", "").replace(",", "."))
    if _POINT.fullmatch(text):
        return Decimal(text.replace(",", ""))
    problems.append(f"“{text[:20]}” is no number for {name}: write it as 1234.50, above zero and without a currency.")
    return None
