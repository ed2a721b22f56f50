"""The bytes of uploaded originals in the default storage, each under a name that is made of its digest.

A name says what lies under it, so that writing the same bytes twice changes nothing, and bytes without a row (after a
crash between the two) are harmless: the next upload of the same file finds them.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from typing import IO, Final

from django.core.files.base import File
from django.core.files.storage import Storage, storages

from models_registry.models import EvidenceFile

FOLDER: Final = "evidence"
_CHUNK: Final = 256 * 1024
_IN_MEMORY: Final = 5 * 1024 * 1024


class StorageAwayError(Exception):
    """The storage did not take the bytes; another try may help."""


class BrokenFileError(Exception):
    """The bytes of a file are gone, or they are not those that were uploaded."""


def name_of(digest: str) -> str:
    """Where the bytes of a digest lie: `evidence/ab/abcd…`."""
    plain = digest.removeprefix("sha256:")
    return f"{FOLDER}/{plain[:2]}/{plain}"


def put(stream: IO[bytes], digest: str) -> str:
    """Write the bytes unless they are there already, whole. Returns the name that they lie under.

    Raises `StorageAwayError`.
    """
    try:
        return _put(stream, digest)
    except Exception as problem:  # a bucket's client raises errors of its own, which this layer does not know
        raise StorageAwayError(str(problem)) from problem


def _put(stream: IO[bytes], digest: str) -> str:
    name, storage = name_of(digest), _storage()
    if _digest_at(storage, name) == digest:
        return name
    # What a crash left half-written, or what was changed since, makes way for the whole.
    if storage.exists(name):
        storage.delete(name)
    stream.seek(0)
    saved = storage.save(name, File(stream))
    if saved != name:  # somebody stored the same bytes in the same moment
        storage.delete(saved)
    return name


def opened(file: EvidenceFile) -> IO[bytes]:
    """The bytes of a file, read once and found to be the uploaded ones. Raises `BrokenFileError`."""
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  the caller closes it
    seen = hashlib.sha256()
    try:
        for chunk in _chunks(_storage(), file.stored_as):
            seen.update(chunk)
            kept.write(chunk)
    except Exception as problem:  # as in `put`
        kept.close()
        raise BrokenFileError(f"{file.name} cannot be read from the storage.") from problem
    if f"sha256:{seen.hexdigest()}" != file.digest:
        kept.close()
        raise BrokenFileError(f"{file.name} is not what was uploaded: its digest differs.")
    kept.seek(0)
    return kept


def state_of(file: EvidenceFile) -> str:
    """`whole`, `missing` or `changed`."""
    found = _digest_at(_storage(), file.stored_as)
    return "whole" if found == file.digest else "changed" if found else "missing"


def stored_names() -> Iterator[str]:
    """Every name under which bytes lie, with or without a row."""
    storage = _storage()
    try:
        folders, _ = storage.listdir(FOLDER)
    except FileNotFoundError:
        return
    for folder in sorted(folders):
        _, names = storage.listdir(f"{FOLDER}/{folder}")
        yield from (f"{FOLDER}/{folder}/{name}" for name in sorted(names))


def _storage() -> Storage:
    return storages["default"]


def _digest_at(storage: Storage, name: str) -> str:
    """The digest of what lies under a name; empty when nothing does."""
    seen = hashlib.sha256()
    try:
        for chunk in _chunks(storage, name):
            seen.update(chunk)
    except FileNotFoundError:
        return ""
    return f"sha256:{seen.hexdigest()}"


def _chunks(storage: Storage, name: str) -> Iterator[bytes]:
    with storage.open(name, "rb") as stored:
        yield from stored.chunks(_CHUNK)
