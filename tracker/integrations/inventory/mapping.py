"""Which column of a file is which of our fields, and what its answers mean.

Headers are compared folded: lower case, letters and digits, one space apart. An alternative that ends with ` *`
matches every header that begins with it, because questions run on for three hundred characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from models_registry.vocabulary import RiskTier, Stage
from tracker.integrations.inventory.answers import StageMeaning
from tracker.integrations.inventory.cells import fold, said
from tracker.integrations.inventory.dates import DateRules
from tracker.integrations.inventory.reading import Row


class Field(StrEnum):
    """What an inventory can tell us of a model."""

    EXTERNAL_ID = "external_id"
    NAME = "name"
    DIVISION = "division"
    DIVISION_CODE = "division_code"
    UNIT = "unit"
    PURPOSE = "purpose"
    STAGE = "stage"
    RISK = "risk"
    OWNER = "owner"
    PERSONAL_DATA = "personal_data"
    DATE_INITIATED = "date_initiated"
    DATE_DEVELOPMENT = "date_development"
    DATE_IMPLEMENTED = "date_implemented"
    DATE_RETIRED = "date_retired"
    TAGS = "tags"
    REVIEWED = "reviewed"  # answers that say whether an assessment or independent evaluation is still under way
    TESTED = "tested"


NO_RULES: Final = DateRules()


@dataclass(frozen=True)
class Guess:
    """A column that was chosen without a map: how sure that is (0 to 1), and why."""

    field: Field
    header: str
    confidence: float
    why: str

    def __str__(self) -> str:
        return f"{self.field} = {self.header!r} ({self.confidence:.0%}: {self.why})"


@dataclass(frozen=True)
class Map:
    """How to read one kind of inventory. `division` is used where no column names one; `review_from` is the stage
    in which an unfinished assessment means that the release waits in compliance review. `country`, `currency` and
    `timezone` are those of the teams that the import makes."""

    name: str
    title: str
    columns: Mapping[Field, tuple[str, ...]]
    marks: tuple[str, ...] = ()
    stages: Mapping[str, StageMeaning] = field(default_factory=lambda: MappingProxyType({}))
    risks: Mapping[str, RiskTier] = field(default_factory=lambda: MappingProxyType({}))
    dates: DateRules = NO_RULES
    division: str = ""
    division_from_id: bool = False
    review_from: Stage | None = None
    country: str = ""
    currency: str = "EUR"
    timezone: str = "UTC"
    guesses: tuple[Guess, ...] = ()

    def locate(self, headers: Sequence[str]) -> Columns:
        """Where each field stands in a file with these headers."""
        folded = [fold(header) for header in headers]
        found = {}
        for wanted, alternatives in self.columns.items():
            places = [place for words in alternatives for place in _places(words, folded)]
            if places:
                found[wanted] = tuple(dict.fromkeys(places))
        return Columns(MappingProxyType(found), tuple(headers))

    def fits(self, headers: Sequence[str]) -> int:
        """How many columns the map recognises; 0 when none of its marks or no name is there."""
        folded = [fold(header) for header in headers]
        marked = not self.marks or any(True for mark in self.marks for _ in _places(mark, folded))
        columns = self.locate(headers)
        if not marked or Field.NAME not in columns.places:
            return 0
        return len({place for places in columns.places.values() for place in places})


@dataclass(frozen=True)
class Columns:
    """The places of the fields in one file."""

    places: Mapping[Field, tuple[int, ...]]
    headers: tuple[str, ...]

    def has(self, wanted: Field) -> bool:
        return wanted in self.places

    def first(self, row: Row, wanted: Field) -> str:
        """The first answer that the row gives to a field, as it was found; '' when it gives none."""
        return next((row.cells[place] for place in self.places.get(wanted, ()) if said(row.cells[place])), "")

    def answers(self, row: Row, wanted: Field) -> Iterator[tuple[str, str]]:
        """Every answer to a field, as it was found, with the header of its column."""
        for place in self.places.get(wanted, ()):
            if said(row.cells[place]):
                yield self.headers[place], row.cells[place]

    def cell(self, row: Row, wanted: Field) -> str:
        """The cell itself, whatever it holds, of the first column of a field."""
        return row.cells[self.places[wanted][0]] if wanted in self.places else ""


def _places(words: str, folded: Sequence[str]) -> Iterator[int]:
    start = words.removesuffix(" *")
    for place, header in enumerate(folded):
        if header == start or (start != words and header.startswith(start + " ")):
            yield place


def best_map(maps: Sequence[Map], headers: Sequence[str]) -> Map | None:
    """The map that recognises most columns of a file, or None when no map knows it."""
    best = max(maps, key=lambda one: one.fits(headers), default=None)
    return best if best is not None and best.fits(headers) else None
