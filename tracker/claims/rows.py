"""The rows of the claim board: what nobody owns, and one's own work with the one thing to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, TypedDict

from django.db.models import Exists, OuterRef, QuerySet, Subquery, prefetch_related_objects

from governance import permissions
from governance.candidates import Candidate, Load, Pool, limit_of, needs_of, read_pool
from governance.clock import Reading
from governance.deadlines import business_calendar, reading, rules_of, vacancy_reading
from governance.dossiers import gate_of, gather
from governance.gates import Check, GateReport
from governance.models import BreakGlass, HandoverOffer, Hold, OfferState, Review, StageOwnership, StageVisit
from governance.skills import Fit, Need, fit
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, ReviewKind, ReviewState, Stage
from tracker.claims.asks import asks_line
from tracker.claims.order import Urgency
from tracker.dashboard import Why, who_is_needed, why_vacant

SUGGESTED: Final = 2
OFFICER: Final = "compliance officer"  # as checks name who owes them


class Marks(TypedDict):
    """What `with_marks` adds to a spell."""

    offered_to: str | None
    glass_broken: bool
    review_id: int | None


if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    Spell = WithAnnotations[StageOwnership, Marks]
else:
    Spell = StageOwnership


@dataclass(frozen=True, slots=True)
class Item:
    """What a vacancy and one's own work have in common. Readings in business seconds, `day` in seconds.

    `clock` is the stage's, or the vacancy's where the stage has no budget. `done` of `checks`: how far the gate is.
    """

    release_id: int
    visit_id: int
    model: str
    slug: str
    number: int
    team: str
    tier: str
    stage: Stage
    clock: Reading
    day: int
    since: datetime
    glass_broken: bool
    done: int
    checks: int

    @property
    def name(self) -> str:
        return f"{self.model} release {self.number}"


@dataclass(frozen=True, slots=True)
class Vacancy(Item):
    """A stage that nobody owns. `refusal` says why this person may not claim it, empty when they may.

    `skills` are what its work takes, `fit` what of it this person brings, `said` whether they have said of any skill
    that they bring it. `urgency`: its place in the order, where they may claim it. `suggested`: who could take it, for
    whom to assign. `load`: what this person owns already.
    """

    vacancy: Reading
    asks: tuple[str, ...]
    why: Why
    refusal: str
    needs: str
    may_assign: bool
    skills: tuple[Need, ...]
    fit: Fit
    said: bool
    urgency: Urgency | None
    suggested: tuple[Candidate, ...]
    load: Load

    @property
    def of_stage(self) -> bool:
        """Whether `clock` is the stage's own: live has no budget, so there the vacancy's is shown."""
        return self.stage is not Stage.LIVE


@dataclass(frozen=True, slots=True)
class Work(Item):
    """A stage that this person owns, with the one thing to do next.

    `step`: the gate's first unmet check that is theirs; None where nothing is, and `ready` says that only the move is
    left. `waits`: what others owe. `review_id`: the review that an officer decides.
    """

    step: Check | None
    ready: Stage | None
    waits: Check | None
    hold: Hold | None
    offered_to: str
    review_id: int | None


def with_marks(spells: QuerySet[Any]) -> QuerySet[Any]:
    """The spells with all that a row shows, but for the holds and the dossier."""
    offers = HandoverOffer.objects.filter(visit=OuterRef("visit"), state=OfferState.OPEN)
    reviews = Review.objects.filter(visit=OuterRef("visit"), kind=ReviewKind.APPROVAL, state=ReviewState.OPEN)
    found: QuerySet[Any] = spells.annotate(
        offered_to=Subquery(offers.values("offered_to__full_name")[:1]),
        review_id=Subquery(reviews.values("pk")[:1]),
        glass_broken=Exists(BreakGlass.objects.filter(release=OuterRef("visit__release"))),
    ).select_related(
        "owner", "given_by", "visit__policy", "visit__release__candidate", "visit__release__model__team__calendar"
    )
    return found


def prepare(visits: Sequence[StageVisit]) -> None:
    """Read the holds and dossiers of visits that are loaded already: five queries."""
    prefetch_related_objects(visits, "holds")
    gather(visits)


def vacancy_rows(
    spells: Sequence[Spell], person: Person, now: datetime, urgencies: Mapping[int, Urgency]
) -> list[Vacancy]:
    """The rows of marked vacancies, in their order; the number of queries does not grow with them."""
    prepare([spell.visit for spell in spells])
    pool = pool_of(spells, now)
    return [vacancy_row(spell, person, now, pool, urgencies.get(spell.pk)) for spell in spells]


def pool_of(spells: Sequence[Spell], now: datetime) -> Pool:
    """Whoever could take these vacancies: three queries, and one for the officers where a review is among them."""
    teams = {spell.visit.release.model.team_id for spell in spells}
    return read_pool(teams, now, officers=any(spell.visit.stage == Stage.COMPLIANCE_REVIEW for spell in spells))


def work_rows(spells: Sequence[Spell], now: datetime) -> list[Work]:
    """The same of stages of one's own."""
    prepare([spell.visit for spell in spells])
    return [work_row(spell, now) for spell in spells]


