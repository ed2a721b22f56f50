"""One cell that should hold a date: what it says, how precisely, and what had to be repaired or guessed.

Nothing is repaired silently: every `CellDate` that is not exactly what the cell said carries a flag and a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from tracker.integrations.inventory.cells import clean, missing
from tracker.integrations.inventory.date_spellings import DateFlag, DateRules, Found, Precision, find_dates

__all__ = ["CellDate", "DateFlag", "DateRules", "Precision", "read_date"]

GUESSED: Final = re.compile(r"estimat|\best\b|approx|\bcirca\b|\bca\.|~|\babout\b|\baround\b|tentativ|likely", re.I)
PLANNED: Final = re.compile(
    r"schedul|planned|expect|anticipat|target|projected|to be determined|\btbd\b|\bwill\b", re.I
)
PLAIN: Final = DateRules()
LONGEST: Final = 2_000  # a longer cell is prose; its first dates are enough


@dataclass(frozen=True)
class CellDate:
    """`value` is the first day the cell may mean (None: no date), `precision` how much of it was given."""

    value: date | None = None
    precision: Precision | None = None
    flags: tuple[DateFlag, ...] = ()
    note: str = ""

    @property
    def last(self) -> date | None:
        """The last day the cell may mean: 31 December for a bare year."""
        if self.value is None or self.precision in (None, Precision.DAY):
            return self.value
        months = {Precision.MONTH: 1, Precision.QUARTER: 3, Precision.YEAR: 12}[self.precision]
        ahead = self.value.month - 1 + months
        return date(self.value.year + ahead // 12, ahead % 12 + 1, 1) - timedelta(days=1)

    @property
    def is_fact(self) -> bool:
        """Whether there is a date and it has come to pass."""
        return self.value is not None and DateFlag.PLANNED not in self.flags

    def has(self, flag: DateFlag) -> bool:
        return flag in self.flags


@lru_cache(maxsize=20_000)
def read_date(text: str, rules: DateRules = PLAIN) -> CellDate:
    """The date a cell says, its first one when it says several. Never raises, whatever the cell holds."""
    line = clean(text)[:LONGEST]
    found = find_dates(line, rules)
    if not found and missing(line):
        return CellDate()
    usable = [one for one in found if one.value is not None]
    if not usable:
        return CellDate(flags=(DateFlag.UNREADABLE,), note=found[0].note if found else f"{short(line)!r} is no date")
    return _marked(_chosen(line, usable), line, rules)


def _chosen(line: str, usable: list[Found]) -> CellDate:
    first = usable[0]
    flags, notes = list(first.flags), [first.note] if first.note else []
    around = (line[: first.start] + line[first.end :]).strip()
    if len({one.value for one in usable}) > 1:
        flags.append(DateFlag.FIRST_OF_SEVERAL)
        notes.append(f"the first date of {short(line)!r} is used")
    elif around:
        flags.append(DateFlag.REPAIRED)
        notes.append(f"taken out of {short(line)!r}")
    return CellDate(first.value, first.precision, tuple(flags), "; ".join(notes))


def _marked(read: CellDate, line: str, rules: DateRules) -> CellDate:
    """The flags that depend on the words around the date and on the file's own conventions."""
    flags, notes = list(read.flags), [read.note] if read.note else []
    if GUESSED.search(line):
        flags.append(DateFlag.ESTIMATED)
    value = read.value
    if value is not None and read.precision is Precision.DAY and _opens_fiscal_year(value, rules):
        flags.append(DateFlag.PLACEHOLDER)
        notes.append("the first day of a fiscal year, which often stands for 'some time in that year'")
    ahead = value is not None and rules.as_of is not None and value > rules.as_of
    if ahead or PLANNED.search(line):
        flags.append(DateFlag.PLANNED)
        notes.append(f"{value} is a plan, not a fact" if not ahead else f"{value} lies after {rules.as_of}: a plan")
    return replace(read, flags=tuple(dict.fromkeys(flags)), note="; ".join(notes))


def _opens_fiscal_year(value: date, rules: DateRules) -> bool:
    return rules.fiscal_start != 1 and (value.month, value.day) == (rules.fiscal_start, 1)


def short(text: str, limit: int = 80) -> str:
    """The text, cut for a message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
