"""A strict JSON reader that remembers lines: what it refuses, and what a checker refuses later, can be pointed at.

Stricter than the standard library's: a key may occur once, NaN and infinity are refused, and nesting is bounded before
it can exhaust the stack. Numbers too large for a float are kept exactly.
"""

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from json import JSONDecodeError, JSONDecoder
from typing import Any, Final

MOST_DEPTH: Final = 64
_SPACE: Final = re.compile(r"[ \t\n\r]*")
_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")
_DECODER: Final = JSONDecoder()
_WORDS: Final = {"true": True, "false": False, "null": None}
_LONGEST_INT: Final = 4000
_LONGEST_EXPONENT: Final = 9


class JsonProblem(ValueError):
    """The text is not acceptable JSON; `line` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        self.message, self.line = message, line
        super().__init__(f"line {line}: {message}")


@dataclass(slots=True)
class Document:
    """A value read from JSON, and the line of each of its entries."""

    value: Any = None
    _lines: dict[tuple[int, str | int], int] = field(default_factory=dict)

    def line_of(self, container: object, key: str | int) -> int:
        """Where an entry of an object or list of this document begins; 1 for the document itself."""
        return self._lines.get((id(container), key), 1)

    def line_at(self, start: object, path: tuple[str | int, ...]) -> int | None:
        """The line of the entry a path leads to from a container, or of the last entry on the way that exists."""
        line, here = None, start
        for key in path:
            if (id(here), key) not in self._lines:
                break
            line = self._lines[id(here), key]
            here = here[key]  # type: ignore[index]  # an entry with a line is in a list or an object
        return line


def read_json(text: str) -> Document:
    """Read one JSON value. Raises `JsonProblem` at the first thing that is not allowed."""
    return _Reader(text.removeprefix("\ufeff")).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.document_read = Document()
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def document(self) -> Document:
        value, position = self._value(self._skip(0), 0)
        if position != len(self.text):
            raise self._problem(
                "there is text after the end of the value: remove it, or add the missing bracket", position
            )
        self.document_read.value = value
        return self.document_read

    def _line(self, position: int) -> int:
        return bisect_right(self._starts, position)

    def _problem(self, message: str, position: int) -> JsonProblem:
        return JsonProblem(message, self._line(position))

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def _note(self, container: object, key: str | int, position: int) -> None:
        self.document_read._lines[id(container), key] = self._line(position)

    def _value(self, position: int, depth: int) -> tuple[Any, int]:
        """A value that starts at `position`, and where the text goes on after it and the space behind it."""
        mark = self.text[position : position + 1]
        read: Any
        if mark in ("{", "["):
            if depth >= MOST_DEPTH:
                raise self._problem(f"nested more than {MOST_DEPTH} levels deep: move inner parts to $defs", position)
            read, end = (self._object if mark == "{" else self._list)(position + 1, depth + 1)
        elif mark == '"':
            read, end = self._string(position)
        else:
            read, end = self._word_or_number(position)
        return read, self._skip(end)

    def _object(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        read: dict[str, Any] = {}
        position = self._skip(position)
        if self.text[position : position + 1] == "}":
            return read, position + 1
        while True:
            if self.text[position : position + 1] != '"':
                raise self._problem("a key in double quotes is expected here; check for a comma too many", position)
            key, after = self._string(position)
            if key in read:
                raise self._problem(f"the key “{key}” is given twice in one object: remove one of them", position)
            self._note(read, key, position)
            after = self._skip(after)
            if self.text[after : after + 1] != ":":
                raise self._problem(f"a colon is expected after the key “{key}”", after)
            read[key], position = self._value(self._skip(after + 1), depth)
            mark = self.text[position : position + 1]
            if mark == "}":
                return read, position + 1
            if mark != ",":
                raise self._problem(f"a comma or }} is expected after the value of “{key}”", position)
            position = self._skip(position + 1)

    def _list(self, position: int, depth: int) -> tuple[list[Any], int]:
        read: list[Any] = []
        position = self._skip(position)
        if self.text[position : position + 1] == "]":
            return read, position + 1
        while True:
            self._note(read, len(read), position)
            value, position = self._value(position, depth)
            read.append(value)
            mark = self.text[position : position + 1]
            if mark == "]":
                return read, position + 1
            if mark != ",":
                raise self._problem("a comma or ] is expected after an entry of a list", position)
            position = self._skip(position + 1)

    def _string(self, position: int) -> tuple[str, int]:
        try:
            read, end = _DECODER.raw_decode(self.text, position)
        except JSONDecodeError as problem:
            raise self._problem(f"a text is not well formed ({problem.msg.lower()})", problem.pos) from None
        if _UNKEEPABLE.search(read):
            raise self._problem("a text holds half a character or a NUL: type it again", position)
        return read, end

    def _word_or_number(self, position: int) -> tuple[Any, int]:
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, position):
                return meaning, position + len(word)
        match = _NUMBER.match(self.text, position)
        if match is None:
            raise self._problem(self._not_a_value(position), position)
        return self._number(match, position), match.end()

    def _number(self, match: re.Match[str], position: int) -> int | float | Decimal:
        whole, fraction, exponent = match.groups()
        if len(exponent or "") > _LONGEST_EXPONENT or len(match.group()) > _LONGEST_INT:
            raise self._problem("a number is too long to be meant", position)
        if fraction is None and exponent is None:
            return int(whole)
        number = float(match.group())
        return number if math.isfinite(number) else Decimal(match.group())

    def _not_a_value(self, position: int) -> str:
        rest = self.text[position:]
        if not rest:
            return "the text ends where a value is expected; check for a missing bracket"
        if re.match(r"-?(NaN|Infinity)", rest):
            return "NaN and Infinity are not JSON: give a number, or leave the key out"
        if rest[0] in "}],":
            return f"a value is expected before “{rest[0]}”; check for a comma too many"
        if rest[0] == "'":
            return "texts stand in double quotes in JSON, not in single ones"
        return f"“{rest[:12].split()[0]}” is not a JSON value; texts need double quotes"
