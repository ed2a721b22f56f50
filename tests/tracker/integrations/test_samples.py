"""Samples of datasets: what is read of a CSV or Parquet file, and what is refused in words."""

from __future__ import annotations

import io
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.samples import MOST_BYTES, read_sample


def parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def test_a_csv_of_any_encoding_and_delimiter_gives_its_columns_and_values() -> None:
    columns = read_sample("kunden.csv", "Straße;E-Mail\nHauptstr. 1;a@b.example\n\nÄgidienweg 2;\n".encode("cp1252"))
    assert [(one.name, list(one.values)) for one in columns] == [
        ("Straße", ["Hauptstr. 1", "Ägidienweg 2"]),
        ("E-Mail", ["a@b.example", ""]),
    ]


def test_a_parquet_file_gives_its_columns_with_types_and_values() -> None:
    table = pa.table({"email": ["a@b.example", None], "born": [date(1970, 1, 1), None], "tags": [["x"], []]})
    columns = read_sample("t.parquet", parquet(table))
    assert [(one.name, one.type, list(one.values)) for one in columns] == [
        ("email", "string", ["a@b.example"]),
        ("born", "date32[day]", ["1970-01-01"]),
        ("tags", "list<element: string>", []),
    ]


def test_no_more_than_a_thousand_values_are_looked_at() -> None:
    [column] = read_sample("t.parquet", parquet(pa.table({"n": list(range(5000))})))
    assert len(column.values) == 1000


def test_a_parquet_file_that_repeats_what_it_holds_once_is_not_spelled_out() -> None:
    repeated = {
        "text": pa.array(["é" * 1_000_000]),
        "bytes": pa.array([b"b" * 1_000_000]),
        "fixed": pa.array([b"b" * 50_000], pa.binary(50_000)),
    }
    table = pa.table({name: pa.DictionaryArray.from_arrays([0] * 1000, once) for name, once in repeated.items()})
    listed = pa.ListArray.from_arrays([0, 1_000_000] + [1_000_000] * 999, pa.array([True] * 1_000_000))
    data, usual = parquet(table.append_column("many", listed)), pa.default_memory_pool()
    counted = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(counted)
    try:
        columns = read_sample("t.parquet", data)
    finally:
        pa.set_memory_pool(usual)
    assert [(one.name, len(one.values)) for one in columns] == [("text", 1000), ("bytes", 0), ("fixed", 0), ("many", 0)]
    assert set(columns[0].values) == {"é" * 500}
    assert 1_000_000 < counted.max_memory() < 20_000_000  # spelled out, the texts alone are 2 GB


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"PAR1 and nothing else", "cannot be read as Parquet"),
        (parquet(pa.table({"n": [1]}))[:-20], "cannot be read as Parquet"),
        (b"a" * (MOST_BYTES + 1), "bigger than 4 MB"),
        (b"\x00\x01\x02binary\x00", "binary"),
        (",".join(f"c{n}" for n in range(10_000)).encode(), "more than 1,000 columns. Split"),
        (parquet(pa.table({f"c{n}": pa.array([], pa.int8()) for n in range(10_000)})), "10,000 columns"),
    ],
    ids=["nothing", "blank", "fake", "cut", "big", "binary", "wide csv", "wide parquet"],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: bytes, said: str) -> None:
    with pytest.raises(UnreadableFileError, match=said):
        read_sample("t", data)
