"""The forms of the settings. They read what was typed; the acts decide whether it can be used."""

from __future__ import annotations

import re
from datetime import date

from django import forms
from django.http import QueryDict

from models_registry.models import Person, Team, WorkCalendar
from models_registry.vocabulary import OrgRole, TeamRole, choices
from tracker.web.settings.choosing import Choices, countries, currencies, zones

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPAN = re.compile(r"\s*(\d{1,2})(?::(\d{2}))?\s*[-–—]\s*(\d{1,2})(?::(\d{2}))?\s*", re.ASCII)


def with_present(known: Choices, value: str) -> Choices:
    """The choices, with the present value among them: a form changes nothing by not knowing it."""
    return [*known, (value, value)] if value and value not in dict(known) else known


class TeamForm(forms.Form):
    """A team's name, calendar, rate and escalation contact."""

    name = forms.CharField(max_length=160)
    division = forms.CharField(
        max_length=160, required=False, help_text="A department or agency; teams are grouped by it."
    )
    calendar = forms.ModelChoiceField(WorkCalendar.objects.all(), empty_label="Choose a calendar")
    hourly_rate = forms.DecimalField(
        label="Hourly rate",
        max_digits=10,
        decimal_places=2,
        initial="95.00",
        help_text="Engineering hours are counted at this rate unless an entry names another.",
    )
    currency = forms.ChoiceField(choices=currencies, initial="EUR")
    escalation_contact = forms.ModelChoiceField(
        Person.objects.filter(is_active=True),
        label="Escalation contact",
        required=False,
        empty_label="nobody",
        help_text="Hears of a stall when the lead has not moved it.",
    )


class MemberForm(forms.Form):
    """One person and their role in a team."""

    person = forms.ModelChoiceField(Person.objects.none(), empty_label="Choose a person")
    role = forms.ChoiceField(choices=choices(TeamRole), initial=TeamRole.ENGINEER)

    def __init__(self, data: QueryDict | None = None, *, team: Team) -> None:
        super().__init__(data)
        person = self.fields["person"]
        if isinstance(person, forms.ModelChoiceField):
            person.queryset = Person.objects.filter(is_active=True).exclude(memberships__team=team)


class PersonForm(forms.Form):
    """Who signs in, and as what."""

    full_name = forms.CharField(label="Full name", max_length=150)
    email = forms.EmailField(label="E-mail", help_text="The name to sign in with.")
    role = forms.ChoiceField(
        choices=choices(OrgRole),
        initial=OrgRole.MEMBER,
        help_text="A member works in teams. The other roles see every model: administrators run the organisation, "
        "compliance officers decide reviews, auditors read.",
    )
    timezone = forms.ChoiceField(label="Time zone", choices=zones, initial="UTC")


class CalendarForm(forms.Form):
    """A calendar as people say it: a line of hours per day, a country, closed days one a line."""

    name = forms.CharField(max_length=80)
    timezone = forms.ChoiceField(label="Time zone", choices=zones, initial="UTC")
    country = forms.ChoiceField(label="Public holidays of", choices=countries, required=False)
    always_open = forms.BooleanField(label="Open day and night, every day", required=False)
    closed_days = forms.CharField(
        label="Own closed days",
        required=False,
        widget=forms.Textarea,
        help_text="One date a line, for example 2026-12-24.",
    )

    def __init__(self, data: QueryDict | None = None, *, calendar: WorkCalendar | None = None) -> None:
        super().__init__(data, initial=said_of(calendar) if calendar else {})
        hours = (calendar or WorkCalendar()).hours
        for number, day in enumerate(DAYS):
            spans = hours.get(str(number), [])
            self.fields[f"day_{number}"] = forms.CharField(
                label=day,
                required=False,
                max_length=120,
                initial=", ".join(f"{start}–{end}" for start, end in spans),
                help_text="For example 09:00–12:30, 13:30–17:00; empty when closed." if number == 0 else "",
            )
        if calendar:
            self._offer("timezone", with_present(zones(), calendar.timezone))
            self._offer("country", with_present(countries(), calendar.country))

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"day_{number}"] for number in range(7)]

    def clean_closed_days(self) -> list[str]:
        found = []
        for number, line in enumerate(self.cleaned_data["closed_days"].splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(date.fromisoformat(line.strip()).isoformat())
            except ValueError:
                raise forms.ValidationError(
                    f"Line {number}: “{line.strip()[:40]}” is no date; write it as 2026-12-24."
                ) from None
        return sorted(set(found))

    def clean(self) -> None:
        hours: dict[str, list[list[str]]] = {}
        for number in range(7):
            name = f"day_{number}"
            spans = self._spans(name, self.cleaned_data.get(name) or "")
            if spans:
                hours[str(number)] = spans
        self.cleaned_data["hours"] = hours

    def facts(self) -> dict[str, object]:
        """What `save_calendar` takes."""
        names = ("name", "timezone", "country", "always_open", "closed_days", "hours")
        return {name: self.cleaned_data[name] for name in names}

    def _offer(self, name: str, offered: Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = offered

    def _spans(self, name: str, text: str) -> list[list[str]]:
        """Spans as the law reads them; whether they make a working day is for the law to say."""
        spans = []
        for part in filter(str.strip, re.split("[,;]", text)):
            match = SPAN.fullmatch(part)
            if match is None:
                self.add_error(name, f"“{part.strip()[:30]}” is no span of hours; write for example 09:00–17:00.")
                return []
            hour, minute, to_hour, to_minute = match.groups("00")
            spans.append([f"{hour:0>2}:{minute}", f"{to_hour:0>2}:{to_minute}"])
        return spans


def said_of(calendar: WorkCalendar) -> dict[str, object]:
    return {
        "name": calendar.name,
        "timezone": calendar.timezone,
        "country": calendar.country,
        "always_open": calendar.always_open,
        "closed_days": "\n".join(calendar.closed_days),
    }
