"""Confidence intervals of measured values: between which values, and at which level in percent."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from models_registry.requirements.digest import plain_number
from models_registry.requirements.facts import Interval
from models_registry.requirements.values import as_number, as_sentence, is_blank

PARTS: Final = ("low", "high", "level")
_LEAST_LEVEL: Final = Decimal(50)


def interval_problems(entry: Mapping[str, object], value: Decimal | None) -> dict[str, str]:
    """What is wrong with the interval of one entry, by part; nothing where none is given."""
    given = [part for part in PARTS if not is_blank(entry.get(part))]
    if not given:
        return {}
    if "low" not in given or "high" not in given:
        missing = "low" if "low" not in given else "high"
        return {missing: f"An interval has two ends: give the {'lower' if missing == 'low' else 'upper'} one too."}
    numbers = {part: as_number(entry[part]) for part in given}
    if odd := next((part for part, number in numbers.items() if number is None), ""):
        return {odd: as_sentence(f"The {odd} must be a plain number: with a point, such as 0.91")}
    low, high, level = numbers["low"], numbers["high"], numbers.get("level")
    if low is not None and high is not None and low > high:
        return {"high": "The interval ends below where it begins: swap the two."}
    if value is not None and low is not None and high is not None and not low <= value <= high:
        return {"low": "The value lies outside its own interval: check the three of them."}
    if level is not None and not _LEAST_LEVEL <= level < 100:
        return {"level": "The level is in percent, from 50 to below 100: write 95 for a 95 % interval."}
    return {}


def interval_of(entry: Mapping[str, object], convert: Callable[[Decimal], Decimal | None]) -> Interval | None:
    """The interval of an entry that was checked, its ends brought into the unit of the value."""
    low, high = as_number(entry.get("low")), as_number(entry.get("high"))
    if low is None or high is None:
        return None
    ends = convert(low), convert(high)
    return (
        Interval(ends[0], ends[1], as_number(entry.get("level")))
        if ends[0] is not None and ends[1] is not None
        else None
    )


def spoken(interval: Interval) -> str:
    """`95 % interval 0.89 to 0.95`; without a level `interval 0.89 to 0.95`."""
    level = f"{plain_number(interval.level)} % " if interval.level is not None else ""
    return f"{level}interval {plain_number(interval.low)} to {plain_number(interval.high)}"
