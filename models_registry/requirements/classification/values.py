"""What the values of a sample hint at: check digits where there are any, else the shape of the values.

A check digit is met by chance once in ten: a numbering without more of a shape counts only when nearly all values pass
and enough of them are there.
"""

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from stdnum import iban, luhn
from stdnum.be import nn as belgian
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.eu import vat
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.us import ssn

from models_registry.requirements.classification.clues import Clue
from models_registry.vocabulary import DataClass

MOST_VALUES: Final = 1000
NEARLY_ALL: Final = 0.9
ENOUGH: Final = 10  # values, before a check digit that one in ten meets by chance says anything
_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[^@\s.]{2,24}")
_PHONE: Final = re.compile(r"(\+|00)\d[\d\s()./-]{6,20}\d|\(?0\d{1,5}\)?[\s/-][\d\s/-]{4,15}\d")
_POSTCODE: Final = re.compile(
    r"\d{4}\s?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}|\d{2}-\d{3}|[A-Z]\d[A-Z]\s?\d[A-Z]\d"
)
_DAY: Final = re.compile(r"((?:18|19|20)\d\d)-\d\d-\d\d(?:[T ].*)?|\d{1,2}[./]\d{1,2}[./]((?:18|19|20)\d\d)")
_YEAR: Final = re.compile(r"(?:19|20)\d\d(?:\.0)?")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
_GENDERS: Final = frozenset(
    {"m", "f", "w", "d", "male", "female", "man", "woman", "non-binary", "divers", "männlich", "weiblich"}
    | {"homme", "femme", "hombre", "mujer", "uomo", "donna", "vrouw", "kobieta"}
)


@dataclass(frozen=True, slots=True)
class Test:
    """`sure`: the share of chance hits is so small that even a few values tell."""

    clue: Clue
    passes: Callable[[str], bool]
    sure: bool = True


def _is_card(value: str) -> bool:
    digits = re.sub(r"[\s-]", "", value)
    return (
        digits.isascii()
        and digits.isdigit()
        and 13 <= len(digits) <= 19
        and digits[0] in "23456"
        and bool(luhn.is_valid(digits))
    )


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return "." in value or ":" in value


def _is_ssn(value: str) -> bool:
    return value.count("-") == 2 and bool(ssn.is_valid(value))


def _digits(least: int, most: int, check: Callable[[str], bool]) -> Callable[[str], bool]:
    """A numbering whose values have so many signs; the library pads or strips, which would take too much for it."""
    return lambda value: least <= len(value) <= most and bool(check(value))


_PERSON: Final = DataClass.PERSONAL
TESTS: Final = (
    Test(Clue(_PERSON, 98, "e-mail addresses"), lambda value: bool(_EMAIL.fullmatch(value))),
    Test(Clue(DataClass.FINANCIAL, 99, "IBANs with right check digits"), lambda value: bool(iban.is_valid(value))),
    Test(Clue(DataClass.FINANCIAL, 95, "card numbers that pass the Luhn check"), _is_card, sure=False),
    Test(Clue(_PERSON, 97, "French social security numbers with right keys"), _digits(15, 22, nir.is_valid)),
    Test(Clue(_PERSON, 97, "Italian tax codes"), _digits(16, 16, codicefiscale.is_valid)),
    Test(Clue(_PERSON, 95, "Spanish identity numbers"), lambda value: bool(dni.is_valid(value) or nie.is_valid(value))),
    Test(Clue(_PERSON, 95, "Finnish identity codes"), _digits(11, 11, hetu.is_valid)),
    Test(Clue(_PERSON, 94, "Belgian national numbers"), _digits(11, 15, belgian.is_valid)),
    Test(Clue(_PERSON, 90, "Polish PESEL numbers"), _digits(11, 11, pesel.is_valid), sure=False),
    Test(Clue(_PERSON, 90, "German tax identification numbers"), _digits(11, 14, idnr.is_valid), sure=False),
    Test(Clue(_PERSON, 90, "Dutch BSN numbers"), _digits(8, 11, bsn.is_valid), sure=False),
    Test(Clue(_PERSON, 90, "Swedish personal numbers"), _digits(10, 13, personnummer.is_valid), sure=False),
    Test(Clue(_PERSON, 85, "Danish personal numbers"), _digits(10, 11, cpr.is_valid), sure=False),
    Test(Clue(_PERSON, 88, "NHS numbers"), _digits(10, 12, nhs.is_valid), sure=False),
    Test(Clue(_PERSON, 85, "numbers of the shape of a US social security number"), _is_ssn),
    Test(
        Clue(DataClass.FINANCIAL, 85, "European VAT numbers"),
        lambda value: value[:2].isalpha() and bool(vat.is_valid(value)),
    ),
    Test(Clue(_PERSON, 85, "network addresses"), _is_ip),
    Test(Clue(_PERSON, 80, "phone numbers"), lambda value: bool(_PHONE.fullmatch(value))),
    Test(Clue(DataClass.QUASI_IDENTIFIER, 80, "postcodes"), lambda value: bool(_POSTCODE.fullmatch(value.upper()))),
)


def by_values(values: Sequence[str]) -> Clue | None:
    """The strongest hint of the values that say anything; None for none, or too few of them."""
    given = [value.strip() for value in values[:MOST_VALUES] if value.strip()]
    if not given:
        return None
    for test in TESTS:
        if not test.sure and len(set(given)) < ENOUGH:
            continue
        passing = sum(map(test.passes, given))
        if passing >= NEARLY_ALL * len(given):
            return test.clue
    return _by_shape(given)


def _by_shape(given: Sequence[str]) -> Clue | None:
    """What has no check digits: dates over decades, years, genders, sentences, plain numbers."""
    distinct = set(given)
    if 2 <= len(distinct) <= 8 and {value.casefold() for value in distinct} <= _GENDERS:
        return Clue(DataClass.QUASI_IDENTIFIER, 85, "words for gender")
    days = [match for match in map(_DAY.fullmatch, given) if match]
    if len(days) >= NEARLY_ALL * len(given) and _spans_lives([int(day[1] or day[2]) for day in days]):
        return Clue(DataClass.PERSONAL, 60, "dates over decades, as dates of birth are")
    if all(map(_YEAR.fullmatch, given)) and _spans_lives([int(value[:4]) for value in given]):
        return Clue(DataClass.QUASI_IDENTIFIER, 60, "years over decades, as years of birth are")
    if sum(value.count(" ") >= 3 for value in given) >= 0.5 * len(given) and len(distinct) > 0.5 * len(given):
        return Clue(DataClass.PERSONAL, 45, "free text, which can hold anything about anybody")
    fractions = sum("." in value or "," in value for value in given)
    if all(map(_NUMBER.fullmatch, given)) and fractions >= 0.5 * len(given):
        return Clue(DataClass.NONE, 50, "measured numbers")
    return None


def _spans_lives(years: Sequence[int]) -> bool:
    """Whether years lie as births do: over decades, and the earlier ones long ago."""
    return len(years) >= ENOUGH and max(years) - min(years) >= 25 and min(years) < 1990 and max(years) < 2100
