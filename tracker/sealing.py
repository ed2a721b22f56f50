"""What must be kept and never be read from a copy of the database: sealed with keys that are not in it."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """A seal opens with none of the keys that are set."""

    def __init__(self) -> None:
        super().__init__(
            "It was encrypted with a key that is not set here: put it back into SECRETS_KEYS or SECRET_KEY_FALLBACKS, "
            "or type the address again."
        )


def seal(text: str) -> str:
    """The text, sealed with the newest key."""
    return _box().encrypt(text.encode()).decode("ascii")


def unseal(sealed: str) -> str:
    """The text again. Raises `Unreadable`."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        raise Unreadable from None


def reseal(sealed: str) -> str:
    """The same text sealed with the newest key, so that an older one can go. Raises `Unreadable`."""
    try:
        return _box().rotate(sealed.encode()).decode("ascii")
    except (InvalidToken, UnicodeError):
        raise Unreadable from None


def _box() -> MultiFernet:
    """The first of SECRETS_KEYS seals; those after it, and what stands in for them where none is set, still open."""
    return _boxes(tuple(settings.SECRETS_KEYS), (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=8)
def _boxes(own: tuple[str, ...], site: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (*own, *site)])


def _key(secret: str) -> bytes:
    """The secrets are long and random, which `checks` sees to, so that no slow derivation is needed."""
    return base64.urlsafe_b64encode(hashlib.sha256(b"destination:" + secret.encode()).digest())
