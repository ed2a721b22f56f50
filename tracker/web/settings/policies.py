"""Policies: the versions there are, any of them in full, and publishing the draft as a second person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions
from governance.acts.policies import policy_mark, publish_policy
from governance.approvers import group_names, people_for
from governance.errors import Invalid
from governance.models import HoldReasonEntry, Policy, PolicyStatus, StageVisit
from governance.policy_difference import differences
from governance.policy_reach import Flaw, flaws
from models_registry.vocabulary import RiskTier
from tracker.policy_moves import under_older
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import UNPROCESSABLE, done, page
from tracker.web.settings.policy_comparing import by_place
from tracker.web.settings.policy_versions import in_force, policy_of, the_draft, versions
from tracker.web.settings.policy_words import ASSIGNED, owner_rows, pausing_words, review_terms, told_rows, words_of
from tracker.web.settings.sections import frame
from tracker.web.viewer import reader

CSV_HEADER = ("Version", "Status", "Change", "Written by", "Published", "Published by", "Open releases")

SHOWN: Final = 15
"""Differences on the page of a version; the page that compares has the rest."""


@dataclass(frozen=True)
class Reach:
    """What keeps a policy from being satisfied, and what only just lets it be."""

    fatal: list[Flaw]
    narrow: list[Flaw]


@require_safe
def policies(request: HttpRequest) -> HttpResponseBase:
    """All versions, newest first, with the open releases that each governs."""
    governed = StageVisit.objects.filter(policy=OuterRef("pk"), left_at__isnull=True).order_by().values("policy")
    found = versions().annotate(open_visits=Coalesce(Subquery(governed.annotate(n=Count("pk")).values("n")), 0))
    if request.GET.get("format") == "csv":
        lines = (
            [p.version, p.get_status_display(), p.note, p.author, p.published_at, p.published_by, p.open_visits]
            for p in found.iterator(chunk_size=500)
        )
        return csv_response("policies", CSV_HEADER, lines)
    context = {
        **frame(request, "settings_policies"),
        "policies": paginate(request, found),
        "in_force": in_force(),
        "draft": the_draft(),
        "may_write": permissions.allows(permissions.write_policy, reader(request)),
    }
    return page(request, "settings/policies.html", context)


@require_safe
def policy(request: HttpRequest, version: int) -> HttpResponse:
    """One version in full, beside what it replaces."""
    found = policy_of(version)
    before = Policy.objects.filter(status=PolicyStatus.PUBLISHED, version__lt=version).first()
    is_draft, is_author = found.status == PolicyStatus.DRAFT, found.author_id == reader(request).pk
    may_write = permissions.allows(permissions.write_policy, reader(request))
    rules, names, current = found.parsed(), group_names(), in_force()
    judged = is_draft or found == current
    changes = differences(before.parsed(), rules, names) if before else ()
    context = {
        **frame(request, "settings_policies"),
        "policy": found,
        "before": before,
        "words": words_of(rules, before.parsed() if before else None),
        "terms": review_terms(rules, names),
        "assigned": ASSIGNED[rules.assignment],
        "owners": owner_rows(rules),
        "told": told_rows(rules),
        "pausing": pausing_words(rules, dict(HoldReasonEntry.objects.values_list("code", "label"))),
        "controls": len(rules.controls),
        "places": by_place(changes[:SHOWN]),
        "more": max(0, len(changes) - SHOWN),
        "reach": reach_of(found) if judged else None,
        "older": under_older(found).count() if may_write and found == current else 0,
        "versions": list(versions().exclude(pk=found.pk).values_list("version", flat=True)[:200]),
        "tiers": list(RiskTier),
        "in_force": current,
        "mark": policy_mark(found),
        "is_draft": is_draft,
        "is_author": is_author,
        "may_edit": may_write and is_draft,
        "may_publish": may_write and is_draft and not is_author,
    }
    return page(request, "settings/policy.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, version: int) -> HttpResponse:
    """Ask once more, then put the draft in force, if it still is what the person read and anybody can satisfy it."""
    found = policy_of(version)
    permissions.write_policy(reader(request))
    read = request.POST.get("seen") or request.GET.get("seen") or policy_mark(found)
    status = 200
    if request.method == "POST":
        try:
            published = publish_policy(reader(request), found.pk, seen=read)
        except Invalid:
            status = UNPROCESSABLE  # the page says why: it judges the draft by the same people
        else:
            return _published(request, published)
    context = {**frame(request, "settings_policies"), "policy": found, "seen": read, "reach": reach_of(found)}
    return page(request, "settings/policy_publish.html", context, status=status)


def _published(request: HttpRequest, policy: Policy) -> HttpResponse:
    count = under_older(policy).count()
    if not count:
        message = f"{policy} is in force for every stage that begins from now on."
        return done(request, to=reverse("settings_policies"), message=message)
    message = f"{policy} is in force. {count} open releases keep the version that their stage began with."
    if count == 1:
        message = f"{policy} is in force. 1 open release keeps the version that its stage began with."
    return done(request, to=reverse("settings_policy_releases", args=[policy.version]), message=message)


def reach_of(policy: Policy) -> Reach:
    """Whether anybody could satisfy these rules, by the people there are now."""
    rules = policy.parsed()
    found = flaws(rules, people_for(rules))
    return Reach([flaw for flaw in found if flaw.fatal], [flaw for flaw in found if not flaw.fatal])
