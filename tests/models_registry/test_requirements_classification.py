"""Suggestions for columns: from names as people write them anywhere, and from values with check digits."""

from __future__ import annotations

import random

import pytest
from stdnum import luhn
from stdnum.nl import bsn
from stdnum.pl import pesel

from models_registry.requirements.classification import suggest
from models_registry.vocabulary import DataClass

PERSONAL, QUASI = DataClass.PERSONAL, DataClass.QUASI_IDENTIFIER
CHANCE = random.Random(7)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("customer_email", PERSONAL), ("KundenEMail", PERSONAL), ("Prénom", PERSONAL), ("GEBURTSDATUM", PERSONAL),
        ("dateOfBirth", PERSONAL), ("nr_telefonu_telefon", PERSONAL), ("straße", PERSONAL),
        ("codice_fiscale", PERSONAL),
        ("user-id", PERSONAL), ("PLZ", QUASI), ("code_postal", QUASI), ("birth_year", QUASI), ("płeć", QUASI),
        ("plec", QUASI), ("IBAN_nr", DataClass.FINANCIAL), ("Gehalt", DataClass.FINANCIAL),
        ("pwd_hash", DataClass.CREDENTIAL), ("contraseña", DataClass.CREDENTIAL),
        ("diagnosis_code", DataClass.SPECIAL_CATEGORY),
        ("Religion", DataClass.SPECIAL_CATEGORY), ("trade_union_member", DataClass.SPECIAL_CATEGORY),
        ("amount", None), ("page_views", None), ("message_count_per_tripod", PERSONAL), ("x" * 5000, None), ("", None),
    ],
)  # fmt: skip
def test_a_name_hints_at_a_class_in_many_spellings(name: str, wanted: DataClass | None) -> None:
    found = suggest(name)
    assert (found.classification if found else None) == wanted


def numbers(make: object, count: int = 20) -> list[str]:
    assert callable(make)
    return [make() for _ in range(count)]


def a_bsn() -> str:
    while True:
        number = f"{CHANCE.randint(10_000_000, 99_999_999)}{CHANCE.randint(0, 9)}"
        if bsn.is_valid(number):
            return number


def a_pesel() -> str:
    body = f"{CHANCE.randint(40, 99)}{CHANCE.randint(1, 12):02}{CHANCE.randint(1, 28):02}{CHANCE.randint(0, 9999):04}"
    return body + pesel.calc_check_digit(body)


def a_card() -> str:
    body = f"4{CHANCE.randint(0, 10**14 - 1):014}"
    return body + luhn.calc_check_digit(body)


@pytest.mark.parametrize(
    ("values", "wanted", "hint"),
    [
        (["a@b.example", "c.d@e.example", ""], PERSONAL, "e-mail"),
        (["GB82 WEST 1234 5698 7654 32", "DE89370400440532013000"], DataClass.FINANCIAL, "IBAN"),
        (numbers(a_card), DataClass.FINANCIAL, "Luhn"),
        (numbers(a_bsn), PERSONAL, "BSN"),
        (numbers(a_pesel), PERSONAL, "PESEL"),
        (["253072B07300470", "253072A07300443"], PERSONAL, "French"),
        (["536-90-4399", "221-45-0098"], PERSONAL, "US social security"),
        (["DE136695976", "ATU13585627"], DataClass.FINANCIAL, "VAT"),
        (["192.0.2.7", "2001:db8::1"], PERSONAL, "network"),
        (["+49 30 901820", "+31 20 1234567"], PERSONAL, "phone"),
        (["1012 AB", "3511EP"], QUASI, "postcodes"),
        ([f"{year}-05-01" for year in range(1948, 2003)], PERSONAL, "dates of birth"),
        ([str(year) for year in range(1948, 2003)], QUASI, "years of birth"),
        (["m", "f", "f", "M"], QUASI, "gender"),
        ([f"He called again on day {n} about it" for n in range(9)], PERSONAL, "free text"),
        (["0.5", "1.25", "7.0"], DataClass.NONE, "measured numbers"),
    ],
)
def test_values_hint_at_a_class(values: list[str], wanted: DataClass, hint: str) -> None:
    found = suggest("column_7", "", values)
    assert found is not None
    assert (found.classification, hint in found.why) == (wanted, True)


@pytest.mark.parametrize(
    "values",
    [
        [f"{CHANCE.randint(10**8, 10**9 - 1)}" for _ in range(60)],
        [f"{CHANCE.randint(10**10, 10**11 - 1)}" for _ in range(60)],
        [f"2026-05-{day:02}" for day in range(1, 29)],
        ["A", "B", "C"],
        ["123456782"],
        [],
        ["", "  "],
    ],
    ids=["nine digits", "eleven digits", "days of one month", "letters", "one number", "nothing", "blanks"],
)
def test_chance_alone_hints_at_nothing(values: list[str]) -> None:
    assert suggest("column_7", "", values) is None


def test_name_and_values_that_agree_are_surer_and_those_that_do_not_are_both_told() -> None:
    alone, both = suggest("email"), suggest("email", "", ["a@b.example"])
    assert alone is not None
    assert both is not None
    assert both.confidence > alone.confidence
    odd = suggest("email", "", ["GB82 WEST 1234 5698 7654 32"])
    assert odd is not None
    assert odd.classification is DataClass.FINANCIAL
    assert "e-mail addresses, but the sample holds IBANs" in odd.why


def test_a_flag_about_mail_is_no_mail_address() -> None:
    found = suggest("has_email", "bool")
    assert found is not None
    assert found.classification is DataClass.NONE
