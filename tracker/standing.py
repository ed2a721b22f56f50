"""Where one release stands: the facts that a row of the registry and a card of the board share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from governance.clock import Reading
from governance.deadlines import business_calendar, reading
from governance.models import BreakGlass, Hold, StageOwnership, StageVisit
from models_registry.vocabulary import Stage, VisitState
from tracker.absence_words import absence_of, with_absence


@dataclass(frozen=True, slots=True)
class Standing:
    """A release in its open visit. `day`: seconds of a business day of the team; `owner` empty: nobody;
    `away`: until when the owner is, and who stands in.

    `hold_overdue`: it is on hold for longer than was expected. `answerable`: somebody has to answer for it, so an empty
    owner is a vacancy. `glass`: it once passed a shut gate.
    """

    slug: str
    name: str
    team: str
    team_slug: str
    tier: str
    release_id: int
    number: int
    version: int | None
    stage: Stage
    state: VisitState
    entered_at: datetime
    estimated: bool
    reading: Reading
    day: int
    owner: str
    away: str
    answerable: bool
    held: Hold | None
    hold_overdue: bool
    reason_code: str
    arrived_by: str
    glass: bool

    @property
    def stopped(self) -> bool:
        """The clock stands still for a hold; during some holds it goes on."""
        return self.held is not None and self.held.pauses_clock

    @property
    def vacant(self) -> bool:
        return self.answerable and not self.owner

    @property
    def underway(self) -> bool:
        return self.state == VisitState.UNDERWAY

    @property
    def place(self) -> str:
        """Where it is, in words: `Validation`, `Parked in validation`."""
        if self.underway:
            return self.stage.label
        return f"{self.state.label} in {self.stage.label.lower()}"


def with_standing(visits: QuerySet[StageVisit]) -> QuerySet[StageVisit]:
    """The visits with everything that `standing_of` reads: three queries, however many visits there are."""
    current = with_absence(StageOwnership.objects.filter(until__isnull=True).select_related("owner"))
    broken = BreakGlass.objects.filter(release=OuterRef("release_id"))
    return (
        visits.select_related("policy", "release__candidate", "release__model__team__calendar")
        .prefetch_related("holds", Prefetch("ownerships", queryset=current, to_attr="current_spells"))
        .annotate(glass=Exists(broken))
    )


def standing_of(visit: StageVisit, now: datetime) -> Standing:
    """The facts of a visit that `with_standing` loaded."""
    release, model = visit.release, visit.release.model
    spells: list[StageOwnership] = getattr(visit, "current_spells", [])
    hold = next((hold for hold in visit.holds.all() if hold.ended_at is None), None)
    return Standing(
        slug=model.slug,
        name=model.name,
        team=model.team.name,
        team_slug=model.team.slug,
        tier=model.risk_tier,
        release_id=release.pk,
        number=release.number,
        version=release.candidate.number if release.candidate else None,
        stage=Stage(visit.stage),
        state=VisitState(visit.state),
        entered_at=visit.entered_at,
        estimated=visit.dates_estimated,
        reading=reading(visit, now),
        day=business_calendar(model.team.calendar).day_seconds,
        owner=str(spells[0].owner) if spells and spells[0].owner else "",
        away=absence_of(spells[0]) if spells else "",
        answerable=bool(spells),
        held=hold,
        hold_overdue=hold is not None and hold.expected_end <= now,
        reason_code=visit.reason_code,
        arrived_by=visit.arrived_by,
        glass=bool(getattr(visit, "glass", False)),
    )
