"""A policy as a form: one row per stage and tier, and the few numbers beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict

from governance.policy import BUDGETED_STAGES
from models_registry.vocabulary import EvidenceKind, RiskTier, Stage, choices


@dataclass(frozen=True)
class StageFields:
    """The bound fields of one stage, one for each tier."""

    stage: Stage
    budgets: list[forms.BoundField]


class PolicyForm(forms.Form):
    """Reads and writes the plain rules; `parse` judges them, and its paths come back as fields here."""

    note = forms.CharField(
        label="What does this version change?", max_length=300, help_text="The auditor reads it beside the version."
    )
    vacancy_days = forms.CharField(label="Without an owner at most", max_length=8)
    retrospective_days = forms.CharField(label="Review in retrospect within", max_length=8)
    nudge_cooldown_hours = forms.CharField(label="Between two nudges", max_length=8)
    approver_outside_team = forms.BooleanField(label="Approvers come from outside the team", required=False)

    def __init__(self, data: QueryDict | None = None, *, rules: Mapping[str, Any], note: str = "") -> None:
        super().__init__(data, initial={**initial_of(rules), "note": note})
        for tier in RiskTier:
            for stage in BUDGETED_STAGES:
                self.fields[f"budget_{tier}_{stage}"] = forms.CharField(
                    label=f"{stage.label}, {tier.label.lower()} risk", max_length=8
                )
            self.fields[f"approvals_{tier}"] = forms.CharField(
                label=f"Approvals, {tier.label.lower()} risk", max_length=4
            )
            self.fields[f"evidence_{tier}"] = forms.MultipleChoiceField(
                label=f"Evidence before review, {tier.label.lower()} risk",
                choices=choices(EvidenceKind),
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )

    @property
    def stages(self) -> list[StageFields]:
        return [StageFields(stage, [self[f"budget_{tier}_{stage}"] for tier in RiskTier]) for stage in BUDGETED_STAGES]

    @property
    def approvals(self) -> list[forms.BoundField]:
        return [self[f"approvals_{tier}"] for tier in RiskTier]

    @property
    def evidence(self) -> list[forms.BoundField]:
        return [self[f"evidence_{tier}"] for tier in RiskTier]

    def rules(self) -> dict[str, Any]:
        """The plain rules that were typed."""
        said = self.cleaned_data
        numbers = ("vacancy_days", "retrospective_days", "nudge_cooldown_hours", "approver_outside_team")
        return {**{name: said[name] for name in numbers}, "tiers": {tier.value: self._tier(tier) for tier in RiskTier}}

    def _tier(self, tier: RiskTier) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            stage.value: {
                "budget_days": said[f"budget_{tier}_{stage}"],
                "evidence": said[f"evidence_{tier}"] if stage == Stage.VALIDATION else [],
                "approvals": said[f"approvals_{tier}"] if stage == Stage.COMPLIANCE_REVIEW else 0,
            }
            for stage in BUDGETED_STAGES
        }


def field_of(path: str) -> str:
    """The form's field that a path of the rules is about: `tiers.low.brief.budget_days` is `budget_low_brief`."""
    parts = path.split(".")
    if len(parts) < 4 or parts[0] != "tiers":
        return path
    tier, stage, what = parts[1:4]
    what = what.partition("[")[0]
    return f"budget_{tier}_{stage}" if what == "budget_days" else f"{what}_{tier}"


def initial_of(rules: Mapping[str, Any]) -> dict[str, Any]:
    """What the form shows of these rules."""
    initial = {key: value for key, value in rules.items() if key != "tiers"}
    for tier, stages in rules["tiers"].items():
        for stage, rule in stages.items():
            initial[f"budget_{tier}_{stage}"] = rule["budget_days"]
        initial[f"approvals_{tier}"] = stages[Stage.COMPLIANCE_REVIEW]["approvals"]
        initial[f"evidence_{tier}"] = stages[Stage.VALIDATION]["evidence"]
    return initial
