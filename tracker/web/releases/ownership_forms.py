"""The forms of the acts on ownership, holds and nudges. The acts judge; these only read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms

from governance.calendar import BusinessCalendar
from models_registry.vocabulary import WaitsOn, choices
from tracker import formats
from tracker.web.releases.moves_forms import LONGEST

OTHER_DAY: Final = "other"
Reasons = Sequence[tuple[str, str]]
"""Code and label of each."""
_QUICK: Final = (1, 2, 5)  # business days ahead that a hold offers at once


class AssignForm(forms.Form):
    """Who answers from now on. `expected_owner`: whom the page showed, 0 for nobody."""

    owner = forms.TypedChoiceField(
        label="New owner", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose who owns it.", "invalid_choice": "Choose somebody of the list."},
    )  # fmt: skip
    expected_owner = forms.IntegerField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label="Message", required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Goes to the new owner and into the trail.",
    )  # fmt: skip

    confirmed = forms.BooleanField(
        label="Although they own as much as they carry", required=False, help_text="It is recorded that this is meant."
    )

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        propose(self, "owner", people)


class OfferForm(forms.Form):
    """Whom the owner asks to take over."""

    to = forms.TypedChoiceField(
        label="Offer it to", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose whom to ask.", "invalid_choice": "Choose somebody of the list."},
    )  # fmt: skip
    note = forms.CharField(
        label="What the next owner needs to know", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="What is done, what is open, whom to ask. You stay accountable until the offer is accepted.",
        error_messages={"required": "Write what the next owner needs to know: what is done, what is open."},
    )  # fmt: skip

    checklist = forms.CharField(
        label="Checklist", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="A line for each thing to see to. You tick them while the offer stands.",
    )  # fmt: skip

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        propose(self, "to", people)


def propose(form: forms.Form, name: str, people: Sequence[tuple[int, str]]) -> None:
    """Make these people the choices of a field."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = list(people)


class ReasonForm(forms.Form):
    """A reason that has to be given."""

    reason = forms.CharField(label="Reason", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, asked: str, hint: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].error_messages["required"] = asked
        self.fields["reason"].help_text = hint


class NudgeForm(forms.Form):
    message = forms.CharField(
        label="Message", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Optional. The clock, the cost and what is missing go along.",
    )  # fmt: skip


class EndForm(forms.Form):
    """Until when a hold is expected to last: a day of the list, or the day picked."""

    expected_end = forms.ChoiceField(
        label="Expected end", widget=forms.RadioSelect, error_messages={"required": "Choose when it should go on."}
    )
    other_day = forms.DateField(
        label="Another day", required=False, widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Give the day as year-month-day, such as 2026-06-22."},
    )  # fmt: skip

    def __init__(self, *args: Any, calendar: BusinessCalendar, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.calendar = calendar
        field = self.fields["expected_end"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [*_days(calendar, now), (OTHER_DAY, "Another day")]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        chosen = cleaned.get("expected_end")
        if chosen == OTHER_DAY and not cleaned.get("other_day") and "other_day" not in self.errors:
            self.add_error("other_day", "Give the day.")
        return cleaned

    @property
    def ends(self) -> datetime:
        """When work is expected to go on: the team's opening hour on the chosen day, or the first one after it."""
        chosen = self.cleaned_data["expected_end"]
        day: date = self.cleaned_data["other_day"] if chosen == OTHER_DAY else date.fromisoformat(chosen)
        morning = datetime.combine(day, time(), tzinfo=self.calendar.zone)
        return self.calendar.next_opening(morning) or morning


class MoveHoldForm(EndForm):
    reason = forms.CharField(
        label="Why it takes until then", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept in the trail.", error_messages={"required": "Say why it takes until then."},
    )  # fmt: skip


class HoldForm(EndForm):
    """The reasons stand in two groups: those for which the policy lets the clock stand still, and the others."""

    reason_code = forms.ChoiceField(label="Reason", error_messages={"required": "Choose the reason from the list."})
    waits_on = forms.ChoiceField(
        label="Waits on", choices=[("", "Whom the reason names"), *choices(WaitsOn)], widget=forms.RadioSelect,
        required=False,
    )  # fmt: skip
    reason = forms.CharField(
        label="What has to happen first", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown on the stall dashboard and kept in the trail.",
        error_messages={"required": "Say in a sentence what it waits for."},
    )  # fmt: skip

    def __init__(self, *args: Any, stopping: Reasons, running: Reasons, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason_code"]
        assert isinstance(field, forms.ChoiceField)
        groups = [("The clock stands still", stopping), ("The clock goes on", running)]
        field.choices = [("", "Choose a reason"), *((name, list(group)) for name, group in groups if group)]


def _days(calendar: BusinessCalendar, now: datetime) -> list[tuple[str, str]]:
    """The days on which work begins one, two and five business days from now, as values and as words."""
    today = calendar.local_date(now)
    found: dict[str, str] = {}
    for ahead in _QUICK:
        end = calendar.add(now, ahead * calendar.day_seconds)
        opening = calendar.next_opening(end) if end else None
        day = max(calendar.local_date(opening) if opening else today, today + timedelta(days=1))
        found.setdefault(day.isoformat(), formats.day_of(day, today))
    return list(found.items())
