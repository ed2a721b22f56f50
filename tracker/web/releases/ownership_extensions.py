"""More time for a stage: ask for it, give or refuse it, take the request back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance import time_permissions
from governance.acts import extensions as acts
from governance.deadlines import budget_seconds, calendar_of, reading
from governance.errors import Conflict, NotPermitted
from governance.models import Extension
from tracker import formats
from tracker.web.releases.moves_forms import LONGEST
from tracker.web.releases.ownership import asked, posted
from tracker.web.releases.ownership_subject import Owned, owned
from tracker.web.releases.subject import expected_visit, perform

GIVE, REFUSE = "give", "refuse"


class AskForm(forms.Form):
    days = forms.DecimalField(
        label="Business days more", max_digits=6, decimal_places=2, min_value=0.01, max_value=int(acts.MOST_DAYS),
        error_messages={
            "required": "Say how many business days more it takes.", "invalid": "Give a number, such as 3 or 1.5.",
        },
    )  # fmt: skip
    reason = forms.CharField(
        label="What takes longer, and why", max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Whoever decides reads it; it is kept in the trail.",
        error_messages={"required": "Say what takes longer, and why."},
    )  # fmt: skip


class DecideForm(forms.Form):
    decision = forms.ChoiceField(
        label="Your decision", choices=[(GIVE, "Give the time"), (REFUSE, "Refuse it")], widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to give the time."},
    )  # fmt: skip
    answer = forms.CharField(
        label="Answer", required=False, max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed to refuse. Goes to whoever asked, to the owner and into the trail.",
    )  # fmt: skip


@asked
def ask(request: HttpRequest, release: int) -> HttpResponse:
    """Ask for more time."""
    subject = owned(request, release)
    time_permissions.ask_extension(subject.person, subject.visit)
    if budget_seconds(subject.visit) is None:
        raise Conflict(f"No clock runs in {subject.stage.label.lower()}; there is no time to add to.")
    form = AskForm(posted(request))

    def act() -> str:
        said = form.cleaned_data
        made = acts.ask_extension(
            subject.person, release, said["days"], said["reason"], expected_visit=expected_visit(request)
        )
        return f"You asked for {_more(made)}. Until it is given, the clock runs as before."

    return perform(request, "releases/extension_ask.html", subject, form, act, _clock(subject))


@asked
def decide(request: HttpRequest, release: int) -> HttpResponse:
    """Give the time that is asked for, or refuse it."""
    subject = owned(request, release)
    time_permissions.decide_extension(subject.person, subject.visit)
    waiting = waiting_of(subject)
    if waiting is not None and waiting.asked_by_id == subject.person.pk:
        raise NotPermitted("You asked for it yourself.", remedy="Somebody else decides; you may withdraw it.")
    form = DecideForm(posted(request))

    def act() -> str:
        said = form.cleaned_data
        give = said["decision"] == GIVE
        made = acts.decide_extension(
            subject.person, release, give=give, answer=said["answer"], extension=_expected(request)
        )
        if not give:
            return f"You refused {_more(made)}; the clock runs as before."
        due = f", now due {_moment(made.stalls_after)}" if made.stalls_after else ""
        return f"{subject.name} has {_more(made)}{due}."

    context = {"waiting": waiting, **_clock(subject)}
    return perform(request, "releases/extension_decide.html", subject, form, act, context)


@asked
def withdraw(request: HttpRequest, release: int) -> HttpResponse:
    """Take the request back."""
    subject = owned(request, release)
    waiting = waiting_of(subject)
    if waiting is None or waiting.asked_by_id != subject.person.pk:
        time_permissions.ask_extension(subject.person, subject.visit)

    def act() -> str:
        made = acts.withdraw_extension(subject.person, release, extension=_expected(request))
        return f"The request for {_more(made)} is taken back."

    context = {"waiting": waiting}
    return perform(request, "releases/extension_withdraw.html", subject, Form(posted(request)), act, context)


def waiting_of(subject: Owned) -> Extension | None:
    """The request that waits for an answer."""
    waiting = Extension.objects.filter(visit=subject.visit, state=Extension.State.ASKED)
    return waiting.select_related("asked_by").first()


def _clock(subject: Owned) -> dict[str, Any]:
    day = calendar_of(subject.visit).day_seconds
    return {"reading": reading(subject.visit, timezone.now()), "day": day}


def _expected(request: HttpRequest) -> int | None:
    """The request that the page showed."""
    text = request.POST.get("extension", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _more(made: Extension) -> str:
    return f"{formats.number(made.days)} business {'day' if made.days == 1 else 'days'} more"


def _moment(at: datetime) -> str:
    return formats.moment(at, timezone.now(), timezone.get_current_timezone())
