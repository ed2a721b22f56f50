"""The deployment specification of a release."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.evidence import write_deployment
from models_registry.models import DeploymentSpec
from models_registry.requirements import compare_deployment
from models_registry.vocabulary import Stage
from tracker.web.releases.records_forms import DeploymentForm
from tracker.web.releases.subject import Subject, may_own, perform, posted, subject_of


@require_http_methods(["GET", "HEAD", "POST"])
def deployment_write(request: HttpRequest, release: int) -> HttpResponse:
    """Write a revision, which may be incomplete; the gate to live says what is missing."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    latest = max(subject.release.deployment_specs.all(), key=lambda spec: spec.number, default=None)
    form = DeploymentForm(posted(request), initial=_first(latest))
    form.name_people(may_own(subject.model, Stage.LIVE))

    def act() -> str:
        spec = write_deployment(subject.person, release, form.content(), service_owner=form.owner())
        return f"Revision {spec.number} of the deployment specification is written."

    context = {"latest": latest, "asks": _asks(subject)}
    return perform(request, "releases/deployment_write.html", subject, form, act, context)


def _first(latest: DeploymentSpec | None) -> dict[str, Any]:
    if latest is None:
        return {}
    return {**latest.content, "service_owner": str(latest.service_owner_id or "")}


def _asks(subject: Subject) -> dict[str, Any]:
    """What the brief asks of the values that the specification commits to, by code, and the region."""
    briefs = sorted(subject.release.briefs.all(), key=lambda brief: (not brief.is_signed, -brief.number))
    if not briefs:
        return {}
    content = briefs[0].content
    asked = {one.requirement.code: one.requirement for one in compare_deployment(None, content)}
    return {**asked, "region": content.get("region", "")}
