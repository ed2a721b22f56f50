"""Whose turn an open review is, told from what a row of the queue has anyhow: the short form of `governance.turns`.

The page of one review asks `whose_turn` itself, which also knows who of a group is there to act.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from governance.controls import OFFICERS
from governance.groups import OFFICERS_NAME
from governance.models import Review, StageOwnership
from governance.turns import Turn, TurnKind, asked_of, listed

TURNS: Final = [
    (TurnKind.FEEDBACK.value, "Waiting for feedback"),
    (TurnKind.TAKEN.value, "Taken by somebody"),
    (TurnKind.FREE.value, "Not taken yet"),
]
ADVISED: Final = Q(feedback_groups=[]) | Q(feedback_closed_at__isnull=False)
TAKEN: Final = Q(assignee__isnull=False) | Q(owned=True)


def let(turn: str) -> Q:
    """The condition on an open review that came with `owned`; an unknown turn lets everything through."""
    conditions = {TurnKind.FEEDBACK: ~ADVISED, TurnKind.TAKEN: ADVISED & TAKEN, TurnKind.FREE: ADVISED & ~TAKEN}
    return conditions.get(TurnKind(turn), Q()) if turn in set(TurnKind) else Q()


def with_owned(reviews: QuerySet[Any]) -> QuerySet[Any]:
    """The reviews with `owned`, whether somebody answers for the stage; free where no filter asks for it."""
    current = StageOwnership.objects.order_by().filter(visit=OuterRef("visit_id"), until__isnull=True)
    told: QuerySet[Any] = reviews.alias(owned=Exists(current.filter(owner__isnull=False)))
    return told


def turn_of(review: Review, owner: str, deputy: str, spoken: Collection[str], names: Mapping[str, str]) -> Turn:
    """Whose turn it is. `owner` answers for the stage, `deputy` stands in for who has it, `spoken` have advised."""
    if review.waits_for_feedback:
        silent = tuple(group for group in review.feedback_groups if group not in spoken)
        asked = listed([group_name(group, names) for group in silent])
        return Turn(TurnKind.FEEDBACK, f"Waiting for feedback of {asked}", groups=silent)
    who = str(review.assignee) if review.assignee else owner
    if who:
        return Turn(TurnKind.TAKEN, f"Waiting for a decision of {f'{deputy} for {who}' if deputy else who}")
    asked = listed([_asked(group, names) for group in asked_of(review)])
    return Turn(TurnKind.FREE, f"Waiting for a decision of {asked}", groups=tuple(asked_of(review)))


def group_name(slug: str, names: Mapping[str, str]) -> str:
    """What a group is called; of one that is gone, its short name in words."""
    return OFFICERS_NAME if slug == OFFICERS else names.get(slug, slug.replace("-", " ").capitalize())


def _asked(group: str, names: Mapping[str, str]) -> str:
    return "a compliance officer" if group == OFFICERS else group_name(group, names)
