"""Bars, stacks, funnels and spans that the server draws."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tracker import formats
from tracker.formats import Number
from tracker.web.drawing.shapes import Rect, Text, at, share


@dataclass(frozen=True, slots=True)
class Bar:
    """A horizontal bar: `text` is its value in words, `note` what follows in grey. `stage` colours it as a stage."""

    label: str
    value: Number
    text: str = ""
    note: str = ""
    tone: str = ""
    stage: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a stacked bar. Tones: breach, late, held, risk, rest, live, flight, never, acc."""

    name: str
    value: Number
    tone: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar of parts. `pale`: not decided yet, so drawn lighter."""

    label: str
    parts: Sequence[Part]
    note: str = ""
    pale: bool = False

    @property
    def total(self) -> Decimal:
        return sum((Decimal(str(part.value)) for part in self.parts), Decimal(0))


@dataclass(frozen=True, slots=True)
class Span:
    """How long a stage takes, in business days: half, 85 % and 95 % of the releases are through by then."""

    label: str
    median: Number
    upper: Number
    top: Number
    budget: Number | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row ready for the template: label, stretches, and where the text after the bar begins."""

    label: str
    rects: tuple[Rect, ...]
    end: str = "0%"
    texts: tuple[Text, ...] = ()
    text: str = ""
    note: str = ""
    tone: str = ""
    stage: str = ""
    strong: bool = False
    mark: str = ""
    pale: bool = False


def bars(rows: Sequence[Bar]) -> list[Drawn]:
    """Bars from zero; where notes follow, the longest leaves room for them."""
    room = 50.0 if any(row.note for row in rows) else 80.0
    top = max((Decimal(str(row.value)) for row in rows), default=Decimal(0))
    drawn = []
    for row in rows:
        end = at(share(row.value, top) * room / 100)
        drawn.append(
            Drawn(
                row.label,
                (Rect(row.tone or "acc", "0%", end),),
                end,
                (),
                row.text or formats.number(row.value),
                row.note,
            )
        )
    return drawn


def funnel(rows: Sequence[Bar]) -> list[Drawn]:
    """Bars on a track of the first one's length; the note stands at the right, bold for the worst step."""
    top = rows[0].value if rows else 0
    return [
        Drawn(
            row.label,
            (Rect("trk", "0%", "100%"), Rect("stage", "0%", at(share(row.value, top)))),
            text=row.text or formats.number(row.value),
            note=row.note,
            stage=row.stage,
            strong=row.strong,
        )
        for row in rows
    ]


def stacked(rows: Sequence[Stack]) -> list[Drawn]:
    """Stacked bars on one scale; each part says its value where it is wide enough to hold it."""
    top = max((row.total for row in rows), default=Decimal(0))
    return [_stack(row, top) for row in rows]


def shares(rows: Sequence[Stack]) -> list[Drawn]:
    """Each stack as a whole of 100 %, its parts in percent, from the bottom up."""
    return [_stack(row, row.total, percent=True) for row in rows]


def _stack(row: Stack, whole: Decimal, *, percent: bool = False) -> Drawn:
    rects, texts, start = [], [], 0.0
    for part in row.parts:
        width = share(part.value, whole)
        if width <= 0:
            continue
        # A column of shares is drawn from the bottom: `x` is then the distance from the top.
        rects.append(Rect(part.tone, at(100 - start - width if percent else start), at(width)))
        text = f"{width:.0f}%" if percent else formats.number(part.value)
        middle = 100 - start - width / 2 if percent else start + width / 2
        if width >= (9 if percent else 6):  # a narrower part cannot hold its number
            texts.append(Text(at(middle), text, part.tone))
        start += width
    return Drawn(row.label, tuple(rects), texts=tuple(texts), note=row.note, pale=row.pale)


def spans(rows: Sequence[Span]) -> tuple[list[Drawn], list[tuple[str, str]]]:
    """The rows on one scale of days, and the scale's own marks: (where, `5d`)."""
    longest = max((max(float(row.top), float(row.budget or 0)) for row in rows), default=0.0)
    step = nice_step(longest / 5) if longest else 1.0
    scale = step * math.ceil(longest / step) / 0.8 if longest else 1.0
    marks = [
        (at(tick * step / scale * 100), f"{formats.number(tick * step)}d") for tick in range(6) if tick * step <= scale
    ]
    return [_span(row, scale) for row in rows], marks


def _span(row: Span, scale: float) -> Drawn:
    median, upper, top = (float(value) / scale * 100 for value in (row.median, row.upper, row.top))
    rects = (
        Rect("acc", "0%", at(median)),
        Rect("acc-2", at(median), at(upper - median)),
        Rect("rest", at(upper), at(top - upper)),
    )
    mark = at(float(row.budget) / scale * 100) if row.budget is not None else ""
    text = row.text or f"{_one(row.upper)}"
    return Drawn(
        row.label, rects, at(top), (Text(at(median), _one(row.median), "acc"),), text, f"and {_one(row.top)}", mark=mark
    )


def _one(value: Number) -> str:
    return f"{float(value):.1f}"


def nice_step(rough: float) -> float:
    """The next of 1, 2, 5 × 10ⁿ: a step that a reader can count in."""
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in (1, 2, 5, 10) if step * size >= rough - 1e-9)
