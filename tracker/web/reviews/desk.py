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
    ENDED,
    EXPIRING,
    EXPLAINED,
    ORDER_IN_WORDS,
    SIZE,
    TURNS,
    Closed,
    Counts,
    Filters,
    Names,
    Row,
    closed_of,
    closed_reviews,
    every_row,
    is_officer,
    queue_names,
    read_desk,
)
from tracker.saved_views import asked_of
from tracker.web.listing import Listing, csv_response, filters_of, page_number, paginate
from tracker.web.pages import page
from tracker.web.reviews.batch import REASON_LEAST, BatchForm
from tracker.web.viewer import reader

KINDS: Final = choices(ReviewKind)
STATES: Final = [*((state.value, state.label) for state in ENDED), (EXPIRING, "Expiring within 30 days")]
FILTERS: Final = ("team", "tier", "kind", "turn", "state")
KEYS: Final = [("J", "next review"), ("K", "previous"), ("Enter", "open"), ("X", "select"), ("T", "take")]
OPEN_HEADER: Final = (
    "Review", "Model", "Release", "Risk tier", "Team", "Kind", "Due", "Business hours left", "Past due", "Requested by",
    "Requested", "Message", "Approvals", "Approvals needed", "Checks met", "Checks", "Missing", "Accountable",
    "Your part", "Broken glass", "Whose turn", "Order",
)  # fmt: skip
CLOSED_HEADER: Final = (
    "Review", "Model", "Release", "Risk tier", "Team", "Kind", "Outcome", "Requested", "Due", "Decided", "Late", "By",
    "Business hours taken", "Digest", "Valid until", "Ended", "Why it ended",
)  # fmt: skip


@require_safe
def reviews(request: HttpRequest) -> HttpResponseBase:
    """Open reviews, the most urgent first; `?show=mine` those of the reader, `?show=decided` those that are over.

    A `state` is one of decided reviews, so that it shows those by itself.
    """
    person, asked = reader(request), filters_of(request, *FILTERS, "show")
    if asked["state"]:
        asked["show"] = "decided"
    filters = Filters(**{name: asked[name] for name in FILTERS}, mine=asked["show"] == "mine")
    if asked["show"] == "decided":
        return _decided(request, person, filters, asked)
    if request.GET.get("format") == "csv":
        return csv_response("reviews", OPEN_HEADER, _open_lines(person, filters))
    desk = read_desk(person, filters, timezone.now(), number=page_number(request))
    context = {
        "desk": desk,
        "listing": Listing(desk.rows, desk.number, desk.counts.shown, SIZE),
        "first": desk.number == 1 and not filters.narrows,
        "batch": BatchForm() if any(row.in_batch for row in desk.rows) else None,
        "least": REASON_LEAST,
        "explained": EXPLAINED,
        "order": ORDER_IN_WORDS,
        "turns": TURNS,
        **_tools(request, person, desk.counts, asked, desk.names),
    }
    return page(request, "reviews/reviews.html", context)


def _decided(request: HttpRequest, person: Person, filters: Filters, asked: dict[str, str]) -> HttpResponseBase:
    found = closed_reviews(person, filters, timezone.now())
    if request.GET.get("format") == "csv":
        return csv_response("reviews-decided", CLOSED_HEADER, map(_closed_line, map(closed_of, found.iterator(500))))
    listing = paginate(request, found)
    listing = Listing([closed_of(review) for review in listing.rows], listing.number, listing.total, listing.size)
    context = {
        "listing": listing,
        "states": STATES,
        **_tools(request, person, None, asked, queue_names(person, timezone.now())),
    }
    return page(request, "reviews/decided.html", context)


def _tools(
    request: HttpRequest, person: Person, counts: Counts | None, asked: dict[str, str], names: Names
) -> dict[str, object]:
    """What stands above the list: the views, and the filters with what was chosen."""
    teams = list(names.teams)
    if asked["team"] and all(slug != asked["team"] for slug, _ in teams):
        teams.append((asked["team"], asked["team"]))
    here = asked_of(request.GET.urlencode())
    return {
        "filters": asked,
        "officer": is_officer(person),
        "narrows": any(asked[name] for name in FILTERS),
        "speaks": bool(names.voices),
        "views": _views(person, counts, asked, speaks=bool(names.voices)),
        "saved": [{"view": view, "current": view.query == here} for view in names.views],
        "here": here,
        "teams": teams,
        "tiers": choices(RiskTier),
        "kinds": KINDS,
        "keys": KEYS if counts else KEYS[:3],
    }


def _views(person: Person, counts: Counts | None, asked: dict[str, str], *, speaks: bool) -> list[dict[str, object]]:
    mine = "Yours to decide" if is_officer(person) else "For you" if speaks else "Requested by you"
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
        row.turn.words,
        row.urgency.sum,
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
        review.expires_at,
        review.ended_at,
        review.ended_because,
    )
