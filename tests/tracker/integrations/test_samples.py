"""Samples of datasets: what is read of a CSV or Parquet file, and what is refused in words."""

from __future__ import annotations

import io
import subprocess
import sys
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.sampling import MOST_BYTES, SampleColumn, read_sample
from tracker.integrations.sampling.apart import ENVIRONMENT, WAY_OUT, Limits
from tracker.integrations.sampling.reader import within
from tracker.integrations.sampling.reading import columns_of, refuse_size

MIB = 1024 * 1024


def parquet(table: pa.Table) -> bytes:
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


def read_here(data: bytes) -> list[SampleColumn]:
    """As its own process reads it, without the second that one takes to begin."""
    refuse_size("t", data)
    return columns_of(data, "t")


def test_a_csv_of_any_encoding_and_delimiter_gives_its_columns_and_values() -> None:
    columns = read_here("Straße;E-Mail\nHauptstr. 1;a@b.example\n\nÄgidienweg 2;\n".encode("cp1252"))
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
    [column] = read_here(parquet(pa.table({"n": list(range(5000))})))
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
        columns = columns_of(data)
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
        read_here(data)


def texts_that_repeat_their_beginning() -> bytes:
    """A thousand texts of a million characters, of which each page says: as the one before it. A few kilobytes."""
    ten = pa.array(["x" * 1_000_000] * 10)
    written = io.BytesIO()
    pq.write_table(
        pa.table({"text": pa.chunked_array([ten] * 100)}),
        written,
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
        data_page_size=2**30,
        compression="zstd",
        write_statistics=False,
    )
    return written.getvalue()


@pytest.fixture(scope="module")
def crafted() -> bytes:
    return texts_that_repeat_their_beginning()


def test_a_crafted_file_ends_its_reader_and_is_refused_by_name(crafted: bytes) -> None:
    """Read without a limit, this half of a kilobyte took 2.5 GB and nineteen seconds."""
    assert len(crafted) < 1000
    with pytest.raises(UnreadableFileError) as refused:
        read_sample("cards.parquet", crafted, Limits(memory=400 * MIB))
    assert str(refused.value) == f"cards.parquet: it cannot be read within 400 MB of memory. {WAY_OUT}"


def test_a_file_that_takes_too_long_is_refused_by_name() -> None:
    with pytest.raises(UnreadableFileError) as refused:
        read_sample("cards.csv", b"a,b\n1,2\n", Limits(seconds=0.001))
    assert str(refused.value) == f"cards.csv: it takes longer than 0.001 seconds to read. {WAY_OUT}"


def test_texts_that_repeat_their_beginning_are_read_where_they_are_few() -> None:
    table, written = pa.table({"email": ["ann@a.example", "anna@a.example"]}), io.BytesIO()
    pq.write_table(table, written, use_dictionary=False, column_encoding={"email": "DELTA_BYTE_ARRAY"})
    [column] = read_sample("t.parquet", written.getvalue())
    assert list(column.values) == ["ann@a.example", "anna@a.example"]


def test_the_reader_knows_no_secret_of_the_site_and_writes_no_file(tmp_path: Path) -> None:
    said = (
        "from tracker.integrations.sampling.reader import _limit\n_limit(2**30)\nimport os, sys\n"
        "print(sorted({'SECRET_KEY', 'DATABASE_URL'} & set(os.environ)))\nopen(sys.argv[1], 'wb', 0).write(b'x')"
    )
    ran = subprocess.run(
        [sys.executable, "-c", said, str(tmp_path / "kept")], env=ENVIRONMENT, capture_output=True, text=True
    )
    assert (ran.stdout, "File too large" in ran.stderr) == ("[]\n", True)


def test_an_answer_stays_small_however_wide_the_sample_is() -> None:
    assert [len(one) for one in within(["x" * 400] * 1000, 1000)] == [400, 400]
