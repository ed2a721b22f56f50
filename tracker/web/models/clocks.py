"""The clocks of a release as its page shows them: of the stage, of the vacancy, and whom it waited on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from governance.attribution import Whom
from governance.clock import Reading
from governance.deadlines import calendar_of
from tracker import formats
from tracker.model_page import ModelPage
from tracker.web.drawing import at, share

WORDS: Final[Mapping[Whom, str]] = {
    Whom.OWNER: "The owner",
    Whom.REVIEWER: "A reviewer",
    Whom.REQUESTER: "Whoever requested it",
    Whom.EXTERNAL: "Somebody outside",
    Whom.VACANCY: "Nobody: no owner",
}


@dataclass(frozen=True, slots=True)
class ClockCard:
    """One clock. `stopped`: a hold keeps it; `hold`: there is one, whether or not it keeps it.

    `shut`: the team is not at work; `opens`: until when, None where the calendar never opens.
    """

    title: str
    reading: Reading
    began: datetime
    stopped: bool
    hold: bool
    shut: bool
    opens: datetime | None

    @property
    def state(self) -> str:
        """Whether it ticks, and what keeps it: the hold and the hours are two things, and both may be."""
        if self.stopped and self.shut:
            return "stands still: on hold, and outside hours"
        if self.stopped:
            return "stands still: on hold"
        if self.shut:
            return "on hold; rests outside hours" if self.hold else "rests outside hours"
        return "runs, on hold" if self.hold else "runs"


@dataclass(frozen=True, slots=True)
class WaitPart:
    """Whom it waited on for how long, and the stretch of the bar."""

    whom: str
    label: str
    seconds: int
    share: float
    x: str
    width: str


def clock_cards(about: ModelPage) -> list[ClockCard]:
    """The clock of the stage where it has a budget, and that of the vacancy where there is one."""
    if not about.underway:
        return []
    calendar = calendar_of(about.visit)
    opens = calendar.next_opening(about.now)
    found = []
    if about.reading.budget is not None:
        shut = about.reading.outside_hours
        held = about.held is not None
        title = f"Clock of {about.stage.label.lower()}"
        found.append(ClockCard(title, about.reading, about.visit.entered_at, about.reading.paused, held, shut, opens))
    if about.vacancy is not None and about.spell is not None:
        shut = about.vacancy.outside_hours
        found.append(ClockCard("Clock of the vacancy", about.vacancy, about.spell.since, False, False, shut, opens))
    return found


def wait_parts(sums: Mapping[Whom, int]) -> list[WaitPart]:
    """The parts that are more than nothing, the longest first."""
    whole, start = sum(sums.values()), 0.0
    parts = []
    for whom, seconds in sorted(sums.items(), key=lambda item: (-item[1], item[0])):
        if seconds:
            width = share(seconds, whole)
            parts.append(WaitPart(whom.value, WORDS[whom], seconds, seconds / whole, at(start), at(width)))
            start += width
    return parts


def waited_in_words(parts: Sequence[WaitPart], day: int) -> str:
    """`Mostly on a reviewer: 4d of 6d`; empty where no time has passed."""
    if not parts:
        return ""
    first, whole = parts[0], sum(part.seconds for part in parts)
    how = "All of it" if len(parts) == 1 else "Mostly" if first.share > 1 / 2 else "Longest"
    on = f"{first.label[:1].lower()}{first.label[1:]}"
    return f"{how} on {on}: {formats.duration(first.seconds, day)} of {formats.duration(whole, day)}"
