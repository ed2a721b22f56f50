"""Whose turn it is in a review, in words and people; asked of a whole page in a constant number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from governance.controls import OFFICERS
from governance.groups import Rosters, deputies, rosters
from governance.models import APPROVING, Decision, Delegation, Feedback, Review, StageOwnership
from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, Stage


class TurnKind(StrEnum):
    """Who has to act so that a review goes on. `taken`: somebody in particular decides; `free`: any of those asked."""

    FEEDBACK = "feedback"
    TAKEN = "taken"
    FREE = "free"
    REQUESTER = "requester"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is. `words` are a sentence without its stop; `people` are those who can act now, by name.

    `groups` are those that have not given what is asked of them, by their short names.
    """

    kind: TurnKind
    words: str = ""
    people: tuple[Person, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said so far: the groups that advised, and of each approval who gave it and for which groups."""

    advised: Mapping[int, set[str]]
    approved: Mapping[int, Sequence[tuple[int, frozenset[str]]]]


def whose_turn(
    reviews: Collection[Review], at: datetime, *, digests: Mapping[int, str] | None = None
) -> dict[int, Turn]:
    """By review: whose turn it is at this moment. The reviews come with `requested_by` and `assignee`.

    `digests`, by review: the dossier as it stands, where the caller knows it; approvals of another one do not count.
    At most six queries.
    """
    said = _said(reviews, digests or {})
    people = rosters({group for review in reviews for group in (*review.feedback_groups, *_quorums(review))})
    owners = _owners(reviews)
    named = {*owners.values(), *(review.assignee for review in reviews if review.assignee)}
    away = deputies(at, {one.pk for one in (*named, *(p for group in people.members.values() for p in group))})
    return {review.pk: _turn(review, owners.get(review.visit_id), said, people, away) for review in reviews}


def asked_of(review: Review) -> dict[str, int]:
    """The quorum of each approver group of a review; one from before there were groups asks the officers."""
    return {one["group"]: one["quorum"] for one in review.quorums} or {OFFICERS: review.approvals_needed}


def _quorums(review: Review) -> Iterable[str]:
    return asked_of(review) if review.state == ReviewState.OPEN else ()


def _turn(review: Review, owner: Person | None, said: _Said, people: Rosters, away: Mapping[int, Delegation]) -> Turn:
    if review.state == ReviewState.CHANGES_REQUESTED:
        who = review.requested_by
        return Turn(TurnKind.REQUESTER, f"{who} makes the changes and asks again", (who,))
    if review.state != ReviewState.OPEN:
        return Turn(TurnKind.NOBODY)
    if review.waits_for_feedback:
        return _feedback(review, said.advised[review.pk], people, away)
    return _decision(review, review.assignee or owner, said.approved[review.pk], people, away)


def _feedback(review: Review, spoken: set[str], people: Rosters, away: Mapping[int, Delegation]) -> Turn:
    silent = tuple(group for group in review.feedback_groups if group not in spoken)
    asked = listed([people.name(group) for group in silent])
    able = _present((person for group in silent for person in people.of(group)), away)
    return Turn(TurnKind.FEEDBACK, f"Waiting for feedback of {asked}", able, silent)


def _decision(
    review: Review,
    assignee: Person | None,
    approved: Sequence[tuple[int, frozenset[str]]],
    people: Rosters,
    away: Mapping[int, Delegation],
) -> Turn:
    left = {
        group: quorum - len({officer for officer, groups in approved if group in groups})
        for group, quorum in asked_of(review).items()
    }
    left = {group: count for group, count in left.items() if count > 0}
    spoken = {officer for officer, _ in approved}
    if assignee is not None and assignee.pk not in spoken:
        own = next((group for group in left if assignee in people.of(group)), None)
        rest = {group: count - (group == own) for group, count in left.items()}
        further = [
            count_of(group, count, people.name(group), more=group == own) for group, count in rest.items() if count > 0
        ]
        words = f"Waiting for a decision of {listed([_named(assignee, away), *further])}"
        return Turn(TurnKind.TAKEN, words, _present([assignee], away), tuple(left))
    asked = listed([count_of(group, count, people.name(group)) for group, count in left.items()])
    able = (person for group in left for person in people.of(group) if person.pk not in spoken)
    words = f"Waiting for a decision of {asked}" if asked else "Waiting for a decision"
    return Turn(TurnKind.FREE, words, _present(able, away), tuple(left))


def decided_with_stage(review: Review) -> bool:
    """Whether the owner of the stage decides it: not a look back, and not a new look at what is deployed already."""
    return review.kind == ReviewKind.APPROVAL and review.visit.stage == Stage.COMPLIANCE_REVIEW


def count_of(group: str, count: int, name: str, *, more: bool = False) -> str:
    """So many people of the group of this name, as it reads after `of`."""
    if group == OFFICERS:
        if count == 1:
            return "one more compliance officer" if more else "a compliance officer"
        return f"{count} {'more ' if more else ''}compliance officers"
    return f"{count} {'more ' if more else ''}of {name}"


def _named(person: Person, away: Mapping[int, Delegation]) -> str:
    return f"{away[person.pk].deputy} for {person}" if person.pk in away else str(person)


def _present(people: Iterable[Person], away: Mapping[int, Delegation]) -> tuple[Person, ...]:
    """Each person once, and in place of who is away whoever stands in."""
    acting = (away[person.pk].deputy if person.pk in away else person for person in people)
    return tuple({person.pk: person for person in acting}.values())


def _said(reviews: Collection[Review], digests: Mapping[int, str]) -> _Said:
    advised: defaultdict[int, set[str]] = defaultdict(set)
    approved: defaultdict[int, list[tuple[int, frozenset[str]]]] = defaultdict(list)
    waiting = [review.pk for review in reviews if review.waits_for_feedback]
    if waiting:
        for review, group in Feedback.objects.filter(review__in=waiting).order_by().values_list("review_id", "group"):
            advised[review].add(group)
    deciding = [review.pk for review in reviews if review.state == ReviewState.OPEN and not review.waits_for_feedback]
    columns = ("review_id", "officer_id", "groups", "dossier_digest")
    decisions = Decision.objects.filter(review__in=deciding, outcome__in=APPROVING).order_by("pk")
    for review, officer, groups, digest in decisions.values_list(*columns) if deciding else ():
        if digests.get(review, digest) == digest:
            approved[review].append((officer, frozenset(groups or (OFFICERS,))))
    return _Said(advised, approved)


def _owners(reviews: Collection[Review]) -> dict[int, Person]:
    """By visit, the owner of the compliance review itself, who answers for the decision as well."""
    visits = [review.visit_id for review in reviews if review.kind == ReviewKind.APPROVAL and review.closed_at is None]
    spells = StageOwnership.objects.filter(
        visit__in=visits, visit__stage=Stage.COMPLIANCE_REVIEW, until__isnull=True, owner__isnull=False
    )
    return {spell.visit_id: spell.owner for spell in spells.select_related("owner") if spell.owner}


def listed(names: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
