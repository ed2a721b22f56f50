"""Where the originals of evidence are kept: a folder, or a bucket of S3 or of what speaks its protocol."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

FOLDER: Final = "django.core.files.storage.FileSystemStorage"
BUCKET: Final = "tracker.evidence_bucket.EvidenceBucket"


def evidence_storage(address: str) -> dict[str, Any]:
    """The entry of `STORAGES` for `EVIDENCE_STORAGE`: nothing for the folder, or `s3://bucket/folder`.

    Raises `ImproperlyConfigured` for another address, or when the libraries for a bucket are not installed.
    """
    if not address:
        return {"BACKEND": FOLDER}
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "s3" or not parts.hostname or parts.query or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"EVIDENCE_STORAGE is {address!r}: leave it empty for a folder under THROUGHLINE_VAR, or write "
            "s3://bucket/folder. Keys and region come from the AWS_ variables."
        )
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise ImproperlyConfigured("EVIDENCE_STORAGE names a bucket: install 'django-storages[s3]~=1.14' for it.")
    return {"BACKEND": BUCKET, "OPTIONS": {"bucket_name": parts.netloc, "location": parts.path.strip("/")}}
