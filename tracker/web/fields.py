"""A form's fields as the pages show them: the control with its names for assistive technology, and what is wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django import forms
from django.forms.boundfield import BoundField

_LINE = re.compile(r"^Line (\d+)\b")


@dataclass(frozen=True, slots=True)
class Control:
    """A field ready to be placed. `kind`: hidden, check, chips, options, editor or plain.

    `described` names the hint and the errors; `line` is where a schema is wrong, `numbers` the editor's gutter.
    """

    kind: str
    id: str
    widget: str
    hint: str
    described: str
    line: int | None
    numbers: range


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the summary at the top of a form; `anchor` is empty for what no single field is to blame for."""

    label: str
    message: str
    anchor: str


def control(
    field: BoundField,
    *,
    wanted: str = "",
    hint: str = "",
    attrs: Mapping[str, object] | None = None,
    classes: str = "",
) -> Control:
    """The control of a bound field; `wanted` overrides the kind that its widget suggests."""
    kind = wanted if wanted in {"options", "chips", "editor", "check"} else kind_of(field)
    identity = field.auto_id or field.html_name
    said = hint or str(field.help_text)
    ids = [f"{identity}-hint"] if said else []
    ids += [f"{identity}-err{number}" for number, _ in enumerate(field.errors)]
    given: dict[str, str | bool] = {
        name: value if isinstance(value, bool) else str(value) for name, value in (attrs or {}).items() if value
    }
    given["class"] = f"{_classes(field, kind)}{classes}"
    if ids:
        given["aria-describedby"] = " ".join(ids)
    if field.errors:
        given["aria-invalid"] = "true"
    if kind == "editor":
        given["spellcheck"] = "false"
    grouped = kind in {"chips", "options"}
    widget = "" if grouped else field.as_widget(attrs=given)
    typed = str(field.value() or "")
    lines = max(typed.count("\n") + 1, int(given.get("rows") or 10))
    return Control(kind, identity, widget, said, " ".join(ids), _line(field), range(1, min(lines, 2000) + 1))


def kind_of(field: BoundField) -> str:
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "chips"
    return "plain"


def _classes(field: BoundField, kind: str) -> str:
    widget = field.field.widget
    own = str(widget.attrs.get("class", ""))
    if kind == "check":
        base = "form-check-input"
    elif kind == "editor":
        base = "ed-t"
    else:
        base = "form-select" if isinstance(widget, forms.Select) else "form-control"
    return " ".join(filter(None, [base, own, "is-invalid" if field.errors else ""]))


def _line(field: BoundField) -> int | None:
    found = _LINE.match(str(field.errors[0])) if field.errors else None
    return int(found.group(1)) if found else None


def problems(form: forms.BaseForm) -> Iterator[Problem]:
    """Everything wrong with a form, what concerns the whole of it first."""
    for message in form.non_field_errors():
        yield Problem("", str(message), "")
    for name, messages in form.errors.items():
        if name not in form.fields:
            continue
        field = form[name]
        grouped = kind_of(field) == "chips"
        anchor = f"f-{field.auto_id}" if grouped or not field.id_for_label else field.id_for_label
        for message in messages:
            yield Problem(str(field.label), str(message), "" if field.is_hidden else anchor)
