"""Django's admin: a window on every table for administrators. Nothing is changed here, for only acts write.

The one exception are failed sign-ins: deleting them lets a locked-out person try again.
"""

from typing import TYPE_CHECKING, Any

from axes.models import AccessAttempt
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from tracker.admin_lists import LISTS

OURS = ("models_registry", "governance", "tracker")
# What nobody needs to read: the hash of a password, and what was typed at the sign-in.
SECRET_FIELDS = ("password", "get_data", "post_data")
PER_PAGE = 50


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Model]
else:
    ModelAdmin = admin.ModelAdmin


class Window(ModelAdmin):
    """Look, do not touch."""

    exclude = SECRET_FIELDS
    list_per_page = PER_PAGE
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_administrator(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}


class FailedSignIns(Window):
    """May be deleted, which lets the person try again before the time is over."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return _is_administrator(request)


def _is_administrator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def arrange(site: admin.AdminSite) -> None:
    """Show our own tables and failed sign-ins, and nothing that other packages registered: they could write there."""
    for model in list(site._registry):
        site.unregister(model)
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            site.register(model, Window, **LISTS.get(model, {}))
    site.register(AccessAttempt, FailedSignIns, **LISTS[AccessAttempt])
    site.site_header = site.site_title = "Throughline administration"
    site.password_change = _our_password_page  # type: ignore[method-assign,assignment]  # one door, one set of rules


def _our_password_page(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    del request, extra_context
    return HttpResponseRedirect(reverse("account_change_password"))
