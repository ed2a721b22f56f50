"""Move a release: each act is a page of its own that also opens as a dialog."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from governance import permissions, stages
from governance.acts import transitions
from governance.deadlines import rules_of
from governance.dossiers import gate_of
from governance.errors import Conflict
from governance.gates import GateReport
from models_registry.vocabulary import Stage
from tracker.web.releases.moves_forms import (
    AdvanceForm,
    BreakGlassForm,
    OwnerForm,
    ReasonForm,
    SendBackForm,
    SetAsideForm,
)
from tracker.web.releases.subject import Subject, expected_visit, may_own, perform, posted, subject_of

ONE_FIELD = "releases/move_reason.html"
asked = require_http_methods(["GET", "HEAD", "POST"])


@asked
def advance(request: HttpRequest, release: int) -> HttpResponse:
    """Through an open gate into the next stage."""
    subject = subject_of(request, release)
    permissions.move(subject.person, subject.visit)
    report, target = _gate(subject)
    form = AdvanceForm(posted(request), reviewed=target == Stage.COMPLIANCE_REVIEW)
    _name_owners(form, subject, target)

    def act() -> str:
        entered = transitions.advance(
            subject.person,
            release,
            expected_visit=expected_visit(request),
            message=form.cleaned_data.get("message", ""),
            next_owner=form.owner(),
        )
        return f"{subject.name} is in {Stage(entered.stage).label.lower()}."

    return perform(request, "releases/move_advance.html", subject, form, act, {"report": report, "target": target})


@asked
def break_glass(request: HttpRequest, release: int) -> HttpResponse:
    """Past a shut gate, with a reason that stays visible and a review in retrospect."""
    subject = subject_of(request, release)
    permissions.lead(subject.person, subject.model)
    report, target = _gate(subject)
    form = BreakGlassForm(posted(request))
    _name_owners(form, subject, target)

    def act() -> str:
        broken = transitions.break_glass(
            subject.person,
            release,
            form.cleaned_data["reason"],
            expected_visit=expected_visit(request),
            next_owner=form.owner(),
        )
        return f"{subject.name} passed into {Stage(broken.target).label.lower()} with broken glass."

    days = rules_of(subject.visit.policy).retrospective_days
    context = {"report": report, "target": target, "days": days}
    return perform(request, "releases/move_break_glass.html", subject, form, act, context)


@asked
def send_back(request: HttpRequest, release: int) -> HttpResponse:
    """To an earlier stage, with a reason."""
    subject = subject_of(request, release)
    permissions.move(subject.person, subject.visit)
    targets = stages.send_back_targets(subject.stage)
    if not targets:
        raise Conflict(f"From {subject.stage.label.lower()} nothing is sent back.")
    form = SendBackForm(posted(request), targets=targets, initial={"target": request.GET.get("target", "")})

    def act() -> str:
        target = Stage(form.cleaned_data["target"])
        transitions.send_back(
            subject.person, release, target, form.cleaned_data["reason"], expected_visit=expected_visit(request)
        )
        return f"{subject.name} went back to {target.label.lower()}."

    return perform(request, "releases/move_send_back.html", subject, form, act)


@asked
def park(request: HttpRequest, release: int) -> HttpResponse:
    """Aside for now."""
    return _set_aside(request, release, kill=False)


@asked
def kill(request: HttpRequest, release: int) -> HttpResponse:
    """Given up."""
    return _set_aside(request, release, kill=True)


def _set_aside(request: HttpRequest, release: int, *, kill: bool) -> HttpResponse:
    subject = subject_of(request, release)
    permissions.lead(subject.person, subject.model)
    form = SetAsideForm(posted(request))

    def act() -> str:
        move = transitions.kill if kill else transitions.park
        said = form.cleaned_data
        move(subject.person, release, said["reason_code"], said["reason"], expected_visit=expected_visit(request))
        return f"{subject.name} is {'given up' if kill else 'parked'}."

    return perform(request, "releases/move_set_aside.html", subject, form, act, {"kill": kill})


@asked
def reopen(request: HttpRequest, release: int) -> HttpResponse:
    """Taken up again in the stage where it stopped."""
    subject = subject_of(request, release)
    permissions.lead(subject.person, subject.model)
    form = ReasonForm(posted(request), hint="What changed since it was set aside.")

    def act() -> str:
        transitions.reopen(subject.person, release, form.cleaned_data["reason"], expected_visit=expected_visit(request))
        return f"{subject.name} is underway again in {subject.stage.label.lower()}."

    words = {
        "title": f"Reopen {subject.name}",
        "sub": f"It goes on in {subject.stage.label.lower()}, with a fresh clock.",
        "submit": "Reopen",
        "busy": "Reopening…",
    }
    return perform(request, ONE_FIELD, subject, form, act, {"words": words})


@asked
def retire(request: HttpRequest, release: int) -> HttpResponse:
    """Out of service, for good."""
    subject = subject_of(request, release)
    permissions.lead(subject.person, subject.model)
    form = ReasonForm(posted(request), hint="Why it is retired, and what replaces it.")

    def act() -> str:
        transitions.retire(subject.person, release, form.cleaned_data["reason"], expected_visit=expected_visit(request))
        return f"{subject.name} is retired."

    words = {
        "title": f"Retire {subject.name}",
        "sub": "It goes out of service for good; a retired release cannot come back.",
        "submit": "Retire the release",
        "busy": "Retiring…",
        "danger": True,
    }
    return perform(request, ONE_FIELD, subject, form, act, {"words": words})


def _gate(subject: Subject) -> tuple[GateReport, Stage]:
    """The gate ahead and where it leads. Raises `Conflict` where none is."""
    report = gate_of(subject.visit)
    if report.target is None:
        raise Conflict(
            f"No gate lies ahead of {subject.name}: it is {subject.stage.label.lower()}.",
            remedy="A live release is retired or sent back.",
        )
    return report, report.target


_UNNAMED = {
    Stage.VALIDATION: "As in the brief",
    Stage.COMPLIANCE_REVIEW: "Nobody yet: the officers see it on the claim board",
    Stage.DEPLOYMENT: "Nobody yet: the engineers see it on the claim board",
    Stage.LIVE: "The service owner of the deployment specification",
}


def _name_owners(form: OwnerForm, subject: Subject, target: Stage) -> None:
    form.name_people(may_own(subject.model, target), _UNNAMED[target])
    form.fields["next_owner"].label = f"Who answers for {target.label.lower()}"
