"""The reader's two switches, kept in cookies: light or dark, and whether single letters act."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from tracker.web.pages import back

THEME = "theme"
LETTERS = "letters"
_YEAR = 365 * 24 * 3600


def theme_of(request: HttpRequest) -> str:
    """`light`, `dark`, or nothing: as the system says."""
    chosen = request.COOKIES.get(THEME, "")
    return chosen if chosen in {"light", "dark"} else ""


def letters_on(request: HttpRequest) -> bool:
    """Whether single letters are shortcuts (WCAG 2.1.4 asks for the switch)."""
    return request.COOKIES.get(LETTERS) != "off"


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Change between light and dark, and go back to the page."""
    return _remember(request, THEME, "light" if theme_of(request) == "dark" else "dark")


@require_POST
def letters(request: HttpRequest) -> HttpResponse:
    """Switch the single-letter shortcuts off or on, and go back to the page."""
    return _remember(request, LETTERS, "off" if letters_on(request) else "on")


def _remember(request: HttpRequest, name: str, value: str) -> HttpResponse:
    answer = back(request)
    # Scripts read and write it as well: it says nothing about anybody.
    answer.set_cookie(name, value, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return answer
