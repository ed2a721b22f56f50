"""What a person writes down about a release: evidence, the candidate, the deployment specification."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict

from models_registry.models import EvidenceFile, Person
from models_registry.originals import ACCEPT
from models_registry.requirements import DEPLOYMENT_FIELDS
from models_registry.vocabulary import EvidenceKind, choices
from tracker.web.releases.detail_forms import DetailForm

MEASURED: Final = "measurements"
PARTS: Final = ("code", "value", "low", "high", "level", "unit", "slice")
_OF_INTERVALS: Final = ("low", "high", "level")
BLANK_ROWS: Final = 3
MORE_ROWS: Final = 3
MOST_ROWS: Final = 100
_ROW: Final = re.compile(rf"{MEASURED}\.(\d{{1,3}})\.({'|'.join(PARTS)})", re.ASCII)


def line(
    label: str, hint: str = "", *, required: bool = False, mono: bool = False, most: int = 1000
) -> forms.CharField:
    attrs = {"autocomplete": "off", **({"class": "mono"} if mono else {})}
    return forms.CharField(
        label=label,
        help_text=hint,
        required=required,
        max_length=most,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": f"Fill this in. {hint}".strip()},
    )


def text(label: str, hint: str = "", *, most: int = 5000) -> forms.CharField:
    return forms.CharField(label=label, help_text=hint, required=False, max_length=most, widget=forms.Textarea)


def number(label: str, hint: str = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})
    return forms.CharField(label=label, help_text=hint, required=False, max_length=60, widget=widget)


# The kind decides which further fields there are: with scripts at once, without them by the button beside it.
_SHOWS_ITS_FIELDS: Final = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-target": "#detail",
    "hx-swap": "outerHTML",
    "hx-include": "closest form",
    "hx-params": "not file",
    "hx-vals": '{"add": "kind"}',
}


def upload() -> forms.FileField:
    """A file of evidence. What is wrong with it, an empty one included, is for the act to say."""
    return forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        help_text="Up to 25 MB: PDF, picture, CSV, JSON, YAML, Markdown, text, ZIP, XLSX, DOCX or Parquet.",
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )


class EvidenceForm(DetailForm):
    """One piece of evidence with the detail of its kind and its measured values, a line each.

    `kept`: the file that is there already.
    """

    kind = forms.ChoiceField(
        label="Kind",
        choices=[("", "Choose the kind"), *choices(EvidenceKind)],
        widget=forms.Select(attrs=_SHOWS_ITS_FIELDS),
        error_messages={"required": "Choose what kind of evidence this is."},
    )
    title = line("Title", required=True, most=200)
    source = line(
        "Source", "Where the original lies: an address, a run or a document number. With a file it may stay empty."
    )
    file = upload()
    stored = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    without_file = forms.BooleanField(label="Attach it without this file", required=False)
    content_digest = line("SHA-256 of the original", "64 hexadecimal characters, if it has one.", mono=True, most=80)
    summary = text("Summary", "What it shows, in a sentence or two.")

    def __init__(
        self,
        facts: Mapping[str, str],
        measured: Sequence[Mapping[str, str]],
        *,
        sent: bool,
        rows: int = 0,
        kept: EvidenceFile | None = None,
    ) -> None:
        lines = {f"{MEASURED}.{at}.{part}": row.get(part, "") for at, row in enumerate(measured) for part in PARTS}
        said = {**facts, **lines, "stored": str(kept.pk) if kept else ""}
        super().__init__(said if sent else None, initial=said)
        self.kept = kept
        self.lines = min(max(BLANK_ROWS, len(measured) + 1, rows), MOST_ROWS)
        for at in range(self.lines):
            self.fields.update(_measured_fields(at))

    def clean_source(self) -> str:
        said = str(self.cleaned_data["source"])
        if not said and self.kept is None:
            raise forms.ValidationError("Say where the original lies: an address, a run or a document number.")
        return said or f"file {self.kept.name}" if self.kept else said

    @property
    def measured_rows(self) -> list[list[BoundField]]:
        return [[self[f"{MEASURED}.{at}.{part}"] for part in PARTS] for at in range(self.lines)]


def _measured_fields(at: int) -> dict[str, forms.Field]:
    start, which = f"{MEASURED}.{at}", f"of measurement {at + 1}"
    code = line(f"What was measured, {at + 1}")
    code.widget.attrs["list"] = "codes"
    return {
        f"{start}.code": code,
        f"{start}.value": number(f"Value {which}"),
        f"{start}.low": number(f"Lower end of the interval {which}"),
        f"{start}.high": number(f"Upper end of the interval {which}"),
        f"{start}.level": number(f"Level of the interval in percent {which}"),
        f"{start}.unit": line(f"Unit {which}"),
        f"{start}.slice": line(f"Slice {which}"),
    }


def typed_measurements(post: QueryDict) -> tuple[list[dict[str, str]], int]:
    """The lines that say anything, and how many lines there were with those that were asked for."""
    found: dict[int, dict[str, str]] = {}
    for key, value in post.items():
        match = _ROW.fullmatch(key)
        if match and int(match[1]) < MOST_ROWS:
            found.setdefault(int(match[1]), {})[match[2]] = str(value).strip()
    filled = [_without_blanks(row) for _, row in sorted(found.items()) if any(row.values())]
    return filled, max(found, default=-1) + 1 + (MORE_ROWS if post.get("add") == MEASURED else 0)


def _without_blanks(row: Mapping[str, str]) -> dict[str, str]:
    """A row that says nothing of an interval is the same record as before there were any."""
    return {part: text for part, text in row.items() if text or part not in _OF_INTERVALS}


class CandidateForm(forms.Form):
    """The trained artefact that the release wants to bring live."""

    uri = line("Where it lies", "For example models:/card-fraud-scorer/7.", required=True, mono=True, most=500)
    digest = line("SHA-256 digest", "64 hexadecimal characters.", required=True, mono=True, most=80)
    source_run = line("Training run", "The run that made it, for example mlflow run 3f2a.", most=250)


class DeploymentForm(forms.Form):
    """How the release runs in production. What is missing may come later; what is there must be usable."""

    environment = line("Environment", "Such as production.", most=40)
    endpoint = line("Endpoint, topic or job", most=500)
    image_digest = line("Image digest", "sha256: and 64 hexadecimal characters.", mono=True, most=80)
    replicas = number("Replicas")
    cpu_cores = number("CPU per replica")
    memory_gib = number("Memory per replica")
    gpu_count = number("GPUs per replica", "0 when none is used.")
    region = line("Region", most=80)
    availability_percent = number("Availability committed to")
    monthly_cost = number("Expected monthly cost")
    currency = line("Currency", "Three letters, such as EUR.", most=3)
    rollback_plan = text("Rollback plan", "How to go back to what ran before.")
    monitoring_url = line("Monitoring page", "https://…", most=500)
    runbook_url = line("Runbook", "https://…", most=500)
    service_owner = forms.ChoiceField(label="Service owner", required=False, help_text="Who serves it once it is live.")

    def name_people(self, people: Sequence[Person]) -> None:
        field = self.fields["service_owner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Nobody yet"), *((str(person.pk), str(person)) for person in people)]
        self._people = {str(person.pk): person for person in people}

    def owner(self) -> Person | None:
        return self._people.get(self.cleaned_data["service_owner"])

    def content(self) -> dict[str, Any]:
        """What was said, without what was left out."""
        return {name: self.cleaned_data[name] for name in DEPLOYMENT_FIELDS if self.cleaned_data.get(name)}
