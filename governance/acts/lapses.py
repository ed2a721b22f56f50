"""Approvals that end by themselves: their validity is over, or a condition was not met in time.

The gate reads the same facts and never this record: a run that was missed changes nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from governance.acts.steps import end_approval
from governance.dossiers import earliest, with_condition
from governance.gate_facts import day
from governance.models import STANDING, Review
from models_registry.models import Release
from models_registry.vocabulary import ReviewState

logger = logging.getLogger(__name__)


def lapse_due(now: datetime) -> int:
    """Record every approval that has ended by `now`; returns how many. Safe to repeat, to overlap and to be killed.

    Each is a transaction of its own; one that cannot be recorded is logged, and does not hold up the others.
    """
    due = with_condition(Review.objects.filter(state__in=STANDING)).filter(
        Q(expires_at__lte=now) | Q(condition_due__lte=now)
    )
    done = 0
    for review_id, release_id in due.order_by("pk").values_list("pk", "release_id"):
        try:
            done += _lapse(review_id, release_id, now)
        except Exception:
            logger.exception("The end of the approval by review %s could not be recorded.", review_id)
    return done


def _lapse(review_id: int, release_id: int, now: datetime) -> bool:
    with transaction.atomic():
        # Whoever holds the release is at work on it: the next run comes back for it.
        release = Release.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=release_id).first()
        if release is None:
            return False
        reviews = with_condition(Review.objects.select_for_update(of=("self",)).select_related("release__model"))
        review = reviews.get(pk=review_id)
        ended = earliest((review.expires_at, review.condition_due))
        if review.state not in STANDING or ended is None or ended > now:
            return False
        end_approval(review, ReviewState.LAPSED, None, now, ended, _why(review, ended))
        return True


def _why(review: Review, ended: datetime) -> str:
    if ended == review.expires_at:
        return f"Its validity ended on {day(ended)}."
    late = review.findings.filter(decision__isnull=False, due_at=ended).order_by("pk").first()
    return f"“{late}” was not resolved by {day(ended)}." if late else f"A condition was not met by {day(ended)}."
