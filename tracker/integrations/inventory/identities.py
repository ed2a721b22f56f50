"""Who a row is about: what stays the same when the next edition of an inventory changes headers, encoding or order.

An identity is the external id, the division (and its code), the unit, the name and, for rows that repeat all of
these, a number. It is kept as text in `ImportedRow.key`, so that later editions can be matched part by part.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple, dataclass
from typing import Final

from tracker.integrations.inventory.cells import clean, fold, identity

PART_LIMIT: Final = 90  # five parts and their separators stay below the 500 characters of a key
COMMON_WORDS: Final = frozenset(["the", "of", "for", "and", "u", "s", "us", "united", "states", "department", "dept"])
FORMER_NAME: Final = re.compile(
    r"\b(?:previously|formerly)(?: (?:known as|called|named))?[\s:]+[\"'“‘]?([^\"”()\n]{3,200})", re.I
)
ID_PREFIX: Final = re.compile(r"([A-Za-z]{2,10})[\s_–—-]*\d")


@dataclass(frozen=True)
class Identity:
    """Each part holds letters and digits only; '' where the file says nothing."""

    external_id: str
    division: str
    code: str
    unit: str
    name: str
    occurrence: int = 1

    @property
    def key(self) -> str:
        return "|".join(str(part) for part in astuple(self))

    @classmethod
    def parse(cls, key: str) -> Identity:
        """The identity that a key was made of; raises `ValueError` for a text that is no key."""
        external_id, division, code, unit, name, occurrence = key.split("|")
        return cls(external_id, division, code, unit, name, int(occurrence))


def identity_of(external_id: str, division: str, code: str, unit: str, name: str) -> Identity:
    """The identity of a row from its cells as a person reads them."""
    return Identity(
        bounded(identity(external_id)),
        bounded(division_identity(division)),
        bounded(identity(code)),
        bounded(identity(unit)),
        bounded(identity(name) or clean(name)),
    )


def division_identity(text: str) -> str:
    """A division without the words that are written in one edition and left out in the next: 'Department of the
    Interior' and 'Department of Interior' are the same."""
    words = fold(text).split()
    return "".join(word for word in words if word not in COMMON_WORDS) or "".join(words)


def former_name(name: str) -> str:
    """The identity of the earlier name that a name states: 'Translator (previously Babel)'; '' when it states none."""
    match = FORMER_NAME.search(clean(name))
    return bounded(identity(match.group(1))) if match else ""


def code_in_id(external_id: str) -> str:
    """The division's code that an id begins with: 'FHFA-1' and 'NARA - 0001' name FHFA and NARA."""
    match = ID_PREFIX.match(clean(external_id))
    return match.group(1).upper() if match else ""


def bounded(part: str) -> str:
    """The part, shortened so that two different long ones still differ."""
    part = part.replace("|", "")
    if len(part) <= PART_LIMIT:
        return part
    return part[: PART_LIMIT - 16] + hashlib.sha256(part.encode()).hexdigest()[:16]
