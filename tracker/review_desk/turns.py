"""Whose turn an open review is, told from what a row of the queue has anyhow: the short form of `governance.turns`.

`whose_turn` also knows who of a group is there to act, for up to six queries; a list and a page whose queries are
counted have none left for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from governance.controls import OFFICERS
from governance.groups import OFFICERS_NAME
from governance.models import APPROVING, Decision, StageOwnership
from governance.turns import Turn, TurnKind, asked_of, count_of, decided_with_stage, listed
from models_registry.models import Brief, Evidence
from models_registry.vocabulary import ReviewKind, Stage

TURNS: Final = [
    (TurnKind.FEEDBACK.value, "Waiting for feedback"),
    (TurnKind.TAKEN.value, "Taken by somebody"),
    (TurnKind.FREE.value, "Not taken yet"),
]
ADVISED: Final = Q(feedback_groups=[]) | Q(feedback_closed_at__isnull=False)
TAKEN: Final = (Q(assignee__isnull=False) | Q(owned=True, kind=ReviewKind.APPROVAL)) & Q(spent=False)


def let(turn: str) -> Q:
    """The condition on an open review that came with `owned`; an unknown turn lets everything through."""
    conditions = {TurnKind.FEEDBACK: ~ADVISED, TurnKind.TAKEN: ADVISED & TAKEN, TurnKind.FREE: ADVISED & ~TAKEN}
    return conditions.get(TurnKind(turn), Q()) if turn in set(TurnKind) else Q()


def with_owned(reviews: QuerySet[Any]) -> QuerySet[Any]:
    """The reviews with `owned`, whether somebody owns the stage that decides; free where no filter asks for it.

    `spent`: whoever has it approved already and nothing came since, so that it is somebody else's turn.
    """
    current = StageOwnership.objects.order_by().filter(
        visit=OuterRef("visit_id"), visit__stage=Stage.COMPLIANCE_REVIEW, until__isnull=True
    )
    told: QuerySet[Any] = reviews.alias(owned=Exists(current.filter(owner__isnull=False)), spent=Exists(_approved()))
    return told


def _approved() -> QuerySet[Decision]:
    """The approvals by whom a review is with that no later evidence, brief or candidate has overtaken.

    The digest that an approval binds to is nowhere in the database, so what came later stands for its change.
    """
    owners = StageOwnership.objects.order_by().filter(visit=OuterRef(OuterRef("visit_id")), until__isnull=True)
    has = Coalesce(OuterRef("assignee_id"), Subquery(owners.values("owner_id")[:1]))
    given = Decision.objects.filter(review=OuterRef("pk"), outcome__in=APPROVING, officer=has).order_by()
    mine, since = {"release": OuterRef("review__release_id")}, OuterRef("decided_at")
    evidence = Evidence.objects.filter(**mine, added_at__gt=since).order_by()
    brief = Brief.objects.filter(**mine, signed_at__gt=since).order_by()
    candidate = Q(review__release__candidate__added_at__gt=F("decided_at"))
    return given.exclude(Exists(evidence)).exclude(Exists(brief)).exclude(candidate)


def turn_of(
    review: Any, deputy: str, spoken: Collection[str], approved: Mapping[str, Collection[str]], names: Mapping[str, str]
) -> Turn:
    """Whose turn it is. The review comes with `owner_name` and `owner_email`; `deputy` stands in for who has it.

    `spoken` are the groups that have advised; `approved` tells by e-mail for which groups each approval counts.
    """
    if review.waits_for_feedback:
        silent = tuple(group for group in review.feedback_groups if group not in spoken)
        asked = listed([group_name(group, names) for group in silent])
        return Turn(TurnKind.FEEDBACK, f"Waiting for feedback of {asked}", groups=silent)
    who, email = decider(review)
    if who and email not in approved:
        return Turn(TurnKind.TAKEN, f"Waiting for a decision of {f'{deputy} for {who}' if deputy else who}")
    given = Counter(group for groups in approved.values() for group in groups)
    left = {group: quorum - given[group] for group, quorum in asked_of(review).items() if quorum > given[group]}
    more = bool(approved)
    asked = listed([count_of(group, n, group_name(group, names), more=more) for group, n in left.items()])
    return Turn(TurnKind.FREE, f"Waiting for a decision of {asked or 'the approvers'}", groups=tuple(left))


def decider(review: Any) -> tuple[str, str]:
    """Who in particular decides an open review, by name and e-mail; empty where nobody has it yet."""
    if review.assignee:
        return str(review.assignee), review.assignee.email
    return (review.owner_name or "", review.owner_email or "") if decided_with_stage(review) else ("", "")


def group_name(slug: str, names: Mapping[str, str]) -> str:
    """What a group is called; of one that is gone, its short name in words."""
    return OFFICERS_NAME if slug == OFFICERS else names.get(slug, slug.replace("-", " ").capitalize())
