"""Why a release may be on hold: the list that people choose from, and where each reason was used."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from governance import permissions, quorums
from governance.acts.hold_reasons import (
    LONGEST_LABEL,
    add_hold_reason,
    edit_hold_reason,
    hold_reason_mark,
    move_hold_reason,
    restore_hold_reason,
    retire_hold_reason,
)
from governance.errors import Conflict, Invalid, NotFound
from governance.models import Hold, HoldReasonEntry
from governance.policy import PolicyRules
from models_registry.models import Person
from models_registry.vocabulary import WaitsOn, choices
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Reason", "Code", "Waits on", "Clock", "Holds", "Open", "Offered")


class ReasonForm(forms.Form):
    label = forms.CharField(
        label="Reason", max_length=LONGEST_LABEL, help_text="A few words, such as “Waiting for a vendor”.",
        error_messages={"required": "Say in a few words what such a hold waits for."},
    )  # fmt: skip
    waits_on = forms.ChoiceField(
        label="Waits on, as a rule", choices=choices(WaitsOn), widget=forms.RadioSelect,
        error_messages={"required": "Choose whom it waits on."},
    )  # fmt: skip

    def __init__(self, data: QueryDict | None = None, *, entry: HoldReasonEntry | None) -> None:
        said = {"label": entry.label, "waits_on": entry.waits_on} if entry else {"waits_on": WaitsOn.EXTERNAL}
        super().__init__(data, initial=said)


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """One reason. `used` and `open` count holds; `stops`: the clock stands still, by the policy in force."""

    entry: HoldReasonEntry
    used: int
    open: int
    stops: bool


@require_safe
def hold_reasons(request: HttpRequest) -> HttpResponseBase:
    """All reasons in their order, the retired ones too."""
    found, rules = _counted(), quorums.rules_in_force()
    if request.GET.get("format") == "csv":
        return csv_response("hold-reasons", CSV_HEADER, (_line(_row(one, rules)) for one in found))
    listing = paginate(request, found)
    context = {
        **frame(request, "settings_hold_reasons"),
        "listing": Listing([_row(one, rules) for one in listing.rows], listing.number, listing.total, listing.size),
        "offered": HoldReasonEntry.objects.filter(retired_at__isnull=True).count(),
    }
    return page(request, "settings/hold_reasons.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def hold_reason_edit(request: HttpRequest, hold_reason: int = 0) -> HttpResponse:
    """Add a reason, or rename one."""
    actor, known = _administrator(request), _entry(hold_reason) if hold_reason else None
    form, status = ReasonForm(typed(request), entry=known), 200
    now = hold_reason_mark(known) if known else ""
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            said = form.cleaned_data
            if known is None:
                saved = add_hold_reason(actor, said["label"], said["waits_on"])
            else:
                saved = edit_hold_reason(actor, known.pk, said["label"], said["waits_on"], seen=seen)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            return _back(request, f"{saved} is saved.")
    context = {**frame(request, "settings_hold_reasons"), "entry": known, "seen": seen}
    return page(request, "settings/hold_reason_edit.html", context, form=form, status=status)


@require_http_methods(["POST"])
def hold_reason_place(request: HttpRequest, hold_reason: int) -> HttpResponse:
    """One place up or down."""
    moved = move_hold_reason(_administrator(request), _entry(hold_reason).pk, up=request.POST.get("to") != "down")
    return _back(request, f"{moved} has moved {'down' if request.POST.get('to') == 'down' else 'up'}.")


@require_http_methods(["GET", "HEAD", "POST"])
def hold_reason_retire(request: HttpRequest, hold_reason: int) -> HttpResponse:
    """Offer it no more, after saying what stays."""
    actor, known = _administrator(request), _entry(hold_reason)
    if request.method == "POST":
        retired = retire_hold_reason(actor, known.pk)
        return _back(request, f"{retired} is no longer offered.")
    used = Hold.objects.filter(reason_code=known.code).count()
    context = {**frame(request, "settings_hold_reasons"), "entry": known, "used": used}
    return page(request, "settings/hold_reason_retire.html", context)


@require_http_methods(["POST"])
def hold_reason_restore(request: HttpRequest, hold_reason: int) -> HttpResponse:
    restored = restore_hold_reason(_administrator(request), _entry(hold_reason).pk)
    return _back(request, f"{restored} is offered again.")


def _administrator(request: HttpRequest) -> Person:
    actor = reader(request)
    permissions.administer(actor)
    return actor


def _back(request: HttpRequest, message: str) -> HttpResponse:
    return done(request, to=reverse("settings_hold_reasons"), message=message)


def _entry(pk: int) -> HoldReasonEntry:
    entry = HoldReasonEntry.objects.filter(pk=pk).first()
    if entry is None:
        raise NotFound
    return entry


def _counted() -> QuerySet[HoldReasonEntry]:
    """The entries with `used` and `still_open`, the retired ones last."""
    holds = Hold.objects.filter(reason_code=OuterRef("code")).order_by().values("reason_code")
    found: QuerySet[HoldReasonEntry] = HoldReasonEntry.objects.annotate(
        used=Coalesce(Subquery(holds.annotate(n=Count("pk")).values("n")), 0),
        still_open=Coalesce(Subquery(holds.annotate(n=Count("pk", filter=Q(ended_at__isnull=True))).values("n")), 0),
    )
    return found.order_by("position", "label", "pk")


def _row(entry: HoldReasonEntry, rules: PolicyRules | None) -> ReasonRow:
    used, still_open = getattr(entry, "used", 0), getattr(entry, "still_open", 0)
    return ReasonRow(entry, used, still_open, rules is None or rules.pauses(entry.code))


def _line(row: ReasonRow) -> list[object]:
    entry = row.entry
    clock = "stands still" if row.stops else "goes on"
    return [entry.label, entry.code, entry.waits_on, clock, row.used, row.open, entry.retired_at is None]
