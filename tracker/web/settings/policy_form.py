"""What a policy asks of one tier, as a form. What it does not show, it hands on."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import QueryDict

from governance.controls import OFFICERS
from governance.policy import BUDGETED_STAGES
from governance.policy_plain import TEAM_MATES, in_order
from models_registry.vocabulary import EvidenceKind, GateMode, OwnerRule, RiskTier, Skill, Stage, choices
from tracker.web.settings.policy_general import note_field
from tracker.web.settings.policy_rows import EXTRA, MatrixRow, Rows, matrix
from tracker.web.settings.policy_words import OWNED

APPROVERS: Final = ("group", "quorum")
GATES: Final = {GateMode.PREVENT: "Stays shut", GateMode.WARN: "Only warns"}


@dataclass(frozen=True)
class StageFields:
    """The bound fields of one stage."""

    stage: Stage
    budget: forms.BoundField
    gate: forms.BoundField
    owner: forms.BoundField


class TierForm(forms.Form):
    """What one tier asks of each stage, and of its compliance review."""

    mates = forms.ChoiceField(label="Team mates of the owner", required=False)
    validity_months = forms.CharField(
        label="An approval holds for", max_length=4, help_text="After that it has to be given again. 0: without end."
    )
    sign_again = forms.BooleanField(label="A decision asks for the password or the second factor again", required=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        tier: RiskTier,
        rules: Mapping[str, Any],
        groups: Mapping[str, str],
        new: bool = False,
        rows: int = 0,
    ) -> None:
        self.tier, self.before = tier, rules
        self.controls: Mapping[str, Any] = rules.get("controls") or {}
        approvers = _approvers(self._stage(rules, Stage.COMPLIANCE_REVIEW))
        self.approvers = Rows(APPROVERS, rows or Rows.sent(data, *APPROVERS) or len(approvers) + EXTRA)
        super().__init__(data, initial=self._initial(rules, approvers))
        named = self._named(groups)
        self._add_stages()
        self._add_review(named, outside=rules.get("approver_outside_team", True))
        if new:
            self.fields["note"] = note_field()

    @property
    def stages(self) -> list[StageFields]:
        return [
            StageFields(one, self[f"budget_{one}"], self[f"gate_{one}"], self[f"owner_{one}"])
            for one in BUDGETED_STAGES
        ]

    @property
    def skills(self) -> list[MatrixRow]:
        labels = {skill.value: (skill.label, "") for skill in Skill}
        return matrix([self[f"skills_{stage}"] for stage in BUDGETED_STAGES], labels)

    @property
    def evidence(self) -> list[MatrixRow]:
        labels = {kind.value: (kind.label, "") for kind in EvidenceKind}
        return matrix([self[f"evidence_{stage}"] for stage in BUDGETED_STAGES], labels)

    @property
    def asked(self) -> list[MatrixRow]:
        labels = {code: (str(one.get("title", code)), code) for code, one in self.controls.items()}
        return matrix([self[f"controls_{stage}"] for stage in BUDGETED_STAGES], labels)

    @property
    def approver_rows(self) -> list[list[forms.BoundField]]:
        return self.approvers.of(self)

    def rules(self) -> dict[str, Any]:
        """The rules with what was typed about this tier."""
        changed, said = deepcopy(dict(self.before)), self.cleaned_data
        for stage in BUDGETED_STAGES:
            rule = self._stage(changed, stage)
            chosen = said[f"controls_{stage}"]
            kept = [code for code in rule.get("controls", ()) if code in chosen]
            rule["budget_days"], rule["gate"] = said[f"budget_{stage}"], said[f"gate_{stage}"]
            rule["evidence"], rule["owner"] = said[f"evidence_{stage}"], said[f"owner_{stage}"]
            rule["skills"] = said[f"skills_{stage}"]
            rule["controls"] = [*kept, *(code for code in in_order(chosen, changed) if code not in kept)]
        self._say_review(self._stage(changed, Stage.COMPLIANCE_REVIEW))
        return changed

    def field_of(self, path: str) -> str:
        """The field that a path of the rules is about: `tiers.low.brief.budget_days` is `budget_brief` of that tier."""
        parts = path.split(".")
        if len(parts) < 4 or parts[1] != self.tier:
            return path
        stage, what = parts[2], parts[3]
        if what == "approvers":
            number = int(parts[4]) if len(parts) > 4 else 0
            return self.approvers.name(self, number, parts[5] if len(parts) > 5 else "group")
        own = {"feedback": "feedback", "validity_months": "validity_months", "sign_again": "sign_again"}
        return own.get(what) or f"{'budget' if what == 'budget_days' else what}_{stage}"

    def _say_review(self, rule: dict[str, Any]) -> None:
        said = self.cleaned_data
        approvers = [dict(zip(APPROVERS, row, strict=True)) for row in self.approvers.typed(said)]
        # A stage without approvers would read as one that leaves them to the short form, which asks for officers.
        rule["approvers"] = approvers or [{"group": OFFICERS, "quorum": ""}]
        rule["approvals"] = max((int(q) for one in approvers if (q := str(one["quorum"])).isdecimal()), default=1)
        rule["feedback"], rule["sign_again"] = said["feedback"], said["sign_again"]
        rule["validity_months"] = said["validity_months"]
        rule.pop(TEAM_MATES, None)
        if said["mates"]:
            rule[TEAM_MATES] = said["mates"] == "yes"

    def _stage(self, rules: Mapping[str, Any], stage: Stage) -> dict[str, Any]:
        rule: dict[str, Any] = rules["tiers"][self.tier.value][stage.value]
        return rule

    def _initial(self, rules: Mapping[str, Any], approvers: list[tuple[str, Any]]) -> dict[str, Any]:
        review = self._stage(rules, Stage.COMPLIANCE_REVIEW)
        mates = review.get(TEAM_MATES)
        initial = {
            "mates": "" if mates is None else "yes" if mates else "no",
            "feedback": list(review.get("feedback", ())),
            "validity_months": str(review.get("validity_months", 0)),
            "sign_again": review.get("sign_again", False),
            **self.approvers.initial(approvers),
        }
        for stage in BUDGETED_STAGES:
            rule = self._stage(rules, stage)
            initial[f"budget_{stage}"] = rule["budget_days"]
            initial[f"gate_{stage}"] = rule.get("gate", GateMode.PREVENT.value)
            initial[f"evidence_{stage}"] = list(rule.get("evidence", ()))
            initial[f"controls_{stage}"] = list(rule.get("controls", ()))
            initial[f"owner_{stage}"] = rule.get("owner", OwnerRule.NONE.value)
            initial[f"skills_{stage}"] = list(rule.get("skills", ()))
        return initial

    def _named(self, groups: Mapping[str, str]) -> dict[str, str]:
        """All groups that may be chosen, and those that the rules name though nobody made them."""
        review = self._stage(self.before, Stage.COMPLIANCE_REVIEW)
        known = [*review.get("feedback", ()), *(slug for slug, _ in _approvers(review))]
        return {**groups, **{slug: f"{slug} (no such group)" for slug in known if slug not in groups}}

    def _add_stages(self) -> None:
        for stage in BUDGETED_STAGES:
            self.fields[f"budget_{stage}"] = forms.CharField(label=f"{stage.label}, time budget", max_length=8)
            self.fields[f"gate_{stage}"] = forms.ChoiceField(
                label=f"{stage.label}, gate", choices=[(mode.value, said) for mode, said in GATES.items()]
            )
            self.fields[f"owner_{stage}"] = forms.ChoiceField(
                label=f"{stage.label}, without an owner",
                choices=[(rule.value, f"{said[:1].upper()}{said[1:]}") for rule, said in OWNED.items()],
                help_text="Instead of what holds in general for reviews." if stage is Stage.COMPLIANCE_REVIEW else "",
            )
            ticked = (("evidence", choices(EvidenceKind)), ("controls", self._codes()), ("skills", choices(Skill)))
            for name, offered in ticked:
                self.fields[f"{name}_{stage}"] = forms.MultipleChoiceField(
                    label=f"{name.capitalize()}, {stage.label.lower()}",
                    choices=offered,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    def _codes(self) -> list[tuple[str, str]]:
        return [(code, str(one.get("title", code))) for code, one in self.controls.items()]

    def _add_review(self, named: Mapping[str, str], *, outside: bool) -> None:
        general = "may not approve" if outside else "may approve"
        mates = self.fields["mates"]
        assert isinstance(mates, forms.ChoiceField)
        mates.choices = [("", f"As in general: {general}"), ("yes", "May approve"), ("no", "May not approve")]
        for number in range(self.approvers.count):
            self.fields[f"group_{number}"] = forms.ChoiceField(
                label=f"Approver group {number + 1}", choices=[("", "None"), *named.items()], required=False
            )
            self.fields[f"quorum_{number}"] = forms.CharField(
                label=f"People of group {number + 1}", max_length=4, required=False
            )
        self.fields["feedback"] = forms.MultipleChoiceField(
            label="Asked for feedback first",
            choices=list(named.items()),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="They advise; the approvers decide.",
        )


def _approvers(review: Mapping[str, Any]) -> list[tuple[str, Any]]:
    said = review.get("approvers") or [{"group": OFFICERS, "quorum": review.get("approvals", 1)}]
    return [(one["group"], one["quorum"]) for one in said]
