"""What people answer to a stall: acknowledge it with a date, or put it off. Links in mails lead to these pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance import permissions
from governance.acts import answers as acts
from governance.answers import latest, reached, stands
from governance.deadlines import business_calendar, reading, rules_of, vacancy_reading
from governance.errors import Conflict, Invalid
from governance.models import Acknowledgement
from models_registry.requirements import FieldProblem
from models_registry.vocabulary import AlertKind
from tracker import formats
from tracker.web.pages import show_problems
from tracker.web.releases.moves_forms import LONGEST
from tracker.web.releases.ownership import asked, posted
from tracker.web.releases.ownership_forms import OTHER_DAY, EndForm
from tracker.web.releases.ownership_subject import Owned, owned
from tracker.web.releases.subject import expected_visit, perform

END_OF_DAY: Final = time(23, 59)
OFFERED_HOURS: Final = (4, 24, 48, 72, 168, 336)


class AcknowledgeForm(EndForm):
    """Why it stalls, and the day by whose end it is expected to move."""

    expected_end = forms.ChoiceField(
        label="It moves by", widget=forms.RadioSelect, error_messages={"required": "Choose by when it moves."}
    )
    reason = forms.CharField(
        label="Why it stalls, and what happens next", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown beside the stall and kept in the trail.",
        error_messages={"required": "Say why it stalls and what happens next; it is shown beside the stall."},
    )  # fmt: skip

    @property
    def ends(self) -> datetime:
        """The end of the chosen day in the team's zone."""
        chosen = self.cleaned_data["expected_end"]
        day: date = self.cleaned_data["other_day"] if chosen == OTHER_DAY else date.fromisoformat(chosen)
        return datetime.combine(day, END_OF_DAY, tzinfo=self.calendar.zone)


class SnoozeForm(forms.Form):
    """For how many hours, up to what the policy allows, and why that does no harm."""

    hours = forms.TypedChoiceField(
        label="Remind me again in", coerce=int, widget=forms.RadioSelect,
        error_messages={"required": "Choose for how long."},
    )  # fmt: skip
    reason = forms.CharField(
        label="Why it can wait", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Shown beside the stall and kept in the trail.",
        error_messages={"required": "Say why it can wait so long; it is shown beside the stall."},
    )  # fmt: skip

    def __init__(self, *args: Any, most: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["hours"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(hours, _hours(hours)) for hours in sorted({*(h for h in OFFERED_HOURS if h < most), most})]


@asked
def acknowledge(request: HttpRequest, release: int) -> HttpResponse:
    """Say that the stall is seen, why it is so, and by when it moves."""
    subject = _answerable(request, release)
    calendar = business_calendar(subject.model.team.calendar)
    form = AcknowledgeForm(posted(request), calendar=calendar, now=timezone.now())

    def act() -> str:
        said = acts.acknowledge(
            subject.person, release, form.cleaned_data["reason"], form.ends, expected_visit=expected_visit(request)
        )
        until = formats.moment(said.expected_at or said.at, timezone.now(), timezone.get_current_timezone())
        return f"Acknowledged. Until {until} you hear of {subject.name} only when it goes a rung higher."

    context = _context(subject, acts.LONGEST_DAYS)
    return perform(request, "releases/acknowledge.html", subject, form, act, context, refused=_beside_the_day)


@asked
def snooze(request: HttpRequest, release: int) -> HttpResponse:
    """Put the stall off for some hours, as far as the policy allows."""
    subject = _answerable(request, release)
    most = rules_of(subject.visit.policy).snooze_hours
    if not most:
        raise Conflict("The policy lets nobody put this off.", remedy="Acknowledge it with a date, or hold it.")
    form = SnoozeForm(posted(request), most=most)

    def act() -> str:
        said = form.cleaned_data
        acts.snooze(subject.person, release, said["reason"], said["hours"], expected_visit=expected_visit(request))
        return f"You are reminded of {subject.name} again in {_hours(said['hours'])}, if it has not moved."

    return perform(request, "releases/snooze.html", subject, form, act, _context(subject, most))


def _answerable(request: HttpRequest, release: int) -> Owned:
    """What there is to answer. A link out of an old mail leads here too, when nothing stalls any more."""
    subject = owned(request, release, back="stalls")
    permissions.answer(subject.person, subject.visit)
    if reached(subject.visit, subject.spell, timezone.now()) is None:
        raise Conflict(
            f"{subject.name} is within its time in {subject.stage.label.lower()}; there is nothing to answer."
        )
    return subject


def _context(subject: Owned, most: int) -> dict[str, Any]:
    now = timezone.now()
    spell, rung = subject.spell, reached(subject.visit, subject.spell, now)
    of_vacancy = rung is not None and rung.value.startswith("vacancy")
    clock = vacancy_reading(spell, subject.visit, now) if of_vacancy else reading(subject.visit, now)
    said = latest(Acknowledgement.objects.filter(visit=subject.visit, person=subject.person))
    mine = said.get((subject.visit.pk, subject.person.pk))
    return {
        "clock": clock,
        "vacant": of_vacancy,
        "day": business_calendar(subject.model.team.calendar).day_seconds,
        "rung": AlertKind(rung).label.lower() if rung else "",
        "mine": mine if mine and stands(mine, now) else None,
        "most": most,
        "may_snooze": rules_of(subject.visit.policy).snooze_hours > 0,
    }


def _beside_the_day(form: forms.BaseForm, refusal: Invalid) -> None:
    """The act speaks of the moment that it is expected to move; the page asks for a day."""
    problems = list(_renamed(form, refusal))
    show_problems(form, Invalid(problems))


def _renamed(form: forms.BaseForm, refusal: Invalid) -> Iterator[FieldProblem]:
    chosen = "other_day" if form.cleaned_data.get("expected_end") == OTHER_DAY else "expected_end"
    for problem in refusal.problems:
        yield FieldProblem(chosen if problem.field == "expected_at" else problem.field, problem.message)


def _hours(hours: int) -> str:
    """`4 hours`, `1 day`, `2 days`, `1 week`."""
    if hours % 168 == 0:
        return formats.count(hours // 168, "week")
    return formats.count(hours // 24, "day") if hours % 24 == 0 else formats.count(hours, "hour")
