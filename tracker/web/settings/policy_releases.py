"""The open releases that the version in force does not judge yet, what it would change for each, and the way to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.policy_moves import Moves, move_to_policy
from governance.approvers import group_names
from governance.errors import Conflict, Invalid
from governance.models import Policy, StageVisit
from tracker.policy_moves import Touched, touched, under_older
from tracker.web.listing import Listing, csv_response, paginate
from tracker.web.pages import done, page, show_problems
from tracker.web.settings.policy_versions import in_force, policy_of
from tracker.web.settings.sections import frame, typed
from tracker.web.viewer import reader

CSV_HEADER = ("Release", "Team", "Stage", "Owner", "Under version", "Changes", "Checks added", "Checks dropped")
NAMED: Final = 5
BATCH: Final = 200
AT_ONCE: Final = 500
"""Releases that one click moves; who waits for more of them clicks again."""


class MoveForm(forms.Form):
    """Which releases go over, and why; the page's boxes choose them, and a button takes all of them."""

    reason = forms.CharField(
        label="Why are they moved?",
        max_length=1000,
        widget=forms.Textarea,
        help_text="It is on the trail of every release that is moved.",
    )
    releases = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: QueryDict | None = None, *, offered: list[StageVisit]) -> None:
        super().__init__(data)
        field = self.fields["releases"]
        assert isinstance(field, forms.MultipleChoiceField)
        # One that went on meanwhile is no longer offered, and the act says what became of it.
        sent = data.getlist("releases") if data else []
        known = [str(visit.release_id) for visit in offered]
        field.choices = [(key, key) for key in dict.fromkeys([*known, *(one for one in sent if _is_key(one))])]
        self.everything = data is not None and "everything" in data

    def clean(self) -> dict[str, object]:
        said = self.cleaned_data
        if not self.everything and not said.get("releases"):
            self.add_error("releases", "Choose at least one release.")
        return said


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 16


@require_http_methods(["GET", "HEAD", "POST"])
def policy_releases(request: HttpRequest, version: int) -> HttpResponseBase:
    """Open releases under older versions: what this one would change for them, and the offer to move them."""
    policy = policy_of(version)
    permissions.write_policy(reader(request))
    if policy != in_force():
        raise Conflict(f"{policy} is not in force.", remedy="Releases are moved to the version in force only.")
    names, found = group_names(), under_older(policy)
    if request.GET.get("format") == "csv":
        return csv_response(f"policy-{version}-releases", CSV_HEADER, _lines(policy, names))
    pages = paginate(request, found)
    rows = touched(pages.rows, policy, timezone.now(), names)
    listing = Listing(rows, pages.number, pages.total, pages.size)
    form, status = MoveForm(typed(request), offered=list(pages.rows)), 200
    if request.method == "POST" and form.is_valid():
        try:
            return _moved(request, policy, form)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            show_problems(form, refusal)
            status = 409
    chosen = set(form.data.getlist("releases")) if isinstance(form.data, QueryDict) else set()
    context = {
        **frame(request, "settings_policies"),
        "policy": policy,
        "listing": listing,
        "chosen": {int(key) for key in chosen if _is_key(key)},
    }
    return page(request, "settings/policy_releases.html", context, form=form, status=status)


def _moved(request: HttpRequest, policy: Policy, form: MoveForm) -> HttpResponse:
    chosen = [int(key) for key in form.cleaned_data["releases"]]
    if form.everything:
        chosen = list(under_older(policy).values_list("release_id", flat=True)[:AT_ONCE])
    outcome = move_to_policy(reader(request), policy.pk, chosen, form.cleaned_data["reason"])
    for stayed in outcome.stayed[:NAMED]:
        messages.warning(request, f"{stayed.release} was not moved. {stayed.why}")
    if len(outcome.stayed) > NAMED:
        messages.warning(request, f"{len(outcome.stayed) - NAMED} more were not moved.")
    return done(
        request,
        to=reverse("settings_policy_releases", args=[policy.version]),
        message=_told(outcome, policy),
        level="success" if outcome.moved else "warning",
    )


def _told(outcome: Moves, policy: Policy) -> str:
    count = len(outcome.moved)
    what = "1 release is" if count == 1 else f"{count or 'No'} releases are"
    return f"{what} under version {policy.version} now." if count else "No release was moved."


def _lines(policy: Policy, names: dict[str, str]) -> Iterator[list[object]]:
    now = timezone.now()
    keys = list(under_older(policy).values_list("pk", flat=True))
    for first in range(0, len(keys), BATCH):
        visits = list(under_older(policy).filter(pk__in=keys[first : first + BATCH]))
        for row in touched(visits, policy, now, names):
            yield _line(row)


def _line(row: Touched) -> list[object]:
    visit = row.visit
    return [
        str(visit.release),
        visit.release.model.team.name,
        row.stage.label,
        str(row.owner or ""),
        visit.policy.version,
        "; ".join(str(one) for one in row.differences),
        "; ".join(check.title for check in row.appear),
        "; ".join(check.title for check in row.vanish),
    ]
