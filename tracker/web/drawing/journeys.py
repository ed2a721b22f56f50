"""The five stages of a release side by side, on one scale of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from models_registry.vocabulary import Stage
from tracker.web.drawing.shapes import Rect, at

STANDARD_DAY: Final = 8 * 3600
_ROOM: Final = 0.92  # how much of the common scale the longest bar takes


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a journey. Seconds are business seconds, `day` of them to a day; `owner` None: not asked for,
    empty: nobody.

    `state` is done, current, todo or skipped. `bar`, `mark` and `track` are set by `journey`.
    """

    stage: str
    state: str
    elapsed: int = 0
    budget: int | None = None
    owner: str | None = None
    entered: date | None = None
    left: date | None = None
    due: datetime | None = None
    held: bool = False
    note: str = ""
    day: int = STANDARD_DAY
    bar: tuple[Rect, ...] = ()
    mark: str = ""
    track: str = ""

    @property
    def over(self) -> int:
        """Business seconds past the budget; 0 within it or without one."""
        return max(0, self.elapsed - self.budget) if self.budget is not None else 0

    @property
    def breached(self) -> bool:
        return self.budget is not None and self.elapsed >= self.budget and self.state != "todo"

    @property
    def label(self) -> str:
        return Stage(self.stage).label


def journey(steps: Iterable[Step]) -> list[Step]:
    """The steps with their bars on one common time scale, so that lengths compare across stages."""
    known = list(steps)
    scale = max((max(step.elapsed, step.budget or 0) / step.day for step in known), default=0) / _ROOM
    return [_drawn(step, scale) for step in known]


def _drawn(step: Step, scale: float) -> Step:
    if not scale or (step.state == "todo" and step.budget is None):
        return step
    spent, budget = (seconds / step.day / scale * 100 for seconds in (step.elapsed, step.budget or 0))
    parts = [Rect("el", "0%", at(min(spent, budget) if step.budget is not None else spent))] if spent else []
    if step.over:
        parts.append(Rect("ov", at(budget), at(max(spent - budget, 0.8))))
    mark = at(budget) if step.budget is not None else ""
    return replace(step, bar=tuple(parts), mark=mark, track=mark or at(spent))
