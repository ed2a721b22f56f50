"""The columns of a CSV or Parquet file with their first values. Read by a process that has only so much memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from models_registry.requirements.classification.values import MOST_VALUES
from models_registry.requirements.details.dataset import MOST_COLUMNS
from tracker.integrations.inventory.delimited import read_text
from tracker.integrations.inventory.files import Content, Kind, UnreadableFileError

MOST_BYTES: Final = 4 * 1024 * 1024  # with its form less than what Django keeps in memory, so that none lies on a disk
MOST_UNPACKED: Final = 128 * 1024 * 1024  # of the rows that are read of a Parquet file
LONGEST: Final = 500  # characters of a value that are looked at
PARQUET: Final = b"PAR1"
ONE_BY_ONE: Final = frozenset({"DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"})
NARROWER: Final = "Split it into tables of which each has a record, or leave out columns that the model does not use."
WAY_OUT: Final = "Take the first thousand rows, as CSV or Parquet."


@dataclass(frozen=True, slots=True)
class SampleColumn:
    name: str
    type: str
    values: Sequence[str]


def shown_as(name: str) -> str:
    return name[:100] or "The sample"


def refuse_size(name: str, data: bytes) -> None:
    """Refuse what need not be read to be refused. Raises `UnreadableFileError` with the reason and the way out."""
    if len(data) > MOST_BYTES:
        raise UnreadableFileError(shown_as(name), f"it is bigger than {MOST_BYTES // 1024 // 1024} MB.", WAY_OUT)
    if not data.strip():
        raise UnreadableFileError(shown_as(name), "the file is empty.", WAY_OUT)


def columns_of(data: bytes, name: str = "") -> list[SampleColumn]:
    """The columns with up to a thousand values each. Raises `UnreadableFileError` with the reason and the way out."""
    columns = _parquet(name, data) if data.startswith(PARQUET) else _delimited(name, data)
    return [column for column in columns if column.name]


def _refuse_wide(name: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise UnreadableFileError(
            name,
            f"it has {columns:,} columns, and {MOST_COLUMNS} is the most that one dataset lists.",
            NARROWER,
        )


def _delimited(name: str, data: bytes) -> list[SampleColumn]:
    try:
        grid = read_text(Content(name, Kind.TEXT, data))
    except UnreadableFileError as problem:
        way_out = NARROWER if "columns" in problem.what else WAY_OUT
        raise UnreadableFileError(name, problem.what, way_out) from None
    if not grid.lines:
        raise UnreadableFileError(name, "no row of it holds anything.", WAY_OUT)
    head, *lines = grid.lines
    _refuse_wide(name, len(head.cells))
    rows = [line.cells for line in lines[:MOST_VALUES]]
    return [
        SampleColumn(title.strip()[:200], "", [row[at][:LONGEST] for row in rows if at < len(row)])
        for at, title in enumerate(head.cells)
    ]


def _parquet(name: str, data: bytes) -> list[SampleColumn]:
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        _refuse_wide(name, file.metadata.num_columns)
        if _unpacked(file.metadata) > MOST_UNPACKED:
            raise UnreadableFileError(name, "it unpacks to more than can be looked at.", WAY_OUT)
        schema = file.schema_arrow
        values = _first_values(data, [field for field in schema if _is_looked_at(field.type)])
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError, OverflowError) as problem:
        said = str(problem).splitlines()[0][:200] if str(problem) else "it is not whole"
        raise UnreadableFileError(name, f"it cannot be read as Parquet: {said}.", WAY_OUT) from None
    return [SampleColumn(field.name[:200], str(field.type)[:80], values.get(field.name, [])) for field in schema]


def _unpacked(metadata: Any) -> int:
    """How many bytes the first group of rows unpacks to, as the file says; the first values are read from it alone."""
    return int(metadata.row_group(0).total_byte_size) if metadata.num_row_groups else 0


def _is_looked_at(kind: Any) -> bool:
    """Not bytes, lists and records: nothing is told from them, and a few of them may stand for gigabytes."""
    types = pa.types
    inside = kind.value_type if types.is_dictionary(kind) else kind
    return not (
        types.is_nested(inside)
        or types.is_binary(inside)
        or types.is_large_binary(inside)
        or types.is_fixed_size_binary(inside)
    )


def _first_values(data: bytes, fields: Sequence[Any]) -> dict[str, list[str]]:
    """The first values of these columns, by name. A text is kept once, however often it stands in the file."""
    names = [field.name for field in fields]
    if not names:
        return {}
    plain = _spelled_out(pq.read_metadata(pa.BufferReader(data)))
    kinds = (pa.types.is_string, pa.types.is_large_string)
    texts = [field.name for field in fields if any(kind(field.type) for kind in kinds) and field.name not in plain]
    file = pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts)
    batch = next(file.iter_batches(batch_size=MOST_VALUES, columns=names), None)
    if batch is None:
        return {}
    return {field.name: _values(batch.column(at)) for at, field in enumerate(batch.schema)}


def _spelled_out(metadata: Any) -> set[str]:
    """The columns in an encoding that pyarrow reads one value after the other only."""
    if not metadata.num_row_groups:
        return set()
    group = metadata.row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    return {one.path_in_schema for one in columns if not ONE_BY_ONE.isdisjoint(one.encodings)}


def _values(column: Any) -> list[str]:
    """The values as text, no longer than is looked at."""
    try:
        if pa.types.is_dictionary(column.type) and not pa.types.is_primitive(column.type.value_type):
            begun = pc.utf8_slice_codeunits(column.dictionary, 0, LONGEST)
            column = pa.DictionaryArray.from_arrays(column.indices, begun)
        return [str(value)[:LONGEST] for value in column.to_pylist() if value is not None]
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, ValueError, OverflowError):  # such as a date that no calendar has
        return []
