"""Costs of a release: one by form, many by CSV, and undone by a reversal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.costs import CostFacts, record_cost, record_costs, reverse_cost
from governance.errors import Invalid, NotFound
from governance.permissions import may_see
from models_registry.models import CostEntry, Team
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import CostKind, Stage, choices
from tracker.cost_file import COLUMNS, MOST_BYTES, MOST_LINES, CostFile, read_costs
from tracker.formats import count
from tracker.web.releases.moves_forms import ReasonForm
from tracker.web.releases.records_forms import line
from tracker.web.releases.subject import perform, posted, subject_of
from tracker.web.viewer import reader

asked = require_http_methods(["GET", "HEAD", "POST"])
_MOST: Final = Decimal("999999999.99")


def _amount(label: str, hint: str = "") -> forms.DecimalField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
    return forms.DecimalField(
        label=label, help_text=hint, required=False, max_value=_MOST, decimal_places=2, widget=widget
    )


class CostForm(forms.Form):
    """One cost. Engineering takes hours, the other kinds an amount; the act says what is missing."""

    kind = forms.ChoiceField(label="Kind", choices=choices(CostKind), widget=forms.RadioSelect)
    hours = _amount("Hours", "For engineering.")
    rate = _amount("Hourly rate")
    amount = _amount("Amount", "For compute, licences and other.")
    currency = line("Currency", most=3)
    stage = forms.ChoiceField(label="Spent in", choices=choices(Stage))
    incurred_on = forms.DateField(label="On", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    note = line("Note", "What it was for.", most=300)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=80)

    def __init__(self, *args: object, team: Team, stage: str, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        self.initial = {
            "kind": CostKind.ENGINEERING.value,
            "stage": stage,
            "incurred_on": timezone.localdate(),
            "once": f"form:{uuid4()}",
        }
        self.fields["rate"].help_text = f"Left empty: {team.hourly_rate} {team.currency}, the team's."
        self.fields["currency"].help_text = f"Left empty: {team.currency}."

    def facts(self) -> CostFacts:
        said = self.cleaned_data
        engineering = said["kind"] == CostKind.ENGINEERING
        return CostFacts(
            stage=said["stage"],
            kind=said["kind"],
            incurred_on=said["incurred_on"],
            currency=said["currency"].upper(),
            amount=None if engineering else said["amount"],
            hours=said["hours"] if engineering else None,
            rate=said["rate"] if engineering else None,
            note=said["note"],
            once=said["once"],
        )


class CostFileForm(forms.Form):
    file = forms.FileField(
        label="CSV file",
        error_messages={"required": "Choose the file with the costs."},
        allow_empty_file=True,
        help_text=f"Up to 2 MB and {MOST_LINES:,} lines, with the columns {', '.join(COLUMNS)}.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv,text/plain"}),
    )


@asked
def cost_add(request: HttpRequest, release: int) -> HttpResponse:
    """Record one cost."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    form = CostForm(posted(request), team=subject.model.team, stage=subject.stage)

    def act() -> str:
        entry = record_cost(subject.person, release, form.facts())
        return f"{entry.amount:,.2f} {entry.currency} recorded."

    return perform(request, "releases/cost_add.html", subject, form, act)


@asked
def cost_import(request: HttpRequest, release: int) -> HttpResponse:
    """Record every line of a CSV file, or none of them."""
    subject = subject_of(request, release)
    permissions.work_on(subject.person, subject.model)
    form = CostFileForm(posted(request), request.FILES if request.method == "POST" else None)

    def act() -> str:
        upload = form.cleaned_data["file"]
        # One byte more than the limit is enough to know that it is passed.
        file = read_costs(upload.name, upload.read(MOST_BYTES + 1) if upload.size <= MOST_BYTES else b"")
        if upload.size > MOST_BYTES:
            file = _too_big(upload.name, upload.size)
        _refuse(file)
        try:
            entries = record_costs(subject.person, release, file.facts)
        except Invalid as refusal:
            raise Invalid([_in_file(problem, file) for problem in refusal.problems]) from refusal
        return f"{count(len(entries), 'line')} of {upload.name} recorded; what was there already is not counted twice."

    return perform(request, "releases/cost_import.html", subject, form, act, {"columns": COLUMNS})


@asked
def cost_reverse(request: HttpRequest, entry: int) -> HttpResponse:
    """Undo an entry by a second one of the negated amount."""
    found = CostEntry.objects.filter(may_see(reader(request), "release__model__"), pk=entry).first()
    if found is None:
        raise NotFound
    subject = subject_of(request, found.release_id)
    permissions.work_on(subject.person, subject.model)
    form = ReasonForm(posted(request), hint="Why it is undone. The entry stays, and this one takes it back.")

    def act() -> str:
        undone = reverse_cost(subject.person, entry, form.cleaned_data["reason"])
        return f"{-undone.amount:,.2f} {undone.currency} taken back."

    words = {
        "title": f"Reverse {found.amount:,.2f} {found.currency}",
        "sub": f"{CostKind(found.kind).label} in {Stage(found.stage).label.lower()}, {_said(found.incurred_on)}.",
        "submit": "Reverse the entry",
        "busy": "Reversing…",
    }
    return perform(request, "releases/move_reason.html", subject, form, act, {"words": words})


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _too_big(name: str, size: int) -> CostFile:
    text = f"{name} is {size / 1024 / 1024:.1f} MB and the limit is 2 MB. Split it by month."
    return CostFile(problems=[FieldProblem("file", text)])


def _refuse(file: CostFile) -> None:
    if not file.problems:
        return
    more = [FieldProblem("file", f"And {file.more:,} more problems.")] if file.more else []
    raise Invalid([*file.problems, *more])


def _in_file(problem: FieldProblem, file: CostFile) -> FieldProblem:
    """The act's problem with its line as the file numbers it; the act counts the lines it was given."""
    head, _, field = problem.field.partition(": ")
    place = head.removeprefix("line ")
    at = int(place) - 1 if field and place.isdigit() else 0
    return FieldProblem("file", f"Line {file.numbers[at]}, {field or problem.field}: {problem.message}")
