"""One dot per approval that is needed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Dot:
    """A dot's centre, whether the approval is there, and where its tick begins."""

    x: float
    on: bool

    @property
    def tick(self) -> str:
        return f"{self.x - 2.9:.1f}"


def dots(need: int, have: int) -> list[Dot]:
    return [Dot(7.5 + 18 * number, number < have) for number in range(need)]


def dots_width(need: int) -> int:
    return max(18 * need - 3, 0)
