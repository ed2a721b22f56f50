"""The columns of a dataset with what they seem to hold, for a person to confirm one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from models_registry.requirements.classification import Suggestion, suggest
from models_registry.requirements.details.dataset import MOST_COLUMNS, DatasetFacts
from models_registry.vocabulary import DataClass, LawfulBasis, choices
from tracker.integrations.sampling import SampleColumn

SURE: Final = 80  # percent, from which on a suggestion is filled in when that is asked for
_NAME: Final = re.compile(r"column\.(\d{1,4})\.name", re.ASCII)
_HINT: Final = re.compile(r"([a-z_]{1,30})\|(\d{1,2})\|(.{1,300})", re.ASCII | re.DOTALL)


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """One column as it stands on the form: as confirmed, typed or read of a sample, and what is suggested."""

    name: str
    type: str
    classification: str
    suggestion: Suggestion | None
    new: bool = False

    @property
    def hint(self) -> str:
        """The suggestion as the form keeps it: the sample that it was made from is gone by the next request."""
        one = self.suggestion
        return f"{one.classification}|{one.confidence}|{one.why}" if one else ""


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """A row with its field, ready to be placed; `number` counts from 0, as the names of the fields do."""

    number: int
    row: ColumnRow
    field: BoundField
    label: str


def rows_of(facts: DatasetFacts) -> list[ColumnRow]:
    """The columns as the record has them, with suggestions from their names."""
    return [
        ColumnRow(one.name, one.type, one.classification or "", suggest(one.name, one.type)) for one in facts.columns
    ]


def typed_rows(post: QueryDict) -> list[ColumnRow]:
    """The columns as the form had them."""
    found = {int(match[1]) for key in post if (match := _NAME.fullmatch(key))}
    rows = []
    for at in sorted(found)[:MOST_COLUMNS]:
        name, said = post.get(f"column.{at}.name", "").strip(), post.get(f"class.{at}", "")
        if name:
            hint = _suggestion(post.get(f"column.{at}.hint", ""))
            rows.append(
                ColumnRow(name, post.get(f"column.{at}.type", "").strip(), said, hint, f"column.{at}.new" in post)
            )
    return rows


def _suggestion(hint: str) -> Suggestion | None:
    match = _HINT.fullmatch(hint)
    if match is None or match[1] not in set(DataClass):
        return None
    return Suggestion(DataClass(match[1]), int(match[2]), match[3])


def with_sample(rows: Sequence[ColumnRow], sample: Sequence[SampleColumn]) -> list[ColumnRow]:
    """The columns with suggestions from the sample's values too; what only the sample has comes after them."""
    by_name = {one.name: one for one in sample}
    found = [
        ColumnRow(
            row.name,
            row.type or one.type,
            row.classification,
            suggest(row.name, one.type or row.type, one.values),
            row.new,
        )
        if (one := by_name.pop(row.name, None))
        else row
        for row in rows
    ]
    return [
        *found,
        *(ColumnRow(one.name, one.type, "", suggest(one.name, one.type, one.values), True) for one in by_name.values()),
    ]


def filled_in(rows: Sequence[ColumnRow]) -> list[ColumnRow]:
    """The columns of which nothing is said yet take a suggestion that is sure enough; the person still confirms."""
    return [
        ColumnRow(row.name, row.type, row.suggestion.classification, row.suggestion, row.new)
        if not row.classification and row.suggestion and row.suggestion.confidence >= SURE
        else row
        for row in rows
    ]


class ClassifyForm(forms.Form):
    """A class for each column, and why personal data may be kept and how long."""

    sample = forms.FileField(
        label="Sample",
        required=False,
        help_text="CSV or Parquet, up to 4 MB. It is read in memory for its first thousand rows, and never stored.",
    )
    lawful_basis = forms.ChoiceField(
        label="Lawful basis",
        required=False,
        choices=[("", "Not said"), *choices(LawfulBasis)],
        help_text="Needed for personal data: Article 6(1) of the GDPR.",
    )
    retention_months = forms.CharField(
        label="Kept for, in months",
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, rows: Sequence[ColumnRow], said: Mapping[str, str], *, sent: bool) -> None:
        values = {**said, **{f"class.{at}": row.classification for at, row in enumerate(rows)}}
        super().__init__(values if sent else None, initial=values)
        self.rows = rows
        for at, row in enumerate(rows):
            self.fields[f"class.{at}"] = forms.ChoiceField(
                label=f"Class of {row.name}", required=False, choices=[("", "Open"), *choices(DataClass)]
            )

    @property
    def columns(self) -> list[ShownColumn]:
        return [
            ShownColumn(at, row, self[f"class.{at}"], row.suggestion.classification.label if row.suggestion else "")
            for at, row in enumerate(self.rows)
        ]

    def detail(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The detail of the dataset with what was confirmed; everything else of it stays."""
        known = {row.get("name"): row for row in before.get("columns") or () if isinstance(row, Mapping)}
        columns = []
        for at, row in enumerate(self.rows):
            said = {**known.get(row.name, {}), "name": row.name, "type": row.type}
            said["classification"] = self.cleaned_data[f"class.{at}"]
            columns.append({part: value for part, value in said.items() if value})
        facts = {name: self.cleaned_data[name].strip() for name in ("lawful_basis", "retention_months")}
        kept = {name: value for name, value in before.items() if name not in facts and name != "columns"}
        return {**kept, "columns": columns, **{name: value for name, value in facts.items() if value}}
