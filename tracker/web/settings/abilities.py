"""What a person brings and how much they carry: their own page, and the one that their leads and administrators use."""

from __future__ import annotations

from collections.abc import Collection

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from governance import permissions
from governance.acts.abilities import say_skills, skills_mark
from governance.errors import Conflict, Invalid, NotFound
from models_registry.models import Person
from models_registry.vocabulary import OrgRole, Skill, TeamRole, choices
from tracker.web.pages import back_address, done, page, show_problems
from tracker.web.settings.sections import frame, seen_mark, tell_overtaken, typed
from tracker.web.viewer import reader


class SkillsForm(forms.Form):
    """The skills of the list, and a limit that may be left to the policy."""

    skills = forms.MultipleChoiceField(
        choices=choices(Skill),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="The claim board shows first what suits them. Nothing is closed to who lacks one.",
    )
    load_limit = forms.IntegerField(
        label="Owned at once without a warning",
        required=False,
        min_value=0,
        max_value=1000,
        help_text="Stages, live ones not counted. Empty: as the policy says. 0: any number.",
    )

    def __init__(self, data: QueryDict | None = None, *, person: Person) -> None:
        super().__init__(data, initial={"skills": list(person.skills), "load_limit": person.load_limit})


@require_http_methods(["GET", "HEAD", "POST"])
def skills(request: HttpRequest, person: int) -> HttpResponse:
    """Say what a person brings."""
    actor, known = reader(request), Person.objects.filter(pk=person).first()
    if known is None:
        raise NotFound
    permissions.say_skills(actor, known)
    form, status, now = SkillsForm(typed(request), person=known), 200, skills_mark(known)
    seen = seen_mark(request, now)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            say_skills(actor, known.pk, said["skills"], said["load_limit"], seen=seen)
        except Invalid as refusal:
            show_problems(form, refusal)
        except Conflict as refusal:
            status, seen = 409, tell_overtaken(form, refusal, seen, now)
        else:
            whose = "Your skills are" if known == actor else f"What {known} brings is"
            return done(request, to=back_address(request, reverse("settings_people")), message=f"{whose} saved.")
    context = {**frame(request, "settings_people"), "person": known, "mine": known == actor, "seen": seen}
    return page(request, "settings/person_skills.html", context, form=form, status=status)


def editable(actor: Person, people: Collection[Person]) -> set[int]:
    """For whom of these, whose memberships are loaded, this person may say it: `permissions.say_skills` of many."""
    if permissions.allows(permissions.administer, actor):
        return {person.pk for person in people}
    mine = {one.team_id for one in permissions.memberships_of(actor) if one.role == TeamRole.LEAD}
    led = {person.pk for person in people if any(one.team_id in mine for one in person.memberships.all())}
    # The rule itself judges whether this person may at all; an auditor who leads a team may not.
    return {
        person.pk for person in people if person.pk == actor.pk or (person.pk in led and actor.role != OrgRole.AUDITOR)
    }
