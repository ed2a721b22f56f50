"""Every change of where a release stands: advance, send back, retire, park, kill, reopen, and broken glass."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import permissions, stages
from governance.acts.locks import locked_release, moment, open_visit, underway
from governance.acts.steps import open_retrospective, open_review, step_forward
from governance.acts.visits import Arrival, enter, first_owner, leave, previous_owner, tell_appointed
from governance.deadlines import business_calendar, rules_of
from governance.dossiers import gate_of
from governance.errors import Conflict, Unmet, invalid
from governance.gates import Check
from governance.models import BreakGlass, Departure, StageVisit, Tenure
from governance.trail import writers
from models_registry.models import Person, Release
from models_registry.vocabulary import EndReason, Stage, VisitState

NEXT_SAME_OWNER = frozenset({Stage.VALIDATION})


def advance(
    actor: Person,
    release_id: int,
    *,
    expected_visit: int | None = None,
    message: str = "",
    next_owner: Person | None = None,
    at: datetime | None = None,
) -> StageVisit:
    """Move a release to its next stage through an open gate. `message` goes with the review that a review stage opens.

    Raises `Unmet` with the reasons of a shut gate, `Conflict` when it moved meanwhile, `NotPermitted`.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.move(actor, visit)
        target = _next(visit)
        if target == Stage.RETIRED:
            raise Conflict("A live release is retired, not advanced.", remedy="Use Retire, with a reason.")
        report = gate_of(visit, at=at)
        if not report.open:
            raise _unmet(release, target, report.unmet)
        owner = _checked_owner(next_owner, release, target) or _next_owner(visit, target)
        return step_forward(visit, target, actor=actor, at=at, owner=owner, message=message, warnings=report.warnings)


