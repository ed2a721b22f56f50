"""The pipeline board: what moves, or what was parked or killed, as a column per stage."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.vocabulary import RiskTier, choices
from tracker.flow import Board, Pipeline, Show
from tracker.web.listing import filters_of
from tracker.web.models.choosing import team_choices
from tracker.web.pages import page
from tracker.web.viewer import reader


@require_safe
def board(request: HttpRequest) -> HttpResponse:
    """The board. `?show=parked` and `?show=killed` tell what was set aside, by the stage where it stopped."""
    filters = filters_of(request, "team", "tier", "show")
    show = Show(filters["show"]) if filters["show"] in set(Show) else Show.FLIGHT
    pipeline = Pipeline(reader(request), timezone.now(), filters["team"], filters["tier"], show)
    found = pipeline.board()
    return page(
        request,
        "board/board.html",
        {
            "board": found,
            "filters": filters,
            "show": show,
            "views": _views(found, show, filters),
            "teams": team_choices(filters["team"]),
            "tiers": choices(RiskTier),
            "filtered": bool(filters["team"] or filters["tier"]),
            "keys": [("J", "next card"), ("K", "previous"), ("Enter", "open")],
            "kept": urlencode({name: filters[name] for name in ("team", "tier") if filters[name]}),
        },
    )


def _views(found: Board, show: Show, filters: dict[str, str]) -> list[dict[str, object]]:
    """The exclusive views of the board with what they hold."""
    counts = {Show.FLIGHT: found.in_flight, Show.PARKED: found.parked, Show.KILLED: found.killed}
    labels = {Show.FLIGHT: "In flight", Show.PARKED: "Parked", Show.KILLED: "Killed"}
    kept = {name: filters[name] for name in ("team", "tier") if filters[name]}
    return [
        {"label": labels[one], "n": counts[one], "current": one is show, "url": _address(one, kept)} for one in Show
    ]


def _address(show: Show, kept: dict[str, str]) -> str:
    query = urlencode({**({} if show is Show.FLIGHT else {"show": show.value}), **kept})
    return f"{reverse('board')}?{query}" if query else reverse("board")
