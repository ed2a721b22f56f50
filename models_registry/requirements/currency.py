"""Currencies: the alphabetic codes of ISO 4217, list one as published on 2026-01-01.

Left out: precious metals, bond market units, fund codes and codes for testing or for no currency, in none of which
anybody is billed.
"""

from collections.abc import Mapping
from typing import Final

_TWO_PLACES: Final = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE
    CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR
    KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
    PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY
    TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_THREE_PLACES: Final = "BHD IQD JOD KWD LYD OMR TND"
_NO_PLACES: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"

MINOR_UNITS: Final[Mapping[str, int]] = {
    code: places
    for codes, places in ((_TWO_PLACES, 2), (_THREE_PLACES, 3), (_NO_PLACES, 0))
    for code in sorted(codes.split())
}
"""Code to the number of decimal places its amounts are written with."""

CURRENCIES: Final = frozenset(MINOR_UNITS)

_WITHDRAWN: Final[Mapping[str, str]] = {
    "ANG": "XCG", "BGN": "EUR", "HRK": "EUR", "SLL": "SLE", "ZWL": "ZWG",
}  # fmt: skip


def currency_problem(code: str) -> str | None:
    """Why a code cannot be used, as a sentence with the way out; None for a code of the list (capital letters only)."""
    if code in CURRENCIES:
        return None
    if code.strip().upper() in CURRENCIES:
        return f"Write the currency as {code.strip().upper()}, in capital letters and without spaces."
    if code in _WITHDRAWN:
        return f"{code} has been withdrawn: use {_WITHDRAWN[code]}."
    return f"“{code[:20]}” is not a currency: use its three letters of ISO 4217, such as EUR, USD or GBP."
