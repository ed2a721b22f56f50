"""When and how the reader is told: mail, quiet hours, a daily digest, and what they muted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from governance.errors import Invalid
from models_registry.models import Person
from tracker.alerts.muting import mutes_of, unmute
from tracker.alerts.preferences import Wishes, preferences_of, save_preferences
from tracker.web.listing import paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, typed
from tracker.web.viewer import reader


def _time(label: str, hint: str = "") -> forms.TimeField:
    return forms.TimeField(
        label=label,
        required=False,
        help_text=hint,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H:%M:%S"],
        error_messages={"invalid": "Give the time as hours and minutes, such as 07:30."},
    )


class AlertsForm(forms.Form):
    """The wishes; a time that is left empty means that there is none."""

    by_email = forms.BooleanField(
        label="Send me alerts by e-mail", required=False,
        help_text="Without it they come to your inbox only. What is escalated is mailed all the same.",
    )  # fmt: skip
    quiet_from = _time("Quiet from")
    quiet_until = _time("Quiet until")
    quiet_weekends = forms.BooleanField(label="Quiet on Saturdays and Sundays", required=False)
    digest_at = _time("One mail a day at", "Everything since the last one in a single mail. Empty: as it comes.")

    def wishes(self) -> Wishes:
        said = self.cleaned_data
        times = {
            name: said[name] and said[name].replace(second=0, microsecond=0)
            for name in ("quiet_from", "quiet_until", "digest_at")
        }
        return Wishes(by_email=said["by_email"], quiet_weekends=said["quiet_weekends"], **times)


@require_http_methods(["GET", "HEAD", "POST"])
def alerts(request: HttpRequest) -> HttpResponse:
    """The reader's own wishes, and the models that they muted."""
    person = reader(request)
    form = AlertsForm(typed(request), initial=_initial(person))
    if request.method == "POST" and form.is_valid():
        try:
            save_preferences(person, form.wishes(), timezone.now())
        except Invalid as refusal:
            show_problems(form, refusal)
        else:
            return done(request, to=reverse("settings_alerts"), message="Saved. It holds for what waits, too.")
    context = {
        **frame(request, "settings_alerts"),
        "mutes": paginate(request, mutes_of(person)),
        "zone": str(timezone.get_current_timezone()),
    }
    return page(request, "settings/alerts.html", context, form=form)


@require_POST
def alerts_unmute(request: HttpRequest, mute: int) -> HttpResponse:
    """Hear of a model again."""
    ended = unmute(reader(request), mute)
    return done(request, to=reverse("settings_alerts"), message=f"You hear of {ended.model} again.")


def _initial(person: Person) -> dict[str, Any]:
    kept = preferences_of(person)
    return {name: getattr(kept, name) for name in AlertsForm.base_fields}