def send_back(
    actor: Person,
    release_id: int,
    target: Stage,
    reason: str,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> StageVisit:
    """Return a release to an earlier stage, with a reason; whoever owned that stage last owns it again."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.move(actor, visit)
        if target not in stages.send_back_targets(Stage(visit.stage)):
            names = ", ".join(s.label.lower() for s in stages.send_back_targets(Stage(visit.stage))) or "nowhere"
            raise invalid("target", f"From {_label(visit.stage)} a release goes back to: {names}.")
        _needs_reason(reason, "Say what has to change before it comes again.")
        at = leave(visit, Departure.SENT_BACK, actor=actor, at=at)
        arrival = Arrival(target, Departure.SENT_BACK, reason=reason.strip())
        owner = previous_owner(release, target)
        entered = enter(release, arrival, actor=actor, at=at, owner=owner, began=Tenure.CARRIED)
        owner = first_owner(entered)
        writers.moved("stage.send_back", release, visit, entered, actor, at, owner=str(owner) if owner else None)
        tell_appointed(entered, at)
        return entered


def retire(
    actor: Person, release_id: int, reason: str, *, expected_visit: int | None = None, at: datetime | None = None
) -> StageVisit:
    """Take a live release out of service, for good."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.lead(actor, release.model)
        if visit.stage != Stage.LIVE:
            raise Conflict(
                f"Only a live release is retired; this one is in {_label(visit.stage)}.", remedy="Kill it instead."
            )
        _needs_reason(reason, "Say why it is retired and what replaces it.")
        at = leave(visit, Departure.RETIRED, actor=actor, at=at)
        arrival = Arrival(Stage.RETIRED, Departure.RETIRED, reason=reason.strip())
        entered = enter(release, arrival, actor=actor, at=at)
        writers.moved("stage.retire", release, visit, entered, actor, at)
        return entered


def park(
    actor: Person,
    release_id: int,
    reason_code: str,
    reason: str,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> StageVisit:
    """Set a release aside for now: no clock runs, nobody owns it, and it can be reopened."""
    return _set_aside(actor, release_id, VisitState.PARKED, (reason_code, reason), expected_visit, at)


def kill(
    actor: Person,
    release_id: int,
    reason_code: str,
    reason: str,
    *,
    expected_visit: int | None = None,
    at: datetime | None = None,
) -> StageVisit:
    """Give a release up, with the reason that the insights page counts."""
    return _set_aside(actor, release_id, VisitState.KILLED, (reason_code, reason), expected_visit, at)


def reopen(
    actor: Person, release_id: int, reason: str, *, expected_visit: int | None = None, at: datetime | None = None
) -> StageVisit:
    """Take a parked or killed release up again, in the stage where it stopped, with a fresh clock."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        permissions.lead(actor, release.model)
        if visit.state == VisitState.UNDERWAY:
            raise Conflict(f"{release} is underway; there is nothing to reopen.")
        _needs_reason(reason, "Say what changed.")
        stage = Stage(visit.stage)
        at = leave(visit, Departure.REOPENED, actor=actor, at=at)
        arrival = Arrival(stage, Departure.REOPENED, reason=reason.strip())
        owner = previous_owner(release, stage)
        entered = enter(release, arrival, actor=actor, at=at, owner=owner, began=Tenure.CARRIED)
        owner = first_owner(entered)
        writers.moved("release.reopen", release, visit, entered, actor, at, owner=str(owner) if owner else None)
        tell_appointed(entered, at)
        if stage == Stage.COMPLIANCE_REVIEW:
            open_review(entered, actor, reason.strip(), at)
        return entered


def break_glass(
    actor: Person,
    release_id: int,
    reason: str,
    *,
    expected_visit: int | None = None,
    next_owner: Person | None = None,
    at: datetime | None = None,
) -> BreakGlass:
    """Pass a shut gate, by a lead or administrator with a reason. Opens a dated review in retrospect."""
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release, expected_visit))
        permissions.lead(actor, release.model)
        _needs_reason(reason, "Say what makes it necessary; it is shown wherever the release is.")
        target = _next(visit)
        if target == Stage.RETIRED:
            raise Conflict("No gate stands between live and retired.", remedy="Use Retire, with a reason.")
        report = gate_of(visit, at=at)
        if report.open:
            raise Conflict("The gate is open; there is no glass to break.", remedy="Advance the release.")
        owner = _checked_owner(next_owner, release, target) or _next_owner(visit, target)
        entered = step_forward(visit, target, actor=actor, at=at, owner=owner, message=reason, broken=True)
        calendar = business_calendar(release.model.team.calendar)
        due = calendar.add(at, rules_of(visit.policy).retrospective_days * calendar.day_seconds)
        review = open_retrospective(entered, actor, reason.strip(), at, due or at)
        broken = BreakGlass.objects.create(
            release=release,
            visit=visit,
            target=target,
            reason=reason.strip(),
            unmet=writers.unmet_of(report.unmet),
            broken_by=actor,
            broken_at=at,
            review=review,
        )
        writers.glass_broken(release, broken, actor, at)
        return broken


def _set_aside(
    actor: Person,
    release_id: int,
    state: VisitState,
    why: tuple[str, str],
    expected_visit: int | None,
    at: datetime | None,
) -> StageVisit:
    at = moment(at)
    reason_code, reason = why
    with transaction.atomic():
        release = locked_release(release_id)
        visit = open_visit(release, expected_visit)
        permissions.lead(actor, release.model)
        if visit.state == state or visit.state == VisitState.KILLED:
            raise Conflict(f"{release} is already {visit.state}.")
        if visit.stage in (Stage.LIVE, Stage.RETIRED):
            raise Conflict(f"{release} is {_label(visit.stage)}.", remedy="A live release is sent back or retired.")
        if reason_code not in set(EndReason):
            raise invalid("reason_code", "Choose the reason from the list.")
        _needs_reason(reason, "Say in a sentence what happened; the list alone explains little.")
        departure = Departure.PARKED if state == VisitState.PARKED else Departure.KILLED
        at = leave(visit, departure, actor=actor, at=at)
        arrival = Arrival(Stage(visit.stage), departure, state, reason_code, reason.strip())
        entered = enter(release, arrival, actor=actor, at=at)
        act = "release.park" if state == VisitState.PARKED else "release.kill"
        writers.moved(act, release, visit, entered, actor, at)
        return entered


def _next(visit: StageVisit) -> Stage:
    target = stages.advance_from(Stage(visit.stage))
    if target is None:
        raise Conflict(f"{visit.release} is {_label(visit.stage)}: no stage follows.")
    return target


def _next_owner(visit: StageVisit, target: Stage) -> Person | None:
    """Who answers next unless somebody is named: the live stage's service owner; validation keeps the brief's owner.

    The two hand-overs where releases get lost, into review and into deployment, begin as vacancies that are seen.
    """
    release = visit.release
    if target == Stage.LIVE:
        spec = release.deployment_specs.select_related("service_owner").order_by("-number").first()
        owner = spec.service_owner if spec else None
    elif target in NEXT_SAME_OWNER:
        owner = next((spell.owner for spell in visit.ownerships.all() if spell.until is None), None)
    else:
        owner = None
    return owner if owner and permissions.allows(permissions.own_stage, owner, release.model, target) else None


def _checked_owner(owner: Person | None, release: Release, target: Stage) -> Person | None:
    if owner is not None and not permissions.allows(permissions.own_stage, owner, release.model, target):
        raise invalid("next_owner", f"{owner} cannot own {target.label.lower()} of {release.model}.")
    return owner


def _unmet(release: Release, target: Stage, checks: tuple[Check, ...]) -> Unmet:
    count = "1 thing is" if len(checks) == 1 else f"{len(checks)} things are"
    return Unmet(
        f"{release} cannot enter {target.label.lower()} yet: {count} missing.", checks, remedy=checks[0].reason
    )


def _needs_reason(reason: str, hint: str) -> None:
    if not reason.strip():
        raise invalid("reason", hint)


def _label(stage: str) -> str:
    return Stage(stage).label.lower()
