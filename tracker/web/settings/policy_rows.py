"""Rows and tables of boxes in a form, without scripts: an empty row is left out, and a button brings more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.http import HttpRequest, QueryDict

EXTRA: Final = 2
"""Empty rows that stand ready after those that are filled."""


@dataclass(frozen=True)
class Rows:
    """So many numbered rows of a form: `group_0`, `quorum_0` and so on."""

    names: tuple[str, ...]
    count: int

    @staticmethod
    def sent(data: QueryDict | None, *names: str) -> int:
        """How many rows a form was sent with; 0 for one that was not."""
        if data is None:
            return 0
        numbers = [key.removeprefix(f"{name}_") for name in names for key in data if key.startswith(f"{name}_")]
        return max(
            (int(number) + 1 for number in numbers if number.isascii() and number.isdecimal() and len(number) < 3),
            default=0,
        )

    def initial(self, said: Sequence[Sequence[Any]]) -> dict[str, Any]:
        return {
            f"{name}_{number}": value
            for number, row in enumerate(said)
            for name, value in zip(self.names, row, strict=True)
        }

    def of(self, form: forms.Form) -> list[list[forms.BoundField]]:
        return [[form[f"{name}_{number}"] for name in self.names] for number in range(self.count)]

    def typed(self, said: Mapping[str, Any]) -> list[list[str]]:
        """The rows that hold anything, in order."""
        return [[said.get(f"{name}_{number}", "") for name in self.names] for number in self._used(said)]

    def name(self, form: forms.Form, number: int, name: str) -> str:
        """The field of the `number`-th row that holds anything."""
        used = self._used(form.cleaned_data)
        return f"{name}_{used[number] if number < len(used) else 0}"

    def _used(self, said: Mapping[str, Any]) -> list[int]:
        return [
            number
            for number in range(self.count)
            if any(said.get(f"{name}_{number}", "").strip() for name in self.names)
        ]


@dataclass(frozen=True)
class Box:
    """One box of a table: `label` says both its row and its column, `column` the latter."""

    name: str
    value: str
    id: str
    label: str
    checked: bool
    column: str


@dataclass(frozen=True)
class MatrixRow:
    """One row of a table of boxes, with one box for each column."""

    label: str
    code: str
    boxes: list[Box]


def matrix(fields: Sequence[forms.BoundField], labels: Mapping[str, tuple[str, str]]) -> list[MatrixRow]:
    """Fields of many choices as the columns of a table, with the choices as its rows: a label and a code for each."""
    chosen = [{str(value) for value in field.value() or ()} for field in fields]
    return [
        MatrixRow(
            label,
            code,
            [
                Box(
                    name=field.html_name,
                    value=value,
                    id=f"{field.auto_id}_{number}",
                    label=f"{label}: {field.label}",
                    checked=value in there,
                    # `Evidence, brief` in a list of errors is `Brief` above its box.
                    column=str(field.label).rpartition(", ")[2].capitalize(),
                )
                for field, there in zip(fields, chosen, strict=True)
            ],
        )
        for number, (value, (label, code)) in enumerate(labels.items())
    ]


def wants_more(request: HttpRequest) -> bool:
    """Whether the form was sent to get more empty rows, and not to be saved."""
    return request.method == "POST" and "more" in request.POST


def retype(form: forms.Form, request: HttpRequest) -> None:
    """Fill a form that is not judged yet with what was typed so far."""
    for name, field in form.fields.items():
        form.initial[name] = field.widget.value_from_datadict(request.POST, request.FILES, form.add_prefix(name))
