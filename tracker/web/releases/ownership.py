"""Who answers: assign, claim, step down. Each is a page that also opens as a dialog; a claim can swap its own row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts import ownership as acts
from governance.errors import Conflict
from models_registry.models import Person
from models_registry.vocabulary import Stage, TeamRole
from tracker.claims import Load, loads
from tracker.web.claims.swaps import answers_a_row, swap_claimed, swap_lost
from tracker.web.releases.ownership_forms import AssignForm, ReasonForm
from tracker.web.releases.ownership_subject import Owned, owned
from tracker.web.releases.subject import expected_visit, may_own, perform

asked = require_http_methods(["GET", "HEAD", "POST"])


@asked
def assign(request: HttpRequest, release: int) -> HttpResponse:
    """Name the owner, in place of nobody or of somebody."""
    subject = owned(request, release, back="stalls")
    permissions.assign(subject.person, subject.visit)
    people = candidates(subject)
    form = AssignForm(posted(request), people=people, initial={"expected_owner": subject.spell.owner_id or 0})

    def act() -> str:
        said = form.cleaned_data
        spell = acts.assign(
            subject.person,
            release,
            Person.objects.get(pk=said["owner"]),
            note=said["note"],
            expected_visit=expected_visit(request),
            expected_owner=said["expected_owner"],
        )
        return f"{spell.owner} owns {subject.place} now."

    context = {"people": proposals(people, subject.stage, request.POST.get("owner", ""))}
    return perform(request, "releases/assign.html", subject, form, act, context)


@asked
def claim(request: HttpRequest, release: int) -> HttpResponse:
    """Take a vacant stage; of several at once one wins, and the others are told who."""
    subject = owned(request, release, back="claims")
    permissions.own_stage(subject.person, subject.model, subject.stage)

    def act() -> str:
        acts.claim(subject.person, release, expected_visit=expected_visit(request))
        return f"You own {subject.place}. Its clock goes on from where it was."

    if request.method == "POST" and answers_a_row(request, release):
        try:
            act()
        except Conflict as refusal:
            if refusal.code != "already_claimed":
                raise
            return swap_lost(request, release)
        return swap_claimed(request, release)
    return perform(request, "releases/claim.html", subject, Form(posted(request)), act)


@asked
def step_down(request: HttpRequest, release: int) -> HttpResponse:
    """Stop answering for a stage, which opens a vacancy."""
    subject = owned(request, release, back="claims")
    subject.refuse_others()
    form = ReasonForm(
        posted(request),
        asked="Say why you step down; whoever claims it next should know.",
        hint="Goes to the claim board and into the trail.",
    )

    def act() -> str:
        acts.step_down(subject.person, release, form.cleaned_data["reason"], expected_visit=expected_visit(request))
        return f"You no longer own {subject.place}. It is on the claim board."

    return perform(request, "releases/step_down.html", subject, form, act)


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when it is empty; None for a page that is only shown."""
    return request.POST if request.method == "POST" else None


def candidates(subject: Owned) -> Sequence[Load]:
    """Who may own the stage, but for its owner: leads after the others, then the one with the most room first."""
    fit = [one for one in may_own(subject.model, subject.stage) if one.pk != subject.spell.owner_id]
    leads = {one.pk for one in fit if permissions.team_role(one, subject.model.team_id) is TeamRole.LEAD}
    found = loads(Person.objects.filter(pk__in=[one.pk for one in fit]), subject.stage, timezone.now())
    return sorted(found, key=lambda load: load.person_id in leads)


@dataclass(frozen=True)
class Proposal:
    """One person of the list: what they answer for, whether they are marked, and whether the page suggests them."""

    person_id: int
    name: str
    sub: str
    checked: bool
    suggested: bool


def proposals(people: Sequence[Load], stage: Stage, sent: str) -> list[Proposal]:
    """The list of a form. Whoever was chosen before stays chosen; else the first with room is marked and suggested."""
    best = next((load.person_id for load in people if load.has_room), None)
    marked = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 19 else best
    return [
        Proposal(load.person_id, load.name, words(load, stage), load.person_id == marked, load.person_id == best)
        for load in people
    ]


def words(load: Load, stage: Stage) -> str:
    """`Owns 4 in flight, 1 of them late; 3 in deployment, which is as much as one carries`."""
    if not load.owned:
        return "Owns nothing in flight"
    late = f", {load.late} of them late" if load.late else ""
    full = "" if load.has_room else f"; {load.counted} in {stage.label.lower()}, which is as much as one carries"
    return f"Owns {load.owned} in flight{late}{full}"
