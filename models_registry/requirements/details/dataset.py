"""A dataset: its columns and what they hold about people, what it was made from, why and how long it may be kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from models_registry.requirements.details.reading import DetailReader
from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import Limits, as_number, as_text, is_blank, text_problem
from models_registry.vocabulary import DataClass, LawfulBasis

MOST_COLUMNS: Final = 500
MOST_SOURCES: Final = 100
PARTS: Final = ("name", "location", "columns", "row_count", "sources", "retention_months", "lawful_basis")
COLUMN: Final = ("name", "type", "classification")
ROWS: Final = Limits("The number of rows", whole=True, most=Decimal(10**14), example="120000")
RETENTION: Final = Limits("The retention", whole=True, above_zero=True, most=Decimal(1200), example="24")
ABOUT_PEOPLE: Final = frozenset({DataClass.PERSONAL, DataClass.SPECIAL_CATEGORY})
"""What needs a lawful basis, a retention and a grant. Quasi-identifiers are told of, and alone ask for none."""
# Looked up for each of many columns of many datasets, several times for one page.
_CLASSES: Final[Mapping[str, DataClass]] = {one.value: one for one in DataClass}


@dataclass(frozen=True, slots=True)
class Column:
    """`classification` is None while nobody has confirmed one."""

    name: str
    type: str
    classification: DataClass | None


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """A dataset as its evidence describes it. `sources`: the names of what it was made from."""

    name: str
    location: str
    columns: tuple[Column, ...]
    sources: tuple[str, ...]
    retention_months: int | None
    lawful_basis: LawfulBasis | None

    @property
    def unclassified(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.classification is None)

    @property
    def about_people(self) -> tuple[str, ...]:
        """The columns with personal or special-category data."""
        return tuple(column.name for column in self.columns if column.classification in ABOUT_PEOPLE)


def check_dataset(raw: Mapping[str, Any]) -> list[FieldProblem]:
    """Every problem of the detail of a dataset. A column without a class is in order, and a debt that shows."""
    reader = DetailReader(raw)
    reader.known(*PARTS)
    reader.text("name", "The name", 200, needed="Name the dataset, as the brief or the training run does")
    reader.text("location", "The location", 500)
    _check_columns(reader)
    _check_sources(reader, raw.get("sources"))
    reader.number("row_count", ROWS)
    reader.number("retention_months", RETENTION)
    reader.word("lawful_basis", LawfulBasis)
    return reader.problems


def _check_columns(reader: DetailReader) -> None:
    seen: set[str] = set()
    for row in reader.rows("columns", "The columns", MOST_COLUMNS):
        row.known(*COLUMN)
        row.text("name", "The name", 200, needed="Name the column")
        row.text("type", "The type", 80)
        row.word("classification", DataClass)
        name = as_text(row.raw.get("name"))
        if name and name in seen:
            row.add("name", "This column is listed twice: remove one of them")
        seen.add(name)


def _check_sources(reader: DetailReader, raw: object) -> None:
    if is_blank(raw):
        return
    if not isinstance(raw, (list, tuple)) or len(raw) > MOST_SOURCES:
        reader.add("sources", f"Give a list of at most {MOST_SOURCES} names of datasets")
        return
    for line, name in enumerate(raw, start=1):
        wrong = "must be a name" if is_blank(name) else text_problem(name, 200)
        if wrong:
            reader.problems.append(FieldProblem("detail.sources", f"The source {wrong}.", line))


def dataset_facts(raw: Mapping[str, Any], title: str) -> DatasetFacts:
    """A detail that was checked, as facts; a dataset that was attached without one has its title for a name."""
    months = as_number(raw.get("retention_months"))
    basis = as_text(raw.get("lawful_basis"))
    return DatasetFacts(
        name=as_text(raw.get("name")) or title,
        location=as_text(raw.get("location")),
        columns=tuple(_column(row) for row in _rows(raw.get("columns")) if as_text(row.get("name"))),
        sources=tuple(as_text(name) for name in _list(raw.get("sources")) if as_text(name)),
        retention_months=int(months) if months else None,
        lawful_basis=LawfulBasis(basis) if basis in set(LawfulBasis) else None,
    )


def _column(row: Mapping[str, Any]) -> Column:
    said = as_text(row.get("classification"))
    return Column(as_text(row.get("name")), as_text(row.get("type")), _CLASSES.get(said))


def _list(raw: object) -> Sequence[object]:
    return raw if isinstance(raw, (list, tuple)) else ()


def _rows(raw: object) -> list[Mapping[str, Any]]:
    return [row for row in _list(raw) if isinstance(row, Mapping)]
