"""What the settings offer to choose from: time zones, countries with known holidays, currencies."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

import holidays

from models_registry.requirements import CURRENCIES

Choices = list[tuple[str, str]]


@cache
def zones() -> Choices:
    """Every time zone that names a place, and UTC."""
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"]


@cache
def countries() -> Choices:
    """The countries whose public holidays are known, by name."""
    codes = [code for code in holidays.list_supported_countries(include_aliases=False) if len(code) == 2]
    named = sorted((country_name(code), code) for code in codes)
    return [("", "none"), *((code, name) for name, code in named)]


@cache
def currencies() -> Choices:
    return [(code, code) for code in sorted(CURRENCIES)]


def country_name(code: str) -> str:
    """The English name of an ISO 3166 code; the code itself where there is none."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    # The time zone database brings the everyday names of the countries along.
    table = (files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {**{line[0]: line[1] for line in lines}, "XK": "Kosovo"}  # a code in use that no standard assigns
