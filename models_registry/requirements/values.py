"""Reading single values as people and machines write them: numbers, texts, choices, yes and no."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from typing import Final

from models_registry.requirements.digest import plain_number
from models_registry.requirements.facts import FieldProblem

MOST: Final = Decimal(10) ** 15
"""No value of a brief or a measurement reaches this; a bound keeps every later sum exact."""
FINEST_PLACES: Final = 15
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})


def as_number(value: object) -> Decimal | None:
    """A finite Decimal below `MOST` from a number or its text; None for anything else, such as `1,5` or `1_000`."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return None
    text = str(value).strip()
    if len(text) > 60 or not _NUMBER.fullmatch(text):
        return None
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > FINEST_PLACES or abs(number) >= MOST:
        return None
    return number


def _is_numeral(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        return False
    return isinstance(value, int) or bool(_NUMBER.fullmatch(str(value).strip()))


def as_text(value: object) -> str:
    """Text without the space around it; empty for anything that is not text."""
    return value.strip() if isinstance(value, str) else ""


def as_flag(value: object) -> bool | None:
    """Yes or no from a form or JSON; None for no answer or none that is understood."""
    if isinstance(value, bool):
        return value
    word = as_text(value).casefold()
    return True if word in _YES else False if word in _NO else None


def is_blank(value: object) -> bool:
    """Whether a person left it out."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, (list, tuple, Mapping)) and not value)


def as_sentence(text: str) -> str:
    """The text with a capital letter and a full stop, unless it ends a sentence already. A name like p95 stays."""
    first = text[:1] if text[1:2].isdigit() else text[:1].upper()
    return f"{first}{text[1:]}{'' if text.endswith(('.', '?')) else '.'}"


def text_problem(value: object, most: int) -> str | None:
    """Why a text cannot be kept, with the way out; `most` characters."""
    if not isinstance(value, str):
        return "must be text"
    if len(value.strip()) > most:
        return f"is {len(value.strip())} characters long: shorten it to {most} at most"
    if _UNPRINTABLE.search(value):
        return "holds a character that cannot be shown: remove it, or type the text again instead of pasting it"
    return None


def choice_problem(value: object, known: Iterable[str]) -> str | None:
    """Why a word is not one of the known ones, with the nearest of them."""
    words = [str(word) for word in known]
    if isinstance(value, str) and value in words:
        return None
    near = get_close_matches(str(value)[:80], words, n=1)
    hint = f"did you mean “{near[0]}”?" if near else f"use one of: {', '.join(words)}"
    return f"“{str(value)[:80]}” is not known here; {hint}"


@dataclass(frozen=True, slots=True)
class Limits:
    """The range of a number; `above_zero`: the lower end is left out, and is 0."""

    label: str
    least: Decimal = Decimal(0)
    most: Decimal | None = None
    above_zero: bool = False
    whole: bool = False
    example: str = "1.5"

    def problem(self, value: object) -> str | None:
        """Why a value is not such a number, with the way out."""
        number = as_number(value)
        if number is None and _is_numeral(value):
            return f"{self.label} is too large or too fine: stay below 10^15 and within {FINEST_PLACES} decimal places"
        if number is None:
            return f"{self.label} must be a plain number: without a unit, and with a point, such as {self.example}"
        shown = plain_number(number)
        if self.whole and number != number.to_integral_value():
            return f"{self.label} is {shown}: give a whole number, such as {self.example}"
        if number < self.least or (self.above_zero and number == 0):
            bound = "above 0" if self.above_zero else f"of {plain_number(self.least)} or more"
            return f"{self.label} is {shown}: give a number {bound}, such as {self.example}"
        if self.most is not None and number > self.most:
            return f"{self.label} is {shown}: give a number of at most {plain_number(self.most)}"
        return None


def number_problems(raw: Mapping[str, object], limits: Mapping[str, Limits]) -> list[FieldProblem]:
    """The problems of those number fields that are given; what is left out is somebody else's question."""
    found = ((name, limit.problem(raw[name])) for name, limit in limits.items() if not is_blank(raw.get(name)))
    return [FieldProblem(name, as_sentence(problem)) for name, problem in found if problem]
