"""The registry page: search, filters, order, fifty models at a time, and all of them as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.vocabulary import RiskTier, VisitState, choices
from tracker.registry import ModelRow, Order, Registry, Search
from tracker.web.listing import SIZE, Listing, csv_response, filters_of, page_number, sort_of
from tracker.web.models.choosing import OWNERS, STANDINGS, team_choices
from tracker.web.pages import page
from tracker.web.viewer import reader

FILTERS: Final = ("q", "team", "stage", "tier", "owner", "tag")
SORTS: Final = {"name": "name", "stage": "stage", "change": "-change"}
CSV_HEADER: Final = (
    "Model", "Address", "Team", "Risk tier", "Release", "Stage", "State", "Owner", "Entered", "Business hours used",
    "Business hours allowed", "Past budget", "Personal data", "Broken glass", "Last change",
)  # fmt: skip


@require_safe
def models(request: HttpRequest) -> HttpResponseBase:
    """Every model that the reader may see, each with its newest release."""
    filters = filters_of(request, *FILTERS)
    sort = sort_of(request, SORTS, default="name")
    registry = Registry(reader(request), _search(filters), timezone.now(), Order(sort.key), sort.flipped)
    if request.GET.get("format") == "csv":
        return csv_response("models", CSV_HEADER, _lines(registry))
    found = registry.page(page_number(request), SIZE)
    return page(
        request,
        "models/registry.html",
        {
            "listing": Listing(found.rows, found.number, found.total),
            "filters": filters,
            "sort": sort,
            "asks": registry.search.asks,
            "teams": team_choices(filters["team"]),
            "tiers": choices(RiskTier),
            "standings": STANDINGS,
            "owners": OWNERS,
            "keys": [("J", "next model"), ("K", "previous"), ("Enter", "open"), ("/", "search")],
        },
    )


def _search(filters: dict[str, str]) -> Search:
    """What the address asks for; a value that no filter offers is left out."""
    return Search(
        text=filters["q"],
        team=filters["team"],
        tier=filters["tier"] if filters["tier"] in set(RiskTier) else "",
        standing=filters["stage"] if filters["stage"] in dict(STANDINGS) else "",
        owner=filters["owner"] if filters["owner"] in dict(OWNERS) else "",
        tag=filters["tag"],
    )


def _lines(registry: Registry) -> Iterator[tuple[object, ...]]:
    for row in registry.every_row():
        yield _line(row)


def _line(row: ModelRow) -> tuple[object, ...]:
    at = row.standing
    budget = at.reading.budget
    return (
        at.name,
        at.slug,
        at.team,
        at.tier,
        at.number,
        at.stage.label,
        "" if at.state == VisitState.UNDERWAY and not at.held else "on hold" if at.held else at.state.value,
        at.owner or ("nobody" if at.answerable else ""),
        at.entered_at,
        round(at.reading.elapsed / 3600, 1) if at.underway else None,
        round(budget / 3600, 1) if budget is not None else None,
        at.reading.breached,
        row.personal_data,
        at.glass,
        row.changed_at,
    )
