"""Destinations: where alerts go outside, of oneself and of the teams that one leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from governance import permissions
from governance.errors import Conflict, Invalid, NotFound
from models_registry.models import Membership, Person, Team
from models_registry.vocabulary import OrgRole, Rung, TeamRole
from tracker.alerts.channels.services import SERVICES
from tracker.alerts.editing import (
    DestinationFacts,
    add_destination,
    change_destination,
    may_change,
    remove_destination,
    renew_key,
    says_mark,
)
from tracker.alerts.models import Channel, Delivery, DeliveryState, Destination
from tracker.alerts.trials import try_out
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Name", "Of", "Kind", "Address", "Hears of", "On", "Tested", "Answer")
HEARS = {
    "": "Everything",
    Rung.AT_RISK.value: "Clocks, from 80 % of the budget on",
    Rung.BREACHED.value: "Clocks, from the breach on",
    Rung.ESCALATED.value: "Clocks, from 150 % of the budget on",
    Rung.ESCALATED_AGAIN.value: "Clocks, at 200 % of the budget",
}
KINDS = [(Channel.APPRISE.value, "Chat or pager"), (Channel.WEBHOOK.value, "Signed webhook, for a program of yours")]
ADDRESS = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "mono"})


class DestinationForm(forms.Form):
    """A destination; what its address is, only when it is given or replaced."""

    whose = forms.ChoiceField(label="Hears for", help_text="Your own hears what you hear; a team's, all of its models.")
    channel = forms.ChoiceField(label="Kind", choices=KINDS, widget=forms.RadioSelect, initial=Channel.APPRISE.value)
    name = forms.CharField(max_length=80, help_text="For example #ml-alerts or Pager.")
    address = forms.CharField(
        max_length=2000, widget=ADDRESS,
        help_text="An incoming webhook, or an address such as pagerduty://… It is encrypted, and not shown again.",
    )  # fmt: skip
    least = forms.ChoiceField(label="Hears of", choices=list(HEARS.items()), required=False)
    is_on = forms.BooleanField(label="Alerts go there", required=False, initial=True)

    def __init__(
        self, data: QueryDict | None = None, *, person: Person, known: Destination | None = None, team: str = ""
    ) -> None:
        said = {"name": known.name, "least": known.least, "is_on": known.is_on} if known else {"whose": team}
        super().__init__(data, initial=said)
        if known:
            del self.fields["whose"], self.fields["channel"]
            address = self.fields["address"]
            address.required = False
            address.help_text = f"{known.shown} now. Leave it empty to keep it."
            return
        del self.fields["is_on"]
        whose = self.fields["whose"]
        if isinstance(whose, forms.ChoiceField):
            whose.choices = [("", "You"), *((one.slug, one.name) for one in led_by(person))]
            whose.required = False

    def facts(self) -> DestinationFacts:
        said = self.cleaned_data
        return DestinationFacts(said["name"], said["address"], said["least"], said.get("is_on", True))


@dataclass(frozen=True, slots=True)
class DestinationRow:
    """A destination in words. `resting`: until when nothing is sent there, since nobody answered."""

    destination: Destination
    kind: str
    hears: str
    resting: datetime | None
    given_up: int


@require_safe
def destinations(request: HttpRequest) -> HttpResponseBase:
    """One's own, and those of the teams that one leads; administrators see those of every team."""
    actor, now = reader(request), timezone.now()
    found = _changeable(actor)
    if request.GET.get("format") == "csv":
        return csv_response("destinations", CSV_HEADER, (_line(one) for one in found.iterator(chunk_size=500)))
    listing = paginate(request, found)
    failed = _given_up(listing.rows)
    rows = [_row(one, failed.get(one.pk, 0), now) for one in listing.rows]
    context = {
        **frame(request, "settings_destinations"),
        "listing": Listing(rows, listing.number, listing.total, listing.size),
        "services": [service.name for service in SERVICES],
    }
    return page(request, "settings/destinations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def destination_new(request: HttpRequest) -> HttpResponse:
    """Add one. Of a webhook, the answer shows the signing key, once."""
    actor = reader(request)
    form, status = DestinationForm(typed(request), person=actor, team=request.GET.get("team", "")), 200
    if request.method == "POST" and form.is_valid():
        team = next((one for one in led_by(actor) if one.slug == form.cleaned_data["whose"]), None)
        try:
            made, key = add_destination(actor, form.cleaned_data["channel"], form.facts(), team=team)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status = 409
            show_problems(form, refusal)
        else:
            if key:
                return _key_shown(request, made, key)
            message = f"{made} is added. Test it, so that you know that it answers."
            return done(request, to=reverse("settings_destinations"), message=message)
    context = {**frame(request, "settings_destinations"), "services": SERVICES}
    return page(request, "settings/destination_new.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def destination_edit(request: HttpRequest, destination: int) -> HttpResponse:
    """Change one, or switch it off."""
    actor, known = reader(request), _found(request, destination)
    form, status = DestinationForm(typed(request), person=actor, known=known), 200
    now = says_mark(known)
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        try:
            saved = change_destination(actor, known.pk, form.facts(), seen=seen)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            return done(request, to=reverse("settings_destinations"), message=f"{saved} is saved.")
    context = {**frame(request, "settings_destinations"), "destination": known, "seen": seen}
    return page(request, "settings/destination_edit.html", context, form=form, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def destination_key(request: HttpRequest, destination: int) -> HttpResponse:
    """Make a new signing key after asking, and show it once."""
    known = _found(request, destination)
    if known.channel != Channel.WEBHOOK:
        raise NotFound
    if request.method == "POST":
        found, key = renew_key(reader(request), known.pk)
        return _key_shown(request, found, key, renewed=True)
    context = {**frame(request, "settings_destinations"), "destination": known}
    return page(request, "settings/destination_key.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def destination_remove(request: HttpRequest, destination: int) -> HttpResponse:
    """Remove one after saying what becomes of what waits for it."""
    known = _found(request, destination)
    if request.method == "POST":
        name = remove_destination(reader(request), known.pk)
        return done(request, to=reverse("settings_destinations"), message=f"{name} is removed.")
    waiting = Delivery.objects.filter(destination=known.pk, state=DeliveryState.WAITING).count()
    context = {**frame(request, "settings_destinations"), "destination": known, "waiting": waiting}
    return page(request, "settings/destination_remove.html", context)


@require_POST
def destination_test(request: HttpRequest, destination: int) -> HttpResponse:
    """Send a test, and say what was answered."""
    found = try_out(reader(request), destination, timezone.now())
    if found.tested_well:
        message, level = f"{found} took the test. It answered: {found.tested_answer}", "success"
    else:
        message, level = f"The test did not get through to {found}. {found.tested_answer}", "error"
    return done(request, to=reverse("settings_destinations"), message=message, level=level)


def led_by(person: Person) -> list[Team]:
    """The teams whose destinations somebody may change."""
    if person.role == OrgRole.AUDITOR:
        return []
    if permissions.allows(permissions.administer, person):
        return list(Team.objects.order_by("name"))
    led = Membership.objects.filter(person=person, role=TeamRole.LEAD).values("team")
    return list(Team.objects.filter(pk__in=led).order_by("name"))


def _changeable(person: Person) -> QuerySet[Destination]:
    mine = Q(person=person)
    if permissions.allows(permissions.administer, person):
        mine |= Q(team__isnull=False)
    elif person.role != OrgRole.AUDITOR:
        mine |= Q(team__in=Membership.objects.filter(person=person, role=TeamRole.LEAD).values("team"))
    return Destination.objects.filter(mine).select_related("person", "team").order_by("team__name", "name", "pk")


def _found(request: HttpRequest, number: int) -> Destination:
    found = Destination.objects.select_related("person", "team").filter(pk=number).first()
    if found is None:
        raise NotFound
    may_change(reader(request), found)
    return found


def _key_shown(request: HttpRequest, made: Destination, key: str, *, renewed: bool = False) -> HttpResponse:
    context = {**frame(request, "settings_destinations"), "destination": made, "key": key, "renewed": renewed}
    answer = page(request, "settings/destination_key_shown.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _given_up(rows: Sequence[Destination]) -> dict[int, int]:
    """By destination, how many deliveries were given up."""
    numbers = [one.pk for one in rows]
    failed = Delivery.objects.filter(state=DeliveryState.FAILED, destination__in=numbers).values_list("destination_id")
    counts: dict[int, int] = {}
    for (number,) in failed:
        counts[number or 0] = counts.get(number or 0, 0) + 1
    return counts


def _row(one: Destination, given_up: int, now: datetime) -> DestinationRow:
    resting = one.resting_until if one.failures and one.resting_until and one.resting_until > now else None
    return DestinationRow(one, _kind(one), HEARS.get(one.least, one.least), resting, given_up)


def _kind(one: Destination) -> str:
    return "Signed webhook" if one.channel == Channel.WEBHOOK else "Chat or pager"


def _line(one: Destination) -> list[object]:
    hears = HEARS.get(one.least, one.least)
    return [one.name, one.team or "You", _kind(one), one.shown, hears, one.is_on, one.tested_at, one.tested_answer]
