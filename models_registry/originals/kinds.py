"""The kinds of file that are taken as evidence, and the error for all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class UnfitError(ValueError):
    """The file is not taken. The text says why, and ends with the way out."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """`said` is how a sentence names it; `endings` are those of its file names, the usual one first."""

    said: str
    media_type: str
    endings: tuple[str, ...]


KINDS: Final[Mapping[str, FileKind]] = {
    "pdf": FileKind("a PDF", "application/pdf", (".pdf",)),
    "png": FileKind("a PNG picture", "image/png", (".png",)),
    "jpeg": FileKind("a JPEG picture", "image/jpeg", (".jpg", ".jpeg")),
    "zip": FileKind("a ZIP archive", "application/zip", (".zip",)),
    "xlsx": FileKind(
        "an Excel workbook", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)
    ),
    "docx": FileKind(
        "a Word document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)
    ),
    "parquet": FileKind("a Parquet file", "application/vnd.apache.parquet", (".parquet", ".pq")),
    "json": FileKind("JSON", "application/json", (".json",)),
    "csv": FileKind("CSV", "text/csv", (".csv", ".tsv")),
    "yaml": FileKind("YAML", "application/yaml", (".yaml", ".yml", ".mlmodel")),
    "markdown": FileKind("Markdown", "text/markdown", (".md", ".markdown")),
    "text": FileKind("plain text", "text/plain", (".txt", ".log")),
}
TEXTS: Final = ("json", "csv", "yaml", "markdown", "text")
ACCEPT: Final = ",".join(ending for kind in KINDS.values() for ending in kind.endings)
TAKEN: Final = "Taken are PDF, PNG, JPEG, CSV, JSON, YAML, Markdown, plain text, ZIP, XLSX, DOCX and Parquet."
