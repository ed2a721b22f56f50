"""One control of a policy as a form: what it asks, what shows it, where it comes from, and which stages ask for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict

from governance.policy import BUDGETED_STAGES
from governance.policy_plain import Place, places_of, with_control
from models_registry.vocabulary import EvidenceKind, RiskTier, choices
from tracker.web.settings.policy_general import note_field
from tracker.web.settings.policy_rows import EXTRA, MatrixRow, Rows, matrix

REFERENCE: Final = ("framework", "clause")


class ControlForm(forms.Form):
    """`was`: the code of the control as it is, empty for a new one."""

    title = forms.CharField(label="Title", max_length=200)
    code = forms.CharField(
        label="Code", max_length=80, help_text="Letters, digits, - and _. Stages and verdicts name the control by it."
    )
    question = forms.CharField(
        label="Question",
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        help_text="What a reviewer asks of the dossier.",
    )
    evidence = forms.MultipleChoiceField(
        label="Evidence that shows it",
        choices=choices(EvidenceKind),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A stage that asks for the control asks for these. None: a person judges by the whole dossier.",
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        rules: Mapping[str, Any],
        was: str = "",
        new: bool = False,
        rows: int = 0,
    ) -> None:
        self.before, self.was = rules, was
        control = (rules.get("controls") or {}).get(was, {})
        references = [(one["framework"], one["clause"]) for one in control.get("references", ())]
        self.references = Rows(REFERENCE, rows or Rows.sent(data, *REFERENCE) or len(references) + EXTRA)
        places = places_of(rules, was) if was else ()
        initial = {**control, "code": was, **self.references.initial(references)}
        initial |= {
            f"asked_{stage}": [tier.value for tier in RiskTier if (tier, stage) in places] for stage in BUDGETED_STAGES
        }
        super().__init__(data, initial=initial)
        self._add_fields()
        if new:
            self.fields["note"] = note_field()

    @property
    def asked(self) -> list[MatrixRow]:
        labels = {tier.value: (f"{tier.label} risk", "") for tier in RiskTier}
        return matrix([self[f"asked_{stage}"] for stage in BUDGETED_STAGES], labels)

    @property
    def reference_rows(self) -> list[list[forms.BoundField]]:
        return self.references.of(self)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code != self.was and code in (self.before.get("controls") or {}):
            raise forms.ValidationError("There is a control of this code already: choose another one.")
        return code

    def clean_question(self) -> str:
        return "\n".join(str(self.cleaned_data["question"]).splitlines())

    def rules(self) -> dict[str, Any]:
        """The rules with this control as it was typed."""
        said = self.cleaned_data
        control = {
            "title": said["title"],
            "question": said["question"],
            "evidence": said["evidence"],
            "references": [dict(zip(REFERENCE, row, strict=True)) for row in self.references.typed(said)],
        }
        return with_control(self.before, said["code"], control, self._places(), was=self.was)

    def field_of(self, path: str) -> str:
        """The field that a path of the rules is about: `controls.oversight.title` is `title`."""
        root = f"controls.{self.cleaned_data['code']}"
        if path == root:
            return "code"
        what, _, rest = path.removeprefix(f"{root}.").partition(".")
        if what == "references" and rest:
            number, _, name = rest.partition(".")
            return self.references.name(self, int(number), name or "framework")
        return what if what in self.fields else path

    def _places(self) -> Collection[Place]:
        said = self.cleaned_data
        return {Place(tier, stage) for stage in BUDGETED_STAGES for tier in RiskTier if tier in said[f"asked_{stage}"]}

    def _add_fields(self) -> None:
        for number in range(self.references.count):
            self.fields[f"framework_{number}"] = forms.CharField(
                label=f"Framework {number + 1}",
                max_length=60,
                required=False,
                widget=forms.TextInput(attrs={"list": "frameworks"}),
            )
            self.fields[f"clause_{number}"] = forms.CharField(
                label=f"Clause {number + 1}", max_length=120, required=False
            )
        for stage in BUDGETED_STAGES:
            self.fields[f"asked_{stage}"] = forms.MultipleChoiceField(
                label=stage.label, choices=choices(RiskTier), required=False, widget=forms.CheckboxSelectMultiple
            )


class RemovalForm(forms.Form):
    """Asks for nothing but the note, where taking a control out begins the draft."""

    def __init__(self, data: QueryDict | None = None, *, new: bool = False) -> None:
        super().__init__(data)
        if new:
            self.fields["note"] = note_field()
