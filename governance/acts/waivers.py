"""Waivers: leave not to meet one check of one release, until a date."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from governance import permissions
from governance.acts.locks import locked_release, moment, not_before, open_visit, underway
from governance.deadlines import rules_of
from governance.dossiers import dossier_of, report_on
from governance.errors import Conflict, NotFound, NotPermitted, invalid
from governance.four_eyes import bars_on
from governance.gate_checks import review_checks, waivable
from governance.gates import Check
from governance.models import StageVisit, Waiver
from governance.trail import review_writers as writers
from models_registry.models import Person

MEET_OR_WAIVE = "The check has to be met again, unless an officer waives it anew."


def grant_waiver(
    actor: Person,
    release_id: int,
    check_code: str,
    reason: str,
    valid_until: datetime,
    requested_by: Person | None = None,
    *,
    at: datetime | None = None,
) -> Waiver:
    """Let one check be unmet until a date. `requested_by`: who asked for it, never the officer who grants it.

    The same waiver twice (a double click) is the one that stands.
    """
    at = moment(at)
    with transaction.atomic():
        release = locked_release(release_id)
        visit = underway(open_visit(release))
        permissions.waive(actor, release.model)
        if barred := bars_on(actor, visit):
            raise NotPermitted(barred, remedy="Ask another compliance officer.", code="four_eyes")
        if requested_by is not None and requested_by.pk == actor.pk:
            raise NotPermitted("Nobody grants what they asked for themselves.", code="four_eyes")
        if not reason.strip():
            raise invalid("reason", "Say why it need not be met; it is shown wherever the check is.")
        if valid_until <= at:
            raise invalid("valid_until", "Choose a date that is still ahead.")
        _refuse_unwaivable(check_code, visit, at)
        standing = _standing(release.pk, check_code, at)
        if standing is not None:
            if standing.reason == reason.strip() and standing.valid_until == valid_until:
                return standing
            raise Conflict(
                f"{standing.granted_by} waived it already, until {standing.valid_until:%d %B %Y}.",
                remedy="End that waiver first.",
            )
        waiver = Waiver.objects.create(
            release=release,
            check_code=check_code,
            reason=reason.strip(),
            granted_by=actor,
            granted_at=at,
            valid_until=valid_until,
            requested_by=requested_by,
        )
        writers.waiver_granted(waiver, actor, at)
        return waiver


def end_waiver(actor: Person, waiver_id: int, reason: str, *, at: datetime | None = None) -> Waiver:
    """Take a waiver back before its time: the check has to be met again. `Conflict` when its time is over anyway."""
    at = moment(at)
    with transaction.atomic():
        found = Waiver.objects.filter(pk=waiver_id).values_list("release_id", flat=True).first()
        if found is None:
            raise NotFound
        release = locked_release(found)
        permissions.waive(actor, release.model)
        waiver = Waiver.objects.select_for_update().get(pk=waiver_id)
        if waiver.ended_at is not None:
            raise Conflict("It has ended already.", remedy=MEET_OR_WAIVE)
        if waiver.valid_until <= at:
            raise Conflict(
                f"It counted until {waiver.valid_until:%d %B %Y, %H:%M} UTC, so there is nothing left to end.",
                remedy=MEET_OR_WAIVE,
            )
        if not reason.strip():
            raise invalid("reason", "Say why it has to be met again.")
        waiver.ended_at, waiver.ended_by = not_before(at, waiver.granted_at), actor
        waiver.save(update_fields=["ended_at", "ended_by"])
        writers.waiver_ended(waiver, actor, at, why=reason.strip())
        return waiver


def waivable_checks(visit: StageVisit, at: datetime) -> list[Check]:
    """The checks of the release that can be waived: those of a review, and those of the gate it stands before."""
    dossier = dossier_of(visit, at=at)
    checks = [*review_checks(dossier, rules_of(visit.policy)), *report_on(visit, dossier).checks]
    return [check for check in {check.code: check for check in checks}.values() if waivable(check)]


def _refuse_unwaivable(code: str, visit: StageVisit, at: datetime) -> None:
    if code not in {check.code for check in waivable_checks(visit, at)}:
        raise invalid(
            "check_code", "Choose a check of this release: evidence, a requirement, or a line of the deployment."
        )


def _standing(release_id: int, code: str, at: datetime) -> Waiver | None:
    """The waiver that holds now; one whose time is over is noted as ended, so that another one can be granted."""
    waiver = Waiver.objects.select_for_update().filter(release=release_id, check_code=code, ended_at=None).first()
    if waiver is None or waiver.valid_until > at:
        return waiver
    waiver.ended_at = waiver.valid_until
    waiver.save(update_fields=["ended_at"])
    return None
