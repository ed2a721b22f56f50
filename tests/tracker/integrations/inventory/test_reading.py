"""Files as people keep them: found header, found sheet, right encoding, right line numbers; or a clear refusal."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tracker.integrations.inventory.files import as_csv, table_at, write_csv, write_xlsx
from tracker.integrations.inventory import delimited, files
from tracker.integrations.inventory.choosing import known_header
from tracker.integrations.inventory.files import UnreadableFileError
from tracker.integrations.inventory.reading import letter, read_upload

ROWS = [
    ["Model name", "Status", "Description"],
    ["Café scorer", "Live", "Scores “cafés” – daily"],
    ["Churn", "Pilot", "x"],
]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a byte order mark"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16 with a byte order mark"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
    ],
)
def test_every_encoding_that_people_save_in_is_found_out(tmp_path: Path, encoding: str, said: str) -> None:
    table = table_at(write_csv(tmp_path / "a.csv", ROWS, encoding))
    assert table.headers == ("Model name", "Status", "Description")
    assert [row.cells for row in table.rows] == [tuple(row) for row in ROWS[1:]]
    assert table.notes[0] == f"read as {said}"


def test_a_file_put_together_from_two_encodings_is_read_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(as_csv(ROWS).encode("utf-8") + "Café 2,Live,one\r\n".encode("cp1252"))
    table = table_at(path)
    assert [row.cells[0] for row in table.rows] == ["Café scorer", "Churn", "Café 2"]
    assert table.notes[1] == "1 bytes were of another encoding and are read as Windows-1252"


def test_a_cyrillic_file_is_not_taken_for_windows_1252(tmp_path: Path) -> None:
    rows = [["Name", "Status"], *([f"Модель распознавания документов номер {n}", "Live"] for n in range(30))]
    table = table_at(write_csv(tmp_path / "a.csv", rows, "cp1251"))
    assert table.rows[0].cells[0] == "Модель распознавания документов номер 0"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(tmp_path: Path, delimiter: str) -> None:
    rows = [["Name", "Status", "Notes"], ["a", "Live", "one, two; three"], ["b", "Pilot", "four, five; six"]]
    table = table_at(write_csv(tmp_path / "a.csv", rows, delimiter=delimiter))
    assert [row.cells for row in table.rows] == [tuple(row) for row in rows[1:]]


def test_a_declared_delimiter_is_used_and_lines_still_count_from_the_top(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("sep=;\nName;Status\na;Live\n")
    table = table_at(path)
    assert table.headers == ("Name", "Status")
    assert [row.line for row in table.rows] == [3]


def test_title_rows_blank_rows_blank_columns_and_repeated_headers_fall_away(tmp_path: Path) -> None:
    rows = [
        ["Inventory of models, spring edition", "", "", "", ""],
        ["", "", "", "", ""],
        ["Model\nname", "", "Status", "Status", "Owner"],
        ["a", "", "Live", "Yes", "ada@x.example"],
        ["", "", "", "", ""],
        ["Model\nname", "", "Status", "Status", "Owner"],
        ["b", "", "Pilot", "No", "bo@x.example"],
    ]
    table = table_at(write_csv(tmp_path / "a.csv", rows))
    assert table.headers == ("Model name", "Status", "Status (2)", "Owner")
    assert [row.cells for row in table.rows] == [
        ("a", "Live", "Yes", "ada@x.example"),
        ("b", "Pilot", "No", "bo@x.example"),
    ]
    assert table.notes[1:] == (
        "title rows above the header: 1 (the header is on line 3)",
        "blank rows left out: 2",
        "empty columns left out: 1",
        "repeats of the header left out: 1",
    )


def test_rows_are_numbered_by_the_line_they_begin_on(tmp_path: Path) -> None:
    rows = [["Name", "Description"], ["a", "one\ntwo\nthree"], ["b", "four"]]
    table = table_at(write_csv(tmp_path / "a.csv", rows))
    assert [row.line for row in table.rows] == [2, 5]
    assert table.raw(table.rows[0]) == {"Name": "a", "Description": "one\ntwo\nthree"}


def test_ragged_rows_keep_every_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Name,Status\na\nb,Live,stray\n")
    table = table_at(path)
    assert table.headers == ("Name", "Status", "column C")
    assert [row.cells for row in table.rows] == [("a", "", ""), ("b", "Live", "stray")]


def test_nul_characters_reach_no_database(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("Name,Status\na\x00b,Live\n".encode("utf-16"))
    assert table_at(path).raw(table_at(path).rows[0]) == {"Name": "ab", "Status": "Live"}


def test_the_visible_sheet_with_the_inventory_is_chosen_and_another_can_be_named(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx",
        {
            "Read me": [["How to fill this in"], ["Ask Ada"]],
            "All models": [
                ["SECTION 1", None, "SECTION 2"],
                ["Model name", "Status", "Since"],
                ["a", "Live", datetime.fromisoformat("2024-03-01")],
            ],
            "Lists": [["Status"], ["Live"], ["Pilot"], ["Retired"], ["Planned"]],
        },
        hidden=["Lists"],
    )
    table = table_at(path)
    assert (table.sheet, table.headers) == ("All models", ("Model name", "Status", "Since"))
    assert table.rows[0].cells == ("a", "Live", "2024-03-01")
    assert table.rows[0].line == 3
    assert table_at(path, "lists").sheet == "Lists"
    with pytest.raises(
        UnreadableFileError, match=r"no sheet 'Modles'\. Its sheets are 'Read me', 'All models', 'Lists'"
    ):
        table_at(path, "Modles")


def test_numbers_and_ticks_of_a_workbook_read_as_a_person_reads_them(tmp_path: Path) -> None:
    row = ["a", 12.0, 0.5, True, None, datetime.fromisoformat("2024-03-01T14:30")]
    path = write_xlsx(tmp_path / "a.xlsx", {"S": [["Name", "Id", "Share", "PII", "Status", "Date"], row]})
    assert table_at(path).raw(table_at(path).rows[0]) == {
        "Name": "a", "Id": "12", "Share": "0.5", "PII": "TRUE", "Status": "", "Date": "2024-03-01 14:30:00",
    }  # fmt: skip


def test_a_text_file_has_no_sheets(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="a text file has no sheets"):
        table_at(write_csv(tmp_path / "a.csv", ROWS), "S")


def zip_of(**members: bytes) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return data.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n\r\n", "the file is empty"),
        (b"%PDF-1.7 ...", "this is a PDF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel"),
        (gzip.compress(b"Name,Status\na,Live\n"), "this is a gzip archive"),
        (b"\x89PNG\r\n\x1a\n....", "this is a picture"),
        (b"SQLite format 3\x00....", "this is an SQLite database"),
        (b"<!DOCTYPE html><html><table>", "this is a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "this is a web page or an XML document"),
        (json.dumps([{"name": "a"}]).encode(), "this is JSON"),
        (json.dumps({"name": "a"}).encode(), "this is JSON"),
        (bytes(range(256)) * 40, "this is a binary file"),
        (zip_of(word__document_xml=b"<w/>"), "this is a Word document"),
        (zip_of(content_xml=b"<o/>"), "this is an OpenDocument file"),
        (zip_of(notes=b"Name,Status"), "this is a zip archive"),
        (b"PK\x03\x04 and nothing of an archive", "the archive is damaged"),
        (zip_of(xl__workbook_xml=b"<workbook>"), "the workbook is damaged"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",  # packed bytes hold the time
)
def test_another_kind_of_file_is_refused_by_its_content_with_the_way_out(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "models.csv"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as refusal:
        table_at(path)
    assert str(refusal.value).startswith("models.csv: ")
    assert said in str(refusal.value)
    assert refusal.value.way_out


def test_two_gigabytes_are_refused_before_a_byte_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as stream:
        stream.truncate(2 * 1024**3)
    before = _bytes_read()
    with pytest.raises(UnreadableFileError, match=r"huge.csv: it is 2,048 MB and the limit is 50 MB. Split it"):
        table_at(path)
    assert _bytes_read() - before < 1024**2


def _bytes_read() -> int:
    """By this process since it began, as Linux counts them."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        for number in range(4):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b"\0" * (80 * 1024 * 1024))
    assert path.stat().st_size < 2 * 1024 * 1024
    with pytest.raises(UnreadableFileError, match="it unpacks to 320 MB and the limit is 300 MB"):
        table_at(path)


