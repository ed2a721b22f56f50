"""Answer a stall: acknowledge it with a reason and a date, or put it off for some hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from governance import answers, deadlines, permissions
from governance.acts.locks import current_spell, locked_release, moment, open_visit, underway
from governance.errors import Conflict, Invalid
from governance.models import Acknowledgement, StageVisit
from governance.trail import answer_writers as writers
from models_registry.models import Person, Release
from models_registry.requirements import FieldProblem

LONGEST_DAYS: Final = 90
LONGEST_REASON: Final = 2000


def acknowledge(
    actor: Person,
    release_id: int,
    reason: str,
    expected_at: datetime,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Acknowledgement:
    """Say that the stall is seen, why it is so, and by when it moves. Until then this person hears of higher rungs.

    What the same person said before is replaced; saying the same again (a double click) gives what stands.
    """
    at, reason = moment(at), reason.strip()
    with transaction.atomic():
        release, visit, rung = _answerable(actor, release_id, expected_visit, at)
        problems = _reason_problems(reason, "why it stalls and what happens next")
        if expected_at <= at:
            problems.append(FieldProblem("expected_at", "The day lies ahead; choose a later one."))
        elif expected_at - at > timedelta(days=LONGEST_DAYS):
            problems.append(
                FieldProblem("expected_at", f"Give a day within {LONGEST_DAYS} days; for longer, hold or park it.")
            )
        if problems:
            raise Invalid(problems)
        return _answer(actor, release, visit, rung, at, reason, expected_at, expected_at)


def snooze(
    actor: Person,
    release_id: int,
    reason: str,
    hours: int,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Acknowledgement:
    """Hear of this stall again in so many hours, as far as the policy in force at entry lets anybody put it off."""
    at, reason = moment(at), reason.strip()
    with transaction.atomic():
        release, visit, rung = _answerable(actor, release_id, expected_visit, at)
        most = deadlines.rules_of(visit.policy).snooze_hours
        if not most:
            raise Conflict("The policy lets nobody put this off.", remedy="Acknowledge it with a date, or hold it.")
        problems = _reason_problems(reason, "why it can wait so long")
        if not 1 <= hours <= most:
            problems.append(FieldProblem("hours", f"The policy allows 1 to {most} hours."))
        if problems:
            raise Invalid(problems)
        return _answer(actor, release, visit, rung, at, reason, None, at + timedelta(hours=hours))


def _answerable(
    actor: Person, release_id: int, expected_visit: int | None, at: datetime
) -> tuple[Release, StageVisit, str]:
    """The release and its visit, locked, and the rung there is to answer."""
    release = locked_release(release_id)
    visit = underway(open_visit(release, expected_visit))
    permissions.answer(actor, visit, at)
    rung = answers.reached(visit, current_spell(visit), at)
    if rung is None:
        raise Conflict(f"{release} is within its time; there is nothing to answer.", remedy="Look at it again later.")
    return release, visit, rung


def _answer(
    actor: Person,
    release: Release,
    visit: StageVisit,
    rung: str,
    at: datetime,
    reason: str,
    expected_at: datetime | None,
    quiet_until: datetime,
) -> Acknowledgement:
    last = Acknowledgement.objects.filter(visit=visit, person=actor).order_by("-at", "-pk").first()
    if last is not None and answers.stands(last, at) and (last.rung, last.reason) == (rung, reason):
        same_wait = last.quiet_until is not None and last.quiet_until - last.at == quiet_until - at
        if last.expected_at == expected_at and (expected_at is not None or same_wait):
            return last
    said = Acknowledgement.objects.create(
        visit=visit,
        person=actor,
        reason=reason,
        expected_at=expected_at,
        quiet_until=quiet_until,
        rung=rung,
        at=at,
    )
    writers.answered(said, release, actor, at)
    return said


def _reason_problems(reason: str, asked: str) -> list[FieldProblem]:
    if not reason:
        return [FieldProblem("reason", f"Say {asked}; it is shown beside the stall.")]
    if len(reason) > LONGEST_REASON:
        return [FieldProblem("reason", f"Keep the reason within {LONGEST_REASON} characters.")]
    return []
