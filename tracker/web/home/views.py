"""The first page: it leads each role to its own."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from models_registry.models import Membership, Person
from models_registry.vocabulary import OrgRole, TeamRole
from tracker.web.viewer import reader

BY_ROLE: Final = {
    OrgRole.ADMIN: "stalls",
    OrgRole.COMPLIANCE_OFFICER: "reviews",
    OrgRole.AUDITOR: "audit",
}


@require_safe
def home(request: HttpRequest) -> HttpResponseRedirect:
    """Never cached by a browser: the same address leads another person elsewhere."""
    answer = HttpResponseRedirect(reverse(page_of(reader(request))))
    answer["Cache-Control"] = "no-store"
    return answer


def page_of(person: Person) -> str:
    """The page that a person's work begins on: what is stalled for whoever leads, else what there is to do."""
    if person.role != OrgRole.MEMBER:
        return BY_ROLE[OrgRole(person.role)]
    leads = Membership.objects.filter(person=person, role=TeamRole.LEAD).exists()
    return "stalls" if leads else "claims"
