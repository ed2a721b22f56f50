"""One row of the desk: how ready a dossier is, when a review is due, and what the reader may do with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf

from governance.clock import ClockFacts, Reading, read
from governance.controls import OFFICERS
from governance.deadlines import business_calendar, reading, rules_of
from governance.dossiers import dossier_of
from governance.four_eyes import DID, TEAM, sentence
from governance.gate_checks import evidence_checks, requirement_checks
from governance.gates import Check, Dossier
from governance.groups import advised_by_group_of, decided_by_group_of, standing_at
from governance.models import Delegation, Review, StageOwnership, StageVisit
from governance.turns import Turn, asked_of, listed
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, ReviewKind, ReviewState, RiskTier, Stage
from tracker.review_desk import turns
from tracker.review_desk.names import Names
from tracker.review_desk.urgency import Urgency, urgency_of

VISIT: Final = ("policy", "release__candidate", "release__model__team__calendar")
"""What a visit is loaded with, so that its clock and dossier can be read."""
APPROVED: Final = (ReviewState.APPROVED, ReviewState.APPROVED_WITH_CONDITIONS)
ENDED: Final = (*APPROVED, ReviewState.CHANGES_REQUESTED, ReviewState.REJECTED, ReviewState.LAPSED, ReviewState.REVOKED)
"""How a decided review may stand; a withdrawn one was not decided."""
EXPIRING: Final = "expiring"
SOON: Final = timedelta(days=30)
"""How long before its end an approval counts as expiring soon."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader wants to see; an empty or unknown value lets everything through. `team` is a slug.

    `turn` is of open reviews; `state` of decided ones, or `expiring` for approvals that end within `SOON`.
    """

    team: str = ""
    tier: str = ""
    kind: str = ""
    turn: str = ""
    state: str = ""
    mine: bool = False

    @property
    def narrows(self) -> bool:
        return bool(self.team or self.tier or self.kind or self.turn or self.state)

    def let(self, person: Person, now: datetime) -> Q:
        """The condition on a review; on its `bar` too, where only those that wait for the reader are wanted."""
        wanted = own(person, now) if self.mine else Q()
        if self.team:
            wanted &= Q(release__model__team__slug=self.team)
        if self.tier in set(RiskTier):
            wanted &= Q(visit__tier=self.tier)
        if self.kind in set(ReviewKind):
            wanted &= Q(kind=self.kind)
        return wanted & turns.let(self.turn)

    def ended(self, now: datetime) -> Q:
        """The condition that `state` puts on a decided review."""
        if self.state == EXPIRING:
            return Q(state__in=APPROVED, expires_at__gt=now, expires_at__lte=now + SOON)
        return Q(state=self.state) if self.state in set(ENDED) else Q(state__in=ENDED)


@dataclass(frozen=True, slots=True)
class Part:
    """What the reader may do: `state` is decide, decided, advise, excluded or read; `why` says it in a sentence."""

    state: str
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One open review. `states` tells of each check of its dossier whether it is met, `missing` names the others.

    `digest` is what a decision would bind to.
    """

    review: Review
    clock: Reading
    day: int
    have: int
    states: Sequence[bool]
    missing: Sequence[str]
    owner: str
    part: Part
    glass: bool
    turn: Turn
    urgency: Urgency
    digest: str

    @property
    def in_batch(self) -> bool:
        """Whether the reader may decide it together with others: of the low tier only."""
        return self.part.state == "decide" and self.review.visit.tier == RiskTier.LOW

    @property
    def free(self) -> bool:
        """Whether nobody answers for it, so that it can be taken."""
        return not turns.decider(self.review)[0]

    @property
    def need(self) -> int:
        return self.review.approvals_needed

    @property
    def ready(self) -> int:
        return sum(self.states)

    @property
    def retrospective(self) -> bool:
        return self.review.kind == ReviewKind.RETROSPECTIVE


def row_of(review: Any, person: Person, now: datetime, names: Names) -> Row:
    """The row of a review that came ready from the queue, and whose visit's dossier was gathered."""
    visit: StageVisit = review.visit
    dossier = dossier_of(visit, owner_name=review.owner_name or "")
    checks = readiness(dossier, visit)
    approved, spoken = standing_approvals(review, dossier), names.spoken.get(review.pk, ())
    return Row(
        review=review,
        clock=due_clock(review, now),
        day=business_calendar(visit.release.model.team.calendar).day_seconds,
        have=len(approved),
        states=[check.met for check in checks],
        missing=[check.title for check in checks if not check.met],
        owner=review.owner_name or "",
        part=part_of(review, review.bar, names.voices, decided=person.email in approved, spoken=spoken),
        glass=review.glass,
        turn=turns.turn_of(review, review.deputy or "", spoken, approved, names.groups),
        urgency=urgency_of(review),
        digest=dossier.dossier_digest,
    )


def is_officer(person: Person) -> bool:
    return person.is_active and person.role == OrgRole.COMPLIANCE_OFFICER


