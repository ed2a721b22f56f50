"""The digest of a value: equal for equal content, whatever the order of keys or the spelling of a number."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any


def digest_of(value: object) -> str:
    """`sha256:…` of the value as canonical JSON: sorted keys, no spaces, UTF-8.

    Decimals are written as text without trailing zeros, so `1.50` and `1.5` are one; instants as ISO 8601 in UTC.
    Raises `ValueError` for what is not a number or has no time zone, `TypeError` for what has no canonical form.
    """
    text = json.dumps(_canonical(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode('ascii')).hexdigest()}"


def plain_number(number: Decimal) -> str:
    """A Decimal as text without trailing zeros or an exponent for everyday sizes: `120`, `0.05`, `1E+40`."""
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError("A number is expected, not NaN or infinity.")
    while len(digits) > 1 and digits[-1] == 0:
        digits, exponent = digits[:-1], exponent + 1
    if not any(digits):
        return "0"
    shortest = Decimal((sign, digits, exponent))
    return format(shortest, "f") if -20 <= exponent <= 20 else str(shortest)


def _canonical(value: object) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return plain_number(Decimal(repr(value)))
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, Enum):
        return _canonical(value.value)
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise ValueError("An instant without a time zone has no digest.")
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return _canonical_collection(value)


def _canonical_collection(value: object) -> Any:
    if isinstance(value, Mapping):
        return {_key(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_canonical(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    raise TypeError(f"{type(value).__name__} has no canonical form.")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError("Keys of a digested object must be text.")
    return str(key.value) if isinstance(key, Enum) else key
