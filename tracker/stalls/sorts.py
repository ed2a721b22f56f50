"""What is reminded of: findings, approvals and grants that come to an end, and reviews that wait for somebody.

Each sort says for which rows its alerts hold, what moment of a row they are about, and who is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from governance.groups import rosters
from governance.models import AuditEvent, Feedback, Finding, Review, StageOwnership, StageVisit, Tenure
from models_registry.models import Evidence
from models_registry.vocabulary import (
    AlertKind,
    EvidenceKind,
    FindingState,
    ReviewKind,
    ReviewState,
    Stage,
    VisitState,
)
from tracker.alerts.endings import REVIEWED, Ending
from tracker.alerts.kinds import APPROVAL, FINDING, GRANT, Ladder

APPROVED: Final = (ReviewState.APPROVED, ReviewState.APPROVED_WITH_CONDITIONS)
ENDED: Final = (*APPROVED, ReviewState.LAPSED, ReviewState.REVOKED)
ALWAYS: Final = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Around:
    """Who is around a row: the owner and the leads of where its release is now, and who stands in for whom."""

    owner: int | None
    leads: tuple[int, ...]
    deputies: Mapping[int, int]

    def present(self, people: Iterable[int | None]) -> list[int | None]:
        """The people, each followed by whoever stands in for them."""
        found = [(person, self.deputies.get(person) if person else None) for person in people]
        return [person for pair in found for person in pair]

    @property
    def answering(self) -> list[int | None]:
        """The owner, or the leads where there is none."""
        return [self.owner] if self.owner else [*self.leads]


def _nothing(rows: Sequence[Any]) -> None:
    """Most rows tell by themselves whom they concern."""


@dataclass(frozen=True)
class Sort:
    """One sort of reminder: the kinds from so long before the moment in the column `about`, and the rows they hold for.

    `told` and `ended`: whom a row concerns, and why it holds no more. `visit`: the visit that the alert is about; 0 for
    where the release is now. `born`: the column that says since when people know of the moment; a rung that was reached
    by then tells nobody anything new. `also` reads what many rows need at once.
    """

    ladder: Ladder
    rows: Callable[[], QuerySet[Any]]
    told: Callable[[AlertKind, Any, Around], list[int | None]]
    ended: Callable[[Any], Ending]
    visit: Callable[[Any], int]
    about: str = ""
    born: str = ""
    also: Callable[[Sequence[Any]], None] = _nothing

    @property
    def first(self) -> timedelta:
        return max(self.ladder.values())

    @property
    def last(self) -> timedelta:
        return min(self.ladder.values())

    @property
    def dated(self) -> bool:
        """Whether its kinds hold from some time before the moment, and not as soon as there is a row."""
        return self.first != ALWAYS

    def moment(self) -> dict[str, Any]:
        """The condition on an alert to be about the moment of the outer row."""
        return {"about_at": OuterRef(self.about)} if self.about else {"about_at__isnull": True}

    def same_moment(self) -> dict[str, Any]:
        """The condition on a row to still have the moment that the outer alert is about."""
        return {self.about: OuterRef("about_at")} if self.about else {}


def _at_work() -> Exists:
    """The release is underway somewhere: of one that was given up or retired nobody is reminded."""
    here = StageVisit.objects.filter(release=OuterRef("release_id"), left_at__isnull=True, state=VisitState.UNDERWAY)
    return Exists(here.exclude(stage=Stage.RETIRED))


def _findings() -> QuerySet[Finding]:
    return Finding.objects.filter(_at_work(), state=FindingState.OPEN).select_related("review")


def _told_findings() -> QuerySet[Finding]:
    """Who raised one against themselves knows."""
    return _findings().exclude(owner=F("raised_by"))


def _approvals(*states: ReviewState) -> QuerySet[Review]:
    """The approvals that nothing newer replaces."""
    later = Review.objects.filter(
        release=OuterRef("release_id"), kind=ReviewKind.APPROVAL, state__in=APPROVED, pk__gt=OuterRef("pk")
    )
    return Review.objects.filter(_at_work(), ~Exists(later), kind=ReviewKind.APPROVAL, state__in=states)


def _expiring() -> QuerySet[Review]:
    return _approvals(*APPROVED).filter(expires_at__isnull=False)


def _grants() -> QuerySet[Evidence]:
    return Evidence.objects.filter(
        _at_work(), kind=EvidenceKind.ACCESS_GRANT, valid_until__isnull=False, superseded_by__isnull=True
    )


def _asking() -> QuerySet[Review]:
    waiting = Review.objects.filter(state=ReviewState.OPEN, feedback_closed_at__isnull=True)
    return waiting.exclude(feedback_groups=[])


def _given() -> QuerySet[Review]:
    """Those given by a rule or by somebody else; who took or claimed one knows."""
    spells = StageOwnership.objects.filter(
        visit=OuterRef("visit_id"), until__isnull=True, owner=OuterRef("assignee_id")
    )
    by_hand = spells.exclude(began__in=[Tenure.ASSIGNED, Tenure.BY_RULE])
    taken = AuditEvent.objects.filter(release_id=OuterRef("release_id"), act="review.take", at=OuterRef("assigned_at"))
    given = Review.objects.filter(state=ReviewState.OPEN, assignee__isnull=False)
    return given.exclude(Q(Exists(by_hand)) | Q(Exists(taken)))


def _heads(kind: AlertKind, finding: Finding, around: Around) -> list[int | None]:
    further = [*around.leads, finding.raised_by_id] if kind == AlertKind.FINDING_ESCALATED else []
    return [finding.owner_id, *further]


def _of_approval(kind: AlertKind, review: Review, around: Around) -> list[int | None]:
    if kind == AlertKind.APPROVAL_EXPIRES_IN_30:
        return [review.requested_by_id, *around.answering]
    return [review.requested_by_id, around.owner, *around.leads, *around.present([review.assignee_id])]


def _of_grant(kind: AlertKind, grant: Evidence, around: Around) -> list[int | None]:
    return around.answering if kind == AlertKind.GRANT_EXPIRES_IN_30 else [around.owner, *around.leads]


def _deciders(kind: AlertKind, review: Review, around: Around) -> list[int | None]:
    return around.present([review.assignee_id])


def _advisers(kind: AlertKind, review: Any, around: Around) -> list[int | None]:
    return around.present(review.advisers)


def _find_advisers(reviews: Sequence[Any]) -> None:
    """Set `advisers` on each review: the people of the groups that have not spoken."""
    people = rosters({group for review in reviews for group in review.feedback_groups})
    said = Feedback.objects.filter(review__in=[review.pk for review in reviews]).order_by()
    spoken = set(said.values_list("review_id", "group"))
    for review in reviews:
        silent = [group for group in review.feedback_groups if (review.pk, group) not in spoken]
        review.advisers = [person.pk for group in silent for person in people.of(group)]


def _finding_ended(finding: Any) -> Ending:
    if finding.state != FindingState.OPEN:
        return Ending.RESOLVED
    return Ending.MOVED if finding.at_work else Ending.SET_ASIDE


def _approval_ended(review: Any) -> Ending:
    if review.state in ENDED and not review.at_work:
        return Ending.SET_ASIDE
    return Ending.REPLACED if review.state in APPROVED else REVIEWED[review.state]


def _lapse_ended(review: Any) -> Ending:
    return Ending.REPLACED if review.at_work else Ending.SET_ASIDE


def _asking_ended(review: Any) -> Ending:
    return REVIEWED.get(review.state, Ending.ADVISED)


def _giving_ended(review: Any) -> Ending:
    return REVIEWED.get(review.state, Ending.REASSIGNED)


def _grant_ended(grant: Any) -> Ending:
    return Ending.REPLACED if grant.at_work else Ending.SET_ASIDE


def with_work(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with `at_work`, which the endings ask for."""
    told: QuerySet[Any] = rows.annotate(at_work=_at_work())
    return told


