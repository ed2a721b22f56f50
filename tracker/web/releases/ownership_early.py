"""Answer for a deployment before it begins: claim it ahead, name somebody, give it back."""

from __future__ import annotations

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance import permissions
from governance.acts import early as acts
from governance.candidates import needs_of, read_pool
from governance.deadlines import rules_of
from governance.models import EarlyClaim
from governance.skills import fit
from models_registry.models import Person
from models_registry.vocabulary import Stage
from tracker.web.releases.ownership import asked, named, posted, proposals, wanted
from tracker.web.releases.ownership_forms import AssignForm, ReasonForm
from tracker.web.releases.subject import Subject, perform, subject_of


@asked
def claim_early(request: HttpRequest, release: int) -> HttpResponse:
    """Take a deployment that has not begun; of several at once one wins, and the others are told who."""
    subject = subject_of(request, release)
    permissions.own_stage(subject.person, subject.model, Stage.DEPLOYMENT)

    def act() -> str:
        acts.claim_early(subject.person, release)
        return f"Deployment of {subject.name} is yours as soon as it begins."

    skills = needs_of(subject.visit, Stage.DEPLOYMENT)
    context = {"holder": holder(subject), "skills": skills, "fit": fit(skills, subject.person.skills)}
    return perform(request, "releases/claim_early.html", subject, Form(posted(request)), act, context)


@asked
def assign_early(request: HttpRequest, release: int) -> HttpResponse:
    """Name who answers for the deployment to come."""
    subject = subject_of(request, release)
    permissions.lead(subject.person, subject.model)
    now_with = holder(subject)
    pool = read_pool([subject.model.team_id], timezone.now())
    rules, skills = rules_of(subject.visit.policy), needs_of(subject.visit, Stage.DEPLOYMENT)
    found = pool.candidates(subject.model.team_id, Stage.DEPLOYMENT, skills, rules)
    people = [one for one in found if now_with is None or one.person.pk != now_with.pk]
    first = {"expected_owner": now_with.pk if now_with else 0}
    form = AssignForm(posted(request), people=named(people), initial=first)

    def act() -> str:
        said = form.cleaned_data
        claim = acts.assign_early(
            subject.person,
            release,
            Person.objects.get(pk=said["owner"]),
            note=said["note"],
            expected_owner=said["expected_owner"],
        )
        return f"{claim.person} answers for deployment of {subject.name} as soon as it begins."

    shown = proposals(people, request.POST.get("owner", ""), wanted(request))
    context = {"people": shown, "holder": now_with}
    return perform(request, "releases/assign_early.html", subject, form, act, context)


@asked
def release_early(request: HttpRequest, release: int) -> HttpResponse:
    """Give back what was claimed ahead."""
    subject = subject_of(request, release)
    form = ReasonForm(
        posted(request),
        asked="Say why you give it back; whoever takes it next should know.",
        hint="Goes into the trail.",
    )

    def act() -> str:
        acts.release_early(subject.person, release, form.cleaned_data["reason"])
        return f"Deployment of {subject.name} is open to be claimed again."

    return perform(request, "releases/release_early.html", subject, form, act, {"holder": holder(subject)})


def holder(subject: Subject) -> Person | None:
    """Who has claimed the deployment ahead."""
    claims = EarlyClaim.objects.filter(release=subject.release, stage=Stage.DEPLOYMENT, until__isnull=True)
    found = claims.select_related("person").first()
    return found.person if found else None
