"""Who decides a review that no stage is owned with: a look back, or a new look at what is deployed already."""

from __future__ import annotations

from collections.abc import Collection

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from governance import permissions
from governance.acts.assignment import assign_review
from governance.groups import able
from models_registry.models import Person
from models_registry.vocabulary import OrgRole
from tracker.review_desk import ReviewPage
from tracker.web.releases.subject import posted
from tracker.web.reviews.acts import asked, perform, the_page


class AssignForm(forms.Form):
    """Who decides from now on. `expected_assignee`: whom the page showed, 0 for nobody."""

    assignee = forms.TypedChoiceField(
        label="Who decides", coerce=int, error_messages={"required": "Choose who decides it."}
    )
    expected_assignee = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: object, people: Collection[Person], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        self.fields["assignee"].choices = [("", "Choose"), *((one.pk, str(one)) for one in people)]  # type: ignore[attr-defined]


@asked
def assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the review to one of those who may decide it."""
    found = the_page(request, pk)
    permissions.give_review(found.person, found.review)
    people = _people(found)
    now = found.review.assignee_id or 0
    form = AssignForm(posted(request), people=people, initial={"expected_assignee": now})

    def act() -> str:
        said = form.cleaned_data
        to = next(one for one in people if one.pk == said["assignee"])
        assign_review(found.person, pk, to, expected_assignee=said["expected_assignee"])
        return f"{to} decides this review now."

    return perform(request, "reviews/assign.html", found, form, act)


def _people(found: ReviewPage) -> list[Person]:
    """Whoever is asked and had no hand in the release; of the other ties the act tells."""
    groups = [one.group for one in found.review.asked]
    seated = Q(role=OrgRole.COMPLIANCE_OFFICER) | Q(seats__group__slug__in=groups)
    return [one for one in able(seated).distinct() if one.pk not in found.hands]
