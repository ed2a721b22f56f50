"""Reading a policy's JSON: each value with the problem it may have, named by its path."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeVar

from models_registry.vocabulary import EvidenceKind, Word

MOST_DAYS: Final = Decimal(1000)
MOST_HOURS: Final = Decimal(1000)
_CODE: Final = re.compile(r"[a-z0-9_-]{1,24}")


W = TypeVar("W", bound=Word)


class Problem(NamedTuple):
    """What is wrong at one place: a dotted path such as `tiers.high.brief.budget_days`, and what to do.

    `line` counts from 1, where the policy was read from a text.
    """

    path: str
    message: str
    line: int | None = None


class PolicyProblem(ValueError):
    """The policy cannot be used; `problems` holds every reason."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{one.path or 'policy'}: {one.message}" for one in self.problems))


def suggestion(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, or the list of all of them."""
    words = [str(one) for one in known]
    near = get_close_matches(word, words, n=1)
    return f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(words)}"


@dataclass(slots=True)
class Reader:
    """Collects problems instead of stopping at the first; a value with a problem reads as a harmless stand-in."""

    problems: list[Problem]

    def __init__(self) -> None:
        self.problems = []

    def add(self, path: str, message: str) -> None:
        self.problems.append(Problem(path, message))

    def mapping(self, raw: object, path: str, known: Sequence[str], required: Sequence[str] = ()) -> Mapping[str, Any]:
        """The named entries of an object: unknown names and missing required ones are problems."""
        if not isinstance(raw, Mapping):
            self.add(path, f"must be an object with {', '.join(str(name) for name in known)}")
            return {}
        for name in raw:
            if name not in known:
                self.add(_join(path, str(name)), f"is not known here; {suggestion(str(name), known)}")
        for name in required:
            if name not in raw:
                self.add(_join(path, str(name)), "is missing: every tier and every budgeted stage needs its rule")
        return raw

    def days(self, fields: Mapping[str, Any], name: str, path: str) -> Decimal:
        """Business days from 0 to `MOST_DAYS`; half days and the like are allowed."""
        return self._amount(fields, name, path, MOST_DAYS, "business days")

    def hours(self, fields: Mapping[str, Any], name: str, path: str) -> Decimal:
        return self._amount(fields, name, path, MOST_HOURS, "business hours")

    def _amount(self, fields: Mapping[str, Any], name: str, path: str, most: Decimal, unit: str) -> Decimal:
        amount = _decimal(fields.get(name))
        if amount is None or not 0 <= amount <= most:
            self.add(_join(path, name), f"must be a number of {unit} from 0 to {most}, for example 5 or 0.5")
            return Decimal(0)
        return amount

    def count(self, fields: Mapping[str, Any], name: str, path: str, least: int, most: int) -> int:
        amount = _decimal(fields.get(name))
        if amount is None or amount != amount.to_integral_value() or not least <= amount <= most:
            self.add(_join(path, name), f"must be a whole number from {least} to {most}")
            return least
        return int(amount)

    def flag(self, fields: Mapping[str, Any], name: str, path: str, *, default: bool) -> bool:
        value = fields.get(name, default)
        if not isinstance(value, bool):
            self.add(_join(path, name), "must be true or false")
            return default
        return value

    def word(self, fields: Mapping[str, Any], name: str, path: str, default: W) -> W:
        """A word of the list that the default belongs to."""
        value = fields.get(name, default.value)
        known = {one.value: one for one in type(default)}
        if not isinstance(value, str) or value not in known:
            self.add(_join(path, name), f"is not known here; {suggestion(str(value), known)}")
            return default
        return known[value]

    def text(self, fields: Mapping[str, Any], name: str, path: str, *, most: int, required: bool = False) -> str:
        value = fields.get(name, "")
        if not isinstance(value, str) or len(value) > most or (required and not value.strip()):
            self.add(_join(path, name), f"must be a text of {'1' if required else '0'} to {most} characters")
            return ""
        return value.strip()

    def names(self, fields: Mapping[str, Any], name: str, path: str, known: Collection[str]) -> tuple[str, ...]:
        """A list of names that are all known, none twice, in the order in which they are written."""
        raw = fields.get(name, [])
        if not isinstance(raw, (list, tuple)):
            self.add(_join(path, name), "must be a list")
            return ()
        read: list[str] = []
        for index, one in enumerate(raw):
            place = _join(path, f"{name}.{index}")
            if not isinstance(one, str) or one not in known:
                hint = suggestion(str(one), known) if known else "the policy lists none"
                self.add(place, f"is not known here; {hint}")
            elif one in read:
                self.add(place, f"“{one}” is listed twice: leave one out")
            else:
                read.append(one)
        return tuple(read)

    def codes(self, fields: Mapping[str, Any], name: str, path: str) -> tuple[str, ...]:
        """A list of short names that are kept elsewhere, none twice; whether each is known there is not asked here."""
        raw = fields.get(name, [])
        if not isinstance(raw, (list, tuple)) or not all(isinstance(one, str) and _CODE.fullmatch(one) for one in raw):
            self.add(_join(path, name), "must be a list of codes in small letters, for example [data_access, other]")
            return ()
        return tuple(dict.fromkeys(raw))

    def kinds(self, fields: Mapping[str, Any], name: str, path: str) -> tuple[EvidenceKind, ...]:
        """A list of evidence kinds, none twice, in the order of the vocabulary."""
        raw = fields.get(name, [])
        if not isinstance(raw, (list, tuple)):
            self.add(_join(path, name), f"must be a list of evidence kinds, for example {EvidenceKind.MODEL_CARD}")
            return ()
        known = {kind.value: kind for kind in EvidenceKind}
        read: set[EvidenceKind] = set()
        for index, word in enumerate(raw):
            kind = known.get(word) if isinstance(word, str) else None
            if kind is None:
                self.add(_join(path, f"{name}.{index}"), f"is not a kind of evidence; {suggestion(str(word), known)}")
            elif kind in read:
                self.add(_join(path, f"{name}.{index}"), f"“{kind}” is listed twice: leave one out")
            else:
                read.add(kind)
        return tuple(kind for kind in EvidenceKind if kind in read)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)) or len(str(value)) > 40:
        return None
    try:
        read = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return read if read.is_finite() else None
