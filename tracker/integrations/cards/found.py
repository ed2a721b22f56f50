"""What was found in a card, and every line of it that was not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from models_registry.requirements.details.model_card import MOST_LINES, MOST_NAMES, MOST_TEXT
from models_registry.vocabulary import CardFormat

LONGEST: Final = 500  # characters of one entry of a list
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class UnreadableCardError(ValueError):
    """The file as a whole is no card that is read here. The text says why, and ends with the way out."""


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that has no place in the record. `line` counts from 1; None where the format has no lines to name."""

    line: int | None
    what: str
    why: str


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card as evidence: `detail`, which holds `unread` too, and `measurements`, as `requirements` checks them."""

    format: CardFormat
    title: str
    summary: str
    detail: Mapping[str, Any]
    measurements: Sequence[Mapping[str, str]]
    unread: Sequence[Unread]


@dataclass
class Findings:
    """Collects what a reader finds, within the bounds of a record."""

    format: CardFormat
    detail: dict[str, Any] = field(default_factory=dict)
    measurements: list[dict[str, str]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    summary: str = ""

    def skip(self, line: int | None, what: str, why: str) -> None:
        self.unread.append(Unread(line, shortened(what), why))

    def text(self, name: str, said: object, line: int | None = None, *, most: int = MOST_TEXT) -> None:
        """Keep a text; what is there already stays before it."""
        plain = printable(said)
        if not plain:
            return
        whole = f"{self.detail[name]}\n\n{plain}" if name in self.detail and most == MOST_TEXT else plain
        if len(whole) > most:
            self.skip(line, f"{name.replace('_', ' ')}: {plain}", f"Only the first {most:,} characters are kept here.")
        self.detail[name] = whole[:most].strip()

    def short(self, name: str, said: object, line: int | None = None) -> None:
        self.text(name, " ".join(printable(said).split()), line, most=300)

    def names(self, name: str, said: Iterable[object], line: int | None = None) -> None:
        """Keep a list of texts, each once."""
        found = [" ".join(printable(one).split()) for one in said]
        kept = list(dict.fromkeys([*self.detail.get(name, []), *(one[:LONGEST] for one in found if one)]))
        if len(kept) > MOST_NAMES:
            self.skip(line, f"{name}: {len(kept):,} entries", f"Only the first {MOST_NAMES} are kept here.")
        if kept:
            self.detail[name] = kept[:MOST_NAMES]

    def rows(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Keep the rows of a table."""
        if len(rows) > MOST_LINES:
            self.skip(None, f"{name}: {len(rows):,} lines", f"Only the first {MOST_LINES} are kept here.")
        found = [{part: shortened(printable(said)) for part, said in row.items()} for row in rows[:MOST_LINES]]
        if found:
            self.detail[name] = found

    def card(self, title: str) -> CardRead:
        told = sorted(self.unread, key=lambda one: one.line or 0)
        rows = [
            {"line": str(one.line or ""), "what": printable(one.what), "why": one.why} for one in told[: MOST_LINES - 1]
        ]
        if len(told) >= MOST_LINES:
            rows.append({"line": "", "what": f"{len(told) - len(rows):,} more", "why": "They are in the file."})
        detail = {"format": self.format.value, **self.detail, **({"unread": rows} if rows else {})}
        shown = printable(title) or self.detail.get("model_name", "") or "Model card"
        return CardRead(self.format, shown[:200].strip(), self.summary, detail, tuple(self.measurements), tuple(told))


def printable(said: object) -> str:
    """The text of a scalar without what cannot be shown."""
    return "" if said is None else _UNPRINTABLE.sub("", str(said)).strip()


def shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
