"""What the pages about coverage share: which framework is asked for, and the chooser of the others."""

from __future__ import annotations

from django.http import HttpRequest

from governance.packs import Pack, pack_of, packs

GAPS = "gaps"


def framework_of(request: HttpRequest) -> Pack:
    """The framework that the address names, else the first."""
    return pack_of(request.GET.get("framework", "")) or packs()[0]


def chooser(request: HttpRequest, chosen: Pack) -> list[dict[str, object]]:
    """The frameworks as links; a filter that is set stays so."""
    return [
        {"label": one.title, "url": address(request, framework=one.key), "current": one.key == chosen.key}
        for one in packs()
    ]


def only_gaps(request: HttpRequest) -> bool:
    return request.GET.get("show") == GAPS


def shown_chooser(request: HttpRequest, every: int, gaps: int) -> list[dict[str, object]]:
    """All clauses, or those that are open."""
    sought = only_gaps(request)
    return [
        {"label": "All", "url": address(request, show=""), "current": not sought, "n": every},
        {"label": "Open", "url": address(request, show=GAPS), "current": sought, "n": gaps},
    ]


def address(request: HttpRequest, **changes: str) -> str:
    """This page with some of its questions put otherwise, from its first page on."""
    asked = request.GET.copy()
    asked.pop("page", None)
    for name, value in changes.items():
        asked[name] = value
        if not value:
            del asked[name]
    return f"?{asked.urlencode()}"