def _own_visit(review: Review) -> int:
    return review.visit_id


def _visit_of_finding(finding: Finding) -> int:
    return finding.review.visit_id


def _present_visit(grant: Evidence) -> int:
    """A grant concerns whoever has the release now."""
    return 0


def _ended(kind: AlertKind, state: ReviewState) -> Sort:
    return Sort({kind: ALWAYS}, partial(_approvals, state), _of_approval, _lapse_ended, _own_visit)


SORTS: Final[Sequence[Sort]] = (
    Sort({AlertKind.FEEDBACK_ASKED: ALWAYS}, _asking, _advisers, _asking_ended, _own_visit, also=_find_advisers),
    Sort({AlertKind.REVIEW_ASSIGNED: ALWAYS}, _given, _deciders, _giving_ended, _own_visit, about="assigned_at"),
    Sort({AlertKind.FINDING_OPENED: ALWAYS}, _told_findings, _heads, _finding_ended, _visit_of_finding),
    Sort(FINDING, _findings, _heads, _finding_ended, _visit_of_finding, about="due_at", born="raised_at"),
    Sort(APPROVAL, _expiring, _of_approval, _approval_ended, _own_visit, about="expires_at", born="closed_at"),
    _ended(AlertKind.APPROVAL_LAPSED, ReviewState.LAPSED),
    _ended(AlertKind.APPROVAL_REVOKED, ReviewState.REVOKED),
    Sort(GRANT, _grants, _of_grant, _grant_ended, _present_visit, about="valid_until", born="added_at"),
)
