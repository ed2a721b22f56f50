"""What an upload really is, whatever it is called, and what is not taken."""

from __future__ import annotations

import hashlib
import time
import zipfile
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_registry.originals import MOST_BYTES, UnfitError, inspect, safe_name
from tests.models_registry.originals import CONTENT_TYPES, JPEG, PARQUET, PNG, packed, pdf, workbook

HOLLOW = bytes(8 * 1024 * 1024)


def why_not(data: bytes, name: str) -> str:
    with pytest.raises(UnfitError) as refused:
        inspect(BytesIO(data), name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("Report.PDF", pdf(packed=b"1 0 <</Type /Font>>"), "application/pdf"),
        ("curve.png", PNG, "image/png"),
        ("curve.jpeg", JPEG, "image/jpeg"),
        ("rows.csv", "a;b\n1,5;ü\n".encode("cp1252"), "text/csv"),
        ("wide.csv", "a\tb\n".encode("utf-16"), "text/csv"),
        ("facts.json", b'\xef\xbb\xbf{"a": [1]}', "application/json"),
        ("card.yaml", b"a: 1", "application/yaml"),
        ("MLmodel", b"flavors: {}", "application/yaml"),
        ("README.md", b"<p align='center'>A card with a picture</p>\n# Model", "text/markdown"),
        ("run.log", b"\x1b[32mok\x1b[0m", "text/plain"),
        ("all.zip", packed({"a.csv": b"1", "in/b.zip": packed({"c.csv": b"2"})}), "application/zip"),
        ("book.xlsx", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (
            "text.docx",
            packed({CONTENT_TYPES: b"<Types/>", "word/document.xml": b"<w/>"}),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("train.parquet", PARQUET, "application/vnd.apache.parquet"),
    ],
)
def test_what_is_taken_is_known_by_its_bytes(name: str, data: bytes, media_type: str) -> None:
    stream = BytesIO(data)
    found = inspect(stream, name)
    assert (found.media_type, found.size) == (media_type, len(data))
    assert found.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("report.pdf", b"#!/bin/sh\nrm -rf ~\n", "is a script"),
        ("report.pdf", b"<!-- x --><!DOCTYPE html><script>1</script>", "is a web page"),
        ("rows.csv", b"\xff\xfe" + "<html>".encode("utf-16-le"), "is a web page"),
        ("curve.png", b'<?xml version="1.0"?><svg xmlns="x"/>', "is an SVG drawing"),
        ("notes.txt", b"<?php system($_GET[0]);", "is a PHP script"),
        ("notes.txt", b"@echo off\r\ndel *", "is a Windows batch script"),
        ("notes.txt", b"MZ\x90\x00\x03\x00", "is a Windows program"),
        ("notes.txt", b"\x7fELF\x02\x01\x01\x00", "is a Linux program"),
        ("model.json", b"\x80\x04\x95\x00\x00", "is a Python pickle"),
        ("rows.csv", b"\x1f\x8b\x08\x00", "is a gzip archive"),
        ("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00", "old Office file"),
        ("film.csv", b"\x00\x00\x00\x20ftypisom" + bytes(64), "Taken are PDF"),
        ("train.py", b"print(1)", "ends in .py is not taken"),
        ("report.csv", pdf(), "is a PDF by its content: rename it to end in .pdf"),
        ("report.pdf", b"just words", "is plain text by its content"),
        ("report", pdf(), "has no ending and is a PDF"),
        ("..", pdf(), "The file has no ending and is a PDF"),
        ("book.xlsx", workbook(**{"xl/macrosheets/sheet1.xml": b"x"}), "holds macros"),
        ("book.zip", workbook(), "is an Excel workbook by its content"),
        ("book.xlsx", workbook(**{"xl/vbaProject.bin": b"x"}), "holds macros"),
        ("facts.json", b'{"a": 1,\n}', "is no JSON (line 2)"),
        ("facts.json", b"[" * 100_000, "is"),
        ("train.parquet", PARQUET[:-1], "was cut off"),
        ("report.pdf", pdf()[:-8], "was cut off"),
        ("empty.csv", b"", "is empty"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_with_the_reason(name: str, data: bytes, reason: str) -> None:
    assert reason in why_not(data, name)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pdf(b"/OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>>"), "runs JavaScript"),
        (pdf(b"/OpenAction <</S /Java#53cript /JS 9 0 R>>"), "runs JavaScript"),
        (pdf(packed=b"9 0 <</S /JavaScript /JS (x)>>"), "runs JavaScript"),
        (pdf(b"/AA <</O <</S /Launch /F (cmd.exe)>>>>"), "starts a program"),
        (pdf(b"/Names <</EmbeddedFiles 7 0 R>>"), "carries other files"),
        (pdf(b"/AcroForm <</XFA [(template) 5 0 R]>>"), "holds a form"),
        (pdf(b"/Encrypt 8 0 R"), "is encrypted"),
        (pdf(packed=b"x", dictionary=b"/Filter [/ASCII85Decode /FlateDecode]"), "cannot be looked into"),
        (pdf(packed=bytes(129 * 1024 * 1024)), "unpacks to more than 128 MB"),
    ],
)
def test_a_pdf_that_can_do_more_than_be_read_is_refused(data: bytes, reason: str) -> None:
    assert reason in why_not(data, "report.pdf")