def own(person: Person, now: datetime) -> Q:
    """The condition on an open review that came with `bar`: whether it waits for this person.

    An officer's are those that four eyes lets them decide; anybody else's are those that ask a group that they speak
    for, and those they asked for.
    """
    if is_officer(person):
        return Q(bar="")
    if not person.is_active or person.role == OrgRole.AUDITOR:
        return Q(requested_by=person)
    decides = turns.ADVISED & Q(bar="") & decided_by_group_of(person, now)
    advises = ~turns.ADVISED & Q(bar__in=("", TEAM)) & advised_by_group_of(person, now)
    return Q(requested_by=person) | decides | advises


def part_of(review: Review, bar: str, voices: Collection[str], *, decided: bool, spoken: Collection[str] = ()) -> Part:
    """What the reader may do with an open review.

    `bar` is the code that four eyes gives, `voices` are the reader's groups, `spoken` those groups that have advised.
    """
    asked = [one for one in review.feedback_groups if one in voices] if review.waits_for_feedback else []
    silent = [one for one in asked if one not in spoken]
    advises = bool(silent) and bar in {"", TEAM}
    decides = not {OFFICERS, *asked_of(review)}.isdisjoint(voices)
    if advises and (bar or not decides):
        said = listed([turns.group_name(one, {}) for one in silent])
        return Part("advise", "Yours to advise", f"{said} is heard before anybody decides: say what you think of it.")
    if not decides:
        who = listed([turns.group_name(group, {}) for group in asked_of(review)])
        return Part("read", "Your group has advised" if asked else "Read only", f"{who} decide.")
    if bar:
        team = review.visit.release.model.team.name
        return Part("excluded", f"Excluded: {'in the team' if bar == TEAM else DID[bar]}", sentence(bar, team))
    if decided:
        return Part("decided", "You approved", "You approved the dossier as it stands; another officer has to, too.")
    why = "You neither made, owned nor requested it, nor belong to its team."
    if review.waits_for_feedback:
        why += " An approval waits for the feedback, or for your reason to go on without it."
    return Part("decide", "Yours to advise and decide" if advises else "Yours to decide", why)


def standing_approvals(review: Review, dossier: Dossier) -> dict[str, Collection[str]]:
    """Who approved the dossier as it stands in this review, by e-mail, and for which groups.

    A look back is closed by its first approval.
    """
    if review.kind != ReviewKind.APPROVAL:
        return {}
    asked, digest = review.requested_at, dossier.dossier_digest
    standing = (one for one in dossier.approvals if one.digest == digest and one.at >= asked)
    return {one.who: one.groups for one in standing}


def readiness(dossier: Dossier, visit: StageVisit) -> list[Check]:
    """The checks of a dossier that a review looks at: the evidence asked for, and each requirement to be measured."""
    rules = rules_of(visit.policy)
    stages = (Stage.VALIDATION, Stage.COMPLIANCE_REVIEW)
    kinds = {check.code: check for stage in stages for check in evidence_checks(dossier, rules, stage)}
    return [*kinds.values(), *requirement_checks(dossier, Stage.COMPLIANCE_REVIEW)]


def due_clock(review: Review, now: datetime) -> Reading:
    """How long until a review is due: the stage's clock; for a look back, its own days since the glass was broken."""
    visit = review.visit
    if review.kind == ReviewKind.APPROVAL:
        return reading(visit, now)
    calendar = business_calendar(visit.release.model.team.calendar)
    budget = rules_of(visit.policy).retrospective_days * calendar.day_seconds
    return read(ClockFacts(review.requested_at, review.closed_at, budget, (), calendar), now)


def with_owner(rows: QuerySet[Any], visit: str) -> QuerySet[Any]:
    """The rows with `owner_name` and `owner_email`: who answers for the visit in this column, empty for nobody."""
    current = StageOwnership.objects.order_by().filter(visit=OuterRef(visit), until__isnull=True)
    name, email = (Subquery(current.values_list(said)[:1]) for said in (name_of("owner"), "owner__email"))
    told: QuerySet[Any] = rows.annotate(owner_name=name, owner_email=email)
    return told


def with_deputy(reviews: QuerySet[Any], now: datetime) -> QuerySet[Any]:
    """The reviews with `deputy`: who stands in now for the one that has it, by name; empty for nobody."""
    owners = StageOwnership.objects.order_by().filter(visit=OuterRef(OuterRef("visit_id")), until__isnull=True)
    had = Coalesce(OuterRef("assignee_id"), Subquery(owners.values("owner_id")[:1]))
    away = Delegation.objects.filter(standing_at(now), deputy__is_active=True, delegator=had).order_by(
        "starts_at", "pk"
    )
    told: QuerySet[Any] = reviews.annotate(deputy=Subquery(away.values_list(name_of("deputy"))[:1]))
    return told


def name_of(person: str) -> Coalesce:
    """The name of the person at this path, as `str()` gives it: the e-mail address where there is no name."""
    return Coalesce(NullIf(f"{person}__full_name", Value("")), f"{person}__email", output_field=CharField())
