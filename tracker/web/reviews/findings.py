"""Findings on their way: raised, resolved by their owner, closed or sent back by an approver, moved to another date."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance.acts.findings import close_finding, move_due, raise_finding, reopen_finding, resolve_finding
from governance.errors import Invalid, NotFound
from governance.models import Finding
from governance.permissions import may_read
from models_registry.requirements import FieldProblem
from tracker.review_desk import ReviewPage, review_page
from tracker.web.releases.moves_forms import LONGEST, reason_field
from tracker.web.releases.subject import posted
from tracker.web.reviews.acts import asked, perform, the_page
from tracker.web.reviews.decision_form import FindingForm, end_of_day
from tracker.web.viewer import reader

AT = "#findings"


class RaiseForm(FindingForm):
    """A finding with what there is to say about it."""

    text = forms.CharField(label="Details", required=False, max_length=LONGEST, widget=forms.Textarea)


class ResolutionForm(forms.Form):
    resolution = reason_field("What was done, and where it can be seen.", "Resolution")


class NoteForm(forms.Form):
    note = forms.CharField(label="Note", required=False, max_length=LONGEST, widget=forms.Textarea)


class DateForm(forms.Form):
    """Another date and why."""

    due = forms.DateField(
        label="Due",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose until when.", "invalid": "Write the date as 2026-12-31."},
    )
    reason = reason_field("The team and the auditor read it.")


class ReopenForm(DateForm):
    """What is still wrong; another date where the old one is over."""

    field_order = ["reason", "due"]

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        self.fields["due"].required = False


@asked
def raise_one(request: HttpRequest, pk: int) -> HttpResponse:
    """Note something that has to be put right, whatever is decided."""
    found = the_page(request, pk)
    form = RaiseForm(posted(request), page=found, initial={"control": request.GET.get("control", "")})

    def act() -> str:
        try:
            finding = raise_finding(found.person, pk, form.condition(found.people, form.cleaned_data["text"]))
        except Invalid as refusal:
            raise _renamed(refusal) from refusal
        return f"{finding.owner} is to put it right."

    return perform(request, "reviews/finding_raise.html", found, form, act, to=AT)


@asked
def resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what was done about it."""
    finding, found = _finding(request, pk)
    form = ResolutionForm(posted(request))

    def act() -> str:
        resolve_finding(found.person, pk, form.cleaned_data["resolution"])
        return "It is resolved; an approver confirms it."

    return perform(request, "reviews/finding_resolve.html", found, form, act, {"finding": finding}, to=AT)


@asked
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that it is put right."""
    finding, found = _finding(request, pk)
    form = NoteForm(posted(request))

    def act() -> str:
        close_finding(found.person, pk, form.cleaned_data["note"])
        return "The finding is closed."

    return perform(request, "reviews/finding_close.html", found, form, act, {"finding": finding}, to=AT)


@asked
def reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it back to its owner."""
    finding, found = _finding(request, pk)
    form = ReopenForm(posted(request))

    def act() -> str:
        due = form.cleaned_data["due"]
        try:
            reopen_finding(found.person, pk, form.cleaned_data["reason"], due_at=end_of_day(due) if due else None)
        except Invalid as refusal:
            raise _renamed(refusal) from refusal
        return f"{finding.owner} has it again."

    return perform(request, "reviews/finding_reopen.html", found, form, act, {"finding": finding}, to=AT)


@asked
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Give it another due date."""
    finding, found = _finding(request, pk)
    form = DateForm(posted(request), initial={"due": timezone.localtime(finding.due_at).date()})

    def act() -> str:
        try:
            move_due(found.person, pk, end_of_day(form.cleaned_data["due"]), form.cleaned_data["reason"])
        except Invalid as refusal:
            raise _renamed(refusal) from refusal
        return "The due date is moved."

    return perform(request, "reviews/finding_move.html", found, form, act, {"finding": finding}, to=AT)


def _finding(request: HttpRequest, pk: int) -> tuple[Finding, ReviewPage]:
    """The finding with the page of its review; a hidden one is as missing as none."""
    seen = Finding.objects.filter(may_read(reader(request), "release_id"), pk=pk)
    finding = seen.select_related("owner").first()
    if finding is None:
        raise NotFound
    return finding, review_page(reader(request), finding.review_id, timezone.now())


def _renamed(refusal: Invalid) -> Invalid:
    """The act speaks of a moment, the form of a day."""
    return Invalid([FieldProblem({"due_at": "due"}.get(one.field, one.field), one.message) for one in refusal.problems])
