"""What the fields of a detail are described with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from models_registry.vocabulary import Word, choices


@dataclass(frozen=True, slots=True)
class Part:
    """One field. `choose`: the words it is one of; `lines`: a list, one entry a line; `look` is the widget's.

    `long`: a text of several lines.
    """

    path: str
    label: str
    hint: str = ""
    choose: type[Word] | None = None
    lines: bool = False
    look: str = ""
    long: bool = False

    @property
    def options(self) -> list[tuple[str, str]]:
        return [("", "Not said"), *choices(self.choose)] if self.choose else []


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of entries of the same parts."""

    path: str
    label: str
    one: str
    parts: tuple[Part, ...]
    hint: str = ""


@dataclass(frozen=True, slots=True)
class DetailFields:
    """Everything that one kind asks for, in the order in which it is shown; `pairs` stand two in a line.

    What only an import can know is shown and not asked for: `read` before the pairs, `read_rows` after the rows.
    """

    pairs: tuple[tuple[Part, ...], ...]
    rows: tuple[Rows, ...] = ()
    read: tuple[Part, ...] = ()
    read_rows: tuple[Rows, ...] = ()

    @property
    def parts(self) -> Iterable[Part]:
        return (part for pair in self.pairs for part in pair)
