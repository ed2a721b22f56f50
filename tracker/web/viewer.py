"""Who is looking: nobody unknown gets past the door, and times are told in the reader's own zone."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils import timezone

from models_registry.models import Person
from tracker.web.pages import is_htmx, shown_address


class SignedIn(LoginRequiredMiddleware):
    """Every page asks for a sign-in unless it says otherwise; a part asks for the whole sign-in page."""

    def handle_no_permission(  # type: ignore[override]  # Django itself may answer with something else than a redirect
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponseBase:
        if not is_htmx(request):
            return super().handle_no_permission(request, view_func)
        here = shown_address(request)
        came_from = f"{here.path}?{here.query}" if here.query else here.path
        door = resolve_url(self.get_login_url(view_func))
        answer = HttpResponse()
        answer["HX-Redirect"] = f"{door}?{urlencode({'next': came_from or '/'})}"
        return answer


class ReadersZone:
    """Activates the time zone of the person who reads; UTC for a stranger or a zone that no longer exists."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        timezone.activate(zone_of(request))
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()


def reader(request: HttpRequest) -> Person:
    """Who reads. Pages stand behind the sign-in, so there is always somebody."""
    assert isinstance(request.user, Person)
    return request.user


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The reader's zone."""
    name = getattr(request.user, "timezone", "") or "UTC"
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("UTC")
