"""A policy as YAML that people read, keep in a repository and send back, with the line of each problem.

Pure. What is read is the plain part of YAML: one document of mappings, lists, text, numbers, true and false. Aliases,
anchors and tags are refused, so that a small file cannot unfold into a large one or into anything but data.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import yaml

from governance.policy import PolicyProblem, Problem, parse
from governance.policy_plain import Raw, plain

MOST_CHARACTERS: Final = 512 * 1024
MOST_VALUES: Final = 30_000
DEEPEST: Final = 12

_WORDS: Final[Mapping[str, object]] = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE: Final = re.compile(r"-?(0|[1-9][0-9]{0,39})")
_DECIMAL: Final = re.compile(r"-?[0-9]{1,20}\.[0-9]{1,20}")
_UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")


def read_policy(text: str | bytes) -> Raw:
    """The policy that a YAML text says, spelled out whole. Raises `PolicyProblem`; each problem knows its line."""
    composer = _Composer(_decoded(text))
    raw = composer.document()
    problems = list(composer.problems)
    if not isinstance(raw, dict):
        raise _refused("is no policy: it begins with vacancy_days and the like, as an exported one does", 1)
    try:
        parse(raw)
    except PolicyProblem as found:
        problems += [composer.placed(problem) for problem in found.problems]
    if problems:
        raise PolicyProblem(sorted(problems, key=lambda problem: problem.line or 0))
    return plain(raw)


def _decoded(text: str | bytes) -> str:
    try:
        said = text.decode("utf-8") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise _refused("is not UTF-8 text: save the file as UTF-8", line) from error
    if len(said) > MOST_CHARACTERS:
        raise _refused(f"has {len(said):,} characters, and {MOST_CHARACTERS:,} are the most that is read", 1)
    return said.removeprefix("\ufeff")


def _refused(message: str, line: int) -> PolicyProblem:
    return PolicyProblem([Problem("", message, line)])


class _Composer:
    """Builds values from the parser's events, keeping the line of each path; collects problems and goes on."""

    def __init__(self, text: str) -> None:
        self.problems: list[Problem] = []
        self._text = text
        self._lines: dict[str, int] = {"": 1}
        self._values = 0

    def document(self) -> object:
        """The one document of the text. Raises `PolicyProblem` where it cannot be read any further."""
        try:
            events: Iterator[Any] = iter(yaml.parse(self._text, Loader=yaml.SafeLoader))
            return self._only_document(events)
        except yaml.reader.ReaderError as unreadable:
            line = self._text.count("\n", 0, unreadable.position) + 1
            raise self._stopped("holds a character that no YAML text may have", line) from unreadable
        except yaml.MarkedYAMLError as error:
            mark: Any = error.problem_mark or error.context_mark
            said = f"is not YAML: {error.problem or error.context}"
            raise self._stopped(said, mark.line + 1 if mark else 1) from error

    def placed(self, problem: Problem) -> Problem:
        """The problem with the line of its path, or of the nearest thing around it."""
        path = problem.path
        while path not in self._lines:
            path = path.rpartition(".")[0]
        message = problem.message
        if message.startswith("must be a text") and problem.path in self._lines:
            message = f"{message}, in quotes where it looks like a number or like true and false"
        return Problem(problem.path, message, self._lines[path])

    def _only_document(self, events: Iterator[Any]) -> object:
        raw: object = None
        found = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self._stopped("begins a second document: a policy is one", _line(event))
                found = True
                raw = self._value(next(events), events, "", 0)
        return raw

    def _value(self, event: Any, events: Iterator[Any], path: str, depth: int) -> object:
        line = _line(event)
        self._lines.setdefault(path, line)
        self._values += 1
        if self._values > MOST_VALUES or depth > DEEPEST:
            raise self._stopped("holds more than any policy does, or is nested deeper", line)
        if isinstance(event, yaml.AliasEvent):
            self._add(path, f"refers to another place with *{event.anchor}: write it out here", line)
            return None
        if event.anchor is not None:
            self._add(path, f"has the anchor &{event.anchor}: leave it out, nothing may refer to it", line)
        if event.tag is not None:
            self._add(path, f"has the tag {event.tag}: leave it out, only plain values are read", line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path, depth)
        return self._scalar(event, path, line)

    def _mapping(self, events: Iterator[Any], path: str, depth: int) -> Raw:
        read: Raw = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            line = _line(event)
            key = (
                self._value(event, events, path, depth + 1) if not isinstance(event, yaml.ScalarEvent) else event.value
            )
            if not isinstance(key, str):
                self._add(path, "has a key that is no word", line)
                key = ""
            place = f"{path}.{key}" if path else key
            if key in read:
                self._add(place, f"is there already, in line {self._lines.get(place, line)}: leave one out", line)
            self._lines[place] = line
            read[key] = self._value(next(events), events, place, depth + 1)
        return read

    def _sequence(self, events: Iterator[Any], path: str, depth: int) -> list[object]:
        read: list[object] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            read.append(self._value(event, events, f"{path}.{len(read)}", depth + 1))
        return read

    def _scalar(self, event: Any, path: str, line: int) -> object:
        text: str = event.value
        if _UNKEEPABLE.search(text):
            self._add(path, "holds a character that cannot be kept", line)
            return ""
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        return Decimal(text) if _DECIMAL.fullmatch(text) else text

    def _add(self, path: str, message: str, line: int) -> None:
        self.problems.append(Problem(path, message, line))

    def _stopped(self, message: str, line: int) -> PolicyProblem:
        return PolicyProblem([*self.problems, Problem("", message, line)])


def _line(event: Any) -> int:
    """The line that an event begins in, from 1."""
    return int(event.start_mark.line) + 1
