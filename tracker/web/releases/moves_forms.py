"""What a person says when a release is moved."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms

from models_registry.models import Person
from models_registry.vocabulary import EndReason, Stage, choices

LONGEST = 4000  # characters of a reason


def reason_field(hint: str, label: str = "Reason") -> forms.CharField:
    missing = {"required": "Write it in a sentence; it stays in the trail."}
    return forms.CharField(
        label=label, max_length=LONGEST, widget=forms.Textarea, help_text=hint, error_messages=missing
    )


class OwnerForm(forms.Form):
    """Who answers for the next stage; nobody named leaves it to the rule that `empty` tells."""

    next_owner = forms.ChoiceField(label="Next owner", required=False)

    def name_people(self, people: Sequence[Person], empty: str) -> None:
        field = self.fields["next_owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", empty), *((str(person.pk), str(person)) for person in people)]
        self._people = {str(person.pk): person for person in people}

    def owner(self) -> Person | None:
        return self._people.get(self.cleaned_data["next_owner"])


class AdvanceForm(OwnerForm):
    """A message goes with the review that the move into compliance review opens."""

    field_order = ["message", "next_owner"]
    message = forms.CharField(
        label="Message to the reviewers",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea,
        help_text="What they should look at first.",
    )

    def __init__(self, *args: object, reviewed: bool, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        if not reviewed:
            del self.fields["message"]


class SendBackForm(forms.Form):
    target = forms.ChoiceField(
        label="Back to", widget=forms.RadioSelect, error_messages={"required": "Choose the stage it goes back to."}
    )
    reason = reason_field("What has to change before it comes again.")

    def __init__(self, *args: object, targets: Sequence[Stage], **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(stage.value, stage.label) for stage in targets]
        if len(targets) == 1:
            self.initial.setdefault("target", targets[0].value)


class SetAsideForm(forms.Form):
    reason_code = forms.ChoiceField(
        label="Why",
        choices=[("", "Choose a reason"), *choices(EndReason)],
        error_messages={"required": "Choose the reason from the list."},
    )
    reason = reason_field("In a sentence: what happened. The list alone explains little.", "What happened")


class ReasonForm(forms.Form):
    """One reason; the view says what for."""

    reason = reason_field("")

    def __init__(self, *args: object, hint: str = "", label: str = "", **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]  # handed on as they came
        self.fields["reason"].help_text = hint
        if label:
            self.fields["reason"].label = label


class BreakGlassForm(OwnerForm):
    field_order = ["reason", "next_owner"]
    reason = reason_field("What makes it necessary. It is shown wherever the release is.")
