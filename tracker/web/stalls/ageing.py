"""The ageing chart: how long the releases in flight have been in their stage, against the budgets. Pure geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from governance.policy import BUDGETED_STAGES, PolicyRules
from models_registry.vocabulary import Stage
from tracker import formats
from tracker.dashboard import Standing, Tally, budgets
from tracker.web.drawing import at

BASE: Final = 58  # where the bars stand, in pixels from the top of a lane
TALLEST: Final = 30
TONES: Final = (
    (Standing.PAST, "Past budget", "breach"),
    (Standing.OVERDUE, "Hold overdue", "late"),
    (Standing.HELD, "On hold", "held"),
    (Standing.NEXT, "Stalls next", "risk"),
    (Standing.FINE, "On time", "rest"),
)
_GAP: Final = 0.7  # percent of the width between two bars


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a bar: `x` and `width` as SVG writes shares, `y` and `height` in pixels."""

    tone: str
    x: str
    width: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Said:
    """A word at a place; `y` in pixels where it matters."""

    x: str
    said: str
    y: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One stage: its bars by age, how many each stands for, and where its budget ends."""

    label: str
    blocks: tuple[Block, ...]
    counts: tuple[Said, ...]
    marks: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Ageing:
    """The chart with its words and the numbers as a table."""

    title: str
    sub: str
    label: str
    lanes: tuple[Lane, ...]
    ticks: tuple[Said, ...]
    legend: tuple[tuple[str, str], ...]
    columns: list[str]
    rows: list[list[object]]
    height: int = BASE + 2
    base: int = BASE


def ageing(tally: Tally, rules: PolicyRules | None) -> Ageing:
    """The chart of a tally; `rules` are those in force, whose budgets are drawn."""
    title = _title(tally)
    tallest = max((_height_of(tally, stage, age) for stage in BUDGETED_STAGES for age in _ages(tally)), default=0)
    present = [(name, tone) for standing, name, tone in TONES if tally.count(standing, in_flight=True)]
    spans = _spans(tally.edges)
    return Ageing(
        title=title,
        sub="Releases in flight by business days in their stage, holds included",
        label=f"{title}. The table below has the numbers.",
        lanes=tuple(_lane(tally, stage, tallest, budgets(rules, stage)) for stage in BUDGETED_STAGES),
        ticks=_ticks(tally.edges),
        legend=tuple(present),
        columns=["Stage", *spans, "Budget"],
        rows=[_row(tally, stage, budgets(rules, stage)) for stage in BUDGETED_STAGES],
    )


def _row(tally: Tally, stage: Stage, ends: Sequence[Decimal]) -> list[object]:
    counts = [_height_of(tally, stage, age) for age in _ages(tally)]
    return [stage.label, *counts, formats.listed([formats.days(days) for days in ends]) if ends else "none"]


def _title(tally: Tally) -> str:
    total, longest = tally.in_flight, tally.edges[-1]
    old = tally.count(in_flight=True, age=len(tally.edges))
    if old:
        verb = "has" if old == 1 else "have"
        return f"{old:,} of {total:,} in flight {verb} been in their stage for more than {longest} business days"
    reached = 0
    for age, edge in enumerate(tally.edges):
        reached += tally.count(in_flight=True, age=age)
        if reached * 2 >= total:
            return f"Half of the {total:,} in flight have been in their stage for {edge} business days or less"
    return "How long releases have been in their stage"


def _ages(tally: Tally) -> range:
    return range(len(tally.edges) + 1)


def _height_of(tally: Tally, stage: Stage, age: int) -> int:
    return tally.count(stage=stage, age=age)


def _lane(tally: Tally, stage: Stage, tallest: int, ends: Sequence[Decimal]) -> Lane:
    blocks, counts = [], []
    width = 100 / len(_ages(tally))
    for age in _ages(tally):
        top = float(BASE)
        for standing, _, tone in TONES:
            count = tally.count(standing, stage=stage, age=age)
            if not count:
                continue
            height = max(count / tallest * TALLEST, 1.5)
            top -= height
            x, wide = at(age * width + _GAP / 2), at(width - _GAP)
            blocks.append(Block(tone, x, wide, f"{top:.1f}", f"{height:.1f}"))
        if total := _height_of(tally, stage, age):
            counts.append(Said(at((age + 0.5) * width), f"{total:,}", f"{top - 4:.1f}"))
    step = tally.edges[0]
    marks = tuple(Said(at(float(days) / step * width), formats.days(days)) for days in ends)
    return Lane(stage.label, tuple(blocks), tuple(counts), marks)


def _spans(edges: Sequence[int]) -> list[str]:
    starts = (0, *edges)
    return [*(f"{start}–{end}d" for start, end in zip(starts, edges, strict=False)), f"{edges[-1]}d and more"]


def _ticks(edges: Sequence[int]) -> tuple[Said, ...]:
    """The start of every second bin, and of the open one at the end."""
    width = 100 / (len(edges) + 1)
    starts = (0, *edges)
    return tuple(
        Said(at(place * width), f"{start}d" if place < len(edges) else f"{start}d +")
        for place, start in enumerate(starts)
        if place % 2 == 0
    )
