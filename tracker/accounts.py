"""Sign-in: nobody signs up, guessing is slowed down, and demo people stay in the demo."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

LOCKED_FOR = 15 * 60  # seconds; AXES_COOLOFF_TIME says the same in hours
LONGEST_TRIED = 255  # characters that the table of failed sign-ins keeps; PostgreSQL refuses more


class ClosedSignUpAdapter(DefaultAccountAdapter):
    """People are added by an administrator."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether the door may lead there; what is no address at all, such as `http://[`, is not safe either."""
        try:
            return bool(super().is_safe_url(url))
        except ValueError:
            return False


def tried_email(request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """The e-mail address somebody tried to sign in with, from whichever form asked.

    Spelled in one way only: the sign-in takes `ſam@` for `sam@`, and no spelling may bring eight more guesses.
    """
    given = credentials or {}
    typed = request.POST.get("login", "") if request is not None else ""
    tried = str(given.get("email") or given.get("username") or typed)
    return unicodedata.normalize("NFKC", tried).strip().casefold()[:LONGEST_TRIED]


def client_address(request: HttpRequest) -> str:
    """The caller's IP address: the one that the outermost trusted proxy saw, else the peer's own."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted] if trusted and len(hops) >= trusted else peer


def locked_out(request: HttpRequest, _response: HttpResponse | None, _credentials: Any = None) -> HttpResponse:
    """429 with a plain page; it does not say whether the address is known here."""
    page = render(request, "429.html", {"minutes": LOCKED_FOR // 60}, status=429)
    page["Retry-After"] = str(LOCKED_FOR)
    return page
