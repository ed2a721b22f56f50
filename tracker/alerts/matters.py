"""What alerts are about, as it stands now: read in a constant number of queries for messages and for the inbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog
from django.db.models import Prefetch, QuerySet

from governance import deadlines
from governance.answers import answer_of, with_answers
from governance.clock import Reading
from governance.models import (
    Acknowledgement,
    Decision,
    Extension,
    Finding,
    HandoverOffer,
    Hold,
    Nudge,
    Policy,
    Review,
    StageOwnership,
    StageVisit,
)
from models_registry.models import Evidence, Person, RegisteredModel, Release, Team
from models_registry.vocabulary import AlertKind, Stage
from tracker.alerts.departures import Opened, opened_by
from tracker.alerts.kinds import FINDING_KINDS, GRANT_KINDS, REVIEW_KINDS, VACANCY_KINDS
from tracker.alerts.models import Alert
from tracker.formats import STANDARD_DAY

logger = structlog.get_logger(__name__)

Act = (
    Nudge
    | HandoverOffer
    | Hold
    | Review
    | Decision
    | Finding
    | Evidence
    | Acknowledgement
    | Alert
    | Extension
    | StageOwnership
)

ACTS: Final[Mapping[AlertKind, type[Act]]] = {
    AlertKind.NUDGE: Nudge,
    AlertKind.HANDOVER_OFFERED: HandoverOffer,
    AlertKind.HANDOVER_EXPIRED: HandoverOffer,
    AlertKind.OWNER_GIVEN: StageOwnership,
    AlertKind.OWNER_LEFT: StageOwnership,
    AlertKind.EXTENSION_ASKED: Extension,
    AlertKind.EXTENSION_DECIDED: Extension,
    AlertKind.NOT_MOVED: Acknowledgement,
    AlertKind.MOVING_AGAIN: Alert,
    AlertKind.HOLD_OVERDUE: Hold,
    AlertKind.REVIEW_REQUESTED: Review,
    AlertKind.REVIEW_DECIDED: Decision,
    **dict.fromkeys(REVIEW_KINDS, Review),
    **dict.fromkeys(FINDING_KINDS, Finding),
    **dict.fromkeys(GRANT_KINDS, Evidence),
}
RELATED: Final[Mapping[type[Act], tuple[str, ...]]] = {
    Nudge: ("sent_by", "sent_to"),
    HandoverOffer: ("offered_by", "offered_to"),
    Hold: ("started_by",),
    Review: ("requested_by", "assignee"),
    Decision: ("officer", "review__requested_by"),
    Finding: ("owner", "raised_by"),
    Evidence: ("added_by",),
    Acknowledgement: ("person",),
    Extension: ("asked_by", "decided_by"),
    StageOwnership: ("owner",),
    Alert: ("visit",),
}


TEAM: Final = "team__calendar"
HOURS: Final = ("hours", "closed_days")


@dataclass(frozen=True, slots=True)
class Matter:
    """One alert and the facts around it. `day`: seconds of a business day of the team.

    `reading` is the clock that the alert is about (the vacancy's for the vacancy kinds), None where none can be read.
    `stage_reading` is always the stage's. `act` is the row of the kinds that tell of an act. `answer` is what somebody
    said to the stall last, while it stands. `opened` is what fell vacant as somebody left.
    """

    alert: Alert
    kind: AlertKind
    visit: StageVisit
    owner: Person | None
    reading: Reading | None
    stage_reading: Reading | None
    day: int
    act: Act | None
    answer: Acknowledgement | None = None
    opened: Opened | None = None

    @property
    def release(self) -> Release:
        return self.visit.release

    @property
    def model(self) -> RegisteredModel:
        return self.visit.release.model

    @property
    def stage(self) -> Stage:
        return Stage(self.visit.stage)

    @property
    def place(self) -> str:
        """The stage as it reads after `in`."""
        return {Stage.BRIEF: "the brief", Stage.LIVE: "live operation"}.get(self.stage, self.stage.label.lower())

    @property
    def name(self) -> str:
        """The release in words; a name may hold anything, so it is brought to one line."""
        return " ".join(str(self.release).split())


def with_matters(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """The alerts with everything `matters_of` reads, but for the acts.

    Rules and calendars are kept by whoever reads clocks: to decode them for each alert takes longer than the rest.
    """
    spells = StageOwnership.objects.select_related("owner")
    rows = alerts.select_related("visit__policy", f"visit__release__model__{TEAM}")
    return rows.defer(
        "visit__policy__rules", *(f"visit__release__model__{TEAM}__{part}" for part in HOURS)
    ).prefetch_related("visit__holds", Prefetch("visit__ownerships", queryset=spells), with_answers("visit__"))


def loaded(alerts: QuerySet[Alert]) -> list[Alert]:
    """The same for hundreds at once, put together by hand: one object for what many share, and no queryset for each."""
    rows = list(alerts.select_related("visit__release__model"))
    visits: defaultdict[int, list[StageVisit]] = defaultdict(list)
    for row in rows:
        visits[row.visit_id].append(row.visit)
    every = [visit for group in visits.values() for visit in group]
    policies = Policy.objects.defer("rules").in_bulk({visit.policy_id for visit in every})
    calendars = (f"calendar__{part}" for part in HOURS)
    teams = Team.objects.select_related("calendar").defer(*calendars)
    by_team = teams.in_bulk({visit.release.model.team_id for visit in every})
    for visit in every:
        visit.policy, visit.release.model.team = policies[visit.policy_id], by_team[visit.release.model.team_id]
    spells = list(StageOwnership.objects.filter(visit__in=list(visits)))
    owners = Person.objects.in_bulk({spell.owner_id for spell in spells if spell.owner_id})
    for spell in spells:
        spell.owner = owners[spell.owner_id] if spell.owner_id else None
    _hang(visits, "ownerships", spells)
    _hang(visits, "holds", Hold.objects.filter(visit__in=list(visits)))
    _hang(visits, "acknowledgements", Acknowledgement.objects.filter(visit__in=list(visits)).select_related("person"))
    return rows


def _hang(visits: Mapping[int, Sequence[StageVisit]], name: str, rows: Iterable[Any]) -> None:
    """Keep these rows where `visit.name.all()` looks first, as `prefetch_related` does."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.visit_id].append(row)
    for key, group in visits.items():
        for visit in group:
            visit.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found[key]
            for row in found[key]:
                row.visit = visit


def matters_of(alerts: Sequence[Alert], now: datetime) -> list[Matter]:
    """The matters of alerts that `with_matters` loaded, in their order."""
    acts = _acts(alerts)
    left = [act for (kind, _), act in acts.items() if kind == AlertKind.OWNER_LEFT and isinstance(act, StageOwnership)]
    opened = opened_by(left)
    return [
        _matter(alert, acts.get((AlertKind(alert.kind), alert.occasion)), opened.get(alert.occasion), now)
        for alert in alerts
    ]


def _acts(alerts: Iterable[Alert]) -> dict[tuple[AlertKind, int], Act]:
    """By kind and occasion, the row that it is about: one query a table."""
    wanted: defaultdict[type[Act], list[tuple[AlertKind, int]]] = defaultdict(list)
    for alert in alerts:
        kind = AlertKind(alert.kind)
        if kind in ACTS:
            wanted[ACTS[kind]].append((kind, alert.occasion))
    found: dict[tuple[AlertKind, int], Act] = {}
    for model, keys in wanted.items():
        rows = model._default_manager.select_related(*RELATED[model]).in_bulk({occasion for _, occasion in keys})
        found.update({key: rows[key[1]] for key in keys if key[1] in rows})
    return found


def _matter(alert: Alert, act: Act | None, opened: Opened | None, now: datetime) -> Matter:
    visit, kind = alert.visit, AlertKind(alert.kind)
    spells = list(visit.ownerships.all())
    current = next((spell for spell in spells if spell.until is None), None)
    vacancy = next((spell for spell in spells if spell.pk == alert.occasion), None) if kind in VACANCY_KINDS else None
    stage, of_vacancy, day = _clocks(visit, vacancy, now)
    return Matter(
        alert=alert,
        kind=kind,
        visit=visit,
        owner=current.owner if current else None,
        reading=of_vacancy if vacancy else stage,
        stage_reading=stage,
        day=day,
        act=act,
        answer=answer_of(visit, now),
        opened=opened if kind == AlertKind.OWNER_LEFT else None,
    )


def _clocks(
    visit: StageVisit, vacancy: StageOwnership | None, now: datetime
) -> tuple[Reading | None, Reading | None, int]:
    """The stage's clock, the vacancy's, and the seconds of a business day."""
    try:
        day = deadlines.business_calendar(visit.release.model.team.calendar).day_seconds
        of_vacancy = deadlines.vacancy_reading(vacancy, visit, now) if vacancy else None
        return deadlines.reading(visit, now), of_vacancy, day
    except Exception:
        # A broken calendar must not keep the message about it from being sent, nor the inbox from being shown.
        logger.exception("clock_unreadable", visit=visit.pk)
        return None, None, STANDARD_DAY
