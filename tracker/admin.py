"""Django's admin: a window on every table for administrators. Nothing is changed here, for only acts write.

The exceptions are axes' own tables, where deleting an attempt lets a locked-out person try again.
"""

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest

OURS = ("models_registry", "governance", "tracker")
SECRET_FIELDS = ("password",)
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


def _is_administrator(request: HttpRequest) -> bool:
    return request.user.is_active and request.user.is_staff


def arrange(site: admin.AdminSite) -> None:
    """Show our own tables, and hide those of other packages that mean nothing here. Once all have registered theirs."""
    ours = [model for label in OURS for model in apps.get_app_config(label).get_models()]
    site.register([model for model in ours if not site.is_registered(model)], Window)
    site.unregister([model for model in (EmailAddress, Group) if site.is_registered(model)])
    site.site_header = site.site_title = "Throughline administration"
