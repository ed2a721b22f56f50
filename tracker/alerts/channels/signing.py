"""Keys and signatures of webhooks after the Standard Webhooks specification, version 1, symmetric.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

PREFIX: Final = "whsec_"
BYTES: Final = 32  # the specification asks for 24 to 64
OVERLAP: Final = timedelta(days=1)  # for so long both keys sign after a change


@dataclass(frozen=True, slots=True)
class Key:
    """One key as it is shown to its owner, once. `until`: it was replaced, and signs until then."""

    text: str
    until: datetime | None = None

    @property
    def secret(self) -> bytes:
        return base64.b64decode(self.text.removeprefix(PREFIX))


def new_key() -> Key:
    return Key(PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode("ascii"))


def replaced(keys: Sequence[Key], now: datetime) -> list[Key]:
    """A new key in front, and the newest one from before for as long as a receiver needs to take the new one."""
    return [new_key(), *(Key(key.text, now + OVERLAP) for key in keys[:1])]


def signature(secrets_: Sequence[bytes], key: str, at: int, body: bytes) -> str:
    """The header's value: one signature a key, over the message's identifier, the Unix second and the body."""
    signed = f"{key}.{at}.".encode() + body
    made = (base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode("ascii") for secret in secrets_)
    return " ".join(f"v1,{one}" for one in made)


def written(keys: Sequence[Key]) -> str:
    """The keys as they are sealed."""
    return json.dumps([{"key": key.text, "until": key.until.isoformat() if key.until else None} for key in keys])


def read(text: str) -> list[Key]:
    """Raises `ValueError` when it is not what `written` wrote."""
    return [Key(one["key"], datetime.fromisoformat(one["until"]) if one["until"] else None) for one in json.loads(text)]
