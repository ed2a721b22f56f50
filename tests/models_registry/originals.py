"""Small files of every kind that is taken, and some that only look like one."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from io import BytesIO

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + bytes(20)
PARQUET = b"PAR1" + bytes(16) + b"\x08\x00\x00\x00PAR1"
CONTENT_TYPES = "[Content_Types].xml"


def pdf(extra: bytes = b"", *, packed: bytes = b"", dictionary: bytes = b"/Filter /FlateDecode") -> bytes:
    """A PDF of one empty page; `extra` stands in its catalogue, `packed` in a compressed stream of objects."""
    body = b"%PDF-1.7\n1 0 obj <</Type /Catalog /Pages 2 0 R " + extra + b">> endobj\n"
    body += b"2 0 obj <</Type /Pages /Kids [3 0 R] /Count 1>> endobj\n"
    body += b"3 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200]>> endobj\n"
    if packed:
        stream = zlib.compress(packed)
        head = b"<</Type /ObjStm /N 1 /First 4 " + dictionary + b" /Length %d>>" % len(stream)
        body += b"4 0 obj " + head + b" stream\n" + stream + b"\nendstream endobj\n"
    return body + b"trailer <</Root 1 0 R /Size 5>>\n%%EOF\n"


def packed(entries: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive of these entries."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def workbook(**more: bytes) -> bytes:
    return packed({CONTENT_TYPES: b"<Types/>", "xl/workbook.xml": b"<workbook/>", **more})
