"""The review queue, and the reviews that were decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from models_registry.models import Person
from models_registry.vocabulary import ReviewKind, ReviewState, RiskTier, choices
from tracker.review_desk import (
    SIZE,
    Closed,
    Counts,
    Filters,
    Row,
    closed_of,
    closed_reviews,
    every_row,
    is_officer,
    read_desk,
)
from tracker.web.listing import Listing, csv_response, filters_of, page_number, paginate
from tracker.web.models.choosing import team_choices
from tracker.web.pages import page
from tracker.web.viewer import reader

KINDS: Final = choices(ReviewKind)
OPEN_HEADER: Final = (
    "Review", "Model", "Release", "Risk tier", "Team", "Kind", "Due", "Business hours left", "Past due", "Requested by",
    "Requested", "Message", "Approvals", "Approvals needed", "Checks met", "Checks", "Missing", "Accountable",
    "Your part", "Broken glass",
)  # fmt: skip
CLOSED_HEADER: Final = (
    "Review", "Model", "Release", "Risk tier", "Team", "Kind", "Outcome", "Requested", "Due", "Decided", "Late", "By",
    "Business hours taken", "Digest",
)  # fmt: skip


@require_safe
def reviews(request: HttpRequest) -> HttpResponseBase:
    """Open reviews by due time and risk; `?show=mine` those of the reader, `?show=decided` those that are over."""
    person, asked = reader(request), filters_of(request, "team", "tier", "kind", "show")
    filters = Filters(asked["team"], asked["tier"], asked["kind"], mine=asked["show"] == "mine")
    if asked["show"] == "decided":
        return _decided(request, person, filters, asked)
    if request.GET.get("format") == "csv":
        return csv_response("reviews", OPEN_HEADER, _open_lines(person, filters))
    desk = read_desk(person, filters, timezone.now(), number=page_number(request))
    context = {
        "desk": desk,
        "listing": Listing(desk.rows, desk.number, desk.counts.shown, SIZE),
        "first": desk.number == 1 and not filters.narrows,
        **_tools(person, desk.counts, asked),
    }
    return page(request, "reviews/reviews.html", context)


def _decided(request: HttpRequest, person: Person, filters: Filters, asked: dict[str, str]) -> HttpResponseBase:
    found = closed_reviews(person, filters)
    if request.GET.get("format") == "csv":
        return csv_response("reviews-decided", CLOSED_HEADER, map(_closed_line, map(closed_of, found.iterator(500))))
    listing = paginate(request, found)
    listing = Listing([closed_of(review) for review in listing.rows], listing.number, listing.total, listing.size)
    context = {"listing": listing, **_tools(person, None, asked)}
    return page(request, "reviews/decided.html", context)


def _tools(person: Person, counts: Counts | None, asked: dict[str, str]) -> dict[str, object]:
    """What stands above the list: the views, and the filters with what was chosen."""
    return {
        "filters": asked,
        "officer": is_officer(person),
        "narrows": bool(asked["team"] or asked["tier"] or asked["kind"]),
        "views": _views(person, counts, asked),
        "teams": team_choices(asked["team"]),
        "tiers": choices(RiskTier),
        "kinds": KINDS,
        "keys": [("J", "next review"), ("K", "previous"), ("Enter", "open")],
    }


def _views(person: Person, counts: Counts | None, asked: dict[str, str]) -> list[dict[str, object]]:
    mine = "Yours to decide" if is_officer(person) else "Requested by you"
    known = (("", "Open", counts.open if counts else ""), ("mine", mine, counts.mine if counts else ""))
    kept = {name: asked[name] for name in ("team", "tier", "kind") if asked[name]}
    shown = asked["show"] if asked["show"] in {"mine", "decided"} else ""
    return [
        {"label": label, "n": number, "current": name == shown, "url": _address(name, kept)}
        for name, label, number in (*known, ("decided", "Decided", ""))
    ]


def _address(show: str, kept: dict[str, str]) -> str:
    query = urlencode({**({"show": show} if show else {}), **kept})
    return f"{reverse('reviews')}?{query}" if query else reverse("reviews")


def _open_lines(person: Person, filters: Filters) -> Iterator[tuple[object, ...]]:
    for row in every_row(person, filters, timezone.now()):
        yield _open_line(row)


def _open_line(row: Row) -> tuple[object, ...]:
    review, model = row.review, row.review.visit.release.model
    return (
        review.pk,
        model.name,
        review.visit.release.number,
        review.visit.tier,
        model.team.name,
        review.kind,
        review.due_at,
        None if row.clock.remaining is None else round(row.clock.remaining / 3600, 1),
        row.clock.breached,
        str(review.requested_by),
        review.requested_at,
        review.message,
        row.have,
        row.need,
        row.ready,
        len(row.states),
        "; ".join(row.missing),
        row.owner,
        row.part.text,
        row.glass,
    )


def _closed_line(closed: Closed) -> tuple[object, ...]:
    review, model = closed.review, closed.review.release.model
    return (
        review.pk,
        model.name,
        review.release.number,
        review.visit.tier,
        model.team.name,
        review.kind,
        ReviewState(review.state).label,
        review.requested_at,
        review.due_at,
        review.closed_at,
        closed.late,
        closed.by,
        round(closed.took / 3600, 1),
        closed.digest,
    )
