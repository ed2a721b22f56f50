"""How time, money and numbers are written. Pure: no settings, no clock; the caller passes the moment and the zone.

Business durations come in business seconds and `day`, the length of a business day in seconds. They are rounded down,
overruns and time left alike, so that a page never promises a minute that is not there.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from models_registry.requirements import as_sentence, measured_name
from models_registry.vocabulary import EvidenceKind

HOUR: Final = 3600
STANDARD_DAY: Final = 8 * HOUR
MINUS: Final = "\N{MINUS SIGN}"
NBSP: Final = "\N{NO-BREAK SPACE}"

Number = int | float | Decimal

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SYMBOLS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_LONG: Final = 100  # business days from which hours are left out


# --- Business durations ---------------------------------------------------------------------------------------------


_DATA: Final = {
    "data:columns": "Columns classified",
    "data:basis": "Lawful basis and retention",
    "data:grants": "Access granted",
}
"""The checks of the data, as the gate calls them."""


def duration(seconds: int, day: int = STANDARD_DAY) -> str:
    """`6d 6h`, `7h`, `12 min`; from 100 days on, days alone. Business seconds, rounded down."""
    days, rest = divmod(max(int(seconds), 0), day)
    hours, rest = divmod(rest, HOUR)
    if days >= _LONG or (days and not hours):
        return f"{days:,}d"
    if days:
        return f"{days}d{NBSP}{hours}h"
    return f"{hours}h" if hours else f"{rest // 60}{NBSP}min"


def overrun(seconds: int, day: int = STANDARD_DAY) -> str:
    return f"+{duration(seconds, day)}"


def left(seconds: int, day: int = STANDARD_DAY) -> str:
    return f"{duration(seconds, day)} left"


def days(amount: Number | str) -> str:
    """A budget in business days: `8d`, `2.5d`."""
    return f"{number(amount)}d"


# --- Moments --------------------------------------------------------------------------------------------------------


def day_of(at: date, today: date) -> str:
    """`Tue 9 Jun`, with the year only when it is not the present one."""
    year = "" if at.year == today.year else f" {at.year}"
    return f"{_WEEKDAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}{year}"


def short_day(at: date, today: date) -> str:
    """`9 Jun`, with the year only when it is not the present one."""
    year = "" if at.year == today.year else f" {at.year}"
    return f"{at.day} {_MONTHS[at.month - 1]}{year}"


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`Tue 9 Jun 12:58`, or `today 09:10`, in the reader's zone."""
    here, today = at.astimezone(zone), now.astimezone(zone).date()
    name = "today" if here.date() == today else day_of(here.date(), today)
    return f"{name} {here:%H:%M}"


def ago(at: datetime, now: datetime, zone: tzinfo) -> str:
    """`12 min ago`, `2 h ago`, `yesterday`, then the day: calendar time, up to two days back."""
    if at > now:
        return moment(at, now, zone)
    minutes = int((now - at).total_seconds()) // 60
    here, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes}{NBSP}min ago"
    if here == today or minutes < 6 * 60:
        return f"{minutes // 60}{NBSP}h ago"
    return "yesterday" if here == today - timedelta(days=1) else day_of(here, today)


def due(at: datetime, now: datetime, zone: tzinfo) -> str:
    """What a clock cell says: `due Wed 09:35` within six days, else `due Wed 24 Jun`."""
    here, today = at.astimezone(zone), now.astimezone(zone).date()
    if here.date() == today:
        return f"due today {here:%H:%M}"
    if timedelta() <= here.date() - today <= timedelta(days=6):
        return f"due {_WEEKDAYS[here.weekday()]} {here:%H:%M}"
    return f"due {day_of(here.date(), today)}"


def span(start: date, end: date | None, today: date) -> str:
    """`24 Jun – 6 Jul`; one day alone; `since 5 Jun` while it is open."""
    if end is None:
        return f"since {short_day(start, today)}"
    if start == end:
        return short_day(start, today)
    return f"{short_day(start, today)} – {short_day(end, today)}"


