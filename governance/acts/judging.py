"""Judge the controls of a review: verified or a concern, for as long as the facts under each are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.deciding import refuse_barred, refuse_closed
from governance.acts.locks import locked_review, moment, not_before
from governance.control_states import ControlState
from governance.dossiers import controls_of, dossier_of
from governance.errors import Conflict, invalid
from governance.models import ControlVerdict, Review
from governance.trail import review_writers as writers
from models_registry.models import Person
from models_registry.vocabulary import Verdict


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said of one control, by its code. `seen_digest`: the control's own digest on the page that was read."""

    control: str
    verdict: str
    seen_digest: str
    note: str = ""


def judge_control(
    actor: Person,
    review_id: int,
    control: str,
    verdict: str,
    note: str = "",
    *,
    seen_digest: str,
    at: datetime | None = None,
) -> ControlVerdict:
    """Say whether one control holds. `seen_digest` is the control's own digest on the page that was read.

    The verdict counts for as long as the facts under the control are the same, in later reviews too.
    """
    return judge_controls(actor, review_id, [Judgement(control, verdict, seen_digest, note)], at=at)[0]


def judge_controls(
    actor: Person, review_id: int, judgements: Sequence[Judgement], *, at: datetime | None = None
) -> list[ControlVerdict]:
    """Say of several controls whether they hold: all of it is noted, or nothing where one of them cannot be."""
    at = moment(at)
    with transaction.atomic():
        review, visit = locked_review(review_id)
        permissions.review(actor, review, at)
        refuse_barred(actor, review)
        refuse_closed(review)
        states = {one.control.code: one for one in controls_of(visit, dossier_of(visit, at=at))}
        return [_judge(actor, review, one, states.get(one.control), at) for one in judgements]


def _judge(
    actor: Person, review: Review, judgement: Judgement, state: ControlState | None, at: datetime
) -> ControlVerdict:
    said = {"verdict": judgement.verdict, "note": judgement.note.strip()}
    if said["verdict"] not in set(Verdict):
        raise invalid("verdict", "Choose verified or a concern.")
    if said["verdict"] == Verdict.CONCERN and not said["note"]:
        raise invalid("note", "Say what the concern is, so that somebody can act on it.")
    if state is None:
        raise invalid("control", "Choose one of the controls of this review.")
    _refuse_unseen(state, judgement)
    of_these_facts = {"release": review.release, "control": judgement.control, "digest": state.digest}
    standing = ControlVerdict.objects.filter(**of_these_facts).last()
    if standing is not None and standing.officer_id == actor.pk and _says(standing) == said:
        return standing
    given_at = not_before(at, review.requested_at)
    judged = ControlVerdict.objects.create(review=review, officer=actor, given_at=given_at, **of_these_facts, **said)
    writers.control_judged(judged, state.control.title, actor, at)
    return judged


def _refuse_unseen(state: ControlState, judgement: Judgement) -> None:
    """Refuse a verdict on other facts than those that were read, and "verified" where the gates say otherwise."""
    if state.digest != judgement.seen_digest:
        raise Conflict(
            f"{state.control.title} changed while you read it, so nothing was noted.",
            remedy="Look at it as it is now, then judge it again.",
            code="control_changed",
        )
    if judgement.verdict == Verdict.VERIFIED and state.state in ("missing", "unmet", "stale"):
        shut = next(check for check in state.checks if not check.met)
        raise Conflict(
            f"{state.control.title} cannot be verified: {shut.reason}",
            remedy="Note a concern, ask for changes, or waive it.",
            code="control_shut",
        )


def _says(verdict: ControlVerdict) -> dict[str, str]:
    return {"verdict": verdict.verdict, "note": verdict.note}