def test_folders_pipes_and_missing_files_are_refused_in_a_sentence(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, said in (
        (tmp_path, "this is a folder"),
        (tmp_path / "pipe", "this is not a regular file"),
        (tmp_path / "none.csv", "there is no file at"),
    ):
        with pytest.raises(UnreadableFileError, match=said):
            table_at(path)


def test_a_quote_that_is_never_closed_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('Name,Status\na,Live\n"b,Live\n' + "c,Live\n" * 200)
    with pytest.raises(UnreadableFileError, match="a quote that opens on line 3 is never closed"):
        table_at(path)


def test_cells_rows_and_columns_beyond_the_limits_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MAX_ROWS", 3)
    with pytest.raises(UnreadableFileError, match="more than 3 rows"):
        table_at(write_csv(tmp_path / "rows.csv", [["Name", "Status"], *(["a", "Live"] for _ in range(4))]))
    with pytest.raises(UnreadableFileError, match="line 2 has more than 1,000 columns"):
        table_at(write_csv(tmp_path / "columns.csv", [["Name", "Status"], ["a"] * 1_001]))
    with pytest.raises(UnreadableFileError, match="a cell on line 2 has more than 100,000 characters"):
        table_at(write_csv(tmp_path / "cell.csv", [["Name", "Status"], ["a" * (files.MAX_CELL + 1), "Live"]]))
    with pytest.raises(UnreadableFileError, match="line 2 cannot be read"):
        table_at(write_csv(tmp_path / "cell.csv", [["Name", "Status"], ["a" * 200_000, "Live"]]))


CELL = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30).map(lambda text: text.strip("\ufeff"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text("abcXYZ éü", min_size=1, max_size=12), CELL, CELL), min_size=1, max_size=12),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_whatever_is_written_as_csv_is_read_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], encoding: str
) -> None:
    written = [
        ["Model name", "Status", "Description"],
        *([f"m{n} {name}", *rest] for n, (name, *rest) in enumerate(rows)),
    ]
    table = table_at(write_csv(tmp_path / "a.csv", written, encoding))
    assert table.headers[0] == "Model name"
    assert [row.cells[0] for row in table.rows] == [row[0] for row in written[1:]]
    assert [len(row.cells) for row in table.rows] == [3] * len(rows)


def test_columns_are_lettered_as_in_a_spreadsheet() -> None:
    assert [letter(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@given(st.binary(max_size=400) | st.binary(max_size=300).map(lambda data: b"Name,Status\n" + data))
def test_no_bytes_end_in_anything_but_a_table_or_a_clear_refusal(data: bytes) -> None:
    with suppress(UnreadableFileError):
        table = read_upload("a.csv", data, known_header)
        assert all(len(row.cells) == len(table.headers) == len(set(table.headers)) for row in table.rows)


def test_a_workbook_with_any_byte_changed_is_read_or_refused(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", {"S": [["Name", "Status"], ["a", "Live"]]}).read_bytes()
    for position in range(0, len(whole), 61):
        data = whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :]
        with suppress(UnreadableFileError):
            read_upload("a.xlsx", data, known_header)
