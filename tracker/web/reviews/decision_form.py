"""The form of a decision: an outcome, its reason, and the conditions of an approval in rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils import timezone

from governance.acts.reviews import Condition
from governance.errors import Invalid
from governance.models import Outcome
from models_registry.models import Person
from models_registry.vocabulary import Severity, choices
from tracker.review_desk import ReviewPage
from tracker.web.pages import show_problems

LEAST: Final = 20  # characters of a reason: a word is none
ROWS: Final = 2  # empty rows that are offered at a time
MOST: Final = 50
_LAST: Final = date.max - timedelta(days=2)
_PATH: Final = re.compile(r"conditions\.(\d+)\.(\w+)$")


class DecisionForm(forms.Form):
    """An outcome with its reason, and what of the dossier the officer saw."""

    outcome = forms.ChoiceField(
        choices=Outcome.choices, error_messages={"required": "Choose approve, request changes, or reject."}
    )
    reason = forms.CharField(
        min_length=LEAST,
        max_length=4000,
        error_messages={
            "required": "Give the reason; it is what the auditor reads.",
            "min_length": f"Say it in at least {LEAST} characters; it is what the auditor reads.",
        },
    )
    seen_digest = forms.CharField(max_length=80, required=False, widget=forms.HiddenInput)
    seen_event = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class FindingForm(forms.Form):
    """What has to be put right, by whom and until when; the day counts to its end, where the reader is."""

    title = forms.CharField(max_length=200, label="What has to be put right")
    control = forms.ChoiceField(required=False, label="Control")
    severity = forms.ChoiceField(choices=choices(Severity), initial=Severity.MEDIUM.value)
    owner = forms.ChoiceField(label="Owner", error_messages={"required": "Choose who puts it right."})
    due = forms.DateField(
        label="Due",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose until when.", "invalid": "Write the date as 2026-12-31."},
    )

    def __init__(self, *args: Any, page: ReviewPage, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["control"].choices = [("", "No control"), *controls_of(page)]  # type: ignore[attr-defined]
        self.fields["owner"].choices = [("", "Choose"), *owners_of(page)]  # type: ignore[attr-defined]

    def has_changed(self) -> bool:
        """Whether somebody wrote into the row: what is chosen beforehand is nobody's word."""
        return any(name in self.changed_data for name in ("title", "owner", "due"))

    def condition(self, people: Mapping[int, Person], text: str = "") -> Condition:
        said = self.cleaned_data
        return Condition(
            title=said["title"],
            text=text,
            control=said["control"],
            severity=said["severity"],
            owner=people[int(said["owner"])],
            due_at=end_of_day(said["due"]),
        )


ConditionRows = formset_factory(FindingForm, extra=ROWS, max_num=MOST, absolute_max=MOST)


def rows_of(page: ReviewPage, data: Any = None) -> BaseFormSet[Any]:
    """The rows of conditions; one that is left empty counts for nothing."""
    return ConditionRows(data, prefix="condition", form_kwargs={"page": page})


def with_more_rows(data: Any) -> Any:
    """What was sent, with two more rows."""
    more = data.copy()
    total = more.get("condition-TOTAL_FORMS", "0")
    had = int(total) if total.isascii() and total.isdigit() and len(total) < 4 else 0
    more["condition-TOTAL_FORMS"] = str(min(had + ROWS, MOST))
    return more


def conditions_of(rows: BaseFormSet[Any], people: Mapping[int, Person]) -> list[Condition]:
    return [form.condition(people) for form in rows.forms if form.has_changed()]


def show_in_rows(form: forms.Form, rows: BaseFormSet[Any], refusal: Invalid) -> None:
    """Put what the act says of a condition at its row, and the rest at the form."""
    filled = [one for one in rows.forms if one.has_changed()]
    rest = []
    for problem in refusal.problems:
        found = _PATH.match(problem.field)
        if found and int(found[1]) < len(filled):
            name = {"due_at": "due"}.get(found[2], found[2])
            filled[int(found[1])].add_error(name, problem.message)
        else:
            rest.append(problem)
    if rest:
        show_problems(form, Invalid(rest))


def controls_of(page: ReviewPage) -> Sequence[tuple[str, str]]:
    return [(row.code, f"C{row.number} {row.state.control.title}") for row in page.controls]


def owners_of(page: ReviewPage) -> Iterable[tuple[str, str]]:
    return [(str(key), str(person)) for key, person in page.people.items() if person.is_active]


def end_of_day(day: date) -> datetime:
    """The last minute of a day in the zone of the reader; of the last days there are, one that every zone still has."""
    return datetime.combine(min(day, _LAST), time(23, 59), timezone.get_current_timezone())
