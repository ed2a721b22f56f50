"""Many alerts in one message: how many of each sort, the worst by name, and where the rest is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from django.db.models import Case, Value, When
from django.urls import reverse

from models_registry.vocabulary import AlertKind
from tracker import formats
from tracker.alerts.costs import amounts, spent
from tracker.alerts.finding import Finding, finding, one_line, stalled_for, thing
from tracker.alerts.kinds import (
    APPROVAL,
    ENDED_KINDS,
    FINDING_KINDS,
    GRANT_KINDS,
    STAGE_KINDS,
    VACANCY_KINDS,
)
from tracker.alerts.letters import link
from tracker.alerts.matters import Matter, matters_of, with_matters
from tracker.alerts.models import Alert

SHOWN: Final = 20
PAST: Final = STAGE_KINDS - {AlertKind.AT_RISK}
MANY_A_VISIT: Final = FINDING_KINDS | GRANT_KINDS
OVERDUE: Final = frozenset({AlertKind.FINDING_OVERDUE, AlertKind.FINDING_ESCALATED})

# What comes first in the list; within one sort, what has been past its budget for longest.
ORDER: Final = (PAST, VACANCY_KINDS, frozenset({AlertKind.AT_RISK}))

SORTS: Final[Mapping[str, frozenset[AlertKind]]] = {
    "release is past its budget,releases are past their budget": PAST,
    "stage has no owner,stages have no owner": VACANCY_KINDS,
    "release is at risk,releases are at risk": frozenset({AlertKind.AT_RISK}),
    "hold has outlasted its expected end,holds have outlasted their expected end": frozenset({AlertKind.HOLD_OVERDUE}),
    "hand-over is offered to you,hand-overs are offered to you": frozenset({AlertKind.HANDOVER_OFFERED}),
    "release has not moved as expected,releases have not moved as expected": frozenset({AlertKind.NOT_MOVED}),
    "release is moving again,releases are moving again": frozenset({AlertKind.MOVING_AGAIN}),
    "stage is given to you,stages are given to you": frozenset({AlertKind.OWNER_GIVEN}),
    "owner has left,owners have left": frozenset({AlertKind.OWNER_LEFT}),
    "hand-over was not answered,hand-overs were not answered": frozenset({AlertKind.HANDOVER_EXPIRED}),
    "request for more time,requests for more time": frozenset({AlertKind.EXTENSION_ASKED}),
    "answer to a request for more time,answers to requests for more time": frozenset({AlertKind.EXTENSION_DECIDED}),
    "review is requested,reviews are requested": frozenset({AlertKind.REVIEW_REQUESTED}),
    "review is decided,reviews are decided": frozenset({AlertKind.REVIEW_DECIDED}),
    "nudge,nudges": frozenset({AlertKind.NUDGE}),
    "review asks for your feedback,reviews ask for your feedback": frozenset({AlertKind.FEEDBACK_ASKED}),
    "review is given to you,reviews are given to you": frozenset({AlertKind.REVIEW_ASSIGNED}),
    "finding is overdue,findings are overdue": OVERDUE,
    "finding is to be put right,findings are to be put right": FINDING_KINDS - OVERDUE,
    "approval has ended,approvals have ended": ENDED_KINDS,
    "approval ends soon,approvals end soon": frozenset(APPROVAL),
    "grant of access has lapsed,grants of access have lapsed": frozenset({AlertKind.GRANT_LAPSED}),
    "grant of access ends soon,grants of access end soon": GRANT_KINDS - {AlertKind.GRANT_LAPSED},
}


@dataclass(frozen=True, slots=True)
class Line:
    """One of the alerts that are named. `amount`: how far past its budget, or for how long nobody has owned it."""

    name: str
    place: str
    finding: Finding
    amount: str
    owner: str
    cost: str
    url: str


@dataclass(frozen=True, slots=True)
class Digest:
    """Everything that both parts of a digest say."""

    word: str
    headline: str
    counts: tuple[str, ...]
    lines: tuple[Line, ...]
    total: int
    messages: int
    stalls_url: str
    inbox_url: str

    @property
    def subject(self) -> str:
        return one_line(f"{self.word}: {self.headline}")

    @property
    def rest(self) -> int:
        return self.total - len(self.lines)


def digest(alerts: Collection[int], now: datetime, zone: tzinfo) -> Digest:
    """The digest of these alerts. Only the alerts that it names are read in full."""
    found = Alert.objects.filter(pk__in=alerts).values_list("kind", "visit_id", "occasion")
    rows = [(kind, visit, occasion if kind in MANY_A_VISIT else 0) for kind, visit, occasion in found]
    counts = [
        formats.count(amount, noun)
        for noun, kinds in SORTS.items()
        if (amount := len({(visit, occasion) for kind, visit, occasion in rows if kind in kinds}))
    ]
    return Digest(
        word="Stalled" if any(kind in PAST for kind, *_ in rows) else "Throughline",
        headline=one_line(formats.listed(counts[:2])),
        counts=tuple(counts),
        lines=tuple(_lines(_worst(alerts, now), now, zone)),
        total=len({visit for _, visit, _ in rows}),
        messages=len(rows),
        stalls_url=link(reverse("stalls")),
        inbox_url=link(reverse("inbox")),
    )


def _worst(alerts: Collection[int], now: datetime) -> list[Matter]:
    """One alert per visit: those past their budget first, the longest on top. The index hint only preselects."""
    rank = Case(*[When(kind__in=kinds, then=Value(place)) for place, kinds in enumerate(ORDER)], default=Value(9))
    found = Alert.objects.filter(pk__in=alerts).annotate(rank=rank).order_by("rank", "visit__stalls_at", "pk")
    by_visit: dict[int, Alert] = {}
    for alert in with_matters(found)[: SHOWN * 4]:
        by_visit.setdefault(alert.visit_id, alert)
    return sorted(matters_of(list(by_visit.values())[:SHOWN], now), key=_order)


def _order(matter: Matter) -> tuple[int, int]:
    rank = next((place for place, kinds in enumerate(ORDER) if matter.kind in kinds), len(ORDER))
    return rank, -stalled_for(matter)


def _lines(matters: Sequence[Matter], now: datetime, zone: tzinfo) -> list[Line]:
    costs = spent({matter.release.pk: None for matter in matters})
    return [
        Line(
            name=one_line(matter.name),
            place=one_line(f"{matter.stage.label}, {matter.model.team}"),
            finding=finding(matter, now, zone),
            amount=_amount(matter),
            owner=one_line(str(matter.owner)) if matter.owner else "No owner",
            cost=amounts(costs[matter.release.pk][0]),
            url=link(thing(matter)),
        )
        for matter in matters
    ]


def _amount(matter: Matter) -> str:
    past = stalled_for(matter)
    if matter.kind in VACANCY_KINDS and matter.reading is not None:
        return f"vacant {formats.duration(matter.reading.elapsed, matter.day)}"
    return formats.overrun(past, matter.day) if past else ""
