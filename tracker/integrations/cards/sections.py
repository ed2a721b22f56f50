"""The sections of a Markdown text, each with the line of its heading; headings in code are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

LONGEST: Final = 2_000  # characters that are looked at of one line or paragraph
_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:\s+(.*?))?\s*#*\s*$")
_UNDERLINE: Final = re.compile(r" {0,3}(=+|-{3,})\s*$")
_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})")
_TABLE: Final = re.compile(r"\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)+\|?\s*$")
_MARKS: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|<[^>]{1,300}>|[*_`#]+")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its own text, which ends at the next heading. `level` 0: what stands before the first one."""

    level: int
    title: str
    line: int
    text: str
    tables: tuple[int, ...]


def sections_of(lines: Sequence[str], first_line: int = 1) -> list[Section]:
    """The sections of a text in order. `first_line`: the line of the file on which the text begins."""
    found: list[Section] = []
    level, title, begin, own, tables, fence = 0, "", first_line, list[str](), list[int](), ""
    for number, line, following in _with_next(lines, first_line):
        mark = _FENCE.match(line)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        heading = None if fence or mark else _heading(line, following)
        if heading is None:
            if own or not (_UNDERLINE.match(line) and begin == number - 1):
                own.append(line)
            if not fence and len(line) < LONGEST and _TABLE.match(line.strip()):
                tables.append(number - 1)
            continue
        found.append(Section(level, title, begin, "\n".join(own).strip(), tuple(tables)))
        (level, title), begin, own, tables = heading, number, [], []
    found.append(Section(level, title, begin, "\n".join(own).strip(), tuple(tables)))
    return found


def plain(text: str) -> str:
    """The beginning of a text without the marks of Markdown."""
    return " ".join(_MARKS.sub(lambda mark: mark[1] or "", text[:LONGEST]).split())


def first_paragraph(sections: Sequence[Section]) -> str:
    """The first words that are a sentence, and no picture, table, quotation or code."""
    for section in sections[:4]:
        for paragraph in re.split(r"\n\s*\n", section.text):
            words = plain(paragraph)
            if len(words) > 30 and not paragraph.lstrip().startswith(("```", "|", "~~~", "    ", "![", "[![")):
                return words
    return ""


def _with_next(lines: Sequence[str], first_line: int) -> Iterator[tuple[int, str, str]]:
    for at, line in enumerate(lines):
        yield at + first_line, line, lines[at + 1] if at + 1 < len(lines) else ""


def _heading(line: str, following: str) -> tuple[int, str] | None:
    if len(line) > LONGEST:
        return None
    if match := _HEADING.match(line.rstrip()):
        return len(match[1]), plain(match[2] or "")
    # A line of dashes under a table's head or a list is no heading.
    under = _UNDERLINE.match(following)
    if under and line.strip() and "|" not in line and not line.lstrip().startswith(("-", "*", ">", "+")):
        return (1 if under[1].startswith("=") else 2), plain(line)
    return None
