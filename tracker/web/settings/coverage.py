"""A version of the policy against a framework: which clauses its controls answer, tier by tier, and which none does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from governance import coverage as law
from governance.deadlines import rules_of
from governance.errors import NotFound
from governance.models import Policy
from models_registry.vocabulary import RiskTier
from tracker.web.frameworks import chooser, framework_of, only_gaps, shown_chooser
from tracker.web.listing import csv_response, paginate
from tracker.web.pages import page
from tracker.web.settings.sections import frame

CSV_HEADER = ("Clause", "What it is about", "About the organisation", "Controls", *(tier.label for tier in RiskTier))


@dataclass(frozen=True, slots=True)
class Total:
    """How many clauses about a release one tier asks about."""

    tier: RiskTier
    covered: int
    clauses: int


@require_safe
def policy_coverage(request: HttpRequest, version: int) -> HttpResponseBase:
    """Every clause with the controls that answer it; `?show=gaps` leaves those that a tier does not ask about."""
    policy = Policy.objects.filter(version=version).first()
    if policy is None:
        raise NotFound
    pack = framework_of(request)
    rows = law.policy_coverage(pack, rules_of(policy))
    if request.GET.get("format") == "csv":
        return csv_response(f"policy-{version}-{pack.key}", CSV_HEADER, map(_line, rows))
    gaps = [row for row in rows if row.open_for and not row.clause.organisation]
    about = [row for row in rows if not row.clause.organisation]
    context = {
        **frame(request, "settings_policies"),
        "policy": policy,
        "pack": pack,
        "frameworks": chooser(request, pack),
        "shown": shown_chooser(request, len(rows), len(gaps)),
        "clauses": paginate(request, gaps if only_gaps(request) else rows),
        "totals": [Total(tier, sum(bool(row.by_tier[tier]) for row in about), len(about)) for tier in RiskTier],
        "crumbs": [
            ("Policies", reverse("settings_policies")),
            (str(policy), reverse("settings_policy", args=[version])),
        ],
    }
    return page(request, "settings/policy_coverage.html", context)


def _line(row: law.PolicyClause) -> Sequence[object]:
    return [
        row.clause.code,
        row.clause.text or row.clause.part,
        row.clause.organisation,
        "; ".join(control.title for control, _ in row.asked),
        *(bool(row.by_tier[tier]) for tier in RiskTier),
    ]
