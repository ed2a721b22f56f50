"""Waivers: leave not to meet a check until a day, and taking it back."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from governance.acts.waivers import end_waiver, grant_waiver
from governance.errors import Invalid, NotFound
from governance.gate_checks import waivable
from governance.models import Review, Waiver
from governance.permissions import may_see
from models_registry.requirements import FieldProblem
from tracker.review_desk import ReviewPage, review_page
from tracker.web.releases.moves_forms import reason_field
from tracker.web.releases.subject import posted
from tracker.web.reviews.acts import ReasonForm, asked, perform, the_page
from tracker.web.reviews.decision_form import end_of_day
from tracker.web.viewer import reader

AT = "#waivers"


class WaiverForm(forms.Form):
    """Which check, until when, why, and for whom."""

    check_code = forms.ChoiceField(label="Check", error_messages={"required": "Choose the check."})
    until = forms.DateField(
        label="Valid until",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Choose until when.", "invalid": "Write the date as 2026-12-31."},
    )
    requested_by = forms.ChoiceField(label="Asked for by", required=False)
    reason = reason_field("It is shown wherever the check is.")

    def __init__(self, *args: object, page: ReviewPage, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        others = [(str(key), str(one)) for key, one in page.people.items() if one.is_active and one != page.person]
        self.fields["check_code"].choices = [("", "Choose"), *_open_checks(page)]  # type: ignore[attr-defined]
        self.fields["requested_by"].choices = [("", "Nobody in particular"), *others]  # type: ignore[attr-defined]


@asked
def grant(request: HttpRequest, pk: int) -> HttpResponse:
    """Let one check be unmet until a day."""
    found = the_page(request, pk)
    form = WaiverForm(posted(request), page=found, initial={"check_code": request.GET.get("check", "")})

    def act() -> str:
        said = form.cleaned_data
        asker = found.people[int(said["requested_by"])] if said["requested_by"] else None
        try:
            grant_waiver(
                found.person, found.release.pk, said["check_code"], said["reason"], end_of_day(said["until"]), asker
            )
        except Invalid as refusal:
            names = {"valid_until": "until"}
            problems = [FieldProblem(names.get(one.field, one.field), one.message) for one in refusal.problems]
            raise Invalid(problems) from refusal
        return "The check is waived."

    return perform(request, "reviews/waiver_grant.html", found, form, act, to=AT)


@asked
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a waiver back before its time."""
    seen = Waiver.objects.filter(may_see(reader(request), "release__model__"), pk=pk)
    waiver = seen.select_related("granted_by").first()
    review = (
        Review.objects.filter(release=waiver.release_id).order_by("-requested_at", "-pk").first() if waiver else None
    )
    if waiver is None or review is None:
        raise NotFound
    found, form = review_page(reader(request), review.pk, timezone.now()), ReasonForm(posted(request))

    def act() -> str:
        end_waiver(found.person, pk, form.cleaned_data["reason"])
        return "The check has to be met again."

    return perform(request, "reviews/waiver_end.html", found, form, act, {"waiver": waiver}, to=AT)


def _open_checks(page: ReviewPage) -> list[tuple[str, str]]:
    """The checks of the review that are not met and that somebody may waive."""
    shut = {check.code: check.title for row in page.controls for check in row.unmet if waivable(check)}
    return list(shut.items())