def test_a_pdf_of_many_small_streams_is_taken_and_one_of_false_beginnings_costs_little() -> None:
    small = b"9 0 obj <</Filter /FlateDecode>> stream\n" + zlib.compress(b"BT (x) Tj ET") + b"\nendstream endobj\n"
    assert inspect(BytesIO(pdf().replace(b"trailer", small * 20_000 + b"trailer")), "report.pdf").size > 1_000_000
    begun = time.process_time()
    why_not(b"%PDF-1.7\n" + b"stream\n\x78\x9c" * 500_000 + b"\n%%EOF", "report.pdf")
    assert time.process_time() - begun < 10


def nested(depth: int) -> bytes:
    inner = packed({"a.txt": b"x"})
    for _ in range(depth):
        inner = packed({"b.zip": inner})
    return inner


def lying() -> bytes:
    """An archive whose directory and headers say that its entry is small."""
    data, small = bytearray(packed({"a.txt": HOLLOW})), (10).to_bytes(4, "little")
    data[22:26] = small
    directory = data.rfind(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = small
    return bytes(data)


def linked() -> bytes:
    buffer, entry = BytesIO(), zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (packed({"a.txt": HOLLOW}), "unpacks to far more"),
        (packed({f"{at}.txt": bytes(3 * 1024 * 1024) for at in range(90)}), "unpacks to far more"),
        (packed({f"{at}": b"" for at in range(5_001)}), "more than 5,000 entries"),
        (packed({"x" * 60_000 + str(at): b"" for at in range(40)}), "more entries than are looked into"),
        (packed({"b.zip": packed({"a.txt": HOLLOW})}), "unpacks to far more"),
        (nested(2), "archives inside archives"),
        (lying(), "damaged archive"),
        (packed({"../../etc/cron.d/x": b"x"}), "outside its folder"),
        (packed({"C:\\x": b"x"}), "outside its folder"),
        (linked(), "holds a link"),
        (packed({"run.exe": b"MZ\x90\x00"}), "holds a Windows program"),
        (packed({"a.txt": b"x"}, method=zipfile.ZIP_LZMA), "packed in a way"),
        (packed({"a.txt": b"x"})[:-1], "was cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_archive_that_could_harm_is_refused_without_unpacking_it(data: bytes, reason: str) -> None:
    assert reason in why_not(data, "all.zip")


def test_a_bomb_inside_an_office_file_is_found() -> None:
    assert "unpacks to far more" in why_not(workbook(**{"xl/sheet1.xml": HOLLOW}), "book.xlsx")


def test_a_file_beyond_the_limit_is_refused_before_it_is_looked_at() -> None:
    assert "bigger than 25 MB" in why_not(b"a" * (MOST_BYTES + 1), "rows.csv")
    assert inspect(BytesIO(b"a" * MOST_BYTES), "rows.csv").size == MOST_BYTES


def test_a_name_keeps_its_ending_and_loses_what_misleads() -> None:
    assert safe_name("C:\\Users\\me\\Ergebnis ü.pdf") == "Ergebnis ü.pdf"
    assert safe_name("../../etc/passwd") == "passwd"
    assert safe_name("in\u202efdp.exe\r\nX: y.csv") == "infdp.exeX_ y.csv"
    assert safe_name("x" * 300 + ".parquet") == "x" * 112 + ".parquet"


@settings(max_examples=60, deadline=None)
@given(
    start=st.sampled_from([b"", b"%PDF-", PNG, b"PK\x03\x04", b"PAR1", b"{", b"#!", b"\xff\xfe"]),
    rest=st.binary(max_size=300),
    name=st.text(max_size=30),
)
def test_whatever_comes_is_taken_or_refused_in_words(start: bytes, rest: bytes, name: str) -> None:
    try:
        said, size = "", inspect(BytesIO(start + rest), name).size
    except UnfitError as refused:
        said, size = str(refused), 0
    assert said.endswith((".", "?")) if said else size == len(start + rest)
