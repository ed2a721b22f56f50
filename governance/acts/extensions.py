"""More time for a visit: asked for with a reason, and given or refused by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from governance import deadlines, permissions, time_permissions
from governance.acts.locks import locked_release, moment, not_before, open_visit, underway
from governance.clock import reaches
from governance.errors import Conflict, Invalid, NotFound, NotPermitted, invalid
from governance.models import Extension, Review, StageVisit
from governance.policy import in_seconds
from governance.trail import clock_writers as writers
from models_registry.models import Person, Release
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import ReviewKind, ReviewState, Rung, Stage

MOST_DAYS = Decimal(260)
STATE = Extension.State


def ask_extension(
    actor: Person,
    release_id: int,
    days: Decimal,
    reason: str,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Extension:
    """Ask for so many business days more. Until it is given, the clock runs as before."""
    at = moment(at)
    with transaction.atomic():
        release, visit = _locked(release_id, expected_visit)
        permissions.see(actor, release.model)
        time_permissions.ask_extension(actor, visit)
        if deadlines.budget_seconds(visit) is None:
            raise Conflict(f"No clock runs in {Stage(visit.stage).label.lower()}; there is no time to add to.")
        if problems := _problems(days, reason):
            raise Invalid(problems)
        waiting = _waiting(visit)
        if waiting is not None:
            raise Conflict(
                f"{waiting.asked_by} asked for {_days(waiting)} already.", remedy="Wait for the answer, or withdraw it."
            )
        day = deadlines.calendar_of(visit).day_seconds
        asked = Extension(
            visit=visit,
            days=days,
            extra_seconds=in_seconds(days, day),
            reason=reason.strip(),
            asked_by=actor,
            asked_at=not_before(at, visit.entered_at),
        )
        _date(asked, visit, at)
        asked.save()
        writers.extension("extension.ask", asked, release, actor, at, reason=asked.reason)
        return asked


def decide_extension(
    actor: Person,
    release_id: int,
    *,
    give: bool,
    answer: str = "",
    extension: int | None = None,
    at: datetime | None = None,
) -> Extension:
    """Give the time that was asked for, or refuse it with a reason. `extension`: the request that the page showed.

    Given time counts from this moment on: the due date moves, and alerts that no longer hold end.
    """
    at = moment(at)
    with transaction.atomic():
        release, visit = _locked(release_id)
        permissions.see(actor, release.model)
        time_permissions.decide_extension(actor, visit)
        asked = _asked(visit, extension)
        if asked.asked_by_id == actor.pk:
            raise NotPermitted("You asked for it yourself.", remedy="Somebody else decides; you may withdraw it.")
        if not give and not answer.strip():
            raise invalid("answer", "Say why there is no more time.")
        _date(asked, visit, at)
        asked.state = STATE.APPROVED if give else STATE.REFUSED
        _close(asked, actor, answer, at)
        if give:
            visit.extra_seconds += asked.extra_seconds
            visit.save(update_fields=["extra_seconds"])
            deadlines.refresh(visit, not_before(at, visit.entered_at))
            _postpone_review(visit)
        act = "extension.approve" if give else "extension.refuse"
        writers.extension(act, asked, release, actor, at, answer=asked.answer)
        return asked


def withdraw_extension(
    actor: Person, release_id: int, *, extension: int | None = None, at: datetime | None = None
) -> Extension:
    """Take a request back: whoever asked, and whoever might ask in their place."""
    at = moment(at)
    with transaction.atomic():
        release, visit = _locked(release_id)
        permissions.see(actor, release.model)
        asked = _asked(visit, extension)
        if asked.asked_by_id != actor.pk:
            time_permissions.ask_extension(actor, visit)
        asked.state = STATE.WITHDRAWN
        _close(asked, actor, "", at)
        writers.extension("extension.withdraw", asked, release, actor, at)
        return asked


def _locked(release_id: int, expected_visit: int | None = None) -> tuple[Release, StageVisit]:
    release = locked_release(release_id)
    return release, underway(open_visit(release, expected_visit))


def _waiting(visit: StageVisit) -> Extension | None:
    waiting = Extension.objects.select_for_update(of=("self",)).select_related("asked_by")
    return waiting.filter(visit=visit, state=STATE.ASKED).first()


def _asked(visit: StageVisit, expected: int | None) -> Extension:
    """The request that waits; refused where another one does than the page showed, or none."""
    waiting = _waiting(visit)
    if waiting is not None and expected in (None, waiting.pk):
        waiting.visit = visit
        return waiting
    if expected is not None:
        seen = Extension.objects.filter(pk=expected, visit__release=visit.release).select_related("decided_by").first()
        if seen is None:
            raise NotFound
        if seen.state != STATE.ASKED:
            who = f" by {seen.decided_by}" if seen.decided_by else ""
            said = f"This request was {STATE(seen.state).label.lower()}{who}."
            raise Conflict(said, remedy="There is nothing left to decide.")
    raise Conflict("Nobody asks for more time.", remedy="It may have been answered or withdrawn already.")


def _close(asked: Extension, actor: Person, answer: str, at: datetime) -> None:
    asked.decided_by, asked.decided_at = actor, not_before(at, asked.asked_at)
    asked.answer = answer.strip()
    asked.save(update_fields=["state", "decided_by", "decided_at", "answer", "stalls_before", "stalls_after"])


def _date(asked: Extension, visit: StageVisit, at: datetime) -> None:
    """Set both due dates as they are known now; neither, while a hold keeps the clock."""
    facts = deadlines.visit_facts(visit)
    longer = replace(facts, budget_seconds=(facts.budget_seconds or 0) + asked.extra_seconds)
    asked.stalls_before = reaches(facts, Rung.BREACHED.percent, at)
    asked.stalls_after = reaches(longer, Rung.BREACHED.percent, at)


def _postpone_review(visit: StageVisit) -> None:
    """An approval review is due when its stage is."""
    if visit.stage == Stage.COMPLIANCE_REVIEW:
        asking = Review.objects.filter(visit=visit, kind=ReviewKind.APPROVAL, state=ReviewState.OPEN)
        asking.update(due_at=visit.stalls_at)


def _problems(days: Decimal, reason: str) -> list[FieldProblem]:
    problems = []
    if not 0 < days <= MOST_DAYS:
        problems.append(FieldProblem("days", f"Ask for more than 0 and at most {MOST_DAYS} business days."))
    elif days != round(days, 2):
        problems.append(FieldProblem("days", "Two places after the point are enough."))
    if not reason.strip():
        problems.append(FieldProblem("reason", "Say what takes longer, and why."))
    return problems


def _days(asked: Extension) -> str:
    return f"{asked.days.normalize():f} business {'day' if asked.days == 1 else 'days'} more"
