"""The sentences and key figures of the stall dashboard, made of counts. Findings come first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils import timezone

from governance.policy import BUDGETED_STAGES
from tracker import formats
from tracker.dashboard import Money, StallPage, StallRow, Standing, Tally
from tracker.web.drawing import Part, Stack
from tracker.web.stalls.ageing import TONES

_WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
SOON: Final = "within two business days"
_LINE: Final = 26  # characters that fit under a figure


@dataclass(frozen=True, slots=True)
class Kpi:
    """One of the five figures on top."""

    label: str
    value: str
    icon: str
    unit: str = ""
    sub: str = ""
    tone: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Where the releases in flight stand, per stage."""

    title: str
    sub: str
    label: str
    stacks: list[Stack]
    columns: list[str]
    rows: list[list[object]]


def spelled(number: int) -> str:
    return _WORDS[number] if number < len(_WORDS) else f"{number:,}"


def lede(tally: Tally) -> tuple[str, str]:
    """The answer, and what else is worth knowing."""
    flight, past = tally.in_flight, tally.count(Standing.PAST, in_flight=True)
    live = tally.count(Standing.PAST, in_flight=False)
    if not flight and not live:
        return "Nothing is in flight.", ""
    if not past:
        return "No release in flight is past its budget.", _live(live) + _outheld(tally.overdue) + _to_come(tally.next)
    verb, their = ("is", "its") if past == 1 else ("are", "their")
    first = f"{past:,} of {formats.count(flight, 'release')} in flight {verb} past {their} budget"
    vacant = tally.count(Standing.PAST, vacant=True, in_flight=True)
    return first, _without_owner(vacant, past) + _live(live) + _outheld(tally.overdue) + _to_come(tally.next)


def _without_owner(part: int, whole: int) -> str:
    if not part:
        return "."
    if part == whole:
        return ", none of them with an owner." if whole > 1 else ", and nobody owns it."
    return f", {spelled(part)} of them without an owner."


def _live(number: int) -> str:
    if not number:
        return ""
    have, them = ("has", "it") if number == 1 else ("have", "them")
    return f" {spelled(number).capitalize()} live {have} had nobody to serve {them} for too long."


def _outheld(number: int) -> str:
    if not number:
        return ""
    return f" {spelled(number).capitalize()} on hold {'has' if number == 1 else 'have'} outlasted the expected end."


def _to_come(number: int) -> str:
    return f" {spelled(number).capitalize()} more will follow {SOON} unless someone acts." if number else ""


def kpis(page: StallPage, link: Callable[[str], str]) -> list[Kpi]:
    """At most five; each says one thing and links to where it is shown. `link` adds to the present address."""
    found = [_past(page.tally, link), _vacant(page)]
    if page.tally.past:
        label = f"Spent on {'this one' if page.tally.past == 1 else f'these {page.tally.past:,}'}"
        spent = money_words(page.spent.total) or "nothing"
        found += [
            _longest(page, link),
            Kpi(label, spent, "coins", sub=_since(page.spent.since), href=link("sort=cost")),
        ]
    return [*found, _soon(page, link)]


def _longest(page: StallPage, link: Callable[[str], str]) -> Kpi:
    """By name where the row is at hand, else by the day on which its budget ran out."""
    label, icon, where = "Longest past budget", "clock-exclamation", link("show=past")
    if page.longest is not None:
        overrun = formats.duration(page.longest.clock.overrun, page.longest.day)
        return Kpi(label, overrun, icon, sub=f"{page.longest.model} r{page.longest.number}", href=where)
    ran_out = timezone.localtime(page.tally.earliest or page.horizon.now).date()
    return Kpi(label, formats.short_day(ran_out, timezone.localdate()), icon, sub="when its budget ran out", href=where)


def _past(tally: Tally, link: Callable[[str], str]) -> Kpi:
    live = tally.count(Standing.PAST, in_flight=False)
    held = f"; {tally.held:,} more on hold" if tally.held else ""
    if tally.overdue:
        held = f"; {tally.overdue:,} past the end of {'its' if tally.overdue == 1 else 'their'} hold"
    unit, sub = (f"of {tally.in_flight:,}", f"in flight{held}") if not live else ("", f"{live:,} of them live, unowned")
    tone = "breach" if tally.past else ""
    return Kpi("Past budget", f"{tally.past:,}", "alert-octagon", unit, sub, tone, link("show=past"))


def _vacant(page: StallPage) -> Kpi:
    vacant, past = page.tally.count(Standing.PAST, vacant=True), page.tally.past
    sub = _names([row for row in page.rows if not row.owner and row.standing is Standing.PAST], vacant)
    unit = f"of the {past:,}" if past else ""
    return Kpi("Nobody owns it", f"{vacant:,}", "user-question", unit, sub, href=reverse("claims"))


def _soon(page: StallPage, link: Callable[[str], str]) -> Kpi:
    soon = [row for row in page.rows if row.standing is Standing.NEXT]
    first = f"first: {soon[0].model} in {_left(soon[0])}" if soon else ""
    return Kpi("Stalls next", f"{page.tally.next:,}", "hourglass-high", "in two days", first, "risk", link("show=next"))


def money_words(money: Money) -> str:
    """The largest currency, and the others after a plus."""
    return " + ".join(formats.money(amount, currency) for currency, amount in money.amounts)


def _since(money: Money) -> str:
    return f"{money_words(money)} since the budget ran out" if money else "none of it since the budget ran out"


def _names(rows: Sequence[StallRow], total: int) -> str:
    """The first names that fit on a line, and how many more there are."""
    if not total:
        return "every stalled release has an owner"
    shown: list[str] = []
    for row in rows[:2]:
        if len(", ".join([*shown, row.model])) <= _LINE:
            shown.append(row.model)
    others = total - len(shown)
    return ", ".join([*shown, f"{others:,} more"] if shown and others else shown) or "see the claim board"


def _left(row: StallRow) -> str:
    return formats.duration(row.clock.remaining or 0, row.day)


def where(tally: Tally) -> Where:
    """Releases in flight per stage, by how they stand against their clocks."""
    title = _where_title(tally)
    counts = {stage: [tally.count(standing, stage=stage) for standing, _, _ in TONES] for stage in BUDGETED_STAGES}
    return Where(
        title=title,
        sub="Releases in flight per stage, by clock state",
        label=f"{title}. The table below has the numbers.",
        stacks=[
            Stack(
                stage.label,
                tuple(Part(name, count, tone) for (_, name, tone), count in zip(TONES, counts[stage], strict=True)),
            )
            for stage in BUDGETED_STAGES
        ],
        columns=["Stage", *(name for _, name, _ in TONES)],
        rows=[[stage.label, *counts[stage]] for stage in BUDGETED_STAGES],
    )


def _where_title(tally: Tally) -> str:
    """The stages that hold at least half of what is past its budget: two of them where two have any."""
    past = {stage: tally.count(Standing.PAST, stage=stage) for stage in BUDGETED_STAGES}
    total = sum(past.values())
    if not total:
        return "No stage holds a release past its budget"
    ranked = [stage for stage in sorted(past, key=lambda stage: -past[stage]) if past[stage]]
    named = ranked[:2] if past[ranked[0]] < total else ranked[:1]
    held = sum(past[stage] for stage in named)
    names = formats.listed([stage.label.lower() for stage in named])
    verb = "holds" if len(named) == 1 else "hold"
    of = "all" if held == total else f"{spelled(held)} of the"
    return f"{names[:1].upper()}{names[1:]} {verb} {of} {spelled(total)} past budget"
