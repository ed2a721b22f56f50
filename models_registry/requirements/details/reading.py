"""Reading a detail: parts that are known, texts, counts, dates, digests, and lists of rows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from models_registry.requirements.facts import FieldProblem
from models_registry.requirements.values import Limits, as_sentence, as_text, choice_problem, is_blank, text_problem
from models_registry.vocabulary import Word

ROOT: Final = "detail"
DIGEST: Final = re.compile(r"(sha256:)?[0-9a-f]{64}", re.IGNORECASE | re.ASCII)
_YEARS: Final = range(1900, 2201)


@dataclass(slots=True)
class DetailReader:
    """Collects the problems of one detail; a field is named by its path, such as `detail.columns.0.name`."""

    raw: Mapping[str, Any]
    path: str = ROOT
    problems: list[FieldProblem] = field(default_factory=list)

    def add(self, name: str, message: str) -> None:
        self.problems.append(FieldProblem(f"{self.path}.{name}" if name else self.path, as_sentence(message)))

    def known(self, *names: str) -> None:
        """Refuse every part that has no meaning here."""
        for key in self.raw:
            if wrong := choice_problem(key, names):
                self.add(str(key)[:40], wrong)

    def text(self, name: str, label: str, most: int, *, needed: str = "") -> None:
        """A text of at most `most` characters; `needed`: what to say when it is left out."""
        value = self.raw.get(name)
        if is_blank(value):
            if needed:
                self.add(name, needed)
        elif wrong := text_problem(value, most):
            self.add(name, f"{label} {wrong}")

    def word(self, name: str, words: type[Word], *, needed: str = "") -> None:
        value = self.raw.get(name)
        if is_blank(value):
            if needed:
                self.add(name, needed)
        elif wrong := choice_problem(value, words):
            self.add(name, wrong)

    def number(self, name: str, limits: Limits) -> None:
        if not is_blank(self.raw.get(name)) and (wrong := limits.problem(self.raw[name])):
            self.add(name, wrong)

    def digest(self, name: str, what: str) -> None:
        value = self.raw.get(name)
        if not is_blank(value) and not DIGEST.fullmatch(as_text(value)):
            self.add(name, f"{what} must be a SHA-256 digest of 64 hexadecimal characters: leave it out if unknown")

    def moment(self, name: str, label: str) -> None:
        if not is_blank(self.raw.get(name)) and as_moment(self.raw[name]) is None:
            self.add(name, f"{label} must be a date or a moment, such as 2026-03-31 or 2026-03-31 14:30")

    def day(self, name: str, label: str) -> None:
        if not is_blank(self.raw.get(name)) and as_day(self.raw[name]) is None:
            self.add(name, f"{label} must be a date, such as 2026-03-31")

    def part(self, name: str) -> "DetailReader":
        """An object within the detail; its problems go to the same list."""
        value = self.raw.get(name)
        if not is_blank(value) and not isinstance(value, Mapping):
            self.add(name, "Give an object with named parts")
        return DetailReader(value if isinstance(value, Mapping) else {}, f"{self.path}.{name}", self.problems)

    def rows(self, name: str, label: str, most: int) -> Iterator["DetailReader"]:
        """Each row of a list of objects."""
        value = self.raw.get(name)
        if is_blank(value):
            return
        if not isinstance(value, (list, tuple)):
            self.add(name, f"{label} must be a list with an entry for each")
        elif len(value) > most:
            self.add(name, f"{label} are {len(value)}: give {most} at most, and leave out what does not matter")
        else:
            for index, row in enumerate(value):
                path = f"{self.path}.{name}.{index}"
                if isinstance(row, Mapping):
                    yield DetailReader(row, path, self.problems)
                else:
                    self.problems.append(FieldProblem(path, "Give an object with named parts."))


def as_day(value: object) -> date | None:
    """The date of a text like 2026-03-31, in a year that somebody can mean."""
    try:
        read = date.fromisoformat(as_text(value))
    except ValueError:
        return None
    return read if read.year in _YEARS else None


def as_moment(value: object) -> datetime | None:
    """The moment of a text like 2026-03-31 14:30, in UTC unless it names its offset; a date alone is its midnight."""
    try:
        read = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    if read.year not in _YEARS:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def end_of(day: date) -> datetime:
    """The first moment after a day, in UTC."""
    return datetime.combine(day, time(), UTC) + timedelta(days=1)
