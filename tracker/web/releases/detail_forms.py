"""The detail of evidence as a form: from JSON to fields, and from what was typed to JSON again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from models_registry.requirements.details.dataset import MOST_COLUMNS
from tracker.web.releases.detail_fields import fields_of
from tracker.web.releases.detail_parts import Part, Rows

START: Final = "detail"
BLANK_ROWS: Final = 2
MORE_ROWS: Final = 5
MOST_ROWS: Final = MOST_COLUMNS
_ROW: Final = re.compile(rf"{START}\.([a-z_]+)\.(\d{{1,4}})\.([a-z_]+)", re.ASCII)
_ANY: Final = re.compile(rf"{START}\.[a-z_]+(\.\d{{1,4}})?(\.[a-z_]+)*", re.ASCII)
MOST_ASIDE: Final = 1600  # fields of other kinds that are kept: as many as the widest dataset has
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one list, ready to be shown; `add` is what the button for more of them sends."""

    label: str
    hint: str
    one: str
    add: str
    heads: tuple[str, ...]
    rows: list[list[BoundField]]


class DetailForm(forms.Form):
    """The fields of a kind's detail as part of a bigger form; a kind without a detail adds none."""

    aside: Sequence[tuple[str, str]] = ()

    def add_detail(self, kind: str, detail: Mapping[str, Any], counts: Counts, *, sent: bool) -> None:
        """Add the fields with what the detail says. `counts`: how many rows of each list are asked for at least."""
        self.detail_kind = kind
        self.shown_rows: Counts = {}
        wanted = fields_of(kind)
        if wanted is None:
            return
        values = dict(_flat(kind, detail))
        for part in wanted.parts:
            self.fields[f"{START}.{part.path}"] = _field(part, part.label)
        for rows in wanted.rows:
            there = len(detail.get(rows.path) or ())
            self.shown_rows[rows.path] = min(max(there + BLANK_ROWS, counts.get(rows.path, 0)), MOST_ROWS)
            for at in range(self.shown_rows[rows.path]):
                for part in rows.parts:
                    label = f"{part.label} of {rows.one} {at + 1}"
                    self.fields[f"{START}.{rows.path}.{at}.{part.path}"] = _field(part, label)
        self.initial = {**self.initial, **values}
        if sent and self.is_bound:
            self.data = {**self.data, **values}

    def keep_aside(self, post: QueryDict) -> None:
        """Keep what was typed for a kind that was chosen before, so that choosing it again brings it back."""
        typed = ((key, str(value)) for key, value in post.items() if key not in self.fields and _ANY.fullmatch(key))
        self.aside = [(key, value) for key, value in typed if value.strip()][:MOST_ASIDE]

    @property
    def detail_pairs(self) -> list[list[BoundField]]:
        wanted = fields_of(self.detail_kind)
        return [[self[f"{START}.{part.path}"] for part in pair] for pair in wanted.pairs] if wanted else []

    @property
    def detail_tables(self) -> list[Table]:
        wanted = fields_of(self.detail_kind)
        return [self._table(rows) for rows in wanted.rows] if wanted else []

    def _table(self, rows: Rows) -> Table:
        start = f"{START}.{rows.path}"
        shown = [[self[f"{start}.{at}.{part.path}"] for part in rows.parts] for at in range(self.shown_rows[rows.path])]
        return Table(rows.label, rows.hint, rows.one, start, tuple(part.label for part in rows.parts), shown)


def typed_detail(kind: str, post: QueryDict) -> tuple[dict[str, Any], Counts]:
    """The detail that was typed, without what was left empty, and how many rows of each list the form showed."""
    wanted = fields_of(kind)
    if wanted is None:
        return {}, {}
    detail: dict[str, Any] = {}
    for part in wanted.parts:
        typed = post.get(f"{START}.{part.path}", "").strip()
        if typed:
            _put(
                detail,
                part.path,
                [line.strip() for line in typed.splitlines() if line.strip()] if part.lines else typed,
            )
    counts: Counts = {}
    found = _typed_rows(post)
    for rows in wanted.rows:
        lines = found.get(rows.path, {})
        filled = [row for _, row in sorted(lines.items()) if row]
        if filled:
            detail[rows.path] = filled
        more = MORE_ROWS if post.get("add") == f"{START}.{rows.path}" else 0
        counts[rows.path] = max(lines, default=-1) + 1 + more
    return detail, counts


def _typed_rows(post: QueryDict) -> dict[str, dict[int, dict[str, str]]]:
    """What was typed by list, row and part; a row that says nothing is there and empty."""
    found: dict[str, dict[int, dict[str, str]]] = {}
    for key, value in post.items():
        match = _ROW.fullmatch(key)
        if match and int(match[2]) < MOST_ROWS:
            row = found.setdefault(match[1], {}).setdefault(int(match[2]), {})
            if str(value).strip():
                row[match[3]] = str(value).strip()
    return found


def _put(detail: dict[str, Any], path: str, value: object) -> None:
    head, _, rest = path.partition(".")
    if rest:
        detail.setdefault(head, {})[rest] = value
    else:
        detail[head] = value


def _flat(kind: str, detail: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The values of a detail by the names of their fields."""
    wanted = fields_of(kind)
    if wanted is None:
        return
    for part in wanted.parts:
        value: Any = detail
        for step in part.path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        yield f"{START}.{part.path}", "\n".join(map(str, value)) if isinstance(value, list) else str(value or "")
    for rows in wanted.rows:
        for at, row in enumerate(detail.get(rows.path) or ()):
            for part in rows.parts:
                yield f"{START}.{rows.path}.{at}.{part.path}", str(row.get(part.path) or "")


def _field(part: Part, label: str) -> forms.Field:
    if part.choose:
        return forms.ChoiceField(label=label, help_text=part.hint, required=False, choices=part.options)
    attrs = {"autocomplete": "off", **({"class": part.look} if part.look else {})}
    widget = forms.Textarea if part.lines or part.long else forms.TextInput
    return forms.CharField(
        label=label, help_text=part.hint, required=False, max_length=20_000, widget=widget(attrs=attrs)
    )