# --- Money and numbers ----------------------------------------------------------------------------------------------


def _decimal(value: Number | str) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _rounded(value: Number | str, places: int) -> Decimal:
    return _decimal(value).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def money(amount: Number | str, currency: str = "EUR") -> str:
    """`€83,400`; another currency by its ISO 4217 code, `CHF 83,400`. No cents."""
    whole = _rounded(amount, 0)
    sign = MINUS if whole < 0 else ""
    return f"{sign}{_unit(currency)}{abs(whole):,}"


def money_short(amount: Number | str, currency: str = "EUR") -> str:
    """For charts: `€604k`, `€2.31 M`; in full below ten thousand."""
    value = _decimal(amount)
    sign, size = (MINUS if value < 0 else ""), abs(value)
    if size >= Decimal(999_500):
        return f"{sign}{_unit(currency)}{_rounded(size / 1_000_000, 2):,}{NBSP}M"
    if size >= Decimal(10_000):
        return f"{sign}{_unit(currency)}{_rounded(size / 1000, 0)}k"
    return money(value, currency)


def _unit(currency: str) -> str:
    return _SYMBOLS.get(currency.upper(), f"{currency.upper()}{NBSP}")


def number(value: Number | str) -> str:
    """`1,204`, `0.823`; a true minus; no trailing zeros, no exponent."""
    try:
        exact = _decimal(value)
    except InvalidOperation:
        return str(value)
    text = f"{abs(exact):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if exact < 0 else ''}{text}"


def signed(value: Number | str, places: int | None = None) -> str:
    """`+0.023`, `−0.009`; to that many places when they are given."""
    exact = _decimal(value) if places is None else _rounded(value, places)
    text = number(abs(exact)) if places is None else f"{abs(exact):,.{places}f}"
    return f"{MINUS if exact < 0 else '+'}{text}"


def percent(share: Number | str, places: int = 0) -> str:
    """A share of one as `36%`, or with decimals where they matter."""
    value = _rounded(_decimal(share) * 100, places)
    return f"{MINUS if value < 0 else ''}{abs(value):,}%"


def points(difference: Number | str) -> str:
    """A difference of two shares: `+17 points`."""
    value = _rounded(_decimal(difference) * 100, 0)
    return f"{signed(value)} {'point' if abs(value) == 1 else 'points'}"


def quantity(value: Number | str, unit: str = "") -> str:
    """`120 ms`, `99.9%`."""
    gap = "" if unit in {"", "%"} else NBSP
    return f"{number(value)}{gap}{unit}"


def count(amount: int, noun: str) -> str:
    """`1 model`, `7 models`; an irregular plural follows a comma: `entry,entries`."""
    one, _, many = noun.partition(",")
    return f"{amount:,} {one if amount == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last


# --- People and digests ---------------------------------------------------------------------------------------------


def check(code: str) -> str:
    """A check of a gate by its code, in words: `Model card` for `evidence:model_card`, `auc (age=65+)` for a slice."""
    what, _, about = code.partition(":")
    if what == "evidence" and about in set(EvidenceKind):
        return EvidenceKind(about).label
    if code in _DATA:
        return _DATA[code]
    measured, _, part = about.partition("@")
    name = as_sentence(measured_name(measured or what)).removesuffix(".")
    return f"{name} ({part})" if part else name


def initials(name: str) -> str:
    """`JW` of Jonas Weber; the first two letters of a single word."""
    words = [word for word in name.replace(".", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][:2] if len(words) == 1 else words[0][0] + words[-1][0]
    return letters.upper()


def hue(name: str) -> int:
    """Which of the six avatar colours is this name's, the same on every page."""
    return zlib.crc32(name.encode()) % 6 + 1


def short_digest(digest: str) -> tuple[str, str]:
    """The algorithm and the first and last four characters: `("sha256:", "41be…7d20")`."""
    name, colon, value = digest.rpartition(":")
    return f"{name}{colon}", value if len(value) <= 12 else f"{value[:4]}…{value[-4:]}"
