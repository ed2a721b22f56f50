"""Requests that are too big: refused before they fill memory or disk, and the refusal names the field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import IO, Any, Final
from urllib.parse import unquote_plus

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest

MEGABYTE: Final = 1024 * 1024
MOST_FILE: Final = 25 * MEGABYTE  # of one file; pages that take smaller ones say so themselves
MOST_UPLOAD: Final = (
    32 * MEGABYTE
)  # of a form with a file: a little too big is told at the field, with all that was typed
_DRAINED: Final = 64 * MEGABYTE  # read and thrown away, so that a browser still listens when the refusal comes
_CHUNK: Final = 256 * 1024
_LONGEST_NAME: Final = 100
_SCHEMA: Final = "a JSON Schema may have 256 KB"
_KNOWN: Final[Mapping[str, tuple[str, str]]] = {
    "input_schema": ("Input schema", _SCHEMA),
    "output_schema": ("Output schema", _SCHEMA),
    "retraining_plan": ("Retraining plan", "it may have 5,000 characters"),
}


class SmallUploads(FileUploadHandler):
    """The first of the upload handlers: refuses a form with a big file before a byte of it is kept."""

    def handle_raw_input(
        self,
        input_data: IO[bytes],
        META: dict[str, str],  # noqa: N803  Django's name
        content_length: int,
        boundary: str,
        encoding: str | None = None,
    ) -> None:
        if content_length > MOST_UPLOAD:
            raise RequestDataTooBig(f"The form is {content_length} bytes long.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def complaint(request: HttpRequest) -> tuple[str, str]:
    """What is too big and what to do, of a request that Django refused to read. Reads what is left of it."""
    sent = _sent(request)
    if request.content_type == "multipart/form-data":
        for _ in _rest(request):
            pass
        return (
            f"The file is too big: {sent}, and {MOST_FILE // MEGABYTE} MB is the most that is taken.",
            "Nothing was saved. Go back, choose a smaller file, or split it.",
        )
    name, size = largest_field(_rest(request))
    label, limit = _KNOWN.get(name, (name.replace("_", " ").capitalize(), ""))
    most = limit or f"a form may have {settings.DATA_UPLOAD_MAX_MEMORY_SIZE // MEGABYTE} MB"
    what = f"{label} holds {_spelled(size)}" if name else f"The form holds {sent}"
    return (
        f"{what}: {most}.",
        "Nothing was saved. Go back: what you typed is still there. Shorten it, then send it again.",
    )


def largest_field(chunks: Iterable[bytes]) -> tuple[str, int]:
    """The name and the bytes of the biggest field of a urlencoded form, read without keeping it."""
    largest, name, size, named = ("", 0), b"", 0, False
    for chunk in chunks:
        for number, piece in enumerate(chunk.split(b"&")):
            if number:
                largest = max(largest, (_plain(name), size), key=lambda field: field[1])
                name, size, named = b"", 0, False
            if not named:
                head, equals, piece = piece.partition(b"=")
                name, named = (name + head)[:_LONGEST_NAME], bool(equals)
            size += len(piece) - 2 * piece.count(b"%")
    return max(largest, (_plain(name), size), key=lambda field: field[1])


def _plain(name: bytes) -> str:
    return unquote_plus(name.decode("ascii", "replace"))


def _rest(request: HttpRequest) -> Iterator[bytes]:
    """What has not been read yet, up to a limit; nothing when the connection is gone."""
    left = _DRAINED
    while left > 0:
        try:
            chunk = request.read(_CHUNK)
        except (OSError, ValueError):
            return
        if not chunk:
            return
        left -= len(chunk)
        yield chunk


def _sent(request: HttpRequest) -> str:
    length: Any = request.META.get("CONTENT_LENGTH") or "0"
    return _spelled(int(length) if str(length).isdigit() else 0)


def _spelled(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB"