def vacancy_row(spell: Spell, person: Person, now: datetime, pool: Pool, urgency: Urgency | None) -> Vacancy:
    """The row of a prepared vacancy."""
    visit, model = spell.visit, spell.visit.release.model
    unowned = vacancy_reading(spell, visit, now)
    stage_clock, report = reading(visit, now), gate_of(visit, owner_name="")
    may_claim = permissions.allows(permissions.own_stage, person, model, visit.stage)
    may_assign, wanted = permissions.allows(permissions.assign, person, visit), needs_of(visit)
    return Vacancy(
        **_item(spell, stage_clock if visit.stage != Stage.LIVE else unowned, report),
        vacancy=unowned,
        asks=asks_line(_brief(visit)),
        why=why_vacant(spell),
        refusal="" if may_claim else who_may(person, Stage(visit.stage), str(model.team)),
        needs=who_is_needed(Stage(visit.stage)),
        may_assign=may_assign,
        skills=wanted,
        fit=fit(wanted, person.skills),
        said=bool(person.skills),
        urgency=urgency,
        suggested=suggested(pool, visit, wanted) if may_assign else (),
        load=Load(pool.owned.get(person.pk, 0), limit_of(person, rules_of(visit.policy))),
    )


def suggested(pool: Pool, visit: StageVisit, wanted: Sequence[Need]) -> tuple[Candidate, ...]:
    """Whom to ask, best first: nobody who is away."""
    model = visit.release.model
    found = pool.candidates(model.team_id, visit.stage, wanted, rules_of(visit.policy))
    return tuple(one for one in found if one.away is None)[:SUGGESTED]


def who_may(person: Person, stage: Stage, team: str) -> str:
    """Who may claim it, for somebody who may not."""
    if person.role == OrgRole.AUDITOR:
        return "Auditors read and own nothing"
    if stage is Stage.COMPLIANCE_REVIEW:
        return "Open to compliance officers"
    return f"Open to leads and engineers of {team}"


def work_row(spell: Spell, now: datetime) -> Work:
    """The row of a prepared stage of one's own."""
    visit = spell.visit
    report = gate_of(visit, owner_name=str(spell.owner))
    mine = {"owner", OFFICER} if visit.stage == Stage.COMPLIANCE_REVIEW else {"owner", "team"}
    return Work(
        **_item(spell, reading(visit, now), report),
        step=next((check for check in report.unmet if check.owes in mine), None),
        ready=report.target if report.complete else None,
        waits=next((check for check in report.unmet if check.owes not in mine), None),
        hold=next((hold for hold in visit.holds.all() if hold.ended_at is None), None),
        offered_to=spell.offered_to or "",
        review_id=spell.review_id,
    )


def _item(spell: Spell, clock: Reading, report: GateReport) -> dict[str, Any]:
    visit, model = spell.visit, spell.visit.release.model
    return {
        "release_id": visit.release_id,
        "visit_id": visit.pk,
        "model": model.name,
        "slug": model.slug,
        "number": visit.release.number,
        "team": model.team.name,
        "tier": visit.tier,
        "stage": Stage(visit.stage),
        "clock": clock,
        "day": business_calendar(model.team.calendar).day_seconds,
        "since": spell.since,
        "glass_broken": spell.glass_broken,
        "done": report.done_count,
        "checks": len(report.checks),
    }


def _brief(visit: StageVisit) -> dict[str, Any] | None:
    """The newest signed brief, else the draft."""
    briefs = sorted(visit.release.briefs.all(), key=lambda brief: (brief.is_signed, brief.number), reverse=True)
    return briefs[0].content if briefs else None
