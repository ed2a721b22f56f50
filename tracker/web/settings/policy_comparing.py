"""What differs between two versions, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from governance.approvers import group_names
from governance.policy_difference import Difference, differences
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import page
from tracker.web.settings.policy_versions import policy_of, versions
from tracker.web.settings.sections import frame

CSV_HEADER = ("Where", "What", "Before", "After")


@dataclass(frozen=True)
class Place:
    """What differs in one place."""

    where: str
    differences: list[Difference]


def by_place(found: Sequence[Difference]) -> list[Place]:
    return [Place(where, list(these)) for where, these in groupby(found, key=lambda one: one.where)]


@require_safe
def against(request: HttpRequest, version: int, other: int) -> HttpResponseBase:
    """From `other` to `version`: each difference with its place, what it was and what it is."""
    asked = request.GET.get("with", "")
    if asked.isascii() and asked.isdecimal() and len(asked) < 6:
        return redirect("settings_policy_against", version=version, other=int(asked))
    after, before = policy_of(version), policy_of(other)
    found = differences(before.parsed(), after.parsed(), group_names())
    if request.GET.get("format") == "csv":
        lines = ([one.where, one.what, one.before, one.after] for one in found)
        return csv_response(f"policy-{other}-to-{version}", CSV_HEADER, lines)
    listing: Listing[Difference] = paginate(request, found, size=100)
    context = {
        **frame(request, "settings_policies"),
        "policy": after,
        "before": before,
        "listing": listing,
        "places": by_place(listing.rows),
        "versions": list(versions().exclude(pk=after.pk).values_list("version", flat=True)[:200]),
    }
    return page(request, "settings/policy_against.html", context)
