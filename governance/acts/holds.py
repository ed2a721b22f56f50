"""Hold and resume, say until when a hold lasts, and nudge whoever it waits for."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import deadlines, permissions
from governance.acts.locks import current_spell, locked_release, moment, not_before, open_visit, underway
from governance.errors import Conflict, Invalid, NotPermitted
from governance.models import Hold, HoldReasonEntry, Nudge, StageVisit
from governance.trail import clock_writers, writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import Stage, WaitsOn

LONGEST_HOLD_DAYS = 366


def hold(
    actor: Person,
    release_id: int,
    *,
    reason_code: str,
    reason: str,
    waits_on: str,
    expected_end: datetime,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Hold:
    """Put a release on hold, saying why, whom it waits on (empty: whom that reason names) and until when.

    Whether the stage clock stands still meanwhile is said by the policy in force at entry. The vacancy clock goes on.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.hold(actor, visit, at)
        if deadlines.budget_seconds(visit) is None:
            raise Conflict(f"No clock runs in {Stage(visit.stage).label.lower()}; there is nothing to hold.")
        entry = HoldReasonEntry.objects.filter(code=reason_code, retired_at__isnull=True).first()
        waits_on = waits_on or (entry.waits_on if entry else "")
        if problems := _problems(entry, reason, waits_on, expected_end, at):
            raise Invalid(problems)
        standing = Hold.objects.filter(visit=visit, ended_at__isnull=True).select_related("started_by").first()
        if standing is not None:
            raise Conflict(f"{standing.started_by} already put this on hold.", remedy="Resume it first.")
        held = Hold.objects.create(
            visit=visit,
            reason_code=reason_code,
            pauses_clock=deadlines.rules_of(visit.policy).pauses(reason_code),
            reason=reason.strip(),
            waits_on=waits_on,
            expected_end=expected_end,
            started_at=not_before(at, visit.entered_at),
            started_by=actor,
        )
        held = Hold.objects.get(pk=held.pk)  # with the label of its reason
        held.visit = visit
        deadlines.refresh(_fresh(visit), at)
        writers.held(held, release, actor, at)
        return held


def move_hold(
    actor: Person,
    release_id: int,
    expected_end: datetime,
    reason: str,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Hold:
    """Say anew until when a hold is expected to last, with a reason. What was told of the old date is settled."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.hold(actor, visit, at)
        held = _open_hold(visit)
        problems = _date_problems(expected_end, at)
        if not reason.strip():
            problems.append(FieldProblem("reason", "Say why it takes until then."))
        if not problems and expected_end == held.expected_end:
            problems.append(FieldProblem("expected_end", "That is the date it has already."))
        if problems:
            raise Invalid(problems)
        before, held.expected_end = held.expected_end, expected_end
        held.save(update_fields=["expected_end"])
        clock_writers.hold_moved(held, before, reason.strip(), release, actor, at)
        return held


def resume(actor: Person, release_id: int, *, expected_visit: int | None = None, at: datetime | None = None) -> Hold:
    """End the hold; the clock goes on from where it stopped."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.hold(actor, visit, at)
        held = _open_hold(visit)
        held.ended_at, held.ended_by = not_before(at, held.started_at), actor
        held.save(update_fields=["ended_at", "ended_by"])
        deadlines.refresh(_fresh(visit), at)
        writers.resumed(held, release, actor, at)
        return held


def nudge(
    actor: Person,
    release_id: int,
    message: str = "",
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> Nudge:
    """Remind the owner. A second nudge has to wait for the policy's cool-down, counted in business hours."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.see(actor, release.model)
        if not permissions.allows(permissions.work_on, actor, release.model):
            permissions.hold(actor, visit, at)
        spell = current_spell(visit)
        if spell is None or spell.owner is None:
            raise Conflict("Nobody owns this stage, so there is nobody to nudge.", remedy="Assign an owner.")
        if spell.owner_id == actor.pk:
            raise NotPermitted("You own this stage yourself.", remedy="Ask for help, hold it, or hand it over.")
        _refuse_impatience(visit, at)
        nudged = Nudge.objects.create(
            visit=visit, sent_by=actor, sent_to=spell.owner, message=message.strip()[:1000], sent_at=at
        )
        writers.nudged(nudged, release, actor, at)
        return nudged


def _refuse_impatience(visit: StageVisit, at: datetime) -> None:
    latest = Nudge.objects.filter(visit=visit).select_related("sent_by").order_by("-sent_at").first()
    if latest is None:
        return
    calendar = deadlines.business_calendar(visit.release.model.team.calendar)
    hours = deadlines.rules_of(visit.policy).nudge_cooldown_hours
    if calendar.business_seconds(latest.sent_at, at) < hours * 3600:
        raise Conflict(
            f"{latest.sent_by} nudged already, less than {hours.normalize():f} business hours ago.",
            remedy="Give it time, or reassign.",
            code="nudged_lately",
        )


def _open_hold(visit: StageVisit) -> Hold:
    held = Hold.objects.select_for_update(of=("self",)).filter(visit=visit, ended_at__isnull=True).first()
    if held is None:
        raise Conflict("This release is not on hold.", remedy="Somebody may have resumed it already.")
    return held


def _problems(
    entry: HoldReasonEntry | None, reason: str, waits_on: str, expected_end: datetime, at: datetime
) -> list[FieldProblem]:
    problems = []
    if entry is None:
        problems.append(FieldProblem("reason_code", "Choose the reason from the list."))
    if not reason.strip():
        problems.append(FieldProblem("reason", "Say in a sentence what it waits for."))
    if waits_on not in set(WaitsOn):
        problems.append(FieldProblem("waits_on", "Choose whom it waits on."))
    return problems + _date_problems(expected_end, at)


def _date_problems(expected_end: datetime, at: datetime) -> list[FieldProblem]:
    problems = []
    if expected_end <= at:
        problems.append(FieldProblem("expected_end", "The expected end lies ahead; choose a later date."))
    elif (expected_end - at).days > LONGEST_HOLD_DAYS:
        problems.append(FieldProblem("expected_end", "Hold for a year at most; park the release instead."))
    return problems


def _fresh(visit: StageVisit) -> StageVisit:
    """The visit without remembered holds, so that its clock sees the one just written."""
    getattr(visit, "_prefetched_objects_cache", {}).pop("holds", None)
    return visit
