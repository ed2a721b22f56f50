"""Policies: read any version, write the draft, publish it as a second person."""

from __future__ import annotations

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts.policies import draft_policy, policy_mark, publish_policy
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Policy, PolicyStatus, StageVisit
from governance.policy import DEFAULT_RULES
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import RiskTier
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.policy_form import PolicyForm, field_of
from tracker.web.settings.policy_words import words_of
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Version", "Status", "Change", "Written by", "Published", "Published by", "Open releases")


@require_safe
def policies(request: HttpRequest) -> HttpResponseBase:
    """All versions, newest first, with the open releases that each governs."""
    governed = StageVisit.objects.filter(policy=OuterRef("pk"), left_at__isnull=True).order_by().values("policy")
    found = _versions().annotate(open_visits=Coalesce(Subquery(governed.annotate(n=Count("pk")).values("n")), 0))
    if request.GET.get("format") == "csv":
        lines = (
            [p.version, p.get_status_display(), p.note, p.author, p.published_at, p.published_by, p.open_visits]
            for p in found.iterator(chunk_size=500)
        )
        return csv_response("policies", CSV_HEADER, lines)
    context = {
        **frame(request, "settings_policies"),
        "policies": paginate(request, found),
        "in_force": _in_force(),
        "draft": _draft(),
        "may_write": permissions.allows(permissions.write_policy, reader(request)),
    }
    return page(request, "settings/policies.html", context)


@require_safe
def policy(request: HttpRequest, version: int) -> HttpResponse:
    """One version in full, beside what it replaces."""
    found = _policy(version)
    before = Policy.objects.filter(status=PolicyStatus.PUBLISHED, version__lt=version).first()
    is_draft, is_author = found.status == PolicyStatus.DRAFT, found.author_id == reader(request).pk
    may_write = permissions.allows(permissions.write_policy, reader(request))
    context = {
        **frame(request, "settings_policies"),
        "policy": found,
        "before": before,
        "words": words_of(found.parsed(), before.parsed() if before else None),
        "tiers": list(RiskTier),
        "in_force": _in_force(),
        "mark": policy_mark(found),
        "is_draft": is_draft,
        "is_author": is_author,
        "may_edit": may_write and is_draft,
        "may_publish": may_write and is_draft and not is_author,
    }
    return page(request, "settings/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def draft(request: HttpRequest) -> HttpResponse:
    """Write the draft, starting from the one there is, else from the version in force."""
    permissions.write_policy(reader(request))
    current = _draft()
    start = current or _in_force()
    rules, note = start.rules if start else DEFAULT_RULES, current.note if current else ""
    form, status = PolicyForm(typed(request), rules=rules, note=note), 200
    now = policy_mark(current)
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = draft_policy(reader(request), form.rules(), form.cleaned_data["note"], seen=seen)
        except Invalid as refusal:
            show_problems(form, Invalid([_at_its_field(problem) for problem in refusal.problems]))
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            to = reverse("settings_policy", args=[saved.version])
            return done(request, to=to, message=f"{saved} is a draft. A second person publishes it.")
    context = {**frame(request, "settings_policies"), "draft": current, "start": start, "seen": seen}
    return page(request, "settings/policy_draft.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, version: int) -> HttpResponse:
    """Ask once more, then put the draft in force, if it still is what the person read."""
    found = _policy(version)
    permissions.write_policy(reader(request))
    read = request.POST.get("seen") or request.GET.get("seen") or policy_mark(found)
    if request.method == "POST":
        publish_policy(reader(request), found.pk, seen=read)
        message = f"{found} is in force for every stage that begins from now on."
        return done(request, to=reverse("settings_policies"), message=message)
    context = {**frame(request, "settings_policies"), "policy": found, "seen": read}
    return page(request, "settings/policy_publish.html", context)


def _versions() -> QuerySet[Policy]:
    return Policy.objects.select_related("author", "published_by").order_by("-version")


def _in_force() -> Policy | None:
    return _versions().filter(status=PolicyStatus.PUBLISHED).first()


def _draft() -> Policy | None:
    return _versions().filter(status=PolicyStatus.DRAFT).first()


def _policy(version: int) -> Policy:
    found = _versions().filter(version=version).first()
    if found is None:
        raise NotFound
    return found


def _at_its_field(problem: FieldProblem) -> FieldProblem:
    return FieldProblem(field_of(problem.field), f"{problem.message[:1].upper()}{problem.message[1:]}.")
