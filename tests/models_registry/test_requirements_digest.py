"""A digest is equal for equal content and for nothing else; currencies are those of ISO 4217."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_registry.requirements import CURRENCIES, MINOR_UNITS, currency_problem, digest_of, plain_number
from models_registry.vocabulary import Stage


def test_a_digest_names_its_algorithm() -> None:
    assert digest_of({}) == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_the_order_of_keys_and_the_spelling_of_numbers_and_instants_do_not_matter() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    elsewhere = noon.astimezone(timezone(timedelta(hours=5, minutes=45)))
    one = {"b": Decimal("1.50"), "a": [noon, (Stage.LIVE, None)], "c": {3, 1}}
    other = {"c": {1, 3}, "a": [elsewhere, ["live", None]], "b": Decimal("1.5")}
    assert digest_of(one) == digest_of(other)


@pytest.mark.parametrize(
    "pair", [(1, "1"), (1, True), ([], {}), ("", None), ([1, 2], [2, 1]), ("é", "e\u0301"), ([[1], 2], [1, [2]])]
)
def test_different_content_has_different_digests(pair: tuple[object, object]) -> None:
    assert digest_of(pair[0]) != digest_of(pair[1])


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), datetime(2026, 3, 2)])  # noqa: DTZ001
def test_what_is_no_number_or_has_no_zone_has_no_digest(value: object) -> None:
    with pytest.raises(ValueError, match=r"NaN|zone"):
        digest_of([value])


@pytest.mark.parametrize("value", [object(), {1: 2}, b"bytes"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        digest_of(value)


def test_half_a_character_and_a_huge_number_do_not_break_it() -> None:
    assert digest_of("\ud800").startswith("sha256:")
    assert digest_of(Decimal("1E+999999")) != digest_of(Decimal("1E+999998"))
    assert digest_of(date(2026, 3, 2)) == digest_of("2026-03-02")


@pytest.mark.parametrize(
    ("number", "text"), [("120.00", "120"), ("1E+2", "100"), ("-0.0", "0"), ("0.0500", "0.05"), ("1E+40", "1E+40")]
)
def test_a_number_is_written_without_trailing_zeros(number: str, text: str) -> None:
    assert plain_number(Decimal(number)) == text


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_same_number(number: Decimal) -> None:
    assert Decimal(plain_number(number)) == number


def test_the_list_of_currencies_has_those_that_money_is_billed_in() -> None:
    assert len(CURRENCIES) == 155
    assert {"EUR", "USD", "GBP", "XCG", "SLE", "ZWG", "XAF"} <= CURRENCIES
    assert CURRENCIES.isdisjoint({"XAU", "XXX", "XTS", "BGN", "HRK", "ANG", "CHE", "UYI", "BTC"})
    assert (MINOR_UNITS["JPY"], MINOR_UNITS["EUR"], MINOR_UNITS["KWD"]) == (0, 2, 3)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("usd", "Write the currency as USD"),
        (" EUR", "Write the currency as EUR"),
        ("HRK", "HRK has been withdrawn: use EUR."),
        ("€", "three letters of ISO 4217"),
        ("", "three letters of ISO 4217"),
        ("BTC", "“BTC” is not a currency"),
    ],
)
def test_a_wrong_currency_is_answered_with_the_right_one(code: str, says: str) -> None:
    assert says in (currency_problem(code) or "")


def test_a_currency_of_the_list_is_accepted() -> None:
    assert currency_problem("CHF") is None
