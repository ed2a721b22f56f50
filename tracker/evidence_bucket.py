"""The bucket that `EVIDENCE_STORAGE` names. Only loaded when one is named: its libraries are an extra."""

from __future__ import annotations

from typing import Any

from botocore.config import Config
from storages.backends.s3 import S3Storage


class EvidenceBucket(S3Storage):
    """S3 with time-outs, private objects, and names that are never changed: they are made of digests."""

    def get_default_settings(self) -> dict[str, Any]:
        defaults: dict[str, Any] = super().get_default_settings()
        config = Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2}, signature_version="s3v4")
        return {**defaults, "client_config": config, "default_acl": None, "file_overwrite": True, "gzip": False}
