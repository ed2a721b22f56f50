"""Take an uploaded original into a release; evidence then refers to it."""

from __future__ import annotations

from datetime import datetime
from typing import IO

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, open_visit
from governance.errors import Conflict, NotFound, invalid
from governance.stored_files import StorageAwayError, put
from governance.trail import writers
from models_registry.models import EvidenceFile, Person, Release
from models_registry.originals import UnfitError, inspect
from models_registry.vocabulary import Stage


def store_file(
    actor: Person, release_id: int, stream: IO[bytes], name: str, *, at: datetime | None = None
) -> EvidenceFile:
    """Keep an upload with the release. The same bytes again give the file that is there, under its first name.

    The bytes go to the storage first: a crash before the row leaves bytes that the next upload finds, and never a row
    without bytes. Raises `Invalid` on the field `file`, with the reason, for what is not taken.
    """
    at = moment(at)
    permissions.work_on(actor, _release(release_id).model)
    try:
        seen = inspect(stream, name)
    except UnfitError as problem:
        raise invalid("file", str(problem)) from None
    try:
        stored_as = put(stream, seen.digest)
    except StorageAwayError:
        raise Conflict(
            "The storage for files cannot be reached, so the file was not kept.",
            remedy="Try again in a while, or attach the evidence without the file.",
            field="file",
        ) from None
    with transaction.atomic():
        release = locked_release(release_id)
        permissions.work_on(actor, release.model)
        if open_visit(release).stage == Stage.RETIRED:
            raise Conflict("This release is retired and takes nothing new.", remedy="Start a new release instead.")
        standing = release.files.filter(digest=seen.digest).first()
        if standing is not None:
            return standing
        file = EvidenceFile.objects.create(
            release=release,
            name=seen.name,
            media_type=seen.media_type,
            size=seen.size,
            digest=seen.digest,
            stored_as=stored_as,
            added_by=actor,
            added_at=at,
        )
        writers.file_stored(file, actor, at)
        return file


def _release(release_id: int) -> Release:
    found = Release.objects.select_related("model__team").filter(pk=release_id).first()
    if found is None:
        raise NotFound
    return found
