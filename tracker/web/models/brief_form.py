"""The brief as a form. Its fields are named as the law names them, so that every problem lands beside its field.

Nothing is judged here: what was typed goes to `check_brief` as it is, and comes back as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict

from governance.errors import Invalid
from governance.tiering import Assessed, assess, consequence
from models_registry.models import BRIEF_FIELDS
from models_registry.requirements import RISK_ANSWERS, RISK_QUESTIONS, Question, answers_of
from models_registry.vocabulary import Comparison, ServingMode, choices
from tracker.web.pages import is_htmx, page, show_problems

METRICS: Final = "acceptance_metrics"
SOURCES: Final = "data_sources"
ROW_PARTS: Final = {
    METRICS: ("metric", "comparison", "threshold", "slice"),
    SOURCES: ("name", "uri", "contains_personal_data"),
}
BLANK_ROWS: Final = {METRICS: 3, SOURCES: 2}
MORE_ROWS: Final = 2  # what one press of the button adds
MOST_ROWS: Final = 100
LISTED: Final = (*ROW_PARTS, RISK_ANSWERS)
"""The fields of a brief that hold more than one value."""
_ROW: Final = re.compile(rf"({METRICS}|{SOURCES})\.(\d{{1,3}})\.([a-z_]+)", re.ASCII)
_ANSWERS: Final = {"yes": True, "no": False}
_COMPARISONS: Final = [(one.value, f"{one.symbol} {one.label.lower()}") for one in reversed(Comparison)]


def _number(label: str, hint: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=hint)


def _text(label: str, hint: str = "", *, long: bool = False) -> forms.CharField:
    widget = forms.Textarea() if long else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, required=False, widget=widget, help_text=hint)


class BriefForm(forms.Form):
    """A brief, shown from its content. `rows`: how many lines each list has; blank ones do not count."""

    serving_mode = forms.ChoiceField(
        label="Serving", required=False, choices=choices(ServingMode), widget=forms.RadioSelect
    )
    latency_percentile = forms.ChoiceField(
        label="Latency percentile",
        required=False,
        choices=[("", "Choose"), ("50", "p50"), ("90", "p90"), ("95", "p95"), ("99", "p99")],
    )
    latency_ms = _number("Latency at that percentile")
    batch_window_minutes = _number("Batch window", "For batch serving, in place of a latency.")
    throughput_rps = _number("Throughput")
    availability_percent = _number("Availability")
    cpu_cores = _number("CPU per replica")
    memory_gib = _number("Memory per replica")
    gpu = _text("GPU", "Leave it empty when none is needed.")
    gpu_count = _number("Number of GPUs")
    region = _text("Region", "For example eu-west-1.")
    monthly_budget = _number("Monthly budget to run it")
    budget_currency = _text("Currency", "Three letters, such as EUR.")
    input_schema = _text("Input schema", "JSON Schema 2020-12", long=True)
    output_schema = _text("Output schema", "JSON Schema 2020-12", long=True)
    retraining_plan = _text("Retraining plan", "When it is trained again, and what starts it.", long=True)

    def __init__(self, content: Mapping[str, Any], *, sent: bool, rows: Mapping[str, int] | None = None) -> None:
        flat = _flat(content)
        super().__init__(flat if sent else None, initial=flat)
        self.assessed: Assessed = assess(answers_of(content))
        self.fields.update({f"{RISK_ANSWERS}.{one.code}": _question(one) for one in RISK_QUESTIONS})
        self.rows = {name: _rows_needed(name, content, rows) for name in ROW_PARTS}
        for name, count in self.rows.items():
            for number in range(count):
                self.fields.update(_row_fields(name, number))

    @property
    def metric_rows(self) -> list[list[BoundField]]:
        return self._bound_rows(METRICS)

    @property
    def source_rows(self) -> list[list[BoundField]]:
        return self._bound_rows(SOURCES)

    @property
    def questions(self) -> list[BoundField]:
        return [self[f"{RISK_ANSWERS}.{one.code}"] for one in RISK_QUESTIONS]

    @property
    def is_begun(self) -> bool:
        """Whether any question of the risk questionnaire is answered."""
        return len(self.assessed.missing) < len(RISK_QUESTIONS)

    def _bound_rows(self, name: str) -> list[list[BoundField]]:
        return [[self[f"{name}.{number}.{part}"] for part in ROW_PARTS[name]] for number in range(self.rows[name])]


def typed(post: QueryDict) -> dict[str, Any]:
    """The content of a brief as it was typed. What was left blank is left out, whole rows as well as fields."""
    said = {name: str(post.get(name, "")).strip() for name in BRIEF_FIELDS if name not in LISTED}
    content: dict[str, Any] = {name: text for name, text in said.items() if text}
    answers = {one.code: str(post.get(f"{RISK_ANSWERS}.{one.code}", "")).strip() for one in RISK_QUESTIONS}
    if given := {code: answer for code, answer in answers.items() if answer}:
        content[RISK_ANSWERS] = given
    for name, lines in _typed_rows(post).items():
        filled = [_entry(name, line) for _, line in sorted(lines.items()) if any(line.values())]
        if filled:
            content[name] = filled
    return content


def rows_sent(post: QueryDict) -> dict[str, int]:
    """How many lines each list had, and two more of the one whose button was pressed."""
    counts = {name: max(lines, default=-1) + 1 for name, lines in _typed_rows(post).items()}
    pressed = post.get("add", "")
    return {name: count + (MORE_ROWS if pressed == name else 0) for name, count in counts.items()}


def more_lines(request: HttpRequest, form: BriefForm) -> HttpResponse | None:
    """The lines alone, when a script asked for more of them; None when the whole page is wanted."""
    pressed = request.POST.get("add", "")
    if pressed not in ROW_PARTS or not is_htmx(request):
        return None
    return page(request, "models/brief_fields.html", {"form": form}, partial=pressed)


def show_brief_problems(form: forms.BaseForm, refusal: Invalid) -> None:
    """As `show_problems`; what concerns a list as a whole is told at its first line."""
    show_problems(form, Invalid([replace(one, field=_first_of(one.field)) for one in refusal.problems]))


def _first_of(field: str) -> str:
    if field == RISK_ANSWERS:
        return f"{field}.{RISK_QUESTIONS[0].code}"
    return f"{field}.0.{ROW_PARTS[field][0]}" if field in ROW_PARTS else field


def _typed_rows(post: QueryDict) -> dict[str, dict[int, dict[str, str]]]:
    found: dict[str, dict[int, dict[str, str]]] = {name: {} for name in ROW_PARTS}
    for key, value in post.items():
        match = _ROW.fullmatch(key)
        if match is None or match[3] not in ROW_PARTS[match[1]] or int(match[2]) >= MOST_ROWS:
            continue
        found[match[1]].setdefault(int(match[2]), {})[match[3]] = str(value).strip()
    # A comparison alone is what an untouched line sends.
    for line in found[METRICS].values():
        if not any(text for part, text in line.items() if part != "comparison"):
            line["comparison"] = ""
    return found


def _entry(name: str, line: Mapping[str, str]) -> dict[str, Any]:
    entry: dict[str, Any] = {part: line.get(part, "") for part in ROW_PARTS[name]}
    if name == SOURCES:
        answer = entry["contains_personal_data"]
        entry["contains_personal_data"] = _ANSWERS.get(answer, answer)
    return entry


def _flat(content: Mapping[str, Any]) -> dict[str, str]:
    """The content under the names of the form's fields, as texts."""
    flat = {name: str(value) for name, value in content.items() if name not in LISTED and value is not None}
    answers = content.get(RISK_ANSWERS)
    if isinstance(answers, Mapping):
        flat |= {f"{RISK_ANSWERS}.{one.code}": _cell(answers.get(one.code)) for one in RISK_QUESTIONS}
    for name, parts in ROW_PARTS.items():
        for number, entry in enumerate(_entries(content, name)):
            for part in parts:
                flat[f"{name}.{number}.{part}"] = _cell(entry.get(part))
    return flat


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def _entries(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    value = content.get(name)
    return [entry for entry in value if isinstance(entry, Mapping)][:MOST_ROWS] if isinstance(value, list) else []


def _rows_needed(name: str, content: Mapping[str, Any], sent: Mapping[str, int] | None) -> int:
    wanted = max(BLANK_ROWS[name], len(_entries(content, name)) + 1, (sent or {}).get(name, 0))
    return min(wanted, MOST_ROWS)


def _question(one: Question) -> forms.ChoiceField:
    """A question with what each answer leads to. What was typed is judged by the law alone, not by the field."""
    answers = [(code, f"{text} ({consequence(one.code, code)})") for code, text in one.answers.items()]
    return forms.ChoiceField(label=one.text, required=False, choices=[("", "Not answered yet"), *answers])


def _row_fields(name: str, number: int) -> dict[str, forms.Field]:
    line, start = number + 1, f"{name}.{number}"
    if name == METRICS:
        return {
            f"{start}.metric": _text(f"Metric {line}"),
            f"{start}.comparison": forms.ChoiceField(
                label=f"Comparison of metric {line}", required=False, choices=_COMPARISONS
            ),
            f"{start}.threshold": _number(f"Threshold of metric {line}"),
            f"{start}.slice": _text(f"Slice of metric {line}"),
        }
    return {
        f"{start}.name": _text(f"Data source {line}"),
        f"{start}.uri": _text(f"Address of data source {line}"),
        f"{start}.contains_personal_data": forms.ChoiceField(
            label=f"Personal data in source {line}",
            required=False,
            choices=[("", "Choose"), ("yes", "Personal data"), ("no", "No personal data")],
        ),
    }
