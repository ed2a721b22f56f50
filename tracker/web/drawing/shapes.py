"""What every drawing is made of: stretches of a width, given as SVG writes them (`42.2%`)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tracker.formats import Number


@dataclass(frozen=True, slots=True)
class Rect:
    """One stretch of a bar: its kind (the class that colours it), where it starts and how long it is."""

    kind: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class Text:
    """Words on a bar: where, what, and the kind of the stretch they stand on."""

    x: str
    said: str
    kind: str


def at(percent: float) -> str:
    """A share of the width as SVG writes it, kept within the frame."""
    kept = min(max(percent, 0.0), 100.0)
    return f"{kept:.1f}%" if kept % 1 else f"{kept:.0f}%"


def share(part: Number | None, whole: Number | None) -> float:
    """`part` of `whole` in percent; 0 where there is nothing to compare."""
    return float(Decimal(str(part)) / Decimal(str(whole)) * 100) if part and whole else 0.0


def against_limit(percent: float, kind: str, beyond: str = "ov") -> tuple[Rect, ...]:
    """A bar whose limit stands at half width: what is within, and what goes beyond it; cut at 200 %."""
    within = min(percent, 100.0) / 2
    parts = [Rect(kind, "0%", at(within))] if within > 0 else []
    if percent > 100:
        parts.append(Rect(beyond, "50%", at(max(min(percent - 100, 100.0) / 2, 0.8))))
    return tuple(parts)
