"""What the registry says of a model, as a form: for a new one with its brief, and for one that is edited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict

from governance.acts.intake import NAME_LIMIT, ModelFacts
from models_registry.models import Membership, Person, RegisteredModel, Team
from models_registry.vocabulary import OrgRole, RiskTier, TeamRole, choices
from tracker.web.models.brief_form import BriefForm

_PERSONAL = {"": None, "yes": True, "no": False}


class FactsForm(forms.Form):
    """Name, tier, purpose and the marks of a model. Lengths are the act's business."""

    name = forms.CharField(
        label="Model name",
        error_messages={"required": "Give the model a name, for example card-fraud-scorer."},
        help_text="What people call it, for example card-fraud-scorer.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "mono", "maxlength": NAME_LIMIT}),
    )
    risk_tier = forms.ChoiceField(
        label="Risk tier",
        choices=choices(RiskTier),
        initial=RiskTier.MEDIUM.value,
        widget=forms.RadioSelect,
        help_text="Sets the time budgets, the evidence and the number of approvals.",
    )
    purpose = forms.CharField(
        label="Which decision does it change, and whose", required=False, max_length=10_000, widget=forms.Textarea
    )
    personal_data = forms.ChoiceField(
        label="Personal data",
        required=False,
        choices=[("", "Not known yet"), ("yes", "It uses personal data"), ("no", "It uses none")],
    )
    tags = forms.CharField(
        label="Tags", required=False, max_length=1500, help_text="Words to find it by, with commas between them."
    )
    restricted = forms.BooleanField(
        label="Restricted: only the team and the organisation roles see that it exists", required=False
    )

    def facts(self) -> ModelFacts:
        said = self.cleaned_data
        return ModelFacts(
            name=said["name"],
            purpose=said["purpose"],
            risk_tier=said["risk_tier"],
            restricted=said["restricted"],
            personal_data=_PERSONAL[said["personal_data"]],
            tags=tuple(said["tags"].split(",")),
        )


class NewModelForm(FactsForm, BriefForm):
    """A new model with the brief of its first release, on one page. `facts`: what was typed of the model itself."""

    team = forms.ModelChoiceField(
        label="Team",
        queryset=Team.objects.none(),
        to_field_name="slug",
        error_messages={"required": "Choose the team it belongs to.", "invalid_choice": "Choose one of your teams."},
    )

    def __init__(
        self,
        teams: QuerySet[Team],
        content: Mapping[str, Any],
        facts: Mapping[str, Any],
        *,
        sent: bool,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(content, sent=sent, rows=rows)
        if sent:
            self.data = {**self.data, **facts}
        else:
            self.initial.update(facts)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams
        field.empty_label = "Choose a team" if len(teams) > 1 else None


def typed_facts(post: QueryDict) -> dict[str, Any]:
    """What was typed of the model itself, under the names of the form's fields."""
    return {name: post[name] for name in (*FactsForm.base_fields, "team") if name in post}


def teams_of(person: Person) -> QuerySet[Team]:
    """The teams that this person may register models in, by name."""
    if person.role == OrgRole.ADMIN:
        return Team.objects.order_by("name")
    if person.role == OrgRole.AUDITOR:
        return Team.objects.none()
    roles = (TeamRole.LEAD, TeamRole.ENGINEER)
    mine = Membership.objects.filter(person=person, role__in=roles)
    return Team.objects.filter(pk__in=mine.values("team_id")).order_by("name")


def said_of(model: RegisteredModel) -> dict[str, Any]:
    """What the form of a known model starts with."""
    known: dict[bool | None, str] = {True: "yes", False: "no", None: ""}
    return {
        "name": model.name,
        "risk_tier": model.risk_tier,
        "purpose": model.purpose,
        "personal_data": known[model.personal_data],
        "tags": ", ".join(model.tags.order_by("name").values_list("name", flat=True)),
        "restricted": model.restricted,
    }
