"""The sections of the settings, who may change what in them, and what a form says when two people met in it."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, QueryDict
from django.urls import reverse

from governance import permissions
from governance.errors import Conflict
from tracker.web.pages import show_problems
from tracker.web.viewer import reader

SECTIONS = (
    ("settings", "Teams"),
    ("settings_people", "People"),
    ("settings_groups", "Groups"),
    ("settings_away", "Away"),
    ("settings_alerts", "Alerts"),
    ("settings_destinations", "Destinations"),
    ("settings_deliveries", "Deliveries"),
    ("settings_calendars", "Calendars"),
    ("settings_hold_reasons", "Holds"),
    ("settings_policies", "Policies"),
    ("settings_packs", "Packs"),
    ("settings_tokens", "API tokens"),
)


def frame(request: HttpRequest, current: str) -> dict[str, object]:
    """What every page of the settings shows beside its own content."""
    return {
        "sections": [{"label": label, "url": reverse(name), "current": name == current} for name, label in SECTIONS],
        "may_administer": permissions.allows(permissions.administer, reader(request)),
    }


def typed(request: HttpRequest) -> QueryDict | None:
    """What a form was sent with; an empty form that was sent is still a sent one."""
    return request.POST if request.method == "POST" else None


def seen_mark(request: HttpRequest, now: str) -> str:
    """The mark that the form carries on: the one that came with it, until its change has been told of."""
    return request.POST.get("seen", now)


def tell_overtaken(form: forms.BaseForm, refusal: Conflict, seen: str, now: str) -> str:
    """Say at the top of the form who was first, and beside each field what it says now where that differs.

    The form's initial values are the facts as they are now. Returns the mark that the form carries from here on:
    who has read this may put their own text in place of the other's.
    """
    show_problems(form, refusal)
    for name in form.changed_data if seen != now else ():
        form.add_error(name, f"It says “{_said(form, name)}” now.")
    return now


def _said(form: forms.BaseForm, name: str) -> str:
    field = form.fields[name]
    value = form.get_initial_for_field(field, name)
    named = {} if isinstance(field, forms.ModelChoiceField) else dict(getattr(field, "choices", ()))
    if isinstance(value, bool):
        return "yes" if value else "no"
    parts = value if isinstance(value, list) else [value]
    return ", ".join(str(named.get(part, part)) for part in parts if part not in (None, "")) or "nothing"
