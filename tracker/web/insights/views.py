"""The insights page: each figure with its finding as the title, its table, and that table as CSV."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.vocabulary import RiskTier, choices
from tracker.formats import count
from tracker.insight import DEFAULT, PERIODS, Scope, arrivals, losses, scope_of, stage_times, waits, words
from tracker.web.insights import figures
from tracker.web.listing import csv_response, filters_of
from tracker.web.models.choosing import team_choices
from tracker.web.pages import page
from tracker.web.viewer import reader

CLAIM = 0.05  # what is left of “95% of models never reach production”; quoted, not measured


@require_safe
def insights(request: HttpRequest) -> HttpResponseBase:
    """The production rate, the funnel, time in stage and money lost, of a team, a tier and a period."""
    asked = filters_of(request, "team", "tier", "period")
    scope = scope_of(
        reader(request), team=asked["team"], tier=asked["tier"], period=asked["period"], now=timezone.now()
    )
    if request.GET.get("format") == "csv":
        table = _table(scope, request.GET.get("of", "cohorts"))
        return csv_response(f"insights-{table.name}", table.columns, table.rows)
    context = {
        "filters": {**asked, "period": "" if scope.period == DEFAULT else scope.period},
        "narrows": bool(asked["team"] or asked["tier"]),
        "teams": team_choices(asked["team"]),
        "tiers": choices(RiskTier),
        "periods": [(name, label) for name, label, _ in PERIODS if name != DEFAULT],
        "usual": next(label for name, label, _ in PERIODS if name == DEFAULT),
        "claim": CLAIM,
        **_arrivals(scope),
        **_times(scope),
        **_waits(scope),
        **_losses(scope),
    }
    return page(request, "insights/insights.html", context)


def _table(scope: Scope, name: str) -> figures.Table:
    """One figure's table, at the cost of that figure alone."""
    if name in figures.ARRIVAL_TABLES:
        return figures.ARRIVAL_TABLES[name](arrivals(scope))
    if name in figures.LOSS_TABLES:
        return figures.LOSS_TABLES[name](losses(scope))
    if name == "times":
        return figures.time_table(stage_times(scope))
    if name == "waits":
        return figures.wait_table(waits(scope))
    raise Http404


def _arrivals(scope: Scope) -> dict[str, object]:
    found = arrivals(scope)
    lede, rest = words.summary(found, scope)
    return {
        "arrivals": found,
        "lede": lede,
        "rest": rest,
        "span": words.decided_span(found),
        "cohorts": {
            "title": words.cohort_title(found),
            "note": words.cohort_note(found),
            "said": figures.cohort_said(found),
            "rows": figures.cohort_stacks(found),
            "table": figures.cohort_table(found),
        },
        "funnel": {
            "title": words.funnel_title(found),
            "note": words.funnel_note(found),
            "rows": figures.funnel_bars(found),
            "table": figures.funnel_table(found),
        },
    }


def _times(scope: Scope) -> dict[str, object]:
    found = stage_times(scope)
    times = {
        "title": words.times_title(found),
        "note": words.times_note(found, scope),
        "rows": figures.time_spans(found),
        "table": figures.time_table(found),
    }
    return {"times": times}


def _waits(scope: Scope) -> dict[str, object]:
    found = waits(scope)
    return {
        "waits": {
            "title": words.waits_title(found),
            "note": words.waits_note(found, scope),
            "rows": figures.wait_stacks(found),
            "table": figures.wait_table(found),
        }
    }


def _losses(scope: Scope) -> dict[str, object]:
    found = losses(scope)
    by_stage = {
        "title": words.losses_title(found),
        "note": f"Killed or parked {words.since(scope)}, by the stage where they stopped",
        "rows": figures.loss_bars(found.stages, found),
        "table": figures.stage_table(found),
    }
    by_reason = {
        "title": words.reasons_title(found),
        "note": f"The same {count(found.releases, 'release')}, by the reason given" if found.releases else "",
        "rows": figures.loss_bars(found.reasons, found),
        "table": figures.reason_table(found),
    }
    return {"lost": by_stage, "reasons": by_reason}
