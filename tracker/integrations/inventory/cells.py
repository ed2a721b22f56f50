"""What one cell of an inventory says: nothing, yes or no, or a text worth keeping."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Missing(StrEnum):
    """Why a cell holds no answer."""

    BLANK = "blank"
    NOT_APPLICABLE = "not applicable"
    UNKNOWN = "unknown"
    WITHHELD = "withheld"
    PENDING = "to be determined"


# Each spelling was met in a published inventory or is what a spreadsheet program writes for "no value".
SPELLINGS: Final[dict[str, Missing]] = {
    spelling: kind
    for kind, spellings in {
        Missing.BLANK: "|blank|blank not provided|empty|nil|null|none|nothing|nan|missing|no data",
        Missing.NOT_APPLICABLE: "n a|na|not applicable|not applic|non applicable|does not apply|not relevant",
        Missing.UNKNOWN: "unknown|unk|not known|not reported|not provided|not available|not specified|unspecified"
        "|not given|not stated|no answer|no response|unavailable|data not reported by submitter|don t know|dont know",
        Missing.WITHHELD: "redacted|withheld|not public|not disclosed",
        Missing.PENDING: "tbd|tba|tbc|todo|to do|to be determined|to be announced|to be confirmed|to be decided"
        "|not yet determined|not yet known|undetermined",
    }.items()
    for spelling in spellings.split("|")
}

# These may be followed by an explanation and still say "no answer": "N/A - consolidated into another use case".
OPENINGS: Final = re.compile(
    r"(n/a|not applicable|not reported|not provided|data not reported|redacted|withheld|tbd|to be determined)\b", re.I
)
EXPLAINED: Final = re.compile(r"[\s\W]*([-–—:;,(.]|$|by submitter|and will)", re.I)

YES: Final = frozenset(["yes", "y", "true", "t", "1", "x", "si", "sí", "oui", "ja", "wahr", "vrai", "✓", "✔", "☑"])
NO: Final = frozenset(["no", "n", "false", "f", "0", "non", "nein", "nee", "falsch", "faux", "✗", "✘", "☐"])

NOT_A_WORD: Final = re.compile(r"[^a-z0-9]+")
LONGEST_SPELLING: Final = 2 * max(map(len, SPELLINGS))  # with the punctuation that folding takes away
SPREADSHEET_ERRORS: Final = frozenset(["#n/a", "#ref!", "#value!", "#num!", "#div/0!", "#name?", "#null!"])
INVISIBLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b-\u200f\u2060\ufeff]")
LIST_LETTER: Final = re.compile(r"^\(?[a-zA-Z][).]\s+|^\(?[a-zA-Z]\)\s*")
MOJIBAKE: Final = re.compile("[Ââãå][\x80-\xbf\u0152-\u2122]|Ã[\x80-\xff\u0152-\u2122]")


def clean(text: str) -> str:
    """One line of text: double-encoded characters repaired, every run of blanks made one space, ends trimmed."""
    if MOJIBAKE.search(text):
        text = _decoded_twice(text)
    return " ".join(INVISIBLE.sub("", text).split())


def paragraphs(text: str) -> str:
    """The text with its line breaks, each line cleaned, and never more than one blank line between two."""
    lines = [clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def fold(text: str) -> str:
    """Lower-case words of letters and digits, one space apart: for comparing headers and answers."""
    line = clean(text)
    if line.isascii():
        return NOT_A_WORD.sub(" ", line.lower()).strip()
    plain = unicodedata.normalize("NFKD", line).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def identity(text: str) -> str:
    """What survives a change of encoding, quotes, blanks or punctuation: the letters and digits alone."""
    return fold(text).replace(" ", "")


def missing(text: str) -> Missing | None:
    """The kind of missing answer a cell holds, or None when it says something."""
    line = clean(text)
    if len(line) <= LONGEST_SPELLING and (folded := fold(line)) in SPELLINGS:
        return SPELLINGS[folded]
    if line.casefold() in SPREADSHEET_ERRORS:
        return Missing.BLANK
    opening = OPENINGS.match(line)
    if opening and EXPLAINED.match(line, opening.end()):
        return SPELLINGS.get(fold(opening.group(1)), Missing.UNKNOWN)
    return None


def said(text: str) -> str:
    """The cleaned text, or '' when the cell says that there is no answer."""
    return "" if missing(text) else clean(text)


def without_letter(text: str) -> str:
    """The answer without the letter of a drop-down list: 'c)  Deployed' is 'Deployed'."""
    return LIST_LETTER.sub("", clean(text))


def yes_no(text: str) -> bool | None:
    """Yes or no by the first word of the answer, however long the sentence; None when it says neither."""
    if missing(text):
        return None
    words = without_letter(text).casefold().replace("’", "'").split()
    first = words[0].strip(".,;:!–—-()[]\"'") if words else ""
    if first in YES:
        return True
    return False if first in NO else None


def _decoded_twice(text: str) -> str:
    """UTF-8 that was read as Windows-1252 and saved again, put right; the text as it was when it is not that."""
    try:
        return text.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return text
