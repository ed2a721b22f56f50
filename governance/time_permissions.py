"""Who may ask for more time, and who may give it; as in `permissions`, apart from what the state allows."""

from __future__ import annotations

from governance import permissions
from governance.errors import NotPermitted
from governance.models import StageVisit
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Stage


def ask_extension(person: Person, visit: StageVisit) -> None:
    """Ask for more time, or take that back: the owner of the visit, and whoever leads."""
    permissions.see(person, visit.release.model)
    if any(spell.owner_id == person.pk for spell in visit.ownerships.all() if spell.until is None):
        return
    if permissions.allows(permissions.lead, person, visit.release.model):
        return
    raise NotPermitted(
        "Only the owner of the stage, a lead or an administrator asks for more time.", remedy="Ask one of them to."
    )


def decide_extension(person: Person, visit: StageVisit) -> None:
    """Give or refuse more time: a lead of the team, an administrator; of a compliance review also an officer.

    Whoever asked decides on it neither way, which the act looks at.
    """
    model = visit.release.model
    permissions.see(person, model)
    if visit.stage == Stage.COMPLIANCE_REVIEW and person.is_active and person.role == OrgRole.COMPLIANCE_OFFICER:
        return
    permissions.lead(person, model)
