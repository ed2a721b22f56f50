"""The part of a policy that holds for every tier, as a form. It hands on what it does not show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.http import QueryDict

from governance.models import HoldReasonEntry
from governance.policy_alerts import OPEN
from governance.policy_plain import plain
from models_registry.vocabulary import Recipient, Rung
from tracker.web.settings.policy_rows import MatrixRow, matrix
from tracker.web.settings.policy_words import ASSIGNED, RUNGS

GENERAL: Final = (
    "vacancy_days",
    "retrospective_days",
    "nudge_cooldown_hours",
    "approver_outside_team",
    "assignment",
    "load_limit",
    "handover_days",
    "snooze_hours",
)
EVERY, CHOSEN = "every", "chosen"
PEOPLE: Final[Mapping[str, tuple[Recipient, ...]]] = {
    "stage": tuple(Recipient),
    "vacancy": tuple(one for one in Recipient if one is not Recipient.OWNER),
}
"""Who may be told, by clock: a vacancy has no owner."""
STEPS: Final[Mapping[str, tuple[str, ...]]] = {"stage": tuple(Rung), "vacancy": (OPEN, *Rung)}
SILENT: Final = (OPEN, Rung.AT_RISK)
"""The steps of which nobody has to be told."""


def note_field() -> forms.CharField:
    """Asked for once, by whichever page begins the draft."""
    return forms.CharField(
        label="What does this version change?", max_length=300, help_text="The auditor reads it beside the version."
    )


class PolicyForm(forms.Form):
    """What holds for every tier; `parse` judges it, and its paths come back as fields here."""

    vacancy_days = forms.CharField(label="Without an owner at most", max_length=8)
    retrospective_days = forms.CharField(label="Review in retrospect within", max_length=8)
    nudge_cooldown_hours = forms.CharField(label="Between two nudges", max_length=8)
    assignment = forms.ChoiceField(
        label="A new review is given to",
        choices=[(rule.value, f"{said[:1].upper()}{said[1:]}") for rule, said in ASSIGNED.items()],
    )
    approver_outside_team = forms.BooleanField(
        label="Approvers come from outside the team", required=False, help_text="A tier may say otherwise."
    )
    load_limit = forms.CharField(
        label="Owned at once without a warning",
        max_length=8,
        help_text="0: any number. A person may have a limit of their own.",
    )
    handover_days = forms.CharField(
        label="An offered hand-over stands for",
        max_length=8,
        help_text="Until it is accepted the old owner answers. 0: it stands until it is answered.",
    )
    snooze_hours = forms.CharField(
        label="An alert may be put off for", max_length=8, help_text="At most, day and night. 0: not at all."
    )
    pauses = forms.ChoiceField(
        label="The stage clock stands still during",
        choices=[(EVERY, "Every hold"), (CHOSEN, "Holds for these reasons only")],
        widget=forms.RadioSelect,
    )
    pausing = forms.MultipleChoiceField(
        label="Reasons that stop the clock", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: QueryDict | None = None, *, rules: Mapping[str, Any], note: str = "") -> None:
        said = plain(rules)
        self.before = said
        super().__init__(data, initial={**_initial(said), "note": note})
        self.fields["note"] = note_field()
        reasons = self.fields["pausing"]
        assert isinstance(reasons, forms.MultipleChoiceField)
        reasons.choices = reason_choices(said["pausing"] or ())
        for clock, people in PEOPLE.items():
            steps = [(step, RUNGS[step]) for step in STEPS[clock]]
            for one in people:
                self.fields[f"{clock}_{one}"] = forms.MultipleChoiceField(
                    label=f"{WHO[one]}, {'stage' if clock == 'stage' else 'vacancy'} clock",
                    choices=steps,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    @property
    def stage_told(self) -> list[MatrixRow]:
        return self._told("stage")

    @property
    def vacancy_told(self) -> list[MatrixRow]:
        return self._told("vacancy")

    def _told(self, clock: str) -> list[MatrixRow]:
        fields = [self[f"{clock}_{one}"] for one in PEOPLE[clock]]
        return matrix(fields, {step: (RUNGS[step], "") for step in STEPS[clock]})

    def clean(self) -> None:
        """Past the budget somebody has to be told; said here, where the rung can be named in words."""
        for clock in PEOPLE:
            for step in STEPS[clock]:
                if step not in SILENT and not self._chosen(clock, step):
                    self.add_error(
                        f"{clock}_{Recipient.LEAD}",
                        f"Nobody is told of “{RUNGS[step]}”; past the budget somebody has to be.",
                    )

    def rules(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The rules with what was typed."""
        said = self.cleaned_data
        chosen = [*said["pausing"]]
        return {
            **before,
            **{name: said[name] for name in GENERAL},
            "pausing": None if said["pauses"] == EVERY else _in_their_order(chosen, self.before["pausing"] or ()),
            "alerts": {
                clock: {
                    step: _in_their_order(self._chosen(clock, step), self.before["alerts"][clock][step])
                    for step in STEPS[clock]
                }
                for clock in PEOPLE
            },
        }

    def _chosen(self, clock: str, step: str) -> list[str]:
        return [one.value for one in PEOPLE[clock] if step in self.cleaned_data.get(f"{clock}_{one}", ())]


WHO: Final[Mapping[Recipient, str]] = {
    Recipient.OWNER: "Owner",
    Recipient.ABLE: "Able",
    Recipient.LEAD: "Leads",
    Recipient.CONTACT: "Contact",
    Recipient.ADMIN: "Admins",
}


def reason_choices(named: Iterable[str]) -> list[tuple[str, str]]:
    """The reasons that are offered today, and those that the rules name though nobody offers them any more."""
    known = dict(HoldReasonEntry.objects.filter(retired_at__isnull=True).values_list("code", "label"))
    return [*known.items(), *((code, f"{code} (not offered)") for code in named if code not in known)]


def _initial(said: Mapping[str, Any]) -> dict[str, Any]:
    told = {
        f"{clock}_{one}": [step for step in STEPS[clock] if one in said["alerts"][clock][step]]
        for clock, people in PEOPLE.items()
        for one in people
    }
    pausing = said["pausing"]
    return {
        **{key: said[key] for key in GENERAL},
        **told,
        "pauses": EVERY if pausing is None else CHOSEN,
        "pausing": list(pausing or ()),
    }


def _in_their_order(chosen: list[str], before: Iterable[str]) -> list[str]:
    """What is chosen, in the order in which the rules had it; what is new comes after."""
    kept = [one for one in before if one in chosen]
    return [*kept, *(one for one in chosen if one not in kept)]
