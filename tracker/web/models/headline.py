"""The first line of a model's page: where the release is, why, whose it is, and what it has cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from models_registry.vocabulary import EndReason, Stage, VisitState
from tracker import formats
from tracker.dashboard.money import Money
from tracker.model_page import ModelPage


@dataclass(frozen=True, slots=True)
class Headline:
    """`title` is the finding, `text` the sentences after it. `tone`: breach, risk, ok or nothing."""

    tone: str
    icon: str
    title: str
    text: str
    cost: str


def headline(about: ModelPage) -> Headline:
    tone, icon, title = _finding(about)
    return Headline(tone, icon, title, " ".join(filter(None, _sentences(about))), _cost(about))


def spelled(money: Money) -> str:
    """Every currency of a sum, the largest first: `€48,200 and $1,200`."""
    return formats.listed([formats.money(amount, currency) for currency, amount in money.amounts])


def _finding(about: ModelPage) -> tuple[str, str, str]:
    stage, reading, day = about.stage.label.lower(), about.reading, about.day
    if not about.underway:
        since = _day(about)
        if about.visit.state == VisitState.PARKED:
            return "", "player-pause", f"Parked in {stage} since {since}."
        return "", "ban", f"Given up in {stage} on {since}."
    if about.stage == Stage.RETIRED:
        return "", "archive", f"Retired since {_day(about)}."
    if about.held is not None and (about.held.pauses_clock or not reading.breached):
        day_of = _day(about, about.held.expected_end)
        if about.held.expected_end <= about.now:
            return "breach", "clock-exclamation", f"On hold in {stage}; it was expected to go on {day_of}."
        clock = "" if about.held.pauses_clock else ", its clock running"
        return "", "player-pause", f"On hold in {stage} until {day_of}{clock}."
    if about.stage == Stage.LIVE:
        if about.vacant:
            return "risk", "alert-triangle", f"Live since {_day(about)}, and nobody serves it."
        return "ok", "circle-check", f"Live since {_day(about)}."
    if reading.breached:
        return (
            "breach",
            "alert-octagon",
            f"Stalled in {stage}, {formats.duration(reading.overrun, day)} past its budget.",
        )
    if about.vacant and about.vacancy is not None:
        return "risk", "user-question", f"Nobody owns {stage}, for {formats.duration(about.vacancy.elapsed, day)} now."
    if about.report.complete and about.report.target is not None:
        return "ok", "circle-check", f"Ready to move into {about.report.target.label.lower()}."
    left = formats.left(reading.remaining, day) if reading.remaining is not None else "no budget"
    return ("risk" if reading.rung else ""), "clock", f"In {stage}, {left}."


def _sentences(about: ModelPage) -> list[str]:
    """Why, and whose it is."""
    visit = about.visit
    if not about.underway:
        return [f"{EndReason(visit.reason_code).label}." if visit.reason_code else "", _ended(visit.reason)]
    if about.stage == Stage.RETIRED:
        return [_ended(visit.reason)]
    why = about.why
    ready = about.report.complete and not about.vacant and about.held is None
    said = [] if why is None or about.stage == Stage.LIVE else [f"{why.title} {_ended(why.detail)}"]
    if ready and not about.reading.breached:
        said = ["Every check of the gate is met."]
    if about.owner is not None:
        said.append(f"Owner {about.owner}.")
    if why is not None and about.held is not None:
        said.append(f"It waits on {why.waits_on}.")
    return said


def _cost(about: ModelPage) -> str:
    ledger = about.ledger
    if not ledger.total:
        return "No cost is recorded."
    since = f", {spelled(ledger.since)} of it since the budget passed" if ledger.since else ""
    return f"Cost so far {spelled(ledger.total)}{since}."


def _ended(text: str) -> str:
    plain = text.strip()
    return plain if not plain or plain.endswith((".", "!", "?")) else f"{plain}."


def _day(about: ModelPage, at: datetime | None = None) -> str:
    """The day of a moment, or of the entry, in the reader's zone."""
    here = timezone.localtime(at or about.visit.entered_at).date()
    return formats.day_of(here, timezone.localtime(about.now).date())
