"""What a chat or a pager says: a line, a few facts, and where to look. Short, since people read it in passing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime, tzinfo

from models_registry.vocabulary import RiskTier
from tracker import formats
from tracker.alerts.channels import Message
from tracker.alerts.digests import digest
from tracker.alerts.finding import finding, one_line, thing
from tracker.alerts.kinds import CLOCK_KINDS
from tracker.alerts.letters import link
from tracker.alerts.matters import Matter

NAMED = 8


def notice_of(key: str, matter: Matter, now: datetime, zone: tzinfo) -> Message:
    """One alert."""
    found = finding(matter, now, zone)
    lines = [*map(one_line, _facts(matter, now, zone)), link(thing(matter))]
    return _message(key, found.subject, lines, found.tone, f"visit-{matter.visit.pk}")


def notice_of_many(key: str, alerts: Collection[int], now: datetime, zone: tzinfo) -> Message:
    """Many alerts: how many of each sort, and the worst by name."""
    said = digest(alerts, now, zone)
    lines = [
        f"{line.name}: {line.place}; {line.owner}{f'; {line.amount}' if line.amount else ''}" for line in said.lines
    ]
    more = said.total - len(lines[:NAMED])
    rest = [f"and {more:,} more"] if more else []
    tone = "breach" if said.word == "Stalled" else "info"
    return _message(key, said.subject, [*lines[:NAMED], *rest, said.stalls_url], tone)


def test_notice(name: str, now: datetime) -> Message:
    """What the test button sends."""
    lines = [f"A test of the destination {one_line(name)}: alerts will arrive like this.", link("/")]
    return _message(f"test-{now:%Y%m%d%H%M%S}", "Throughline: a test", lines, "info")


def _facts(matter: Matter, now: datetime, zone: tzinfo) -> Iterator[str]:
    tier = RiskTier(matter.visit.tier).label.lower()
    yield f"{matter.stage.label}, {tier} risk, {matter.model.team}"
    if matter.kind in CLOCK_KINDS:
        yield f"Owner: {matter.owner or 'none'}"
        if matter.reading is not None and matter.reading.stalls_at is not None:
            verb = "ran" if matter.reading.breached else "runs"
            budget = formats.duration(matter.reading.budget or 0, matter.day)
            yield f"The budget of {budget} {verb} out {formats.moment(matter.reading.stalls_at, now, zone)}"


def _message(key: str, subject: str, lines: list[str], tone: str, thread: str = "") -> Message:
    text = "\n".join(lines).replace(formats.NBSP, " ")
    return Message("", subject.replace(formats.NBSP, " "), text, "", key, thread, tone=tone)
