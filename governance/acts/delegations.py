"""Being away: who stands in for somebody between two moments, with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from governance import permissions
from governance.acts.locks import moment
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Delegation
from governance.trail import group_writers as writers
from models_registry.models import Person
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import OrgRole

LONGEST: Final = timedelta(days=366)
LATE: Final = timedelta(days=1)  # "from today" is said in the reader's zone, where today may have begun a while ago


def delegate(
    actor: Person,
    deputy: Person,
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    at: datetime | None = None,
) -> Delegation:
    """Let a deputy stand in between two moments. What either of the two may not decide, neither decides.

    At each moment one person stands in for another, and nobody stands in who is away: the work has to be with somebody.
    """
    at = moment(at)
    with transaction.atomic():
        permissions.be_away(actor)
        # Both people stand still, in one order, so that no two absences are written that rule each other out.
        people = Person.objects.select_for_update(no_key=True).filter(pk__in=[actor.pk, deputy.pk]).order_by("pk")
        here = {person.pk: person for person in people}
        deputy = here[deputy.pk]
        reason = reason.strip()
        if problems := _problems(actor, deputy, starts_at, ends_at, reason, at):
            raise Invalid(problems)
        same = Delegation.objects.filter(
            delegator=actor, deputy=deputy, starts_at=starts_at, ends_at=ends_at, ended_early_at__isnull=True
        ).first()
        if same is not None:
            return same
        _refuse_overlap(actor, deputy, starts_at, ends_at)
        made = Delegation.objects.create(
            delegator=actor, deputy=deputy, starts_at=starts_at, ends_at=ends_at, reason=reason, created_at=at
        )
        writers.delegated("delegation.start", made, actor, at)
        return made


def end_delegation(actor: Person, delegation_id: int, *, at: datetime | None = None) -> Delegation:
    """End a delegation before its time: by who is away, by the deputy, or by an administrator."""
    at = moment(at)
    with transaction.atomic():
        delegation = (
            Delegation.objects.select_for_update(of=("self",))
            .select_related("delegator", "deputy")
            .filter(pk=delegation_id)
            .first()
        )
        if delegation is None:
            raise NotFound
        permissions.end_absence(actor, delegation)
        if delegation.ended_early_at is not None:
            return delegation
        if delegation.ends_at <= at:
            raise Conflict("It has ended already.")
        delegation.ended_early_at = at
        delegation.save(update_fields=["ended_early_at"])
        writers.delegated("delegation.end", delegation, actor, at)
        return delegation


def _problems(
    actor: Person, deputy: Person, starts_at: datetime, ends_at: datetime, reason: str, at: datetime
) -> list[FieldProblem]:
    problems = []
    if deputy.pk == actor.pk:
        problems.append(FieldProblem("deputy", "Choose somebody else; you are the one who is away."))
    elif not deputy.is_active:
        problems.append(FieldProblem("deputy", f"{deputy} may no longer sign in."))
    elif deputy.role == OrgRole.AUDITOR:
        problems.append(FieldProblem("deputy", f"{deputy} is an auditor, who reads and decides nothing."))
    elif actor.role == OrgRole.COMPLIANCE_OFFICER and deputy.role != OrgRole.COMPLIANCE_OFFICER:
        problems.append(FieldProblem("deputy", "A compliance officer is stood in for by another one."))
    if starts_at < at - LATE:
        problems.append(FieldProblem("starts_at", "Begin today or later; what was decided before stays as it is."))
    if ends_at <= max(starts_at, at):
        problems.append(FieldProblem("ends_at", "End after it begins, and not in the past."))
    elif ends_at - starts_at > LONGEST:
        problems.append(FieldProblem("ends_at", "Be away for a year at most; for longer, give up the seat or role."))
    if not reason:
        problems.append(FieldProblem("reason", "Say why, for example: on leave."))
    elif len(reason) > 300:
        problems.append(FieldProblem("reason", "Keep the reason within 300 characters."))
    return problems


def _refuse_overlap(actor: Person, deputy: Person, starts_at: datetime, ends_at: datetime) -> None:
    meanwhile = (
        Delegation.objects.annotate(until=Coalesce("ended_early_at", F("ends_at")))
        .filter(starts_at__lt=ends_at, until__gt=starts_at)
        .filter(Q(delegator__in=[actor.pk, deputy.pk]) | Q(deputy=actor))
        .select_related("delegator", "deputy")
        .order_by("starts_at", "pk")
    )
    for other in meanwhile:
        if other.delegator_id == actor.pk:
            raise Conflict(
                f"{other.deputy} stands in for you at that time already.",
                remedy="End that first, or choose other days.",
            )
        if other.delegator_id == deputy.pk:
            raise Conflict(f"{deputy} is away at that time.", remedy="Choose somebody else, or other days.")
        raise Conflict(
            f"You stand in for {other.delegator} at that time.",
            remedy="End that first, so that they can choose somebody else.",
        )
