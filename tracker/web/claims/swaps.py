"""The rows that answer a one-click claim: the row as yours, or who was faster."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tracker.claims import owner_of, work_of
from tracker.web.claims.steps import step_of
from tracker.web.pages import is_htmx, page, part_asked
from tracker.web.viewer import reader

TEMPLATE = "claims/rows.html"
CONFLICT = 409


def answers_a_row(request: HttpRequest, release: int) -> bool:
    """Whether the row of this vacancy asks, and takes its own replacement for an answer."""
    return is_htmx(request) and part_asked(request) == f"vacancy-{release}"


def swap_claimed(request: HttpRequest, release: int) -> HttpResponse:
    """The row as the reader's own, with its next step."""
    work = work_of(reader(request), release, timezone.now())
    context = {"work": work, "step": step_of(work), "fresh": True}
    return page(request, TEMPLATE, context, partial="work")


def swap_lost(request: HttpRequest, release: int) -> HttpResponse:
    """The row as somebody else's, with who claimed it and when to the second."""
    spell = owner_of(reader(request), release)
    return page(request, TEMPLATE, {"spell": spell}, partial="lost", status=CONFLICT)
