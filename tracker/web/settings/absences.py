"""Away: who stands in for whom, and from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.delegations import delegate, end_delegation
from governance.errors import Conflict, Invalid, NotFound
from governance.groups import able
from governance.models import Delegation
from models_registry.models import Person
from models_registry.vocabulary import OrgRole
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Away", "Stands in", "From", "Until", "Now", "Reason")
DAY = timedelta(days=1)


class AbsenceForm(forms.Form):
    """Who stands in, and on which days, both counted in the reader's zone."""

    deputy = forms.ModelChoiceField(
        Person.objects.none(), label="Stands in for you", empty_label="Choose a person",
        help_text="They hear of what you own, may hold it and hand it over, and approve and advise in your place. "
        "What you may not decide, they may not for you.",
    )  # fmt: skip
    starts_at = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends_at = forms.DateField(label="Last day", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    reason = forms.CharField(max_length=300, help_text="Shown to your deputy, officers and administrators.")

    def __init__(self, data: QueryDict | None = None, *, person: Person) -> None:
        super().__init__(data)
        deputy = self.fields["deputy"]
        if isinstance(deputy, forms.ModelChoiceField):
            officer = person.role == OrgRole.COMPLIANCE_OFFICER
            fit = Q(role=OrgRole.COMPLIANCE_OFFICER) if officer else Q()
            deputy.queryset = able(fit & ~Q(pk=person.pk))

    def facts(self) -> dict[str, Any]:
        """What `delegate` takes: from the first midnight until the one after the last day."""
        said = self.cleaned_data
        return {
            **said,
            "starts_at": _midnight(said["starts_at"]),
            "ends_at": _midnight(min(said["ends_at"], date.max - DAY) + DAY),
        }


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """One absence; `last_day` is the last moment of it. The reason is empty for those whom it does not concern."""

    absence: Delegation
    now: bool
    last_day: datetime
    reason: str
    may_end: bool


@require_http_methods(["GET", "HEAD", "POST"])
def absences(request: HttpRequest) -> HttpResponseBase:
    """Who is away now and who will be, and the form that names one's own deputy."""
    actor, now = reader(request), timezone.now()
    form = AbsenceForm(typed(request), person=actor)
    status = 200
    if request.method == "POST":
        permissions.be_away(actor)
        if form.is_valid():
            try:
                made = delegate(actor, **form.facts())
            except Invalid as refusal:
                show_problems(form, refusal)
            except Conflict as refusal:
                status = 409
                show_problems(form, refusal)
            else:
                message = f"{made.deputy} stands in for you on those days."
                return done(request, to=reverse("settings_away"), message=message)
    found = Delegation.objects.filter(ends_at__gt=now, ended_early_at__isnull=True).order_by("starts_at", "pk")
    found = found.select_related("delegator", "deputy")
    if request.GET.get("format") == "csv":
        lines = (_line(_row(one, actor, now)) for one in found.iterator(chunk_size=500))
        return csv_response("away", CSV_HEADER, lines)
    listing = paginate(request, found)
    context = {
        **frame(request, "settings_away"),
        "absences": Listing(
            [_row(one, actor, now) for one in listing.rows], listing.number, listing.total, listing.size
        ),
        "may_be_away": permissions.allows(permissions.be_away, actor),
    }
    return page(request, "settings/absences.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def absence_end(request: HttpRequest, absence: int) -> HttpResponse:
    """End one early, after asking."""
    actor = reader(request)
    found = Delegation.objects.select_related("delegator", "deputy").filter(pk=absence).first()
    if found is None:
        raise NotFound
    permissions.end_absence(actor, found)
    if request.method == "POST":
        end_delegation(actor, found.pk)
        message = f"{found.deputy} no longer stands in for {found.delegator}."
        return done(request, to=reverse("settings_away"), message=message)
    context = {**frame(request, "settings_away"), "absence": found, "begun": found.starts_at <= timezone.now()}
    return page(request, "settings/absence_end.html", context)


def _row(absence: Delegation, actor: Person, now: datetime) -> AbsenceRow:
    may_end = permissions.allows(permissions.end_absence, actor, absence)
    told = may_end or actor.role == OrgRole.COMPLIANCE_OFFICER
    return AbsenceRow(
        absence=absence,
        now=absence.starts_at <= now,
        last_day=absence.ends_at - timedelta(seconds=1),
        reason=absence.reason if told else "",
        may_end=may_end,
    )


def _line(row: AbsenceRow) -> list[object]:
    absence = row.absence
    return [absence.delegator, absence.deputy, absence.starts_at, absence.ends_at, row.now, row.reason]


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), tzinfo=timezone.get_current_timezone())
