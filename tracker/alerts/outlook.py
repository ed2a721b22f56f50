"""What a message says of the future: who is told next and when, and who could take over."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

from django.db.models import Count, Q

from governance import deadlines, permissions
from governance.clock import ClockFacts, reaches
from governance.policy_alerts import OPEN
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Recipient, Rung, Stage, VisitState
from tracker import formats
from tracker.alerts.kinds import RUNG_OF, STAGE_KINDS, VACANCY_KINDS
from tracker.alerts.matters import Matter

MOST_NAMES: Final = 3


def what_follows(matter: Matter, now: datetime, zone: tzinfo) -> str:
    """When the alert goes to somebody further, and to whom; empty when there is nobody further."""
    facts = _facts(matter)
    if facts is None:  # of a clock that cannot be read nothing is foretold
        return ""
    rung, heard = _told_next(matter)
    at = reaches(facts, rung.percent, now) if rung else None
    if at is None or at <= now or not heard or matter.alert.closed_at is not None:
        return ""
    still = "it still has no owner" if matter.owner is None else "it has not moved"
    return f"If {still} by {formats.moment(at, now, zone)}, this goes to {heard}."


def has_room(matter: Matter) -> str:
    """Who could own the stage, the least busy first, with how many stages each owns now."""
    model = matter.model
    if matter.stage == Stage.COMPLIANCE_REVIEW:
        able = Person.objects.filter(role=OrgRole.COMPLIANCE_OFFICER)
    else:
        able = Person.objects.filter(memberships__team=model.team_id, memberships__role__in=permissions.WORKING_ROLES)
    owns = Q(
        ownerships__until__isnull=True,
        ownerships__visit__left_at__isnull=True,
        ownerships__visit__state=VisitState.UNDERWAY,
    ) & ~Q(ownerships__visit__stage=Stage.LIVE)
    people = able.filter(is_active=True).annotate(load=Count("ownerships", filter=owns, distinct=True))
    return ", ".join(f"{p} (owns {p.load})" for p in people.order_by("load", "full_name", "pk")[:MOST_NAMES])


def _facts(matter: Matter) -> ClockFacts | None:
    if matter.reading is None:
        return None
    if matter.kind in STAGE_KINDS:
        return deadlines.visit_facts(matter.visit)
    spells = matter.visit.ownerships.all() if matter.kind in VACANCY_KINDS else ()
    spell = next((spell for spell in spells if spell.pk == matter.alert.occasion), None)
    return deadlines.vacancy_facts(spell, matter.visit) if spell else None


def _told_next(matter: Matter) -> tuple[Rung | None, str]:
    """The next rung at which the policy in force tells somebody further, and who that is."""
    said = deadlines.rules_of(matter.visit.policy).recipients
    told = said.stage if matter.kind in STAGE_KINDS else said.vacancy
    here = RUNG_OF.get(matter.kind)
    heard = set(told[here or OPEN])
    if Recipient.OWNER in heard and matter.owner is None:
        heard.add(Recipient.LEAD)
    for rung in Rung:
        if here is None or rung.percent > here.percent:
            names = [_name(one, matter) for one in told[rung] if one not in heard]
            if any(names):
                return rung, formats.listed([name for name in names if name])
    return None, ""


def _name(recipient: Recipient, matter: Matter) -> str:
    """Who is meant, in words; empty where there is nobody."""
    team = matter.model.team
    match recipient:
        case Recipient.OWNER:
            return str(matter.owner) if matter.owner else ""
        case Recipient.ABLE:
            return "everybody who could take it"
        case Recipient.LEAD:
            return f"the leads of {team}"
        case Recipient.CONTACT:
            contact = team.escalation_contact
            return str(contact) if contact and contact.is_active else ""
        case Recipient.ADMIN:
            return "the administrators"
